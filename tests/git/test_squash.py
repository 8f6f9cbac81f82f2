"""A squash is the ordinary merge as one commit on base, as a forge makes it."""

from mergebot.git.merging import Merger
from mergebot.git.replay import squash
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import ConflictedPath, Conflicts, Nothing, Unanswered
from tests.git.real import COMMITTER
from tests.sandbox import Sandbox

LINES = "".join(f"line {number}\n" for number in range(12))


def squashed(
    sandbox: Sandbox, head: Sha, *, base: str = "main", message: str = "Title (#1)\n\nBody"
) -> Sha | Nothing | Conflicts | Unanswered:
    """The squash of a head onto base, by an author of its own."""
    with Merger(Repository.open(sandbox.path), scratch=False) as merger:
        return squash(
            merger,
            base=sandbox.sha(base),
            head=head,
            author="Grace Größe <grace@example.org>",
            message=message,
            committer=COMMITTER,
        )


class TestASquash:
    def test_is_what_git_merge_squash_commits(self, sandbox: Sandbox) -> None:
        sandbox.commit("base", {"a": LINES})
        sandbox.branch("topic")
        sandbox.commit("one", {"a": LINES + "last\n"})
        head = sandbox.commit("two", {"b": "1"})
        sandbox.checkout("main")
        base = sandbox.commit("upstream", {"a": "first\n" + LINES})

        landed = squashed(sandbox, head)

        sandbox.git("merge", "--quiet", "--squash", head)
        sandbox.git("commit", "--quiet", "-m", "Title (#1)\n\nBody")
        assert isinstance(landed, str)
        shown = sandbox.git("log", "-1", "--format=%T %P %an %ae %ad %cn %ce %cd%n%B", "--date=raw", landed)
        assert shown.rstrip("\n") == (
            f"{sandbox.tree('HEAD')} {base} Grace Größe grace@example.org 1760000000 +0000"
            " Mergebot bot@example.org 1760000000 +0000\nTitle (#1)\n\nBody"
        )

    def test_of_what_base_has_already_is_nothing(self, sandbox: Sandbox) -> None:
        sandbox.branch("topic")
        head = sandbox.commit("one", {"a": "1"})
        sandbox.checkout("main")
        sandbox.commit("the same", {"a": "1"})

        assert squashed(sandbox, head) == Nothing()
        assert squashed(sandbox, sandbox.sha("main~1")) == Nothing()

    def test_stops_at_conflicts(self, sandbox: Sandbox) -> None:
        sandbox.branch("topic")
        head = sandbox.commit("one", {"README": "mine\n"})
        sandbox.checkout("main")
        sandbox.commit("other", {"README": "theirs\n"})

        assert squashed(sandbox, head) == Conflicts(paths=(ConflictedPath(path="README", kind="content"),))

    def test_works_across_a_criss_cross(self, sandbox: Sandbox) -> None:
        """Two merge bases: git merges them first, and so the answer is that of git merge."""
        sandbox.commit("base", {"a": LINES, "b": LINES})
        sandbox.branch("topic")
        first = sandbox.commit("topic", {"a": "first\n" + LINES})
        sandbox.checkout("main")
        second = sandbox.commit("main", {"a": LINES + "last\n"})
        sandbox.git("merge", "--quiet", "--no-edit", first)
        sandbox.checkout("topic")
        sandbox.git("merge", "--quiet", "--no-edit", second)
        head = sandbox.commit("more", {"b": "first\n" + LINES})

        landed = squashed(sandbox, head)

        assert len(sandbox.git("merge-base", "--all", "main", head).split()) == 2
        assert isinstance(landed, str)
        assert sandbox.tree(landed) == sandbox.tree(head)

    def test_of_a_stranger_or_of_nothing_is_unknown(self, sandbox: Sandbox) -> None:
        alone = Sha(sandbox.git("commit-tree", "-m", "unrelated", sandbox.tree()))

        assert isinstance(squashed(sandbox, alone), Unanswered)
        assert isinstance(squashed(sandbox, Sha("1" * 40)), Unanswered)

    def test_has_its_message_whatever_is_in_it(self, sandbox: Sandbox) -> None:
        """Text from a PR: it is never taken for an option, a header or the end of the message."""
        sandbox.branch("topic")
        head = sandbox.commit("one", {"a": "1"})
        message = "--amend\n\ntree 123\n# no comment\n\udcff \x00 größe\n\n\n"

        landed = squashed(sandbox, head, message=message)

        assert isinstance(landed, str)
        _, _, stored = sandbox.raw("cat-file", "commit", landed).partition(b"\n\n")
        assert stored.decode() == "--amend\n\ntree 123\n# no comment\n?  größe\n"
