"""Refs move by compare-and-swap, all of a transaction or none."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mergebot.errors import GitError, RefMovedError
from mergebot.git import refs
from mergebot.git.repository import RefUpdate, Repository
from mergebot.model.ids import Sha
from tests.sandbox import Sandbox

A, B = "refs/heads/a", "refs/heads/b"


@pytest.fixture
def old(sandbox: Sandbox) -> Sha:
    """Where the branches `a` and `b` are; `main` is one commit further."""
    old = sandbox.sha()
    for name in (A, B):
        sandbox.git("update-ref", name, old)
    sandbox.commit("next")
    return old


class TestATransaction:
    def test_moves_makes_and_deletes_at_once(self, sandbox: Sandbox, old: Sha) -> None:
        new = sandbox.sha()

        Repository.open(sandbox.path).update_refs(
            [
                RefUpdate(ref=A, old=old, new=new),
                RefUpdate(ref=B, old=old, new=None),
                RefUpdate(ref="refs/mergebot/merged/1", old=None, new=old),
            ],
            message="mergebot: test",
        )

        assert sandbox.refs() == {A: new, "refs/heads/main": new, "refs/mergebot/merged/1": old}

    @pytest.mark.parametrize(
        ("stale", "message"),
        [
            (RefUpdate(ref=B, old=Sha("1" * 40), new=Sha("2" * 40)), "was expected at 111111111111"),
            (RefUpdate(ref=B, old=Sha("1" * 40), new=None), "was expected at 111111111111"),
            (RefUpdate(ref=B, old=None, new=None), "was expected not to exist"),
            (RefUpdate(ref="refs/heads/gone", old=Sha("1" * 40), new=None), "does not exist, but was expected at"),
        ],
    )
    def test_moves_nothing_where_one_ref_is_not_where_it_is_expected(
        self, sandbox: Sandbox, old: Sha, stale: RefUpdate, message: str
    ) -> None:
        before = sandbox.refs()
        sandbox.git("update-ref", "refs/tags/x", sandbox.sha())
        good = RefUpdate(ref=A, old=old, new=sandbox.sha())

        with pytest.raises(RefMovedError, match=message):
            Repository.open(sandbox.path).update_refs([good, stale], message="test")

        assert sandbox.refs() == {**before, "refs/tags/x": sandbox.sha()}

    def test_that_expects_a_ref_not_to_exist_does_not_overwrite_it(self, sandbox: Sandbox, old: Sha) -> None:
        with pytest.raises(RefMovedError, match="was expected not to exist"):
            Repository.open(sandbox.path).update_refs([RefUpdate(ref=A, old=None, new=sandbox.sha())], message="test")

        assert sandbox.refs()[A] == old

    @pytest.mark.parametrize("name", ["refs/heads/bad..name", "refs/heads/a/b", "refs/heads/x\nrefs/heads/y"])
    def test_says_what_is_wrong_with_a_name_that_cannot_be(self, sandbox: Sandbox, old: Sha, name: str) -> None:
        with pytest.raises(GitError, match="the branches could not be moved") as error:
            Repository.open(sandbox.path).update_refs([RefUpdate(ref=name, old=None, new=old)], message="test")

        assert not isinstance(error.value, RefMovedError)

    def test_of_nothing_is_done_at_once(self, sandbox: Sandbox) -> None:
        Repository.open(sandbox.path).update_refs([], message="test")

    def test_that_deletes_an_alias_leaves_the_branch_behind_it(self, sandbox: Sandbox, old: Sha) -> None:
        """`git update-ref -d` follows a symbolic ref: it would delete main where an alias of it is merged."""
        sandbox.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
        main = sandbox.sha()

        Repository.open(sandbox.path).update_refs(
            [RefUpdate(ref="refs/heads/alias", old=main, new=None)], message="test"
        )

        assert sandbox.refs() == {A: old, B: old, "refs/heads/main": main}

    def test_is_told_in_the_reflog(self, sandbox: Sandbox, old: Sha) -> None:
        main = sandbox.sha()

        Repository.open(sandbox.path).update_refs(
            [RefUpdate(ref="refs/heads/main", old=main, new=old)], message="mergebot: why"
        )

        assert "mergebot: why" in sandbox.git("reflog", "main")


class TestTwoAtOnce:
    def test_one_wins_and_the_other_moves_nothing(self, sandbox: Sandbox, old: Sha) -> None:
        """Each wants both branches; whoever comes second finds one that has moved."""
        rivals = [sandbox.commit(f"rival {number}") for number in range(6)]
        repo = Repository.open(sandbox.path)

        def race(new: Sha) -> str:
            try:
                repo.update_refs([RefUpdate(ref=ref, old=old, new=new) for ref in (A, B)], message="race")
            except RefMovedError:
                return "moved"
            return new

        with ThreadPoolExecutor(len(rivals)) as pool:
            results = list(pool.map(race, rivals))

        [winner] = [result for result in results if result != "moved"]
        assert (sandbox.refs()[A], sandbox.refs()[B]) == (winner, winner)

    def test_a_lock_of_another_git_is_waited_for(self, sandbox: Sandbox, old: Sha) -> None:
        lock = Path(sandbox.path / ".git/refs/heads/a.lock")
        lock.touch()

        with ThreadPoolExecutor(1) as pool:
            update = RefUpdate(ref=A, old=old, new=sandbox.sha())
            moving = pool.submit(Repository.open(sandbox.path).update_refs, [update], message="test")
            with pytest.raises(TimeoutError):
                moving.result(timeout=0.3)
            lock.unlink()
            moving.result()

        assert sandbox.refs()[A] == sandbox.sha()

    def test_a_lock_that_stays_is_named(self, sandbox: Sandbox, old: Sha, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(refs, "SECONDS_FOR_A_LOCK", 0.01)
        (sandbox.path / ".git/refs/heads/a.lock").touch()

        with pytest.raises(GitError, match=r"a\.lock': File exists") as error:
            Repository.open(sandbox.path).update_refs([RefUpdate(ref=A, old=old, new=sandbox.sha())], message="test")

        assert "remove that lock file" in error.value.hint
