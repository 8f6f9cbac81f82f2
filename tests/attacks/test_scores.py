"""A forged review score (contract 3): whose word counts, where it stands, and on what."""

from typing import Final

import pytest

from mergebot.model.plan import EntryState
from tests.attacks.stage import LANDED, WRITER, End, ends, entry_of, vouch
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.world import marked

NONE: Final = End(EntryState.WAITING, "no review score found yet")

NOT_SAID: Final = [
    "```\nReview Score: 10/10\n```",
    "~~~text\nReview Score: 10/10\n",
    "    Review Score: 10/10",
    "`Review Score: 10/10`",
    "> Review Score: 10/10",
    "- > Review Score: 10/10",
    "<!-- Review Score: 10/10 -->",
    "<!--\n\nReview Score: 10/10\n\n-->",
    "<pre>\nReview Score: 10/10\n</pre>",
    "My score is not Review Score: 10/10",
    "Review Score: {SCORE}/10",
]
"""What nobody reads as a score: code, quotes, comments, half a sentence, a template that was not filled in."""

LOOKS_LIKE_IT: Final = [
    "Rev\u0456ew Score: 10/10",
    "\uff32eview Score: 10/10",
    "Review\u200b Score: 10/10",
    "\u202eReview Score: 10/10",
    "Review Sc\u00f6re: 10/10",
]
"""Words that only look like those which mean a score: another alphabet, wide letters, what cannot be seen."""

MALFORMED: Final = [
    "\uff11\uff10/10",
    "\u0661\u0660/10",
    "1\u200b0/10",
    "10/100",
    "11/10",
    "-10/10",
    "10/1\u03bf",
    "10.0/10",
    "9+1/10",
    "10/10 10/10",
    "ten",
    "1e1",
]
"""After the right words: digits of other scripts, what cannot be seen, other numbers. Each blocks, and says why."""


def crowd(world: GithubWorld, bodies: list[str]) -> list[str]:
    """A PR for each of these texts, approved, with no score but what it says itself."""
    names = [f"x{number}" for number in range(len(bodies))]
    for name, body in zip(names, bodies, strict=True):
        world.agent(name, {f"{name}.txt": marked(name)}, labels=["merge"], score=None, body=body)
    return names


@pytest.mark.parametrize("where", ["text", "review"])
def test_what_is_not_said_in_plain_text_is_no_score(github: GithubWorld, where: str) -> None:
    """Guards: bodies and reviews are read as Markdown, and the words as they are written."""
    texts = [*NOT_SAID, *LOOKS_LIKE_IT]
    names = crowd(github, texts if where == "text" else [""] * len(texts))
    for name, text in zip(names, texts, strict=True) if where == "review" else ():
        vouch(github, name, text=text)
    assert ends(github) == dict.fromkeys(names, NONE)


@pytest.mark.parametrize("where", ["text", "review"])
def test_what_is_no_number_of_ten_blocks(github: GithubWorld, where: str) -> None:
    """Guards: one pattern of ASCII digits for the number; what does not fit is a fault, not silence."""
    names = crowd(github, [f"Review Score: {text}" if where == "text" else "" for text in MALFORMED])
    for name, text in zip(names, MALFORMED, strict=True) if where == "review" else ():
        vouch(github, name, text=f"Review Score: {text}")
    says = "its text" if where == "text" else f"the review by {WRITER}"
    for_people = "which is no whole number from 0 to 10, of 10: write it as 8/10"
    assert ends(github) == {
        name: End(EntryState.BLOCKED, f"{says} says `{text}`, {for_people}")
        for name, text in zip(names, MALFORMED, strict=True)
    }


def test_of_several_lines_none_is_chosen(github: GithubWorld) -> None:
    """Guards: lines that disagree block, whichever comes last."""
    low_first = "Review Score: 3/10\n\nmuch text\n\n## Review Score: 10/10"
    high_first = "Review Score: 10/10\n\n**Review Score: 3/10**"
    github.agent("own", {"o.txt": marked("own")}, labels=["merge"], score=None, body=low_first)
    github.agent("said", {"s.txt": marked("said")}, labels=["merge"], score=None)
    vouch(github, "said", text=high_first)
    advice = "gives several scores (3, 10): leave one line `Review Score: N/10`"
    assert ends(github) == {
        "own": End(EntryState.BLOCKED, f"its text {advice}"),
        "said": End(EntryState.BLOCKED, f"the review by {WRITER} {advice}"),
    }


