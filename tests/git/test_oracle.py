"""The oracle answers every question that `decide` asks git, and writes nothing to the repository."""

import hashlib
from pathlib import Path

from mergebot.git.oracle import Oracle
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.questions import (
    Clean,
    Collided,
    Collisions,
    Contains,
    Forecast,
    Landing,
    Link,
    Overlap,
    Question,
    Replay,
    SamePatch,
    Squash,
    Truth,
    Unanswered,
)
from tests.git.oracles import NO, TEXT, edited, only
from tests.sandbox import Sandbox


class TestTheOracle:
    def questions(self, sandbox: Sandbox) -> list[Question]:
        """One of each kind, on PRs of which two collide."""
        base = sandbox.commit("start", {"a": TEXT})
        heads = []
        for number in (1, 2):
            sandbox.branch(f"pr{number}", base)
            heads.append(sandbox.commit(f"work {number}", {"a": edited(3, f"by {number}")}))
        moved = sandbox.commit("more", {"b": "1\n"}, branch="main")
        links = tuple(Link(pr=PrNumber(number), head=head) for number, head in enumerate(heads, 1))
        return [
            Squash(base=moved, head=heads[0]),
            Replay(head=heads[0], excluded=(), onto=moved),
            Contains(head=heads[0], commit=base),
            SamePatch(base=moved, old=heads[0], new=heads[1]),
            Overlap(base=moved, head=heads[0]),
            Collisions(base=moved, links=links),
            Forecast(base=moved, links=links),
        ]

    def test_answers_every_kind_at_once(self, sandbox: Sandbox, oracle: Oracle) -> None:
        questions = self.questions(sandbox)

        answers = oracle.answer(questions)

        assert list(answers) == questions
        kinds = [Clean, Clean, Truth, Truth, Truth, Collided, Landing]
        assert [type(answer) for answer in answers.values()] == kinds

    def test_answers_a_question_again_without_asking_git(self, sandbox: Sandbox, oracle: Oracle) -> None:
        """Proved by taking the repository away."""
        questions = self.questions(sandbox)
        before = oracle.answer(questions)
        (sandbox.path / ".git").rename(sandbox.path / "gone")

        assert oracle.answer(questions) == before

    def test_asks_again_where_git_could_not_answer(self, sandbox: Sandbox, oracle: Oracle) -> None:
        """What is missing may be fetched in the meantime."""
        base = sandbox.sha()
        commit = sandbox.raw("cat-file", "commit", base) + b"more\n"
        head = Sha(sandbox.git("hash-object", "-t", "commit", "--stdin", stdin=commit))
        question = Contains(head=head, commit=base)
        assert isinstance(only(oracle, question), Unanswered)

        sandbox.git("hash-object", "-w", "-t", "commit", "--stdin", stdin=commit)

        assert only(oracle, question) == NO

    def test_leaves_no_trace_in_the_repository(self, sandbox: Sandbox) -> None:
        """No object, ref, index or file changes; all that git writes on the way is thrown away."""
        questions = self.questions(sandbox)
        before = everything(sandbox.path)

        with Oracle(Repository.open(sandbox.path)) as oracle:
            oracle.answer(questions)

        assert everything(sandbox.path) == before

    def test_answers_for_a_broken_repository_with_the_reason(self, sandbox: Sandbox, oracle: Oracle) -> None:
        """Every question still gets an answer, and none is taken for a clean one."""
        questions = self.questions(sandbox)
        (sandbox.path / ".git" / "objects").rename(sandbox.path / "objects")
        (sandbox.path / ".git" / "objects").mkdir()

        answers = oracle.answer(questions)

        parts = [part for a in answers.values() for part in (a.links if isinstance(a, Landing) else (a,))]
        assert all(isinstance(part, Unanswered) and part.reason for part in parts)


def everything(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Every file below: its mode, when it was changed, and a digest of what is in it."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest(),
        )
        for path in folder.rglob("*")
    }
