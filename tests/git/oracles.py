"""What the tests of the oracle share: a text to edit, the answers that come often, and one question alone."""

from mergebot.git.oracle import Oracle
from mergebot.model.ids import Sha
from mergebot.model.questions import Answer, Question, Truth, Unanswered
from tests.sandbox import Sandbox

MISSING = Sha("1" * 40)
GONE = Unanswered(reason=f"commit {MISSING} is not in the repository")
YES, NO = Truth(value=True), Truth(value=False)
TEXT = "".join(f"line {number}\n" for number in range(12))


def edited(line: int, by: str = "changed", text: str = TEXT) -> str:
    return text.replace(f"line {line}\n", f"{by} {line}\n")


def only(oracle: Oracle, question: Question) -> Answer:
    answers = oracle.answer([question])
    assert list(answers) == [question]
    return answers[question]


def unrelated(sandbox: Sandbox) -> Sha:
    return Sha(sandbox.git("commit-tree", "-m", "alone", sandbox.tree()))
