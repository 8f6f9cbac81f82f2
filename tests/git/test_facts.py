"""What git knows of every head, read with a handful of processes, one broken head never hiding the others."""

from pathlib import Path

import pytest

from mergebot.git.facts import HeadFacts, head_facts
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.snapshot import Files, Unknown
from tests.sandbox import Sandbox

ADA = "Ada Author <ada@example.org>"
MISSING = Sha("1" * 40)


def facts(sandbox: Sandbox, *heads: str | Sha, base: str = "main") -> list[HeadFacts]:
    """The facts about these heads, which are PR 1, PR 2 and so on."""
    numbered = {PrNumber(i): _sha(sandbox, head) for i, head in enumerate(heads, 1)}
    found = head_facts(Repository.open(sandbox.path), _sha(sandbox, base), numbered)
    assert list(found) == list(numbered)
    return list(found.values())


def _sha(sandbox: Sandbox, name: str) -> Sha:
    return Sha(name) if set(name) <= set("0123456789abcdef") else sandbox.sha(name)


def changed(*paths: str) -> Files:
    return Files(paths=paths)


class TestFiles:
    def test_are_what_the_head_changes_against_its_merge_base(self, sandbox: Sandbox) -> None:
        """What came to base meanwhile is no change of the PR."""
        sandbox.branch("work")
        sandbox.commit("mine", {"b/deep.txt": "1\n", "a.txt": "1\n"})
        sandbox.commit("theirs", {"other.txt": "1\n"}, branch="main")

        [work] = facts(sandbox, "work")

        assert work == HeadFacts(files=changed("a.txt", "b/deep.txt"), authors=(ADA,), subject="mine", commits=1)

    def test_name_both_ends_of_a_rename(self, sandbox: Sandbox) -> None:
        """A rename out of a protected folder must be seen as a change of that folder."""
        sandbox.commit("start", {"protected/key": "one\ntwo\nthree\n"})
        sandbox.branch("work")
        sandbox.commit("move", {"protected/key": None, "free/key": "one\ntwo\nthree\n"})

        assert facts(sandbox, "work")[0].files == changed("free/key", "protected/key")

    def test_name_where_base_may_have_moved_a_changed_file_to(self, sandbox: Sandbox) -> None:
        """A merge carries the change along: into a protected folder, too."""
        text = "".join(f"line {number}\n" for number in range(20))
        sandbox.commit("start", {"free/key": text, "gone": "1\n"})
        sandbox.branch("work")
        sandbox.commit("change", {"free/key": text + "more\n"})
        sandbox.branch("other", "work~")
        sandbox.commit("delete", {"gone": None})
        sandbox.commit("move", {"free/key": None, "gone": None, "protected/key": text}, branch="main")

        work, other = facts(sandbox, "work", "other")

        assert work.files == changed("free/key", "protected/key")
        assert other.files == changed("gone")

    def test_show_names_that_are_no_text_so_that_they_are_safe_and_unique(self, sandbox: Sandbox) -> None:
        blob = sandbox.git("hash-object", "-w", "--stdin", stdin=b"x")
        odd = [b"bytes-\xff", b"bytes-\\xff", b"line\nfeed", b"--option"]
        tree = sandbox.git("mktree", "-z", stdin=b"".join(b"100644 blob %s\t%s\0" % (blob.encode(), n) for n in odd))
        head = sandbox.git("commit-tree", "-p", "main", "-m", "odd", tree)

        [work] = facts(sandbox, head)

        assert work.files == changed("--option", "README", "bytes-\\\\xff", "bytes-\\xff", "line\\x0afeed")

    def test_in_a_criss_cross_history_are_those_that_differ_from_any_merge_base(self, sandbox: Sandbox) -> None:
        """Two merge bases: rather one file too many than a protected one too few."""
        sandbox.branch("work")
        sandbox.commit("mine", {"mine": "1\n"})
        sandbox.commit("theirs", {"theirs": "1\n"}, branch="main")
        mine, theirs = sandbox.sha("work"), sandbox.sha("main")
        sandbox.git("merge", "--quiet", "--no-edit", mine)
        sandbox.checkout("work")
        sandbox.git("merge", "--quiet", "--no-edit", theirs)
        sandbox.commit("more", {"more": "1\n"})

        assert facts(sandbox, "work")[0].files == changed("mine", "more", "theirs")

    def test_after_merging_base_in_several_times_leave_out_what_came_from_base(self, sandbox: Sandbox) -> None:
        """Of several forks only the newest is the merge base."""
        sandbox.branch("work")
        for round_ in range(3):
            sandbox.commit(f"mine {round_}", {f"mine{round_}": "1\n"}, branch="work")
            sandbox.commit(f"theirs {round_}", {f"theirs{round_}": "1\n"}, branch="main")
            sandbox.checkout("work")
            sandbox.git("merge", "--quiet", "--no-edit", "main")

        [work] = facts(sandbox, "work")

        assert work.files == changed("mine0", "mine1", "mine2")
        assert (work.commits, work.subject) == (6, "mine 0")

    def test_of_a_head_that_base_already_holds_are_none(self, sandbox: Sandbox) -> None:
        sandbox.commit("more", {"a": "1\n"})

        assert facts(sandbox, "main~1") == [HeadFacts(files=changed())]


