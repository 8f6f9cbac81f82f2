"""Opens a repository on GitHub: which one, with which token, and where the clone is kept."""

import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mergebot.errors import AccessError, InputError
from mergebot.forge.github.client import Client
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.session import Session
from mergebot.forge.github.tokens import find_credentials
from mergebot.forge.protocol import Doing, quietly
from mergebot.git.mirror import Mirror
from mergebot.git.repository import Repository

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*)/(?!\.{1,2}$)[A-Za-z0-9._-]+")
_SCP_LIKE = re.compile(r"(?:[^@/:]+@)?([^/:]+):(?!//)(.+)")
_NAME_IT = "name the repository with --repo OWNER/NAME, or add --local to use this folder as a plain git repository"


def connect(
    repository: str,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], float],
    log: Callable[[str], None],
    doing: Doing = quietly,
) -> Session:
    """A connection to one repository; nothing is asked of GitHub yet.

    Raises:
        AccessError: there is no token, or no place for the clone.
        InputError: `repository` is no `OWNER/NAME`.
    """
    name = repository.removesuffix(".git")
    if not _NAME.fullmatch(name):
        raise InputError(f"{repository!r:.80} is no repository on GitHub", hint="write it as OWNER/NAME")
    hosts = Hosts.of(environ)
    client = Client(hosts, find_credentials(environ, hosts, name), clock=clock, log=log)
    folder = clone_folder(environ, hosts, name)
    doing(f"Opening the clone of {name}")
    mirror = Mirror.open(folder, hosts.git_url(name), client.git_authorization)
    return Session(
        hosts=hosts, repository=name, client=client, mirror=mirror, environ=environ, clock=clock, doing=doing
    )


def clone_folder(environ: Mapping[str, str], hosts: Hosts, repository: str) -> Path:
    """Where the clone is kept: with the runner's temporary files in Actions, else with the user's caches.

    It is mergebot's own: a checkout on the same machine is neither used nor touched.

    Raises:
        AccessError: the folder cannot be made.
    """
    place = Path(_caches(environ)) / "mergebot" / hosts.name.replace(":", "_").lower()
    folder = place / f"{repository.lower()}.git"
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        hint = "name another folder in XDG_CACHE_HOME"
        raise AccessError(f"no clone can be kept in {folder.parent}: {error.strerror}", hint=hint) from error
    return folder


def _caches(environ: Mapping[str, str]) -> str:
    if runner := environ.get("RUNNER_TEMP"):
        return runner
    if cache := environ.get("XDG_CACHE_HOME"):
        return cache
    if home := environ.get("HOME"):
        return f"{home}/.cache"
    return tempfile.gettempdir()


def origin_of(path: Path, hosts: Hosts) -> str:
    """The `OWNER/NAME` that a folder's remote `origin` names (contract 5).

    Raises:
        AccessError: there is no repository, no such remote, or it is not on this GitHub.
    """
    try:
        git = Repository.open(path).git
    except AccessError as error:
        raise AccessError(error.message, hint=f"{_NAME_IT} PATH") from error
    done = git.finish("remote", "get-url", "origin")
    if done.returncode:
        raise AccessError("this repository has no remote called origin", hint=_NAME_IT)
    url = done.stdout.decode("utf-8", "replace").strip()
    host, name = _split(url)
    if host.casefold() not in _names_of(hosts):
        hint = f"{_NAME_IT}; for a server of your own set GITHUB_SERVER_URL"
        raise AccessError(f"the remote origin is on {host or 'no host'!r:.80}, not on {hosts.name}", hint=hint)
    if not _NAME.fullmatch(name):
        raise AccessError(f"the remote origin names no repository: {name!r:.80}", hint=_NAME_IT)
    return name


def _split(url: str) -> tuple[str, str]:
    """Host and `OWNER/NAME` of a clone's URL; a credential in it is passed over, never shown."""
    if "://" in url:
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path
    elif found := _SCP_LIKE.fullmatch(url):
        host, path = found[1], found[2]
    else:
        host, path = "", url
    return host, path.strip("/").removesuffix(".git")


def _names_of(hosts: Hosts) -> set[str]:
    name = hosts.name.rpartition("@")[2].partition(":")[0].casefold()
    return {name, f"ssh.{name}", f"www.{name}"}
