"""How a git command reaches a server: with one credential, no prompt, and nothing of the user's but the way there.

The credential stands in the environment of that one command, as configuration (`GIT_CONFIG_KEY_n`): never in an
argument, a URL, a file or a message. Of the user's configuration only what leads to the server counts (proxies,
certificates): a second `Authorization` header, a credential helper or a rewritten URL would make another account of it.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from mergebot.errors import AccessError, GitError
from mergebot.git.paths import name
from mergebot.git.process import SETTINGS, Git, settings

NAME = "origin"
"""The name by which commands know the remote; it stands in no file."""

STALLED_AFTER = 60
"""Seconds without a byte after which git gives a connection up."""

_WAY = re.compile(
    r"http\.(?:.*\.)?(?:proxy|proxyauthmethod|proxyssl\w+|sslverify|sslcainfo|sslcapath|sslcert|sslkey|sslcerttype"
    r"|sslkeytype|sslversion|sslcipherlist|sslbackend|sslcheckrevoke|schannel\w+|pinnedpubkey|version|useragent)",
    re.DOTALL,
)
"""Keys that say how to get to a server, and not as whom; git gives the first and last part in lower case."""

_FIXED = {
    "protocol.version": "2",
    "credential.helper": "",
    "http.followRedirects": "false",  # on the way to another host git would take our header along
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": str(STALLED_AFTER),
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "push.recurseSubmodules": "no",
    "submodule.recurse": "false",
}


class Transport:
    """Gives a command the environment in which it reaches one URL; `authorization` is asked before each of them."""

    def __init__(self, git: Git, url: str, authorization: Callable[[], str]) -> None:
        self.url = url
        self._git = git
        self._authorization = authorization
        self._way: dict[str, str] | None = None

    def environment(self, **more: str) -> dict[str, str]:
        """The variables for one command; `more`: further configuration, `__` standing for a dot."""
        header = self._authorization()
        keys = {f"remote.{NAME}.url": self.url} | {key.replace("__", "."): value for key, value in more.items()}
        keys[f"http.{self.url}.extraheader"] = ""  # an empty one takes away all that were given before
        if header:
            keys[f"http.{self.url}.extraHeader"] = f"AUTHORIZATION: {header}"
        folder = self._git.folder
        return {
            # Named, so that no other repository is found from here on upwards: a checkout has settings of its own.
            "GIT_DIR": str(folder) if (folder / "HEAD").is_file() else os.devnull,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": os.devnull,  # curl would look for a .netrc in the user's
            **settings({**SETTINGS, **self._users_way(), **_FIXED, **keys}, on_top=False),
        }

    def _users_way(self) -> Mapping[str, str]:
        """What the user's configuration says of proxies and certificates."""
        if self._way is None:
            listed = self._git.run("config", "--list", "-z", "--includes", env={"GIT_DIR": os.devnull})
            pairs = (entry.partition("\n") for entry in name(listed).split("\0") if entry)
            self._way = {key: _at_home(value) for key, _, value in pairs if _WAY.fullmatch(key)}
        return self._way


def failure(command: str, stderr: bytes) -> GitError | AccessError:
    """What the words of a command that did not get through come to."""
    said = stderr.decode("utf-8", "replace")
    words = plain_words(said)
    if _MOVED.search(said):
        return AccessError(
            f"git {command} was sent elsewhere: {words}", hint="name the repository by the name that it has now"
        )
    if _DENIED.search(said):
        return AccessError(f"git {command} was not let in: {words}", hint=_way_in(command, said))
    if command == "ls-remote" and _UNREACHED.search(said):
        # Every pass begins with this one; a later command may have met no more than a bad moment.
        hint = "check the server's address, the network, and the settings of its proxy and certificates"
        return AccessError(f"git cannot reach the server: {words}", hint=hint)
    return GitError(f"git {command} failed: {words}")


def _way_in(command: str, said: str) -> str:
    """What has to be put right so that the server lets this command in."""
    if "could not read" in said or "Authentication failed" in said:  # git asks for a name where it was not let in
        return "the token is not accepted: check that it has not ended, and that it is one of this host's"
    if command == "push" and "403" in said:
        return "the token may not write here: give it the right `contents: write`"
    return "check that the repository exists, and that the token may use it"


_DENIED = re.compile(
    r"could not read (?:Username|Password)|Authentication failed|(?:returned error:|HTTP) 40[134]\b"
    r"|^fatal: repository '.*' not found",
    re.MULTILINE,
)
_UNREACHED = re.compile(
    r"Could not resolve (?:host|proxy)|Failed to connect to|Couldn't connect to|SSL certificate problem"
    r"|certificate verif|SSL peer certificate|No route to host|Network is unreachable"
)
_MOVED = re.compile(r"returned error: 30\d|unable to update url base from redirection")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
MOST_WORDS = 300


def plain_words(said: str) -> str:
    """What the server or git said, fit to be shown: on one line, without control characters, cut where it is long."""
    lines = [line.strip() for line in re.split(r"[\n\r]", said)]
    remote = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    own = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    kept = [line for line in remote if line] + [line.partition(": ")[2] for line in own[-1:]]
    text = " ".join(_CONTROL.sub(" ", " ".join(kept or [line for line in lines if line][-1:])).split())
    return text if len(text) <= MOST_WORDS else f"{text[: MOST_WORDS - 1]}…"


def _at_home(value: str) -> str:
    return str(Path(value).expanduser()) if value.startswith("~/") else value
