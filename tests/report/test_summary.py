"""The step summary: what a maintainer reads in the run of a job, and what is cut where GitHub would show nothing."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from mergebot.errors import AccessError, InputError, LockedError
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, PassResult, Stale, StepResult
from mergebot.model.plan import EntryState, Plan
from mergebot.model.problem import Problem
from mergebot.report import summary
from mergebot.report.deeds import deeds
from mergebot.report.sheet import Sheet
from mergebot.report.summary import LARGEST, failure_summary, plan_summary, run_summary
from tests.builders import sha
from tests.report.plans import (
    CONFLICT,
    HOSTILE,
    after_a_pass,
    delete_branch,
    entry,
    fleet,
    hostile,
    merge,
    plan,
    score_of,
)

URL = "https://github.com/o/r"
NOTHING = PassResult()


def html(text: str) -> str:
    """As GitHub shows it, as far as a plain reader of Markdown goes."""
    return str(MarkdownIt("gfm-like", {"linkify": False}).render(text))


def crowd(size: int, **changes: str) -> Plan:
    """So many PRs, each with a score that is too low for a reason of its own."""
    entries = [entry(n, EntryState.BLOCKED, score_of(n % 10), **changes) for n in range(1, size + 1)]
    return plan(*entries, url=URL)


class TestWhatAPassDid:
    def test_the_headline_tells_it_in_one_sentence(self) -> None:
        assert deeds(after_a_pass()) == "Merged #1; rebased #6, #7. Failed: merge #3."

    def test_what_only_tidies_up_is_not_told(self) -> None:
        tidied = PassResult(results=(StepResult(step=delete_branch(1), outcome=Done()),))
        assert deeds(tidied) == deeds(NOTHING) == "Nothing was to be done."

    def test_what_was_not_done_is_not_claimed(self) -> None:
        tried: list[Outcome] = [Stale(reason="moved"), AlreadyDone(), Failed(reason="no")]
        results = tuple(StepResult(step=merge(at), outcome=outcome) for at, outcome in enumerate(tried, start=1))
        assert deeds(PassResult(results=results)) == "Nothing was done. Failed: merge #3."

    def test_of_many_the_first_are_named(self) -> None:
        landed = tuple(StepResult(step=merge(n), outcome=Done(sha=sha(n))) for n in range(1, 26))
        assert deeds(PassResult(results=landed)).endswith("#20 and 5 more.")

    def test_the_event_that_woke_it_is_told_as_text(self) -> None:
        woken = "Woken by issue_comment: created #1 by <b>eve</b> @everyone"
        assert "&lt;b&gt;eve" in html(run_summary(fleet(), NOTHING, woken=woken))


class TestThePage:
    def test_references_lead_to_the_pull_requests(self) -> None:
        """Platform: a step summary makes no link of `#12`, as a comment does."""
        page = html(run_summary(replace(fleet(), url=URL), after_a_pass()))
        assert f'<td>conflict with <a href="{URL}/pull/1">#1</a></td>' in page
        assert f'waits for <a href="{URL}/pull/2">#2</a>' in page

    def test_without_a_page_of_the_repository_nothing_is_linked(self) -> None:
        assert "<a " not in html(run_summary(fleet(), after_a_pass()))

    @pytest.mark.parametrize("text", ["other/repo#12", "x#12", "##12", "#0", "#12x", "&#12;", "a\\#12"])
    def test_what_is_no_reference_is_no_link(self, text: str) -> None:
        assert "<a " not in html(Sheet(url=URL).text(text))

    def test_it_has_the_graph(self) -> None:
        for page in (run_summary(fleet(), NOTHING), plan_summary(fleet())):
            assert page.count("```mermaid\nflowchart LR\n") == 1
            assert "An arrow leads from what lands first" in page

    def test_a_long_queue_is_folded(self) -> None:
        """150 PRs: the first thirty are seen, the rest one click away, none is lost."""
        page = run_summary(crowd(150, title="x"), NOTHING)
        assert page.count("<details><summary>120 more</summary>\n\n|") == 1
        rows = [line for line in page.splitlines() if re.match(r"\| \d+ \|", line)]
        assert len(rows) == 150
        table = html(page).split("<details>", maxsplit=1)[0]
        assert table.count("<tr>") == 31
        assert page.count("<details>") == page.count("</details>")

    @pytest.mark.parametrize("text", [run_summary(hostile(), after_a_pass(), woken=HOSTILE), plan_summary(hostile())])
    def test_hostile_text_becomes_no_markup(self, text: str) -> None:
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
        inline = [child for token in tokens for child in token.children or []]
        kinds = {token.type for token in [*tokens, *inline]}
        assert kinds.isdisjoint({"html_block", "html_inline", "link_open", "image"})
        assert not re.search(r"(?m)^::", text)


class TestWhatIsTooLarge:
    def test_a_page_of_more_than_a_mebibyte_is_cut_and_says_so(self) -> None:
        """Platform: of a larger one nothing at all is shown."""
        page = run_summary(crowd(2_500, title="\U0001f680" * 120), NOTHING)
        assert LARGEST / 10 < len(page.encode()) <= LARGEST
        assert "are left out here: `mergebot plan` shows them" in page
        assert page.count("<details>") == page.count("</details>") > 0

    def test_a_few_enormous_texts_leave_the_headline(self) -> None:
        huge = tuple(Problem(where="a.yml:1:1", message="x" * 500_000) for _ in range(4))
        page = run_summary(plan(entry(1), problems=huge), after_a_pass())
        assert page.startswith("## Merge queue: Merged #1;")
        assert len(page) < 1_000

    def test_the_headline_itself_may_be_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(summary, "LARGEST", 60)
        assert "too large" in run_summary(fleet(), after_a_pass())


class TestWhereThereWasNoPass:
    def test_a_wrong_input_with_every_place_and_the_hint(self) -> None:
        problems = [Problem(where="config/mergebot.yml:3:1", message="unknown key <b>x</b>")]
        page = failure_summary(
            InputError("it cannot be used", hint="correct it", problems=problems), woken="Woken by push"
        )
        assert page == (
            "## Merge queue: nothing was done\n\n**Error:** it cannot be used\n\n"
            "- `config/mergebot.yml:3:1`: unknown key \\<b\\>x\\</b\\>\n\nHint: correct it\n\nWoken by push\n"
        )

    def test_no_access(self) -> None:
        assert "Hint: give it a token" in failure_summary(AccessError("no token", hint="give it a token"))

    def test_another_pass_at_work_is_no_error(self) -> None:
        page = failure_summary(LockedError("another pass holds the lock"))
        assert "Error" not in page
        assert "another pass is at work" in page

    def test_a_bug_says_what_it_was_and_that_nothing_is_lost(self) -> None:
        page = failure_summary(ZeroDivisionError("division | by <zero>"))
        assert "ZeroDivisionError: division \\| by \\<zero\\>" in page
        assert "The next one completes it" in page


def test_a_conflict_has_its_commands() -> None:
    assert "git rebase --continue" in run_summary(plan(entry(5, EntryState.BLOCKED, CONFLICT)), NOTHING)
