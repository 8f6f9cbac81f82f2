"""Files are written whole, and never over, through or into what is there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mergebot.init.writing import Kept, Put, Refused, Wanted, WouldWrite, Written, put

WANTED = Wanted(path=".github/mergebot.yml", text="new: é\n", places=(".github/mergebot.yml", "config/mergebot.yml"))


def written(root: Path, wanted: Wanted = WANTED) -> Put:
    """Write one file; whatever comes of it, nothing temporary stays behind."""
    result = put(root, wanted, dry=False)
    assert [path.name for path in root.rglob("*.mergebot-*")] == []
    return result


def fill(root: Path, path: str, text: str = "old\n") -> Path:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


def test_a_file_is_written_with_its_folders_and_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert written(tmp_path) == Written(path=".github/mergebot.yml")
    finally:
        os.umask(before)

    place = tmp_path / ".github/mergebot.yml"
    assert (place.read_bytes(), place.stat().st_mode & 0o777) == ("new: é\n".encode(), 0o640)
    assert [path.name for path in place.parent.iterdir()] == ["mergebot.yml"]


@pytest.mark.parametrize("there", WANTED.places)
def test_a_file_that_is_there_is_kept_in_any_of_its_places(there: str, tmp_path: Path) -> None:
    """A second config would be an error (contract 2.4)."""
    place = fill(tmp_path, there)

    assert written(tmp_path) == Kept(path=there)
    assert place.read_text() == "old\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [place]


def test_a_link_in_another_place_counts_as_a_config(tmp_path: Path) -> None:
    """Where mergebot reads a work tree it would find both."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/mergebot.yml").symlink_to("elsewhere.yml")

    assert written(tmp_path) == Kept(path="config/mergebot.yml")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert put(tmp_path, WANTED, dry=True) == WouldWrite(path=".github/mergebot.yml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["there.yml", "nowhere.yml", "/etc/hostname"])
def test_a_link_is_not_followed(target: str, tmp_path: Path) -> None:
    """It may lead anywhere, and a forge does not follow it."""
    aim = fill(tmp_path, ".github/there.yml")
    (tmp_path / ".github/mergebot.yml").symlink_to(target)

    refused = written(tmp_path)

    assert isinstance(refused, Refused)
    assert refused.reason.startswith("this is a symbolic link, which is not followed")
    assert (aim.read_text(), (tmp_path / ".github/mergebot.yml").is_symlink()) == ("old\n", True)


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / ".github").symlink_to(outside)

    refused = written(root)

    assert isinstance(refused, Refused)
    assert refused.reason.startswith("its folder .github is a symbolic link")
    assert list(outside.iterdir()) == []


def test_a_folder_in_the_way_is_left_and_named(tmp_path: Path) -> None:
    (tmp_path / ".github/mergebot.yml").mkdir(parents=True)

    assert written(tmp_path) == Refused(path=".github/mergebot.yml", reason="this is a folder: move it away")


def test_a_pipe_in_the_way_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    os.mkfifo(tmp_path / ".github/mergebot.yml")

    assert written(tmp_path) == Refused(path=".github/mergebot.yml", reason="this is no regular file: move it away")


def test_a_file_where_a_folder_is_needed_is_left_and_named(tmp_path: Path) -> None:
    fill(tmp_path, ".github")

    assert written(tmp_path) == Refused(
        path=".github/mergebot.yml", reason="its folder .github is a file, not a folder: move it away"
    )


def test_a_place_that_may_not_be_written_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o555)
        with _as_nobody():
            refused = put(root, WANTED, dry=False)

        assert refused == Refused(path=".github/mergebot.yml", reason="cannot be written: Permission denied")
        assert list(root.iterdir()) == []


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Root may write anywhere: then the test is somebody else for a moment."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_whoever_is_faster_keeps_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the write somebody else writes it: theirs stays."""
    (tmp_path / ".github").mkdir()
    real = os.link

    def late(source: str, target: Path) -> None:
        target.write_text("theirs\n")
        real(source, target)

    monkeypatch.setattr(os, "link", late)

    assert written(tmp_path) == Kept(path=".github/mergebot.yml")
    assert (tmp_path / ".github/mergebot.yml").read_text() == "theirs\n"


def test_a_disk_without_links_is_written_to_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file system here is without them: the error is made up."""

    def refuse(_source: str, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)

    assert written(tmp_path) == Written(path=".github/mergebot.yml")
    assert (tmp_path / ".github/mergebot.yml").read_text() == "new: é\n"
