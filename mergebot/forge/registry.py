"""Which backends there are, and how each is opened. Stages never see a backend, only the protocol."""

from collections.abc import Callable
from pathlib import Path

from mergebot.forge.protocol import Forge


def open_local(path: Path, *, clock: Callable[[], float]) -> Forge:
    """A plain git repository, found from any folder in it; `clock` gives UTC seconds since 1970 (contract 6).

    Raises:
        AccessError: there is no repository, it may not be used, or git is missing or too old.
    """
    from mergebot.forge.local.reader import LocalReader  # noqa: PLC0415 (each backend is loaded only where it is used)
    from mergebot.forge.local.state import StateReader  # noqa: PLC0415 (as above)
    from mergebot.forge.local.writer import LocalWriter  # noqa: PLC0415 (as above)
    from mergebot.git.repository import Repository  # noqa: PLC0415 (as above)

    git = Repository.open(path)
    state = StateReader(git)
    reader = LocalReader(state)
    return Forge(reader=reader, writer=LocalWriter(state, reader, clock), git=git)
