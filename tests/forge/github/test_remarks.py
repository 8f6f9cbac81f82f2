"""Comments that speak to mergebot: which they are, whose, and how they have been answered."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.forge.github.client import GraphError
from mergebot.forge.github.nodes import COMMENTS, DEAF, pull_node
from mergebot.forge.github.parse_pull import parse_pull
from mergebot.forge.github.reader import difference
from mergebot.forge.github.remarks import deafness
from mergebot.forge.github.session import MARKER, Deeds
from mergebot.model.ids import PrNumber
from mergebot.model.people import Permission, Person, Remark, Reply
from mergebot.model.snapshot import PullRequest, Unknown
from tests.forge.github.nodes import Node, bot, comment, facts, people, pull, user
from tests.forge.github.nodes import pull_node as node_of

ONE = PrNumber(1)
ADA = user("ada")


def parsed(*comments: Node | None, **changes: Any) -> PullRequest:  # noqa: ANN401 (a builder takes any field)
    return parse_pull(pull(comments={"nodes": list(comments)}), facts(**changes)).pr


def remarks(*comments: Node, **changes: Any) -> tuple[Remark, ...]:  # noqa: ANN401 (as above)
    return parsed(*comments, **changes).remarks


def test_a_comment_is_taken_over_as_it_stands() -> None:
    assert remarks(comment(ADA, "Now, please.\n\n/mergebot merge\n", number=7)) == (
        Remark(
            id=7,
            author=Person(login="ada", permission=Permission.WRITE),
            body="Now, please.\n\n/mergebot merge\n",
            url="https://host/o/r/pull/1#issuecomment-7",
        ),
    )


@pytest.mark.parametrize(
    "body", ["/mergebot", "see /mergebot docs", "/MergeBot HOLD", "> /mergebot merge", "x/mergebot"]
)
def test_whatever_names_mergebot_is_shown_to_the_decision(body: str) -> None:
    """What is a command in it is decided elsewhere."""
    assert [remark.body for remark in remarks(comment(ADA, body))] == [body]


@pytest.mark.parametrize("body", ["", "LGTM", "mergebot merge", "/ mergebot merge", "/merge bot"])
def test_what_does_not_name_it_is_no_remark(body: str) -> None:
    assert remarks(comment(ADA, body)) == ()


@given(st.text(), st.sampled_from(["/mergebot", "/MERGEBOT", "/mergeBot"]), st.text())
def test_no_text_around_it_hides_the_name(before: str, name: str, after: str) -> None:
    """Nor does any text break the parser."""
    assert len(remarks(comment(ADA, before + name + after))) == 1


def test_the_oldest_comes_first() -> None:
    assert [one.id for one in remarks(comment(ADA, number=9), comment(ADA, number=3))] == [3, 9]


def test_mergebots_own_comment_is_none() -> None:
    """Its comment names the commands; nor is it one under the account that it had before."""
    assert remarks(comment(bot("mergebot"))) == ()
    assert remarks(comment(bot("github-actions"), f"{MARKER}\n/mergebot merge")) == ()
    assert len(remarks(comment(user("mergebot")))) == 1, "a person of that name is another account"


class TestTheAuthor:
    def test_has_the_permission_that_github_says(self) -> None:
        known = people(eve=Permission.READ, mona=Permission.MAINTAIN)
        found = remarks(comment(user("eve"), number=1), comment(user("mona"), number=2), people=known)
        assert [one.author.permission for one in found] == [Permission.READ, Permission.MAINTAIN]

    def test_is_asked_about_once(self) -> None:
        """Whatever is answered already: what is said of it must not change from pass to pass."""
        said = [
            comment(user("eve"), mine=("THUMBS_UP",)),
            comment(user("Eve")),
            comment(ADA),
            comment(bot("dependabot")),
        ]
        asks = people().questions([node_of(comments={"nodes": [*said, comment(user("zoe"), "thanks")]})])
        assert [ask.args[0][1] for ask in asks] == ["Eve"]

    def test_of_whom_nothing_could_be_read_is_unknown(self) -> None:
        [found] = remarks(comment(user("eve"), association="MEMBER"), people=people(eve=None))
        assert found.author.permission is Permission.UNKNOWN

    def test_who_is_gone_may_nothing(self) -> None:
        [found] = remarks(comment(None))
        assert found.author == Person(login="ghost", permission=Permission.NONE)

    def test_that_an_import_has_left_behind_is_nobody_of_that_name(self) -> None:
        """Platform: a mannequin keeps the login that somebody had elsewhere, and may be called like anyone here."""
        mannequin = {"__typename": "Mannequin", "login": "ada"}
        [found] = remarks(comment(mannequin))
        assert found.author == Person(login="ada", permission=Permission.NONE)
        known = people()
        assert known.person(mannequin, may_push=True).permission is Permission.NONE
        assert known.questions([node_of(comments={"nodes": [comment({**mannequin, "login": "zoe"})]})]) == []

    def test_that_is_a_bot_is_told_from_a_person_of_its_name(self) -> None:
        [found] = remarks(comment(bot("ada")))
        assert found.author == Person(login="ada[bot]", is_bot=True, permission=Permission.NONE)


class TestAnEdit:
    """Platform: whoever may write may change anybody's comment, and only the last editor is told."""

    @pytest.mark.parametrize(
        ("author", "editor", "at", "by"),
        [
            (ADA, None, None, ""),
            (ADA, ADA, None, ""),
            (ADA, user("mallory"), None, "mallory"),
            (ADA, bot("ada"), None, "ada"),
            (ADA, None, "2026-11-21T12:00:00Z", "somebody"),
            (None, None, "2026-11-21T12:00:00Z", "somebody"),
            (None, user("mallory"), None, "mallory"),
        ],
        ids=["none", "own", "another", "a bot of that name", "an account that is gone", "both gone", "a ghost's"],
    )
    def test_by_another_is_named(self, author: Node | None, editor: Node | None, at: str | None, by: str) -> None:
        [found] = remarks(comment(author, edited=editor, at=at))
        assert found.edited_by == by


