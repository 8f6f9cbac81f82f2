"""Where the token comes from, and that it is never shown (contract 5, I6)."""

from pathlib import Path

import pytest

from mergebot.errors import AccessError
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.tokens import find_credentials

PERSON = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
OTHER = "github_pat_11AAAAAAA0_abcdefghijklmnop"


def program(folder: Path, script: str) -> str:
    """A `gh` that runs this script; gives the PATH with it."""
    file = folder / "gh"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_github_token_comes_before_gh_token_and_that_before_gh(tmp_path: Path) -> None:
    path = program(tmp_path, f"echo {PERSON}")
    environ = {"GITHUB_TOKEN": PERSON, "GH_TOKEN": OTHER, "PATH": path}
    assert find_credentials(environ, Hosts(), "o/r").source == "GITHUB_TOKEN"
    del environ["GITHUB_TOKEN"]
    found = find_credentials(environ, Hosts(), "o/r")
    assert (found.source, found.token()) == ("GH_TOKEN", OTHER)
    del environ["GH_TOKEN"]
    found = find_credentials(environ, Hosts(), "o/r")
    assert (found.source, found.token(), found.kind) == ("gh auth token", PERSON, "user")


def test_gh_is_asked_for_the_token_of_this_server(tmp_path: Path) -> None:
    path = program(tmp_path, f'echo "$@" > {tmp_path}/args; echo {PERSON}')
    hosts = Hosts(api="https://git.example/api/v3", server="https://git.example")
    find_credentials({"PATH": path}, hosts, "o/r")
    assert (tmp_path / "args").read_text() == "auth token --hostname=git.example\n"


@pytest.mark.parametrize("script", ["exit 1", "echo", "exec sleep 5", "kill -9 $$"])
def test_a_gh_that_has_none_is_as_good_as_no_gh(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mergebot.forge.github.tokens._TIME_LIMIT", 0.2)
    with pytest.raises(AccessError, match="GITHUB_TOKEN, GH_TOKEN and gh have none"):
        find_credentials({"PATH": program(tmp_path, script)}, Hosts(), "o/r")


@pytest.mark.parametrize("environ", [{}, {"GITHUB_TOKEN": " \n", "GH_TOKEN": "", "PATH": ""}, {"PATH": "/nowhere"}])
def test_without_any_the_three_sources_are_named(environ: dict[str, str]) -> None:
    with pytest.raises(AccessError) as caught:
        find_credentials(environ, Hosts(), "o/r")
    assert caught.value.message == "there is no token for GitHub: GITHUB_TOKEN, GH_TOKEN and gh have none"
    assert caught.value.hint == "set GITHUB_TOKEN or GH_TOKEN, or log in with gh auth login"


def test_white_space_around_a_pasted_token_does_not_matter() -> None:
    assert find_credentials({"GITHUB_TOKEN": f"  {PERSON}\r\n"}, Hosts(), "o/r").token() == PERSON


@pytest.mark.parametrize("value", [f"Bearer {PERSON}", f'"{PERSON}"', f"{PERSON}\n{OTHER}", f"{PERSON}\x00", "tökén"])
def test_what_is_no_token_is_refused_without_being_shown(value: str) -> None:
    """It would end in a header, or in an exception with the header in it."""
    with pytest.raises(AccessError, match="GITHUB_TOKEN holds something that is no token") as caught:
        find_credentials({"GITHUB_TOKEN": value}, Hosts(), "o/r")
    assert PERSON not in f"{caught.value!r} {caught.value.hint}"


@pytest.mark.parametrize(
    ("token", "actions", "kind"),
    [
        ("ghs_abc", "true", "actions"),
        ("ghs_abc", "", "app"),
        ("ghp_abc", "true", "user"),
        ("github_pat_abc", "", "user"),
        ("gho_abc", "", "user"),
        ("ghu_abc", "", "user"),
        ("0123456789abcdef0123456789abcdef01234567", "", "unknown"),
    ],
)
def test_whose_a_token_is_shows_at_its_beginning(token: str, actions: str, kind: str) -> None:
    environ = {"GH_TOKEN": token, "GITHUB_ACTIONS": actions}
    assert find_credentials(environ, Hosts(), "o/r").kind == kind


def test_the_token_is_not_in_what_python_shows_of_it() -> None:
    found = find_credentials({"GITHUB_TOKEN": PERSON}, Hosts(), "o/r")
    assert PERSON not in f"{found!r} {found} {found.auth!r}"