class TestWhatCannotBeTold:
    def test_is_unknown_for_that_head_alone(self, sandbox: Sandbox) -> None:
        """A missing head, one with no history in common, and an id that is no commit do not hide the others."""
        sandbox.branch("work")
        sandbox.commit("mine", {"a": "1\n"})
        unrelated = Sha(sandbox.git("commit-tree", "-m", "alone", sandbox.tree()))

        missing, alone, blob, work = facts(sandbox, MISSING, unrelated, sandbox.git("rev-parse", "main:README"), "work")

        assert missing == HeadFacts(files=Unknown(reason=f"commit {MISSING} is not in the repository"))
        assert alone.files == Unknown(reason=f"commit {unrelated} has no history in common with base")
        assert (alone.subject, alone.commits) == ("alone", 1)
        assert isinstance(blob.files, Unknown)
        assert work.files == changed("a")

    def test_is_everything_where_base_is_missing(self, sandbox: Sandbox) -> None:
        [main] = facts(sandbox, "main", base=MISSING)

        assert main == HeadFacts(files=Unknown(reason=f"base {MISSING} is not in the repository"))

    @pytest.mark.parametrize("kind", ["commit", "tree"])
    def test_is_only_the_head_whose_history_has_a_hole(self, sandbox: Sandbox, kind: str) -> None:
        """A damaged object somewhere below one head is that head's trouble."""
        sandbox.branch("broken")
        hole = sandbox.commit("lost", {"lost/file": "1\n"})
        sandbox.commit("on top", {"lost/file": "2\n"})
        sandbox.branch("work")
        sandbox.commit("mine", {"a": "1\n"})
        lost = hole if kind == "commit" else sandbox.git("rev-parse", "broken:lost")
        _object(sandbox, lost).unlink()

        broken, work = facts(sandbox, "broken", "work")

        assert isinstance(broken.files, Unknown)
        assert work.files == changed("a")

    def test_is_nothing_where_there_is_no_head(self, sandbox: Sandbox) -> None:
        assert facts(sandbox) == []


def _object(sandbox: Sandbox, sha: str) -> Path:
    return sandbox.path / ".git" / "objects" / sha[:2] / sha[2:]


class TestContains:
    def test_names_the_prs_below_but_not_itself_nor_what_base_holds(self, sandbox: Sandbox) -> None:
        """Strict ancestors only: of two PRs with one head neither contains the other."""
        landed = sandbox.commit("landed", {"a": "1\n"})
        sandbox.branch("parent")
        sandbox.commit("parent", {"b": "1\n"})
        sandbox.branch("child", "parent")
        sandbox.commit("child", {"c": "1\n"})
        sandbox.branch("grandchild", "child")
        sandbox.commit("grandchild", {"d": "1\n"})
        sandbox.branch("other", "main")
        sandbox.commit("other", {"e": "1\n"})

        found = facts(sandbox, landed, "parent", "child", "child", "grandchild", "other")

        assert [fact.contains for fact in found] == [(), (), (2,), (2,), (2, 3, 4), ()]


class TestAuthors:
    def test_are_those_of_own_commits_oldest_first_each_once(self, sandbox: Sandbox) -> None:
        sandbox.commit("base's", {"a": "1\n"}, author="Base <base@example.org>")
        sandbox.branch("work")
        sandbox.commit("one", {"b": "1\n"}, author="Zoë <zoe@example.org>")
        sandbox.commit("two", {"b": "2\n"}, author="Bo <bo@example.org>")
        sandbox.commit("three", {"b": "3\n"}, author="Zoë <zoe@example.org>")

        assert facts(sandbox, "work")[0].authors == ("Zoë <zoe@example.org>", "Bo <bo@example.org>")

    def test_are_read_in_their_commit_s_own_encoding(self, sandbox: Sandbox) -> None:
        sandbox.git("config", "i18n.commitEncoding", "latin1")
        sandbox.branch("work")
        sandbox.ticks += 1
        tree = sandbox.tree()
        head = sandbox.raw(
            "commit-tree", "-p", "main", tree, stdin="Größe\n".encode("latin1"), env={"GIT_AUTHOR_NAME": "Zo\udceb"}
        )  # fmt: skip

        [work] = facts(sandbox, head.decode().strip())

        assert (work.authors, work.subject) == (("Zoë <ada@example.org>",), "Größe")


class TestSubjectAndBody:
    def test_are_the_first_line_and_the_rest_of_the_oldest_own_commit_s_message(self, sandbox: Sandbox) -> None:
        sandbox.branch("work")
        sandbox.commit("Add a thing\n\nIt does this.\n\nDepends-On: #1\n", {"a": "1\n"})
        sandbox.commit("Fix it", {"a": "2\n"})

        [work] = facts(sandbox, "work")

        assert (work.subject, work.body, work.commits) == ("Add a thing", "It does this.\n\nDepends-On: #1", 2)