class TestTheReply:
    @pytest.mark.parametrize(
        ("mine", "reply"),
        [
            ((), None),
            (("HEART", "EYES"), None),
            (("THUMBS_UP",), Reply.DONE),
            (("THUMBS_DOWN",), Reply.REFUSED),
            (("CONFUSED",), Reply.PUZZLED),
            (("THUMBS_UP", "CONFUSED"), Reply.PUZZLED),
            (("THUMBS_UP", "THUMBS_DOWN", "CONFUSED"), Reply.REFUSED),
        ],
    )
    def test_is_our_own_reaction_the_worst_of_several(self, mine: tuple[str, ...], reply: Reply | None) -> None:
        [found] = remarks(comment(ADA, mine=mine))
        assert found.reply is reply

    def test_without_a_reaction_is_remembered_for_just_that_comment(self) -> None:
        """An older one that could not be answered is not passed over because a newer one was."""
        found = remarks(*(comment(ADA, number=number) for number in (1, 2, 3)), answered={ONE: (2,)})
        assert [one.reply for one in found] == [None, Reply.SEEN, None]

    def test_of_this_pass_counts_before_github_shows_it(self) -> None:
        deeds = Deeds(answered={ONE: {1: Reply.DONE, 2: Reply.SEEN}})
        found = remarks(*(comment(ADA, number=number) for number in (1, 2, 3)), deeds=deeds)
        assert [one.reply for one in found] == [Reply.DONE, Reply.SEEN, None]

    def test_is_told_by_the_reaction_where_the_memory_has_it_too(self) -> None:
        """What is said of it must not change from pass to pass."""
        [found] = remarks(comment(ADA, mine=("CONFUSED",)), answered={ONE: (1,)})
        assert found.reply is Reply.PUZZLED


