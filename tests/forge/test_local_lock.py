"""The lock of a local pass."""

import errno
import os
from pathlib import Path

import pytest

from mergebot.errors import LockedError
from mergebot.forge.local.lock import locked


def test_a_full_disk_does_not_keep_a_pass_from_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number in the file is for people only; without room for it the lock holds all the same."""

    def full(_handle: int, _data: bytes, _offset: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    lock = tmp_path / "lock"
    with locked(lock), pytest.raises(LockedError, match=r"\(another process\)"), locked(lock):
        pytest.fail("it was given away twice")
