"""Refs move by compare-and-swap, all of a push or none."""

from pathlib import Path

import pytest

from mergebot.errors import GitError
from mergebot.git.process import Git
from mergebot.git.refs import RefUpdate
from mergebot.git.remote import PushedRef, PushState, Remote
from mergebot.model.ids import Sha
from tests.git.gitserver import GitServer
from tests.sandbox import Sandbox

NOWHERE = Sha("1" * 40)


class TestPush:
    def test_moves_makes_and_deletes_in_one_request(self, remote: Remote, hub: Sandbox, server: GitServer) -> None:
        main, topic = hub.sha("main"), hub.sha("topic")
        hub.git("branch", "gone", "main")
        server.log.clear()

        answer = remote.push(
            [
                RefUpdate(ref="refs/heads/topic", old=topic, new=main),
                RefUpdate(ref="refs/mergebot/merged/7", old=None, new=topic),
                RefUpdate(ref="refs/heads/gone", old=main, new=None),
            ]
        )

        assert answer == tuple(
            PushedRef(ref=ref, state=PushState.DONE)
            for ref in ("refs/heads/topic", "refs/mergebot/merged/7", "refs/heads/gone")
        )
        assert hub.refs() == {"refs/heads/main": main, "refs/heads/topic": main, "refs/mergebot/merged/7": topic}
        assert [request.verb for request in server.log if request.service == "git-receive-pack"] == ["GET", "POST"]

    def test_of_nothing_asks_nobody(self, remote: Remote, server: GitServer) -> None:
        server.log.clear()

        assert remote.push([]) == ()
        assert server.log == []

    def test_of_one_that_moved_moves_no_other(self, remote: Remote, hub: Sandbox) -> None:
        """A half-rebased stack must never exist."""
        before = hub.refs()

        answer = remote.push(
            [
                RefUpdate(ref="refs/heads/topic", old=hub.sha("topic"), new=hub.sha("main")),
                RefUpdate(ref="refs/heads/main", old=hub.sha("topic"), new=hub.sha("topic")),
            ]
        )

        assert [one.state for one in answer] == [PushState.SKIPPED, PushState.STALE]
        assert hub.refs() == before

    @pytest.mark.parametrize(("old", "new"), [(None, "topic"), ("topic", "topic~0"), (NOWHERE, None)])
    def test_from_elsewhere_is_stale(
        self, remote: Remote, hub: Sandbox, sandbox: Sandbox, old: str | None, new: str | None
    ) -> None:
        """Made though it exists, moved from where it is not, deleted at another commit."""
        expected = Sha(old) if old == NOWHERE else sandbox.sha(old) if old else None

        [answer] = remote.push([RefUpdate(ref="refs/heads/main", old=expected, new=sandbox.sha(new) if new else None)])

        assert answer == PushedRef(ref="refs/heads/main", state=PushState.STALE, words="stale info")
        assert hub.sha("main") == sandbox.sha("main")

    def test_to_where_it_is_already_is_done(self, remote: Remote, hub: Sandbox) -> None:
        """A push whose answer was lost is looked at again, and not taken for a stranger's."""
        main = hub.sha("main")

        [answer] = remote.push([RefUpdate(ref="refs/heads/main", old=NOWHERE, new=main)])

        assert answer.state is PushState.DONE

    def test_that_deletes_what_is_gone_does_the_rest(self, remote: Remote, hub: Sandbox) -> None:
        """Git gives up the whole push for it; it is already as it should be."""
        answer = remote.push(
            [
                RefUpdate(ref="refs/heads/gone", old=NOWHERE, new=None),
                RefUpdate(ref="refs/heads/topic", old=hub.sha("topic"), new=hub.sha("main")),
            ]
        )

        assert [one.state for one in answer] == [PushState.STALE, PushState.SKIPPED]

    def test_is_never_forced_past_its_lease_by_the_users_configuration(
        self, remote: Remote, hub: Sandbox, clone: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """`remote.NAME.push = +refs/...` and `push.default` say nothing to us."""
        text = f'[remote "o"]\n\turl = {remote.url}\n\tpush = +refs/kept/*:refs/*\n[push]\n\tfollowTags = true\n'
        (tmp_path / "gitconfig").write_text(text)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
        Sandbox(clone.folder).git("tag", "--annotate", "v1", "--message", "one", hub.sha("main"))

        remote.push([RefUpdate(ref="refs/heads/topic", old=hub.sha("topic"), new=hub.sha("main"))])

        assert sorted(hub.refs()) == ["refs/heads/main", "refs/heads/topic"]

    @pytest.mark.parametrize(
        "ref",
        ["topic", "-x", "refs/heads/a b", "refs/heads/a\nb", "refs/heads/a..b", "refs/heads/+x:y", "refs/", "HEAD"],
    )
    def test_of_what_is_no_full_name_is_an_error(self, remote: Remote, hub: Sandbox, ref: str) -> None:
        with pytest.raises(GitError, match="is no full name of a ref"):
            remote.push([RefUpdate(ref=ref, old=None, new=hub.sha("main"))])

    @pytest.mark.parametrize("sha", ["main", "", "+" + "1" * 40, "1" * 39, "HEAD"])
    def test_of_what_is_no_full_id_is_an_error(self, remote: Remote, sha: str) -> None:
        with pytest.raises(GitError, match="an object id is not in full"):
            remote.push([RefUpdate(ref="refs/heads/x", old=None, new=Sha(sha))])

    def test_of_a_missing_commit_is_an_error(self, remote: Remote) -> None:
        with pytest.raises(GitError, match="git push failed"):
            remote.push([RefUpdate(ref="refs/heads/x", old=None, new=NOWHERE)])
