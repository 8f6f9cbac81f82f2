"""Which names, branches and paths are good ones."""

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mergebot.located.texts import BRANCH, BRANCH_GLOB, LOGIN, NAME, PATH, PATH_GLOB, WORKFLOW, TextRule
from mergebot.located.words import nearest, shown


def good(rule: TextRule, *texts: str) -> bool:
    return all(rule.refuse(text) is None for text in texts)


def bad(rule: TextRule, *texts: str) -> bool:
    return all(rule.refuse(text) is not None for text in texts)


@settings(max_examples=60)
@given(st.text("ab./-@{~^: *[\\\x7f\t", min_size=1, max_size=6))
@example("a.lock")
@example("a.lock/b")
@example("a.lockb")
@example("@")
@example("HEAD")
@example("a@{b")
@example("refs/x/y")
def test_a_branch_is_good_where_git_says_so(name: str) -> None:
    """Refused besides: what `git branch` takes for an option or for HEAD, and a full ref, which is a slip."""
    git = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False)

    special = name.startswith(("-", "refs/")) or name in {"HEAD", "@"}
    assert good(BRANCH, name) == (git.returncode == 0 and not special)


def test_a_glob_may_stand_for_branches() -> None:
    assert good(BRANCH_GLOB, "release/*", "v[0-9]", "dev", "a?")
    assert bad(BRANCH_GLOB, "a b", "a..*", "/x", "refs/heads/*", "")


def test_a_name_is_one_printable_line() -> None:
    assert good(NAME, "lint / py 3.12 (ubuntu)", "é", "-", "agent:x")
    assert bad(NAME, "", "  ", "a\nb", "a\x00", " a", "a\u2028b", "a\x9bb", "a\n")


def test_a_path_stays_in_the_repository_and_names_a_file() -> None:
    assert good(PATH, "a", "a/b.json", ".github/x", "a..b/c", "./a//b", "...")
    assert bad(PATH, "/a", "..", "../a", "a/..", "a/../b", "a/", ".", "a\\b", "")


def test_a_glob_may_stand_for_paths() -> None:
    assert good(PATH_GLOB, "src/**", "/docs/", "*.lock", "a!b", "..a/b")
    assert bad(PATH_GLOB, "./a", "a//b", "a/./b", "../a", "!a", "/", "a\\*", "/../x")


def test_a_workflow_is_a_file_of_the_one_folder() -> None:
    assert good(WORKFLOW, "ci.yml", "ci.yaml", ".github/workflows/ci.yml")
    assert bad(WORKFLOW, "ci", "a/ci.yml", ".github/workflows/a/ci.yml", "/ci.yml", "ci.yml ", "../ci.yml")


def test_a_login_is_neither_mention_nor_team() -> None:
    assert good(LOGIN, "ada", "dependabot[bot]")
    assert bad(LOGIN, "@ada", "org/team", "")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lable", "label"),
        ("LABEL", "label"),
        ("Priority-Labels", "priority_labels"),
        ("wibble", None),
        ("x" * 99, None),
    ],
)
def test_the_nearest_word_is_found_or_none(word: str, meant: str | None) -> None:
    assert nearest(word, ["label", "hold_label", "priority_labels"]) == meant


@given(st.text(max_size=80))
def test_what_is_shown_is_short_and_printable(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) <= 10 * 61
    assert not text.isprintable() or len(text) > 60 or shown(text) == text


def test_a_text_is_cut_only_where_it_is_too_long() -> None:
    assert shown("x" * 60) == "x" * 60
    assert shown("x" * 61) == "x" * 60 + "…"
