"""A mirror pushes what was made on it, though it lacks most contents, and sends nothing that the server has."""

from pathlib import Path

import pytest

from mergebot.git.merging import Merger
from mergebot.git.mirror import Mirror
from mergebot.git.refs import RefUpdate
from mergebot.git.remote import PushState
from mergebot.git.replay import Rebased, RebaseRequest, rebase
from mergebot.git.repository import Identity
from mergebot.model.ids import Sha
from mergebot.model.questions import Replay
from tests.git.gitserver import CREDENTIAL, GitServer
from tests.sandbox import Sandbox

BOT = Identity(name="mergebot", email="bot@example.org", when=1_760_000_000)


OTHER = "AUTHORIZATION: basic b3RoZXI="


def rebased(mirror: Mirror, head: Sha, onto: Sha) -> Sha:
    """Rebase it on the mirror, as a pass does."""
    mirror.fetch([head, onto])
    mirror.bring([Replay(head=head, excluded=(), onto=onto)])
    with Merger(mirror.repository, scratch=False) as merger:
        [answer] = rebase(merger, [RebaseRequest(head=head, excluded=(), onto=onto)], BOT)
    assert isinstance(answer, Rebased)
    return answer.tip


def sent(server: GitServer) -> int:
    """How many objects came with the last push."""
    body = next(request.body for request in reversed(server.log) if request.service == "git-receive-pack")
    return int.from_bytes(body[body.index(b"PACK") + 8 :][:4], "big")


class TestARebasedBranch:
    def test_is_sent_without_what_the_server_has(self, mirror: Mirror, hub: Sandbox, server: GitServer) -> None:
        """Its files are on the server already, and not here: neither are they fetched, nor is the push the worse."""
        rival = hub.sha("rival")
        tip = rebased(mirror, rival, hub.sha("topic"))
        server.log.clear()

        [answer] = mirror.remote.push([RefUpdate(ref="refs/heads/rival", old=rival, new=tip)])

        assert answer.state is PushState.DONE
        assert hub.sha("rival") == tip
        assert hub.read("b", "rival") == hub.read("b", rival)
        assert server.asked("git-upload-pack", "GET") == 0
        assert sent(server) == 2  # a commit and its tree

    def test_of_several_commits_takes_one_request_for_what_lies_in_between(
        self, mirror: Mirror, hub: Sandbox, server: GitServer
    ) -> None:
        """Git sends what the server's tips have not, and the first of two edits of a file is in no tip."""
        topic = hub.sha("topic")
        tip = rebased(mirror, topic, hub.sha("main"))
        server.log.clear()

        [answer] = mirror.remote.push([RefUpdate(ref="refs/heads/topic", old=topic, new=tip)])

        assert answer.state is PushState.DONE
        assert hub.read("a", "topic~1") == hub.read("a", f"{topic}~1")
        assert server.asked("git-upload-pack") == 1
        assert server.asked("git-receive-pack") == 1
        assert sent(server) == 5  # two commits, two trees, one file

    def test_is_sent_where_base_went_on_in_between(
        self, mirror: Mirror, hub: Sandbox, sandbox: Sandbox, server: GitServer
    ) -> None:
        """The server then names no branch that we know to have base's files; what is wanting is fetched first."""
        topic, main = hub.sha("topic"), hub.sha("main")
        tip = rebased(mirror, topic, main)
        sandbox.commit("base goes on", {"a": "other\n"}, branch="main")
        hub.git("fetch", "--quiet", str(sandbox.path), "+main:main")
        server.log.clear()

        [answer] = mirror.remote.push([RefUpdate(ref="refs/heads/topic", old=topic, new=tip)])

        assert answer.state is PushState.DONE
        assert hub.read("b", "topic") == hub.read("b", main)
        hub.git("fsck", "--connectivity-only", tip)

    def test_is_sent_as_a_backup_when_its_branch_is_gone(self, mirror: Mirror, hub: Sandbox) -> None:
        """The tip of a merged PR is kept under a name of our own; no branch has it any more."""
        topic = hub.sha("topic")
        mirror.fetch([topic])
        hub.git("update-ref", "refs/pull/1/head", topic)
        hub.git("config", "receive.hideRefs", "refs/pull")
        hub.git("update-ref", "-d", "refs/heads/topic")

        [answer] = mirror.remote.push([RefUpdate(ref="refs/mergebot/merged/1", old=None, new=topic)])

        assert answer.state is PushState.DONE
        assert hub.refs()["refs/mergebot/merged/1"] == topic

    def test_takes_its_dependents_along_or_stays(self, mirror: Mirror, hub: Sandbox, sandbox: Sandbox) -> None:
        sandbox.git("branch", "upper", "topic")
        upper = sandbox.commit("upper", {"upper": "x\n"}, branch="upper")
        hub.git("fetch", "--quiet", str(sandbox.path), "upper:upper")
        topic, main = hub.sha("topic"), hub.sha("main")
        moves = [
            RefUpdate(ref="refs/heads/topic", old=topic, new=rebased(mirror, topic, main)),
            RefUpdate(ref="refs/heads/upper", old=upper, new=rebased(mirror, upper, main)),
            RefUpdate(ref=f"refs/mergebot/rebased/1/{topic}", old=None, new=topic),
        ]
        hub.git("update-ref", "refs/heads/upper", topic)

        first = mirror.remote.push(moves)
        before = hub.refs()
        hub.git("update-ref", "refs/heads/upper", upper)
        second = mirror.remote.push(moves)

        assert [one.state for one in first] == [PushState.SKIPPED, PushState.STALE, PushState.SKIPPED]
        assert before["refs/heads/topic"] == topic
        assert [one.state for one in second] == [PushState.DONE] * 3


