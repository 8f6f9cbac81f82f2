"""Approvals carried over to code that nobody has looked at (contract 3, same patch; invariant I1)."""

from typing import Final

import pytest

from mergebot.model.outcome import Stale
from mergebot.model.plan import EntryState, Merge
from tests.attacks.stage import LANDED, End, ends, vouch
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, to

Files = dict[str, str | bytes | None]

OLDER: Final = End(EntryState.WAITING, "0 of 1 approval; these do not count: rita (for an older patch)")


def agent(world: GithubWorld, name: str, files: Files) -> int:
    """A requested PR that the reviewer has approved; its score is of another source."""
    return world.agent(name, files, labels=["merge"], score=None, body="Review Score: 10/10")


def force(world: GithubWorld, name: str, commit: str) -> None:
    """The author pushes over the branch."""
    world.work.git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/feature/{name}")
    world.update()


def swapped(world: GithubWorld, name: str, start: str, files: Files) -> str:
    """The author throws the branch away, and pushes one commit on `start` in its place; the new head."""
    world.authored.pop(name)
    world.work.git("checkout", "--quiet", "--detach", start)
    commit = world.work.commit(f"{name}: part 1", files, author=f"{name} <{name}@fleet.example>")
    force(world, name, commit)
    return commit


class TestAForcePush:
    def test_to_other_code_voids_and_back_lets_go_what_was_looked_at(self, github: GithubWorld) -> None:
        """Guards: an approval is for a patch, and the merge is for the head that was judged."""
        agent(github, "a", {"a.txt": marked("a")})
        approved, record = github.heads()["a"], github.authored["a"]
        swapped(github, "a", "origin/main", {"evil.txt": "evil\n"})
        assert ends(github) == {"a": OLDER}
        force(github, "a", approved)
        github.authored["a"] = record
        assert ends(github) == {"a": LANDED}
        assert github.work.git("ls-tree", "--name-only", "origin/main").splitlines() == ["README.md"]
        assert github.repo.box.git("ls-tree", "--name-only", "main").splitlines() == ["README.md", "a.txt"]

    def test_in_the_moment_of_the_merge_merges_nothing(self, github: GithubWorld) -> None:
        """Guards: the merge names the head that was judged, and GitHub refuses another."""
        number = agent(github, "a", {"a.txt": marked("a")})
        github.answer()

        def swap() -> None:
            github.repo.push("feature/a", {"evil.txt": "evil\n"}, by=AUTHOR)

        github.hub.faults.append(Fault(to("PUT", "/merge"), FaultKind.BEFORE, run=swap))
        _, result = github.run(quiet_after=False)
        [outcome] = [item.outcome for item in result.results if isinstance(item.step, Merge)]
        assert (type(outcome), github.repo.pull(number).merged) == (Stale, False)
        assert ends(github) == {"a": OLDER}

    def test_that_swaps_the_head_between_two_passes_leaves_no_memory_of_being_ready(self, github: GithubWorld) -> None:
        """Guards: nothing merges because of what an earlier pass has written down."""
        agent(github, "a", {"a.txt": marked("a")})
        github.run()
        swapped(github, "a", "origin/main", {"evil.txt": "evil\n"})
        assert ends(github) == {"a": OLDER}


BEFORE: Final = "def check(user):\n    if user.admin:\n        return True\n    return False\n"
APPROVED: Final = "def check(user):\n    if user.admin:\n        log(user)\n        return True\n    return False\n"
COLLISIONS: Final[dict[str, Files]] = {
    "an indent": {
        "code.py": "def check(user):\n    if user.admin:\n        log(user)\n    return True\n    return False\n"
    },
    "spaces at an end": {"code.py": APPROVED.replace("log(user)", "log(user)  ")},
    "line ends": {"code.py": APPROVED.replace("\n", "\r\n")},
    "a blank line": {"code.py": APPROVED.replace("        log", "\n        log")},
    "another file": {"code.py": APPROVED, "evil.py": ""},
    "no last line end": {"code.py": APPROVED.rstrip("\n")},
}
"""Changes that `git patch-id` and a look at white space tell from the approved one hardly or not at all."""


@pytest.mark.parametrize("change", COLLISIONS)
def test_a_patch_that_differs_in_white_space_is_another_one(github: GithubWorld, change: str) -> None:
    """Guards: what counts as the same patch is the tree that replaying it gives, byte for byte; no patch-id."""
    github.commit_to_base("code", {"code.py": BEFORE})
    agent(github, "a", {"code.py": APPROVED})
    swapped(github, "a", "origin/main", COLLISIONS[change])
    assert ends(github) == {"a": OLDER}
    assert github.repo.box.read("code.py") == BEFORE


