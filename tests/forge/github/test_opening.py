"""Which repository, and where its clone is kept (contract 5)."""

import stat
from pathlib import Path

import pytest

from mergebot.errors import AccessError, InputError
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.opening import clone_folder, connect, origin_of
from tests.sandbox import Sandbox

OWN = Hosts(api="https://git.example/api/v3", server="https://git.example")


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/r.git",
        "https://github.com/o/r",
        "https://x-access-token:secret@github.com/o/r.git",
        "git@github.com:o/r.git",
        "ssh://git@github.com/o/r.git",
        "ssh://git@ssh.github.com:443/o/r.git",
    ],
)
def test_the_remote_origin_names_the_repository_in_every_spelling(sandbox: Sandbox, url: str) -> None:
    sandbox.git("remote", "add", "origin", url)
    assert origin_of(sandbox.path, Hosts()) == "o/r"


def test_an_enterprise_server_is_known_by_its_name(sandbox: Sandbox) -> None:
    sandbox.git("remote", "add", "origin", "git@git.example:team/tool.git")
    assert origin_of(sandbox.path, OWN) == "team/tool"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://gitlab.example/o/r.git", "gitlab.example"),
        ("/srv/git/r.git", "no host"),
        ("https://github.com/only", "only"),
        ("https://github.com/o/r/extra", "o/r/extra"),
        ("https://github.com/../r", "../r"),
    ],
)
def test_a_remote_elsewhere_or_without_a_name_is_refused_with_what_to_do(
    sandbox: Sandbox, url: str, words: str
) -> None:
    sandbox.git("remote", "add", "origin", url)
    with pytest.raises(AccessError, match="origin") as caught:
        origin_of(sandbox.path, Hosts())
    assert words in caught.value.message
    assert "--repo OWNER/NAME" in caught.value.hint


def test_a_password_in_the_remotes_url_is_never_shown(sandbox: Sandbox) -> None:
    """No secret appears in output (I6)."""
    sandbox.git("remote", "add", "origin", "https://me:hunter2@elsewhere.example/o/r.git")
    with pytest.raises(AccessError) as caught:
        origin_of(sandbox.path, Hosts())
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_a_folder_without_an_origin_or_without_a_repository_says_what_to_do(sandbox: Sandbox, tmp_path: Path) -> None:
    for folder in (sandbox.path, tmp_path):
        with pytest.raises(AccessError) as caught:
            origin_of(folder, Hosts())
        assert "--local" in caught.value.hint


@pytest.mark.parametrize("name", ["", "r", "o/r/x", "o/..", "o/.", "-o/r", "o/r x", "o/r\n", "../../etc", "o/r;ls"])
def test_what_is_no_owner_and_name_is_refused_before_anything_is_asked(name: str) -> None:
    with pytest.raises(InputError, match="no repository"):
        connect(name, environ={}, clock=lambda: 0.0, log=print)


def test_the_clone_is_kept_with_the_runners_temporary_files_or_the_users_caches(tmp_path: Path) -> None:
    runner, cache, home = (str(tmp_path / name) for name in ("runner", "cache", "home"))
    everywhere = {"RUNNER_TEMP": runner, "XDG_CACHE_HOME": cache, "HOME": home}
    assert clone_folder(everywhere, OWN, "Team/Tool") == Path(runner) / "mergebot/git.example/team/tool.git"
    del everywhere["RUNNER_TEMP"]
    assert clone_folder(everywhere, OWN, "o/r") == Path(cache) / "mergebot/git.example/o/r.git"
    assert clone_folder({"HOME": home}, OWN, "o/r") == Path(home) / ".cache/mergebot/git.example/o/r.git"


def test_others_on_the_machine_may_not_look_into_the_clone(tmp_path: Path) -> None:
    folder = clone_folder({"XDG_CACHE_HOME": str(tmp_path)}, Hosts(), "o/r")
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_a_cache_that_cannot_be_made_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AccessError) as caught:
        clone_folder({"XDG_CACHE_HOME": str(tmp_path / "file")}, Hosts(), "o/r")
    assert "XDG_CACHE_HOME" in caught.value.hint
