"""A GitHub App: from its key to the token of its installation, which lives for an hour and is renewed before that."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import jwt
from github.Auth import AppAuth, Auth

from mergebot.errors import AccessError, MergebotError
from mergebot.forge.github.errors import LimitedError, MissingError, RefusedError

MARGIN: Final = 300.0
"""Seconds before its end at which a token is renewed: a git command that starts now must not outlive it."""

_ID: Final = "MERGEBOT_APP_ID"
_KEY: Final = "MERGEBOT_APP_PRIVATE_KEY"
_KEY_FILE: Final = "MERGEBOT_APP_PRIVATE_KEY_FILE"
_INSTALLATION: Final = "MERGEBOT_APP_INSTALLATION_ID"

Call = Callable[[Auth, str, str, Mapping[str, Any] | None], Any]
"""Asks GitHub as someone: verb, path, body; gives parsed JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """A GitHub App that acts on one repository; `installation` is looked up where it is None."""

    repository: str
    installation: int | None
    auth: AppAuth = field(repr=False)


def app_of(environ: Mapping[str, str], repository: str) -> App | None:
    """The App that the environment names, None if it names none.

    Raises:
        AccessError: only a part of it is set, or the key cannot be used.
    """
    given = {name: environ.get(name, "").strip() for name in (_ID, _KEY, _KEY_FILE, _INSTALLATION)}
    if not any(given.values()):
        return None
    hint = f"set {_ID}, and {_KEY} or {_KEY_FILE}; or none of them"
    if not given[_ID]:
        names = ", ".join(name for name, value in given.items() if value)
        raise AccessError(f"{names} is set, but {_ID} is not", hint=hint)
    if bool(given[_KEY]) == bool(given[_KEY_FILE]):
        both = "both" if given[_KEY] else "neither"
        raise AccessError(f"{_ID} is set, and {both} of {_KEY} and {_KEY_FILE}", hint=hint)
    if not re.fullmatch(r"[A-Za-z0-9._-]+", given[_ID]):
        raise AccessError(f"{_ID} is no App id", hint="it stands on the App's page, as a number or as client ID")
    key = given[_KEY] or _read(given[_KEY_FILE])
    source = _KEY if given[_KEY] else _KEY_FILE
    auth = _auth(given[_ID], _unfolded(key), source)
    return App(repository=repository, installation=_installation(given[_INSTALLATION]), auth=auth)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError as error:
        raise AccessError(f"{_KEY_FILE} names a file that cannot be read: {error.strerror}") from error
    except ValueError:
        return ""


def _unfolded(key: str) -> str:
    r"""The key as lines, however it came: with `\n` or `\r\n` spelled out, from Windows, or with blank lines."""
    return "\n".join(filter(None, map(str.strip, re.split(r"\\[rn]|[\r\n]", key))))


def _auth(app: str, key: str, source: str) -> AppAuth:
    """Signs once, so that a broken key is found before anything is done."""
    try:
        auth = AppAuth(app, key)
        auth.create_jwt()
    except (ValueError, TypeError, AssertionError, jwt.PyJWTError):
        # The foreign exception is not kept: the key may stand in it.
        hint = "use the whole .pem file that GitHub made for the App, with its first and last line"
        raise AccessError(f"{source} holds no private key that can be used", hint=hint) from None
    return auth


def _installation(value: str) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdecimal()):
        raise AccessError(f"{_INSTALLATION} is no number", hint="leave it out: it is looked up then")
    return int(value)


class AppToken(Auth):
    """The token of an App's installation, asked for when it is needed first, and again before it ends."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._call: Call | None = None
        self._clock: Callable[[], float] | None = None
        self._token = ""
        self._made = self._ends = 0.0
        self.rights: Mapping[str, str] | None = None
        """What the last token may do, by GitHub's names; None before there is one."""

    def connect(self, call: Call, clock: Callable[[], float]) -> None:
        """Say how GitHub is asked; `clock` gives UTC seconds since 1970."""
        self._call, self._clock = call, clock

    @property
    def token_type(self) -> str:
        """As in the header."""
        return "token"

    @property
    def token(self) -> str:
        """The token of this moment.

        Raises:
            AccessError: GitHub gives none.
            LimitedError: GitHub gives none for now.
        """
        if self._call is None or self._clock is None:
            raise AccessError("the GitHub App is not connected yet")
        if not self._token or self._clock() > self._ends - MARGIN:
            self._token, self._ends = self._new(self._call)
            self._made = self._clock()
        return self._token

    def forget(self) -> None:
        """Have the next token asked for anew."""
        self._token = ""

    def is_new(self, seconds: float) -> bool:
        """Whether the token was made so many seconds ago, or later."""
        return self._clock is not None and self._clock() <= self._made + seconds

    def __repr__(self) -> str:
        return f"AppToken({self._app!r})"

    def _new(self, call: Call) -> tuple[str, float]:
        name = self._app.repository
        try:
            number = self._app.installation or self._find(call)
            body = {"repositories": [name.partition("/")[2]]}  # it can do nothing elsewhere
            given = call(self._app.auth, "POST", f"/app/installations/{number}/access_tokens", body)
            rights = given.get("permissions")
            self.rights = None if rights is None else {str(name): str(level) for name, level in rights.items()}
            return str(given["token"]), datetime.fromisoformat(given["expires_at"]).timestamp()
        except (MissingError, RefusedError) as error:
            hint = "install it there, or check MERGEBOT_APP_INSTALLATION_ID"
            raise AccessError(f"the GitHub App is not installed on {name}: {error.message}", hint=hint) from error
        except (LimitedError, AccessError):
            raise
        except MergebotError as error:
            raise AccessError(f"the GitHub App gets no token: {error.message}", hint=error.hint) from error
        except (AttributeError, KeyError, TypeError, ValueError):
            raise AccessError("the GitHub App gets no token: the answer holds none") from None

    def _find(self, call: Call) -> int:
        return int(call(self._app.auth, "GET", f"/repos/{self._app.repository}/installation", None)["id"])
