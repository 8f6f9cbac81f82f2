"""The lock of a local pass."""

import errno
import os
import subprocess
import sys
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


def held(lock: Path) -> subprocess.Popen[bytes]:
    """Another process that holds the lock, until it is killed."""
    code = "import sys, time, pathlib; from mergebot.forge.local.lock import locked\n"
    code += "with locked(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_it_does_not_outlive_the_process_that_held_it(tmp_path: Path) -> None:
    """The kernel drops it: whoever is killed holds nobody back, and whose number stands in the file does not matter."""
    lock = tmp_path / "lock"
    process = held(lock)
    with process:
        with pytest.raises(LockedError, match=f"process {process.pid}"), locked(lock):
            pytest.fail("it was given away twice")
        process.kill()
        process.wait()
    assert lock.read_text() == f"{process.pid}\n"
    with locked(lock):
        assert lock.read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize("content", [b"", b"1\n", b"\xff\x00 rubbish " * 100, b"99999999999999999999\n"])
def test_what_stands_in_the_file_holds_nobody_back(tmp_path: Path, content: bytes) -> None:
    """Only the kernel's lock counts: not a number that was left behind, not that of a living process, not rubbish."""
    lock = tmp_path / "lock"
    lock.write_bytes(content)
    with locked(lock):
        assert lock.read_text() == f"{os.getpid()}\n"
    assert lock.read_bytes() == b""