def error(*path: str | int, kind: str = "INTERNAL") -> GraphError:
    return GraphError(kind=kind, message="Something went wrong", path=path)


class TestWhatCannotBeRead:
    """A command may be in it: the PR waits."""

    @pytest.mark.parametrize(
        ("comments", "reason"),
        [
            (None, "GitHub did not show them"),
            ({"nodes": [comment(ADA), None]}, "GitHub did not show them"),
            ({"nodes": [{**comment(ADA), "databaseId": None}]}, "GitHub did not number them"),
            ({"nodes": [{**comment(ADA), "reactionGroups": None}]}, "GitHub did not show the reactions to them"),
        ],
    )
    def test_is_unknown(self, comments: Node | None, reason: str) -> None:
        found = parse_pull(pull_node(node_of(comments=comments), ()), facts()).pr
        assert found.checks == Unknown(reason=f"its comments: {reason}")
        assert found.remarks == ()

    @pytest.mark.parametrize("path", [("comments",), ("comments", "nodes", 0, "author")])
    def test_because_of_an_error_says_which(self, path: tuple[str | int, ...]) -> None:
        found = parse_pull(pull_node(node_of(comments={"nodes": [comment(ADA)]}), [error(*path)]), facts()).pr
        assert found.checks == Unknown(reason="its comments: Something went wrong")
        assert found.remarks == ()

    def test_of_a_comment_that_does_not_speak_to_mergebot_matters_not(self) -> None:
        node = pull_node(node_of(comments={"nodes": [{**comment(ADA, "thanks"), "reactionGroups": None}]}), ())
        assert COMMENTS not in node.faults

    def test_because_the_token_may_not_is_said_once_and_keeps_nothing_waiting(self) -> None:
        """It stays so: without the right mergebot works, and hears no commands."""
        deaf = [pull_node(node_of(n, comments=None), [error("comments", kind="FORBIDDEN")]) for n in (1, 2)]
        assert not isinstance(parse_pull(deaf[0], facts()).pr.checks, Unknown)
        assert parse_pull(deaf[0], facts()).pr.remarks == ()
        [problem] = deafness(deaf)
        assert problem.message == (
            "the comments on pull requests cannot be read, so no command in them is heard: Something went wrong; "
            "the token needs to read pull requests or issues"
        )
        assert list(deafness([pull()])) == []
        assert set(deaf[0].faults) == {DEAF}


class TestWhatIsSaidWhileAMergeIsDecided:
    """A `hold` that is written in between must not be too late."""

    before = parsed(comment(ADA, "/mergebot merge", mine=("THUMBS_UP",)), comment(ADA, "/mergebot x", number=2))

    @pytest.mark.parametrize(
        ("comments", "words"),
        [
            ((comment(ADA, "/mergebot x", number=2),), ""),
            ((comment(ADA, "/mergebot x", number=2), comment(ADA, "thanks", number=3)), ""),
            ((comment(ADA, "/mergebot x", number=2, mine=("CONFUSED",)),), ""),
            ((comment(ADA, "/mergebot more", mine=("THUMBS_UP",)), comment(ADA, "/mergebot x", number=2)), ""),
            ((comment(ADA, "/mergebot hold", number=2),), "a new comment speaks to mergebot"),
            ((comment(ADA, "/mergebot x", number=2, edited=user("bob")),), "a new comment speaks to mergebot"),
            (
                (comment(ADA, "/mergebot x", number=2), comment(user("eve"), number=3)),
                "a new comment speaks to mergebot",
            ),
        ],
        ids=["nothing", "talk", "an answer", "an answered one", "a changed word", "an edit by another", "a new word"],
    )
    def test_is_seen(self, comments: tuple[Node, ...], words: str) -> None:
        assert difference(self.before, parsed(*comments)) == words
