"""Annotations: workflow commands that a runner takes for exactly what is meant, however hostile the text."""

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.errors import AccessError, InputError, LockedError
from mergebot.model.outcome import Done, Failed, PassResult, StepResult
from mergebot.model.problem import Problem, Severity
from mergebot.report.annotations import (
    MOST,
    Annotation,
    Kind,
    command,
    failure_annotations,
    plan_annotations,
    run_annotations,
)
from tests.report.plans import HOSTILE, after_a_pass, entry, hostile, merge, plan

COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^:,\r\n]*)(?:,[a-z]+=[^:,\r\n]*)*)::([^\r\n]*)")
"""As a runner reads a line: the name, the properties up to the next `::`, the message."""


def read(line: str) -> tuple[str, dict[str, str], str]:
    """One command, decoded as a runner does."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = dict(pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {name: unquote(value) for name, value in pairs.items()}, unquote(found[3])


def wrong(where: str, message: str = "wrong", severity: Severity = Severity.ERROR) -> Problem:
    return Problem(where=where, message=message, severity=severity)


class TestWhereItIsShown:
    @pytest.mark.parametrize(
        ("where", "properties"),
        [
            ("config/mergebot.yml:3:7", {"file": "config/mergebot.yml", "line": "3", "col": "7"}),
            ("dependencies.json:12", {"file": "dependencies.json", "line": "12"}),
            (".github/mergebot.yaml", {"file": ".github/mergebot.yaml"}),
            ("a:b,c%.yml:1:2", {"file": "a:b,c%.yml", "line": "1", "col": "2"}),
        ],
    )
    def test_a_file_is_annotated_on_its_line(self, where: str, properties: dict[str, str]) -> None:
        [line] = plan_annotations(plan(problems=(wrong(where),)))
        assert read(line) == ("error", {"title": "mergebot", **properties}, "wrong")

    @pytest.mark.parametrize("where", ["#12", "o/r", "checks.command"])
    def test_what_is_no_file_stands_in_the_message(self, where: str) -> None:
        [line] = plan_annotations(plan(problems=(wrong(where),)))
        assert read(line) == ("error", {"title": "mergebot"}, f"{where}: wrong")

    def test_the_hint_follows(self) -> None:
        [line] = plan_annotations(plan(problems=(Problem(where="a.yml:1:1", message="wrong", hint="mend it"),)))
        assert read(line)[2] == "wrong (mend it)"


class TestWhatIsTold:
    def test_of_a_pass(self) -> None:
        """An error for what failed, a warning for what could not be read, a notice of what was merged."""
        told = [(kind, message) for kind, _, message in map(read, run_annotations(plan(entry(1)), after_a_pass()))]
        assert told == [
            ("error", "merge #3 failed: the disk is full. make room, then run again"),
            ("warning", "fleet: not finished: #5: the checks could not be read"),
            ("notice", "merged #1"),
        ]

    def test_of_a_pass_that_had_nothing_to_do_nothing(self) -> None:
        assert run_annotations(plan(entry(1)), PassResult()) == []

    def test_of_a_pause_a_warning(self) -> None:
        [line] = run_annotations(plan(frozen=("a release",)), PassResult())
        assert read(line)[::2] == ("warning", "fleet: the queue is frozen: a release")

    def test_of_a_wrong_input_every_place(self) -> None:
        error = InputError("it cannot be used", hint="correct it", problems=[wrong("a.yml:1:2"), wrong("a.yml:3:4")])
        first, *others = map(read, failure_annotations(error))
        assert first[2] == "it cannot be used. correct it"
        assert [(one[1]["line"], one[1]["col"]) for one in others] == [("1", "2"), ("3", "4")]

    def test_of_no_access_what_to_do(self) -> None:
        [line] = failure_annotations(AccessError("no token", hint="set GITHUB_TOKEN"))
        assert read(line)[::2] == ("error", "no token. set GITHUB_TOKEN")

    def test_of_a_bug_its_kind(self) -> None:
        [line] = failure_annotations(ValueError("50% :: done"))
        assert read(line)[2] == "unexpected error: ValueError: 50% :: done"

    def test_of_another_pass_at_work_nothing(self) -> None:
        """Nobody has to do anything."""
        assert failure_annotations(LockedError("locked")) == []


class TestHowMany:
    """Platform: about ten of each kind are shown; without a last one for the rest, the rest is lost."""

    @pytest.mark.parametrize("severity", [Severity.ERROR, Severity.WARNING])
    def test_of_too_many_the_last_stands_for_the_rest(self, severity: Severity) -> None:
        problems = tuple(wrong(f"a.yml:{n}:1", severity=severity) for n in range(1, 31))
        lines = plan_annotations(plan(problems=problems))
        assert len(lines) == MOST
        assert read(lines[-1])[2] == "and 21 more: the log and the summary have them all"

    def test_ten_are_shown_as_they_are(self) -> None:
        lines = plan_annotations(plan(problems=tuple(wrong(f"a.yml:{n}:1") for n in range(1, MOST + 1))))
        assert read(lines[-1])[1]["line"] == str(MOST)

    def test_each_kind_has_its_own_ten(self) -> None:
        warnings = tuple(wrong("#1", severity=Severity.WARNING) for _ in range(20))
        lines = plan_annotations(plan(problems=(*warnings, wrong("a.yml:1:1"))))
        assert [read(line)[0] for line in lines] == ["error", *["warning"] * MOST]

    def test_merged_ones_are_one_notice(self) -> None:
        landed = tuple(StepResult(step=merge(n), outcome=Done()) for n in range(1, 31))
        [line] = run_annotations(plan(), PassResult(results=landed))
        assert read(line)[2].endswith("#10 and 20 more")


class TestStrangersText:
    @given(st.text(), st.text())
    def test_is_one_command_whatever_it_is(self, message: str, where: str) -> None:
        """No second command, no further property, no second line."""
        line = command(Annotation(kind=Kind.WARNING, message=message, where=where))
        kind, properties, _ = read(line)
        assert kind == "warning"
        assert properties.keys() <= {"title", "file", "line", "col"}
        assert properties["title"] == "mergebot"
        assert "##[" not in line

    @given(st.text(alphabet=st.characters(exclude_categories=("C", "Z"))).filter(lambda text: "##[" not in text))
    def test_reads_as_it_is(self, message: str) -> None:
        assert read(command(Annotation(kind=Kind.ERROR, message=message)))[2] == message

    def test_what_a_runner_would_decode_is_encoded(self) -> None:
        [line] = failure_annotations(AccessError("100%25 of %0A", hint="##[error]x"))
        assert line == "::error title=mergebot::100%2525 of %250A. #\\#[error]x"

    def test_what_moves_the_cursor_or_turns_the_line_is_shown_as_an_escape(self) -> None:
        line = command(Annotation(kind=Kind.ERROR, message="a\x1b[31m\r\n\u202eb"))
        assert line == "::error title=mergebot::a\\x1b[31m\\r\\n\\u202eb"

    def test_is_cut_where_it_is_endless(self) -> None:
        assert len(command(Annotation(kind=Kind.ERROR, message="x" * 100_000))) < 1_100

    def test_an_enemys_plan(self) -> None:
        failed = PassResult(results=(StepResult(step=merge(1), outcome=Failed(reason=HOSTILE, hint=HOSTILE)),))
        lines = run_annotations(replace(hostile(), repository=HOSTILE), failed)
        assert [read(line)[0] for line in lines] == ["error", "error", "warning"]