class TestARunnersCheckout:
    @pytest.fixture
    def checkout(self, server: GitServer, hub: Sandbox, tmp_path: Path) -> Sandbox:
        """Shallow, with a credential of its own in its configuration."""
        box = Sandbox(tmp_path / "work")
        Sandbox(tmp_path).git("clone", "--quiet", "--depth=1", f"file://{hub.path}", str(box.path))
        included = tmp_path / "credentials.config"
        included.write_text(f'[http "{server.url}/"]\n\textraheader = {OTHER}\n')
        box.git("config", "remote.origin.url", f"{server.url}/o/r.git")
        box.git("config", f"http.{server.url}/.extraheader", OTHER)
        box.git("config", f"includeIf.gitdir:{box.path}/.git.path", str(included))
        return box

    def test_is_neither_used_nor_touched(
        self, checkout: Sandbox, server: GitServer, hub: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The runner's token would push as another account, and its short history tells lies about merge bases."""
        before = {file: file.read_bytes() for file in checkout.path.rglob("*") if file.is_file()}
        topic, main = hub.sha("topic"), hub.sha("main")

        with monkeypatch.context() as runner:
            runner.chdir(checkout.path)
            for name, value in {
                "GIT_DIR": f"{checkout.path}/.git",
                "GIT_WORK_TREE": str(checkout.path),
                "GIT_INDEX_FILE": f"{checkout.path}/.git/index",
                "GIT_SHALLOW_FILE": f"{checkout.path}/.git/shallow",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"http.{server.url}/.extraheader",
                "GIT_CONFIG_VALUE_0": OTHER,
                "GIT_TRACE_CURL": "1",
            }.items():
                runner.setenv(name, value)
            mirror = server.mirror(tmp_path / "mirror")
            refs = mirror.remote.refs("refs/heads/")
            tip = rebased(mirror, topic, refs.refs["refs/heads/main"])
            [answer] = mirror.remote.push([RefUpdate(ref="refs/heads/topic", old=topic, new=tip)])

        assert answer.state is PushState.DONE
        assert hub.sha("topic~2") == main
        assert {request.authorization for request in server.log} == {(CREDENTIAL,)}
        assert {file: file.read_bytes() for file in checkout.path.rglob("*") if file.is_file()} == before