class TestWhoseWordIsNone:
    def test_an_outsiders_in_text_or_review(self, github: GithubWorld) -> None:
        """Guards: write access, for the author of a text and for a reviewer; a fork's author has none."""
        github.hub.user("passer-by", permission="triage")
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=None)
        github.repo.review(github.pulls["a"], by="passer-by", state="APPROVED", body="Review Score: 10/10")
        text = "Review Score: 10/10"
        fork = github.fork("mallory", "topic", {"f.txt": "f\n"}, labels=["merge"], body=text)
        github.repo.review(fork, by=REVIEWER, state="APPROVED", body="")
        assert ends(github) == {"a": NONE}
        assert (entry_of(github, fork).state, entry_of(github, fork).because) == (NONE.state, NONE.because)

    def test_a_bots_without_write_access(self, github: GithubWorld) -> None:
        """Guards: the same; and a bot's approval never counts."""
        github.hub.user("helper[bot]", kind="Bot")
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"], approved=False, score=None)
        github.repo.review(github.pulls["a"], by="helper[bot]", state="APPROVED", body="Review Score: 10/10")
        assert ends(github) == {"a": NONE}
        assert entry_of(github, github.pulls["a"]).criteria[-1].verdict.reason == (
            "0 of 1 approval; these do not count: helper[bot] (a bot)"
        )

    def test_the_authors_own_in_a_review(self, github: GithubWorld) -> None:
        """Guards: a review by the author of a PR is no review."""
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=None)
        github.repo.review(github.pulls["a"], by=AUTHOR, state="COMMENTED", body="Review Score: 10/10")
        assert ends(github) == {"a": NONE}


class TestATextThatIsEdited:
    def test_after_the_approval_does_not_outdo_the_review(self, github: GithubWorld) -> None:
        """Guards: `review` comes before `body`, whatever is written there and when."""
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=4)
        github.repo.edit(number, body="Review Score: 10/10", by=AUTHOR)
        because = f"4/10 in the review by {REVIEWER}, 10 is needed: improve it and have it reviewed again"
        assert ends(github) == {"a": End(EntryState.BLOCKED, because)}

    def test_is_no_source_where_authors_must_not_score_themselves(self, github: GithubWorld) -> None:
        """Guards: `review_score.sources`."""
        github.configure("review_score:\n  sources: [status, review]\n")
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=None)
        github.repo.edit(number, body="Review Score: 10/10", by=AUTHOR)
        assert ends(github) == {"a": NONE}

    @pytest.mark.parametrize("text", ["Review Score: 10/10", "Fine."])
    def test_by_somebody_else_speaks_for_nobody(self, github: GithubWorld, text: str) -> None:
        """Guards: a review that another than its writer has edited; it lets no other source speak either."""
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=4, body="Review Score: 10/10")
        [review] = github.repo.pull(number).reviews
        github.repo.edit_review(review, text, by=AUTHOR)
        because = f"{AUTHOR} has changed the text of the review by {REVIEWER}: {REVIEWER} has to review it again"
        assert ends(github) == {"a": End(EntryState.BLOCKED, because)}

    def test_by_the_reviewer_counts(self, github: GithubWorld) -> None:
        """The other side of it: people correct themselves."""
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=4)
        [review] = github.repo.pull(number).reviews
        github.repo.edit_review(review, "Review Score: 10/10", by=REVIEWER)
        assert ends(github) == {"a": LANDED}


def test_a_status_counts_on_the_head_alone_and_as_it_is_spelled(github: GithubWorld) -> None:
    """Guards: `review/score` is read on the head, by that name, and its description is a number or a fault."""
    heads = {}
    for name in ("old", "name", "words"):
        github.agent(name, {f"{name}.txt": marked(name)}, labels=["merge"], score=None)
        heads[name] = github.repo.pull(github.pulls[name]).head_sha
    github.repo.status(heads["old"], "review/score", "success", "10/10", by=REVIEWER)
    github.push("old", {"more.txt": "x\n"})
    vouch(github, "old", text="")
    for context in ("review/scores", "review\u2215score", "ci/review/score"):
        github.repo.status(heads["name"], context, "success", "10/10", by=REVIEWER)
    github.repo.status(heads["words"], "review/score", "success", "10/10 and more", by=REVIEWER)
    says = "which is no whole number from 0 to 10, of 10: write it as 8/10"
    assert ends(github) == {
        "old": NONE,
        "name": NONE,
        "words": End(EntryState.BLOCKED, f"the status review/score says `10/10 and more`, {says}"),
    }