def test_a_binary_file_of_another_content_is_another_patch(github: GithubWorld) -> None:
    """Guards: the same; a patch-id of binary files knows their names alone."""
    agent(github, "a", {"a.bin": b"\0good"})
    swapped(github, "a", "origin/main", {"a.bin": b"\0evil"})
    assert ends(github) == {"a": OLDER}


def test_a_file_that_becomes_executable_or_a_link_is_another_patch(github: GithubWorld) -> None:
    """Guards: the same; modes are a part of a tree."""
    for name in ("run", "link"):
        agent(github, name, {f"{name}.txt": f"{name}.txt"})
    for name, mode in (("run", "100755"), ("link", "120000")):
        github.authored.pop(name)
        head = github.heads()[name]
        blob = github.work.git("rev-parse", f"{head}:{name}.txt")
        github.work.git("read-tree", head)
        github.work.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{name}.txt")
        tree = github.work.git("write-tree")
        commit = github.work.git("commit-tree", "-m", "same", "-p", f"{head}^", tree)
        github.work.git("reset", "--quiet", "--hard")
        force(github, name, commit)
    assert ends(github) == {"run": OLDER, "link": OLDER}


class TestARebaseByTheAuthor:
    def test_of_the_same_change_keeps_the_approval(self, github: GithubWorld) -> None:
        """The other side of it: nobody has to look at the same change twice."""
        agent(github, "a", {"a.txt": marked("a")})
        github.commit_to_base("later", {"later.txt": "x\n"})
        swapped(github, "a", "origin/main", {"a.txt": marked("a")})
        assert ends(github) == {"a": LANDED}

    def test_that_adds_something_does_not(self, github: GithubWorld) -> None:
        """Guards: the replayed change has to be all of the new one."""
        agent(github, "a", {"a.txt": marked("a")})
        github.commit_to_base("later", {"later.txt": "x\n"})
        swapped(github, "a", "origin/main", {"a.txt": marked("a"), "evil.txt": "evil\n"})
        assert ends(github) == {"a": OLDER}

    def test_that_takes_something_of_base_back_does_not(self, github: GithubWorld) -> None:
        """Guards: the same; the old change fits, and what base has got since is gone."""
        agent(github, "a", {"a.txt": marked("a")})
        github.commit_to_base("mend a hole", {"README.md": "mended\n"})
        swapped(github, "a", "origin/main", {"a.txt": marked("a"), "README.md": "product\n"})
        assert ends(github) == {"a": OLDER}
        assert github.repo.box.read("README.md") == "mended\n"

    def test_onto_a_branch_of_their_own_does_not(self, github: GithubWorld) -> None:
        """Guards: the change is what base lacks, whatever branch it was rebased onto."""
        agent(github, "a", {"a.txt": marked("a")})
        github.repo.push("own", {"evil.txt": "evil\n"}, by=AUTHOR)
        github.update()
        swapped(github, "a", "origin/own", {"a.txt": marked("a")})
        assert ends(github) == {"a": OLDER}

    def test_with_a_merge_of_base_that_hides_something_does_not(self, github: GithubWorld) -> None:
        """Guards: a merge commit is judged by its tree, not by its parents."""
        agent(github, "a", {"a.txt": marked("a")})
        head, base = github.heads()["a"], github.commit_to_base("later", {"later.txt": "x\n"})
        github.work.git("checkout", "--quiet", "--detach", head)
        github.work.git("merge", "--quiet", "--no-commit", base)
        github.work.write("evil.txt", "evil\n")
        github.work.git("add", "evil.txt")
        github.work.git("commit", "--quiet", "--message", "Merge branch 'main' into feature/a")
        force(github, "a", github.work.sha("HEAD"))
        assert ends(github) == {"a": OLDER}


class TestAnApprovalThatWasNeverGivenHere:
    def test_for_a_commit_that_is_gone_is_void_and_holds_nothing_up(self, github: GithubWorld) -> None:
        """Guards: what nobody can compare counts for nothing; waiting for it would be waiting for ever."""
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], approved=False, score=None)
        github.repo.review(number, by=REVIEWER, body="Review Score: 10/10", commit="1" * 40)
        github.answer()
        _, result = github.run()
        assert (github.landed(), result.unread) == ([], ())
        vouch(github, "a")
        assert ends(github) == {"a": LANDED}

    def test_for_another_pull_request_of_the_same_author_does_not_count(self, github: GithubWorld) -> None:
        """Guards: reviews are read PR by PR, and a commit of another one is another patch."""
        other = github.agent("other", {"o.txt": marked("other")})
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"], approved=False, score=None)
        head = github.repo.pull(other).head_sha
        github.repo.review(github.pulls["a"], by=REVIEWER, body="Review Score: 10/10", commit=head)
        assert ends(github)["a"] == End(EntryState.WAITING, "no review score found yet")
