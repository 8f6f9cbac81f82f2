"""A clone that was damaged, on disk or by a process that was killed: nobody has to remove it by hand."""

import shutil
from pathlib import Path

import pytest

from mergebot.git.mirror import DamagedError, Mirror
from mergebot.git.mirror_folder import MARK, remade
from mergebot.model.ids import Sha
from tests.git.gitserver import GitServer
from tests.sandbox import Sandbox


class KilledError(BaseException):
    """The process ends here."""


def test_one_that_breaks_in_use_is_made_anew(mirror: Mirror, hub: Sandbox, sandbox: Sandbox) -> None:
    """Git then says that the server did not send all, or that it could not be asked: it is the clone that lacks it."""
    mirror.fetch([hub.sha("main")])
    [index] = mirror.repository.objects_dir.glob("pack/*.idx")
    mirror.fetch([hub.sha("topic")])
    spoil(index)
    tip = sandbox.commit("later", {"b": "later\n"})
    hub.git("fetch", "--quiet", str(sandbox.path), tip)

    assert mirror.fetch([tip]) == frozenset()
    assert Sandbox(mirror.repository.path).history(tip)[-1] == "later"


def test_contents_that_cannot_be_read_are_there_again_for_the_next_pass(
    mirror: Mirror, hub: Sandbox, server: GitServer
) -> None:
    """A pack that is there already is not written again, so fetching them anew would never help."""
    mirror.fetch([hub.sha("main")])
    packs = set(mirror.repository.objects_dir.glob("pack/*.idx"))
    blob = Sha(hub.git("rev-parse", "main:a"))
    mirror.fetch_blobs([blob])
    [index] = set(mirror.repository.objects_dir.glob("pack/*.idx")) - packs
    spoil(index)
    again = server.mirror(mirror.repository.path)
    assert again.fetch([hub.sha("main")]) == frozenset(), "what is kept seems whole"
    with pytest.raises(DamagedError):
        again.fetch_blobs([blob])

    third = server.mirror(mirror.repository.path)

    assert third.fetch([hub.sha("main")]) == frozenset()
    third.fetch_blobs([blob])
    assert Sandbox(third.repository.path).git("cat-file", "blob", blob)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_killed_while_it_is_removed_it_still_is_known_for_mergebots(
    mirror: Mirror, hub: Sandbox, server: GitServer, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Only a folder with the mark is ever removed, so the mark must not be the first to go."""
    mirror.fetch([hub.sha("main")])
    folder = mirror.repository.path
    left, remove = [after], shutil.rmtree

    def one_by_one(path: Path, **_: object) -> None:
        """In an order in which the mark comes first, if it is removed at all."""
        for item in sorted(path.rglob("*"), key=lambda item: (item.name != MARK, -len(item.parts), item)):
            if not left[0]:
                raise KilledError
            left[0] -= 1
            item.rmdir() if item.is_dir() else item.unlink()
        remove(path)

    monkeypatch.setattr(shutil, "rmtree", one_by_one)
    with pytest.raises(KilledError):
        remade(mirror.repository)
    monkeypatch.undo()

    assert server.mirror(folder).fetch([hub.sha("main")]) == frozenset()


def spoil(file: Path) -> None:
    """Turn every bit."""
    file.chmod(0o644)
    file.write_bytes(bytes(byte ^ 0xFF for byte in file.read_bytes()))
