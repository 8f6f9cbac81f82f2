"""Titles, texts, branches, labels, files, checks, logins and comments that are made to break what uses them."""

import json
import os
import re
import shlex
import subprocess
import unicodedata
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mergebot.forge.github.session import MARKER
from mergebot.report import safe
from tests.attacks.texts import CANARY, VALUES, Played, branch_for, branch_of, path_of, play
from tests.report.test_mermaid import read
from tests.scenarios.github_world import GithubWorld
from tests.server.hub import GitHub

CONTROLS: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
OURS: Final = {"\n", "\u2060", "\u200d", "\u200e"}
"""Ends of lines; what parts a mention from its name; what emoji are made of; what goes back to left-to-right."""

HTML: Final = {MARKER, "<details>", "</details>", "<summary>", "</summary>"}
"""All the HTML that mergebot writes."""

PINGS: Final = r"@\w|(?<!\\)://|(?<!\\)www\."
"""What a forge would make a mention or a link of."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Everything is played once; the tests look at different places."""
    folder = tmp_path_factory.mktemp("texts")
    with GitHub.start(folder / "hub") as hub:
        yield play(GithubWorld.create(hub, folder), folder)


def tokens(text: str) -> Iterator[Token]:
    """All tokens of a Markdown text, as GitHub's parser sees it."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or ()


def html(text: str) -> set[str]:
    """The tags and comments in it that are HTML, not text."""
    found = [token.content for token in tokens(text) if token.type in ("html_block", "html_inline")]
    return {tag for piece in found for tag in re.findall(r"<[^>]*>", piece)}


def controls(text: str) -> set[str]:
    """What moves a cursor, turns the direction or hides."""
    return {char for char in text if unicodedata.category(char) in CONTROLS} - OURS


def outputs(text: str) -> dict[str, str]:
    """What a runner reads in GITHUB_OUTPUT (platform: `NAME<<END`, lines, `END`)."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        found[name] = "\n".join(takewhile(end.__ne__, lines))
    return found


def fences(text: str, kind: str) -> list[str]:
    """The blocks of code of a kind."""
    return [token.content for token in tokens(text) if token.type == "fence" and token.info == kind]


def outside(text: str) -> str:
    """The source of a text without its code, and without where its links lead to."""
    text = re.sub(r"(?ms)^ *(`{3,})[^\n]*\n.*?^ *\1$", "", text)
    text = re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    return re.sub(r"\]\(<?[^<>)]*>?\)", "", text)


def shape(text: str) -> list[str]:
    """The blocks and cells of a text, whatever stands in them."""
    return [token.type for token in MarkdownIt("commonmark").enable("table").parse(text)]


def test_each_lands_or_stays_as_a_harmless_one_does(played: Played) -> None:
    """Guards: no text is an option, a refspec, a pattern or a place; branches go by full name, heads by id."""
    entries = played.world.plan().entries
    stays: dict[int, list[str]] = {entry.pr: [item.verdict.code for item in entry.criteria] for entry in entries}
    assert {ran.code for ran in played.said.values()} == {0}
    assert played.world.landed() == [f"lands-{name}" for name in VALUES]
    assert list(stays) == [played.world.pulls[f"stays-{name}"] for name in VALUES]
    first, *others = stays.values()
    assert first == ["tests.failed", "score.passed", "conflicts.merge", "dependencies.none", "approvals.changes"]
    assert {tuple(codes) for codes in others} == {
        ("tests.failed", "score.passed", "conflicts.merge", "dependencies.open", "approvals.changes")
    }


def test_refs_and_files_are_those_that_were_meant(played: Played) -> None:
    """Guards: the same; nothing else is made, moved or deleted, and each file is on base under its own name."""
    refs = {ref for ref in played.world.repo.box.refs() if ref.startswith("refs/heads/")}
    kept = {f"refs/heads/{branch_for(number, name, 'stays')}" for number, name in enumerate(VALUES)}
    assert refs == {"refs/heads/main", *kept}
    files = played.world.repo.box.raw("ls-tree", "-r", "-z", "--name-only", "main").decode().split("\0")[:-1]
    assert set(files) == {"README.md", *(f"{number}/{path_of(value)}" for number, value in enumerate(VALUES.values()))}


def test_no_command_in_a_text_is_run(played: Played, tmp_path: Path) -> None:
    """Guards: no shell sees a text; what is there to be pasted is quoted for one."""
    (tmp_path / "git").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "git").chmod(0o755)
    for number, name in enumerate(VALUES):
        [commands] = fences(played.comment(f"stays-{name}"), "sh") or [""]
        words = [shlex.split(line) for line in commands.splitlines()]
        if branch_of(VALUES[name]).startswith("-"):
            assert words == [], "git would take the name for an option"
            continue
        branch = safe.line(branch_for(number, name, "stays"))  # what cannot be shown cannot be pasted either
        assert words == [
            ["git", "fetch", "origin"],
            ["git", "switch", branch],
            ["git", "merge", "--ff-only", f"origin/{branch}"],
            ["git", "merge", "origin/main"],
            ["git", "push", "origin", branch],
        ]
        env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        subprocess.run(["sh", "-eu"], cwd=tmp_path, env=env, input=commands.encode(), check=True)
    places = (tmp_path, played.world.cache, played.world.hub.root, played.world.work.path, played.job.folder)
    assert [file for place in places for file in place.rglob(CANARY)] == []


