"""Files that the user has us write are whole, or are not touched."""

import os
from pathlib import Path

import pytest

from mergebot.cli.saving import write_whole
from mergebot.errors import InputError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_has_the_rights_that_any_new_file_has(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_whole(str(tmp_path / "new.json"), "é\n")
    finally:
        os.umask(mask)

    assert (tmp_path / "new.json").read_bytes() == "é\n".encode()
    assert (tmp_path / "new.json").stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["new.json"]


def test_an_old_file_keeps_its_rights_and_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "real.json").chmod(0o604)
    (tmp_path / "link.json").symlink_to("real.json")
    write_whole(str(tmp_path / "link.json"), "new")

    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"
    assert (tmp_path / "real.json").stat().st_mode & 0o777 == 0o604


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "kept.json").write_text("old")
    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(InputError, match=r"cannot write .*kept\.json: No space left on device"):
        write_whole(str(tmp_path / "kept.json"), "new")
    assert names(tmp_path) == ["kept.json"]
    assert (tmp_path / "kept.json").read_text() == "old"


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to("/dev/null")
    write_whole(str(tmp_path / "null"), "gone")

    assert Path("/dev/null").is_char_device()
    assert names(tmp_path) == ["null"]


@pytest.mark.parametrize("name", ["no/such/folder.json", "", "."])
def test_a_place_that_cannot_hold_a_file_is_bad_input(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError, match="cannot write"):
        write_whole(name, "x")
    assert names(tmp_path) == []
