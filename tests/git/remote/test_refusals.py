"""A server that refuses, or does not answer: each has its kind, and the server its words."""

import pytest

from mergebot.errors import GitError
from mergebot.git.refs import RefUpdate
from mergebot.git.remote import PushedRef, PushState, Remote
from tests.git.gitserver import Fault, GitServer, Request
from tests.git.processes import processes_that_name
from tests.sandbox import Sandbox


def pushing(request: Request) -> bool:
    return request.service == "git-receive-pack"


def sending(request: Request) -> bool:
    return pushing(request) and request.verb == "POST"


def hook(hub: Sandbox, name: str, script: str) -> None:
    """Make the server run this at a push."""
    file = hub.path / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


class TestTheServersRules:
    def test_are_told_in_its_own_words(self, remote: Remote, hub: Sandbox) -> None:
        hook(hub, "pre-receive", "echo 'error: GH013: Repository rule violations found for refs/heads/x.'; exit 1")

        [answer] = remote.push([RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main"))])

        assert answer == PushedRef(
            ref="refs/heads/x",
            state=PushState.REFUSED,
            words="pre-receive hook declined: error: GH013: Repository rule violations found for refs/heads/x.",
        )

    def test_about_one_ref_skip_the_others(self, remote: Remote, hub: Sandbox) -> None:
        hook(hub, "update", 'test "$1" != refs/heads/x || { echo "not $1" >&2; exit 1; }')
        before = hub.refs()

        answer = remote.push(
            [
                RefUpdate(ref="refs/heads/topic", old=hub.sha("topic"), new=hub.sha("main")),
                RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main")),
            ]
        )

        assert [(one.state, one.words) for one in answer] == [
            (PushState.SKIPPED, "atomic push failure"),
            (PushState.REFUSED, "hook declined: not refs/heads/x error: hook declined to update refs/heads/x"),
        ]
        assert hub.refs() == before

    def test_are_on_one_line_without_control_characters_and_short(self, remote: Remote, hub: Sandbox) -> None:
        """A stranger's text goes to logs and terminals."""
        hook(hub, "pre-receive", r"printf 'one\033[31m\a\n::error::two\r\n'; seq 1 1000; exit 1")

        [answer] = remote.push([RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main"))])

        words = answer.words.replace("^G", "")  # git from 2.51 on shows control characters itself
        assert words.startswith("pre-receive hook declined: one [31m ::error::two 1 2 3")
        assert len(answer.words) <= 300
        assert answer.words.isprintable()

    def test_are_not_taken_for_a_move_whatever_they_say(self, remote: Remote, hub: Sandbox) -> None:
        """What the server prints beside its reason proves nothing about the ref."""
        hook(hub, "pre-receive", "echo 'stale info: fetch first (atomic push failed)'; exit 1")

        [answer] = remote.push([RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main"))])

        assert answer.state is PushState.REFUSED

    def test_that_moved_the_ref_in_between_leave_it_alone(self, remote: Remote, hub: Sandbox) -> None:
        """The lease is checked twice: against what the server advertised, and by the server when it writes.

        It then names no ref, so nothing more is known than that it has to be looked at.
        """
        hook(hub, "pre-receive", 'unset GIT_QUARANTINE_PATH; git update-ref refs/heads/topic "$(git rev-parse main~1)"')
        main, between = hub.sha("main"), hub.sha("main~1")

        [answer] = remote.push([RefUpdate(ref="refs/heads/topic", old=hub.sha("topic"), new=main)])

        assert (answer.state, answer.words) == (PushState.LOST, "atomic transaction failed")
        assert hub.sha("topic") == between


class TestAnAnswerThatNeverCame:
    @pytest.mark.parametrize(
        ("faults", "landed"),
        [
            ([Fault(when=sending, cut=True)] * 2, False),
            ([Fault(when=sending, cut=True, after=True)], True),
            ([Fault(when=sending, status=502, words="bad gateway")], False),
            ([Fault(when=pushing, status=503)], False),
            ([Fault(when=pushing, cut=True)], False),
        ],
    )
    def test_leaves_a_push_unknown(
        self, remote: Remote, hub: Sandbox, server: GitServer, faults: list[Fault], *, landed: bool
    ) -> None:
        """It may have been done: nobody may take it for refused, or try it again without a look.

        (curl itself sends a request again, once, where a connection that it had kept ends.)
        """
        server.faults += faults

        [answer] = remote.push([RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main"))])

        assert (answer.ref, answer.state) == ("refs/heads/x", PushState.LOST)
        assert ("refs/heads/x" in hub.refs()) is landed

    def test_in_time_leaves_a_push_unknown(self, remote: Remote, hub: Sandbox, server: GitServer) -> None:
        """Git and its helper are ended; nothing is left that could still push."""
        remote.seconds = 0.5
        server.faults.append(Fault(when=sending, hang=True))

        [answer] = remote.push([RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main"))])

        assert answer == PushedRef(
            ref="refs/heads/x", state=PushState.LOST, words="git push took longer than 0.5 seconds, and was ended"
        )
        assert processes_that_name(server.url) == []

    @pytest.mark.parametrize("fault", [Fault(cut=True), Fault(status=500), Fault(status=429)])
    def test_is_an_error_for_a_reading(self, remote: Remote, server: GitServer, fault: Fault) -> None:
        server.faults += [fault] * 3

        with pytest.raises(GitError, match="git ls-remote failed"):
            remote.refs("refs/heads/")

    @pytest.mark.parametrize("fault", [Fault(cut=True), Fault(status=500), Fault(status=429)])
    def test_that_passes_is_not_seen_by_a_reading(
        self, remote: Remote, hub: Sandbox, server: GitServer, fault: Fault
    ) -> None:
        """One bad moment ends no pass: what a merge needs after it would be left undone."""
        server.faults += [fault, fault]

        assert remote.refs("refs/heads/").refs["refs/heads/main"] == hub.sha("main")