@pytest.mark.parametrize("kind", ["lands", "stays"])
def test_a_comment_has_the_shape_of_a_harmless_one(played: Played, kind: str) -> None:
    """Guards: every text in it is escaped for Markdown, tables, fences and HTML; the marker is its first line alone."""
    expected = shape(played.comment(f"{kind}-harmless"))
    for name in VALUES:
        comment = played.comment(f"{kind}-{name}")
        assert (comment.partition("\n")[0], comment.count(f"\n{MARKER}"), html(comment) <= HTML) == (MARKER, 0, True)
        if kind == "stays" and branch_of(VALUES[name]).startswith("-"):
            assert len(shape(comment)) == len(expected) - len(shape("To solve it\n\n```sh\n```")), name
        else:
            assert shape(comment) == expected, name


def test_a_comment_pings_nobody_and_refers_to_nothing(played: Played) -> None:
    """Guards: outside of code no mention, no reference to another repository, no link but to the forge."""
    for comment in played.comments():
        text = outside(comment)
        links = [str(token.attrs["href"]) for token in tokens(comment) if token.type == "link_open"]
        assert not re.search(rf"{PINGS}|other/repo#1|GH-1\b", text), text
        assert all(link.startswith(f"{played.world.hub.url}/") for link in links), links
        assert not any(token.type == "image" for token in tokens(comment))


def test_a_status_is_one_short_line(played: Played) -> None:
    """Guards: descriptions of statuses are cut, on one line, without anything that hides."""
    own = [status for status in played.world.repo.data.statuses if status.context == "mergebot"]
    assert own
    for status in own:
        assert len(status.description or "") <= 140
        assert controls(status.description or "") | ({"\n"} & set(status.description or "")) == set()


@pytest.mark.parametrize("name", ["run", "run-again", "plan-text", "plan-json", "plan-markdown", "status"])
def test_output_and_log_hold_no_control_and_no_command_of_a_runner(played: Played, name: str) -> None:
    """Guards: what is printed is made visible, and no line of a stranger begins with `::` or holds `##[`."""
    ran = played.said[name]
    assert (controls(ran.out), controls(ran.err)) == (set(), set())
    assert "##[" not in ran.out + ran.err
    commands = [line for line in (ran.out + ran.err).splitlines() if line.lstrip().startswith("::")]
    assert commands == (["::notice title=mergebot::" + commands[0].partition("mergebot::")[2]] if name == "run" else [])
    assert all(re.fullmatch(r"::notice title=mergebot::merged (#\d+, )+#\d+ and \d+ more", line) for line in commands)


@pytest.mark.parametrize("name", ["run", "plan-text"])
def test_a_summary_holds_no_html_no_mention_and_no_command(played: Played, name: str) -> None:
    """Guards: the same for the step summary, and Mermaid's labels for the graph in it."""
    summary = played.summaries[name]
    assert html(summary) <= HTML
    assert (controls(summary), "##[" in summary) == (set(), False)
    assert not re.search(PINGS, outside(summary))
    [graph] = fences(summary, "mermaid")
    assert set(read(tuple(graph.splitlines())).nodes) >= {f"p{played.world.pulls[f'stays-{name}']}" for name in VALUES}


def test_the_outputs_of_the_step_are_those_three_and_true(played: Played) -> None:
    """Guards: outputs are JSON of one line between ends that nobody can guess."""
    found = outputs(played.outputs["run"])
    assert list(found) == ["merged", "blocked", "plan"]
    assert json.loads(found["merged"]) == [played.world.pulls[f"lands-{name}"] for name in VALUES]
    assert json.loads(found["blocked"]) == [played.world.pulls[f"stays-{name}"] for name in VALUES]
    assert json.loads(found["plan"])["schema"] == 1


def test_json_gives_every_text_as_it_is(played: Played) -> None:
    """Guards: JSON is made by an encoder; every entry has the keys of a harmless one, the title is the title."""
    plan: dict[str, Any] = json.loads(played.said["plan-json"].out)
    assert len({tuple(entry) for entry in plan["entries"]}) == 1
    assert [entry["title"] for entry in plan["entries"]] == list(VALUES.values())
    assert played.said["plan-json"].out.isascii()


def test_a_message_of_a_squash_ends_with_our_trailers_alone(played: Played) -> None:
    """Guards: what reads like a trailer, or like an order to skip CI, is taken apart; nothing invisible is left."""
    box = played.world.repo.box
    for name in VALUES:
        sha = str(played.world.repo.pull(played.world.pulls[f"lands-{name}"]).merge_sha)
        message = box.raw("log", "-1", "--format=%B", sha).decode()
        trailers = box.git("interpret-trailers", "--parse", "--no-divider", stdin=message.encode()).splitlines()
        assert [line.partition(":")[0] for line in trailers] == ["Review-Score", "Reviewed-by", "Co-authored-by"], name
        assert len(re.findall(r"(?im)^(?:agent|review-score|reviewed-by|co-authored-by)[ \t]*:", message)) == 3, name
        assert trailers[:2] == ["Review-Score: 10/10", "Reviewed-by: rita"]
        assert not re.search(r"(?im)\[(skip[ -]ci|ci[ -]skip|no ci|actions skip)\]|^skip-checks:", message)
        assert not {char for char in message if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Zl", "Zp")}
