"""The contents that git needs come in one request, and with them a mirror answers as a full clone does."""

from pathlib import Path
from random import Random

import pytest

from mergebot.errors import GitError
from mergebot.git.mirror import Mirror
from mergebot.git.oracle import Oracle
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import Answer, Clean, Collisions, Forecast, Landing, Question, Replay, Squash, Unanswered
from tests.git.fleets import write_fleet
from tests.git.gitserver import Fault, GitServer
from tests.sandbox import Sandbox

NOWHERE = tuple(Sha(digit * 40) for digit in "1234")


def answers(repository: Repository, questions: list[Question]) -> dict[Question, Answer]:
    with Oracle(repository) as oracle:
        return oracle.answer(questions)


def unanswered(given: dict[Question, Answer]) -> list[Answer]:
    """Those without an answer, also in the middle of a forecast."""
    parts = [part for answer in given.values() for part in (answer.links if isinstance(answer, Landing) else [answer])]
    return [part for part in parts if isinstance(part, Unanswered)]


class TestTwoHundredHeads:
    def test_are_answered_as_on_a_full_clone_after_two_requests(
        self, server: GitServer, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        """Renames, conflicts, several commits, merges inside, stacks, pairs and the order of landing."""
        fleet = write_fleet(sandbox, Random(2026), size=200)  # noqa: S311 (the same fleet every time)
        for number, head in enumerate(fleet.heads, 1):
            sandbox.git("update-ref", f"refs/pull/{number}/head", head)
        sandbox.git("update-ref", "refs/heads/main", fleet.base[-1])
        server.repository(source=sandbox)
        mirror = server.mirror(tmp_path / "mirror")
        asked = list(fleet.questions())
        questions: list[Question] = [question for question in asked if not isinstance(question, Replay)]
        questions += [question for question in asked if isinstance(question, Replay)][::4]
        links = fleet.links()
        questions += [Collisions(base=fleet.base[-1], links=links), Forecast(base=fleet.base[-1], links=links[:40])]
        server.log.clear()

        lost = mirror.fetch([fleet.base[-1], *fleet.heads])
        mirror.bring(questions)
        found = answers(mirror.repository, questions)

        assert lost == frozenset()
        assert server.asked("git-upload-pack") == 2
        assert unanswered(found) == []
        assert found == answers(Repository.open(sandbox.path), questions)


class TestBringing:
    @pytest.fixture
    def questions(self, mirror: Mirror, hub: Sandbox) -> list[Question]:
        """`rival` and `main` have both changed `b`."""
        mirror.fetch([hub.sha("main"), hub.sha("topic"), hub.sha("rival")])
        base = hub.sha("main")
        return [Squash(base=base, head=hub.sha("rival")), Replay(head=hub.sha("rival"), excluded=(), onto=base)]

    def test_brings_no_more_than_what_both_changed(
        self, mirror: Mirror, questions: list[Question], server: GitServer
    ) -> None:
        server.log.clear()

        mirror.bring(questions)

        there = mirror.repository.run("cat-file", "--batch-check=%(objecttype)", "--batch-all-objects").splitlines()
        assert there.count(b"blob") == 3
        assert server.asked("git-upload-pack") == 1
        assert [type(answer) for answer in answers(mirror.repository, questions).values()] == [Clean, Clean]

    def test_again_asks_nobody(self, mirror: Mirror, questions: list[Question], server: GitServer) -> None:
        mirror.bring(questions)
        server.log.clear()

        mirror.bring(questions)
        mirror.bring([])

        assert server.log == []

    def test_of_what_nobody_else_changed_asks_nobody(
        self, mirror: Mirror, questions: list[Question], hub: Sandbox, server: GitServer
    ) -> None:
        server.log.clear()

        mirror.bring([Squash(base=hub.sha("main"), head=hub.sha("topic"))])

        assert questions
        assert server.log == []

    def test_about_a_missing_commit_leaves_the_others_alone(
        self, mirror: Mirror, questions: list[Question], hub: Sandbox
    ) -> None:
        lost: list[Question] = [
            Squash(base=hub.sha("main"), head=NOWHERE[0]),
            Squash(base=NOWHERE[1], head=hub.sha("topic")),
            Replay(head=NOWHERE[0], excluded=(NOWHERE[2],), onto=hub.sha("main")),
            Replay(head=hub.sha("topic"), excluded=(NOWHERE[2],), onto=hub.sha("main")),
        ]

        mirror.bring([*lost, *questions])

        found = answers(mirror.repository, [*lost, *questions])
        assert [isinstance(answer, Unanswered) for answer in found.values()] == [True] * 4 + [False] * 2

    def test_that_fails_leaves_the_question_open(
        self, mirror: Mirror, questions: list[Question], server: GitServer
    ) -> None:
        """A missing content is unknown, and unknown blocks: it is never taken for an empty file."""
        server.faults += [Fault(status=503)] * 20

        with pytest.raises(GitError, match="503"):
            mirror.bring(questions)

        assert len(unanswered(answers(mirror.repository, questions))) == 2

    def test_passes_over_submodules(self, server: GitServer, sandbox: Sandbox, tmp_path: Path) -> None:
        """Their commits are in another repository."""
        sandbox.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
        sandbox.commit("a submodule")
        for name, digit in (("left", "2"), ("right", "3")):
            sandbox.branch(name)
            sandbox.git("update-index", "--cacheinfo", f"160000,{digit * 40},sub")
            sandbox.commit(name)
        left, right = sandbox.sha("left"), sandbox.sha("right")
        server.repository(source=sandbox)
        mirror = server.mirror(tmp_path / "mirror")
        mirror.fetch([left, right])
        server.log.clear()

        questions: list[Question] = [Squash(base=left, head=right)]
        mirror.bring(questions)

        assert server.log == []
        assert answers(mirror.repository, questions) == answers(Repository.open(sandbox.path), questions)
