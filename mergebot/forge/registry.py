"""Which backends there are, and how each is opened. Stages never see a backend, only the protocol."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mergebot.forge.protocol import Doing, Forge, quietly
from mergebot.model.snapshot import Snapshot
from mergebot.model.survey import Survey

if TYPE_CHECKING:
    from mergebot.forge.github.session import Session

Surveyor = Callable[[Snapshot], Survey]
"""Looks at what a snapshot does not hold; asked once a snapshot was taken, in the same session."""


def open_local(path: Path, *, clock: Callable[[], float], doing: Doing = quietly) -> Forge:
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
    return Forge(reader=reader, writer=LocalWriter(state, reader, clock), git=git, doing=doing)


def open_github(
    repository: str,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], float],
    log: Callable[[str], None],
    doing: Doing = quietly,
) -> Forge:
    """A repository on GitHub, by `OWNER/NAME`; `environ` says where GitHub is, and has the token (contract 5).

    `clock` gives UTC seconds since 1970; `log` is given a line for each request, `doing` a few
    words on what is under way. Nothing is asked of GitHub yet.

    Raises:
        AccessError: there is no token, or no place for the clone, or git is missing or too old.
        InputError: `repository` is no `OWNER/NAME`.
    """
    from mergebot.forge.github.opening import connect  # noqa: PLC0415 (as above)

    return _github(connect(repository, environ=environ, clock=clock, log=log, doing=doing), doing)


def _github(session: "Session", doing: Doing) -> Forge:
    from mergebot.forge.github.reader import GithubReader  # noqa: PLC0415 (as above)
    from mergebot.forge.github.writer import GithubWriter  # noqa: PLC0415 (as above)

    git = session.mirror.repository
    return Forge(reader=GithubReader(session), writer=GithubWriter(session), git=git, doing=doing)


def open_local_survey(path: Path, *, clock: Callable[[], float], doing: Doing = quietly) -> tuple[Forge, Surveyor]:
    """As `open_local`, with what looks at all else that `mergebot doctor` audits.

    Raises:
        AccessError: as `open_local`.
    """
    from mergebot.forge.local.places import Places  # noqa: PLC0415 (as above)
    from mergebot.forge.local.survey import survey  # noqa: PLC0415 (as above)

    forge = open_local(path, clock=clock, doing=doing)
    return forge, lambda _snapshot: survey(Places(git=forge.git))


def open_github_survey(
    repository: str,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], float],
    log: Callable[[str], None],
    doing: Doing = quietly,
) -> tuple[Forge, Surveyor]:
    """As `open_github`, with what looks at all else that `mergebot doctor` audits, in the same session.

    Raises:
        AccessError, InputError: as `open_github`.
    """
    from mergebot.forge.github.opening import connect  # noqa: PLC0415 (as above)
    from mergebot.forge.github.survey import survey  # noqa: PLC0415 (as above)

    session = connect(repository, environ=environ, clock=clock, log=log, doing=doing)
    return _github(session, doing), lambda snapshot: survey(session, snapshot)


def github_repository_of(path: Path, *, environ: Mapping[str, str]) -> str:
    """The `OWNER/NAME` of the repository on GitHub that the folder was cloned from: its remote `origin` (contract 5).

    Raises:
        AccessError: there is no repository, no such remote, or it is not on GitHub.
    """
    from mergebot.forge.github.hosts import Hosts  # noqa: PLC0415 (as above)
    from mergebot.forge.github.opening import origin_of  # noqa: PLC0415 (as above)

    return origin_of(path, Hosts.of(environ))
