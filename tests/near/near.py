"""GitHub without sockets: requests and git's talk with the server are handed over in this process.

What is between a client and the server stays: each request is an `Exchange` that meets the same faults, in the same
order, as over HTTP. Refs are listed and pushed by the rules of git's protocol (leases are held against what was listed,
then every ref is compared and swapped). Git's other commands are real; an answer that no later command can change is
asked for once.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from mergebot.forge.github.transport import Answer as Got
from mergebot.forge.github.transport import Request, Silence, SilentError, Transport
from mergebot.git.process import Git, OutOfTimeError
from tests.near.server import Done, LaterError, NearServer, UnansweredError, done
from tests.server import faulty, rest
from tests.server.answers import Answer, Refused
from tests.server.faults import Exchange
from tests.server.hub import GitHub

LASTING = {"version", "config", "worktree"}
"""Commands whose answer is the same all through a run, in one folder."""
READING = {"cat-file", "rev-list", "diff-tree", "ls-tree", "merge-base", "rev-parse"}
PURE = {*READING, "merge-tree", "hash-object", "mktree"}
"""Commands whose answer follows from objects alone. What they write stays: nobody ever removes an object."""
MOST_KEPT = 60_000
FINISH = Git.finish


class Near:
    """Stands between mergebot and the server."""

    def __init__(self, hub: GitHub, objects: Path) -> None:
        self.hub = hub
        self.objects = objects
        self.server = NearServer(hub)
        self.kept: dict[object, Done] = {}
        self.refs: dict[str, dict[str, str]] = {}
        self.processes = 0

    @contextmanager
    def installed(self) -> Iterator[None]:
        """While this lasts, no request leaves the process."""
        before = Git.finish, Transport.send

        def near_finish(git: Git, *args: str, stdin: bytes = b"", env: Any = None, seconds: Any = None) -> Done:  # noqa: ANN401
            return self.git(git, args, stdin, env, seconds)

        def near_send(transport: Transport, request: Request) -> Got:
            return self.send(transport, request)

        Git.finish = near_finish  # type: ignore[method-assign, assignment]
        Transport.send = near_send  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Git.finish, Transport.send = before  # type: ignore[method-assign]

    # the API

    def send(self, transport: Transport, request: Request) -> Got:
        """One request of the API."""
        transport.sent += 1
        url = urlsplit(request.path)
        path = url.path.removeprefix("/api/v3")
        exchange = Exchange(
            method=request.verb,
            path="/api/graphql" if path.endswith("/graphql") else path,
            query=url.query or urlencode(dict(request.params)),
            kind="graphql" if path.endswith("/graphql") else "rest",
            request=None if request.body is None else json.loads(json.dumps(request.body)),
        )
        rest.name_operation(exchange)
        headers = Message()
        headers["User-Agent"] = "mergebot"
        headers["Authorization"] = f"token {transport._requester.auth.token}"  # type: ignore[union-attr]
        self.server.catch_up()
        try:
            answer = faulty.around(self.hub, exchange, lambda: _effect(self.hub, exchange, headers))
        except faulty.ConnectionDropped:
            raise SilentError(f"{request.title}: the connection broke", why=Silence.BROKEN) from None
        except UnansweredError as error:
            if isinstance(error, LaterError):
                self.server.late.append(lambda: _effect(self.hub, exchange, headers))
            self.hub.log.append(exchange)
            raise SilentError(f"{request.title}: no answer in time", why=Silence.TIMEOUT) from None
        transport.answered = True
        raw = answer.raw if answer.raw is not None else b"" if answer.body is None else json.dumps(answer.body).encode()
        text = (raw[: len(raw) // 2] if answer.cut else raw).decode()
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Got(status=answer.status, headers={"content-type": "application/json; charset=utf-8"} | names, text=text)

    # git

    def git(self, git: Git, args: tuple[str, ...], stdin: bytes, env: Mapping[str, str] | None, seconds: Any) -> Done:  # noqa: ANN401
        """One command of git."""
        try:
            if args[0] == "ls-remote":
                return self.server.listed(args, env or {})
            if args[0] == "push":
                return self.server.push(args, env or {})
        except UnansweredError:
            self.server.log(0)
            raise OutOfTimeError(f"git {args[0]} took longer than {seconds:g} seconds, and was ended") from None
        if args[0] in ("for-each-ref", "update-ref", "pack-refs"):
            return self._local(str(git.folder), args, stdin)
        if args[0] == "rev-list" and "--glob=refs/kept/*" in args:  # whether all of a commit is here: it always is
            return done(args)
        if args[0] == "fetch":  # all objects are in one store: what is not here is nowhere
            shas = re.findall(rb"[0-9a-f]{40}", stdin)
            return done(args, err=f"fatal: remote error: upload-pack: not our ref {shas[0].decode()}\n", status=128)
        return self._asked(git, args, stdin, env, seconds)

    def _asked(
        self,
        git: Git,
        args: tuple[str, ...],
        stdin: bytes,
        env: Mapping[str, str] | None,
        seconds: Any,  # noqa: ANN401 (as above)
    ) -> Done:
        """A command that really runs, once for each question."""
        key: object = (args, stdin)
        if args[0] in LASTING or "--path-format=absolute" in args:
            key = (git.folder, (git.folder / "HEAD").exists(), args)
        elif args[0] not in PURE:
            key = None
        if key in self.kept:
            return self.kept[key]
        self.processes += 1
        if args[0] == "init":
            return self._made(git, args)
        if args[0] == "merge-tree":
            env = {**(env or {}), **self._lasting({**git.env, **(env or {})})}
        said = FINISH(git, *args, stdin=stdin, env=env, seconds=seconds)
        if key is not None and _is_final(said):
            if len(self.kept) > MOST_KEPT:
                self.kept.clear()
            self.kept[key] = said
        return said

    def _made(self, git: Git, args: tuple[str, ...]) -> Done:
        """A new clone has the objects that everybody has."""
        said = FINISH(git, *args)
        if said.returncode == 0:
            shutil.rmtree(git.folder / "objects")
            (git.folder / "objects").symlink_to(self.objects)
            self.refs.pop(str(git.folder), None)
        return said

    def _lasting(self, env: Mapping[str, str]) -> dict[str, str]:
        """The environment in which what a merge writes outlasts its scratch folder, as its answer does."""
        every = str(self.objects)
        others = (env.get("GIT_OBJECT_DIRECTORY", every), env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", ""))
        return {
            "GIT_OBJECT_DIRECTORY": every,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": ":".join(one for one in others if one and one != every),
        }

    def _local(self, folder: str, args: tuple[str, ...], stdin: bytes) -> Done:
        """The refs of a clone: only those that keep what was fetched."""
        refs = self.refs.setdefault(folder, {})
        if args[0] == "for-each-ref":
            wanted = args[1] == "--format=%(objectname) %(refname)"
            lines = [f"{sha} {ref}\n" for ref, sha in sorted(refs.items())] if wanted else []
            return done(args, "".join(lines))
        if args[0] == "update-ref":
            words = stdin.decode().split("\0")
            for at, word in enumerate(words):
                if word.startswith("create "):
                    refs[word.removeprefix("create ")] = words[at + 1]
                elif word.startswith(("update ", "delete ", "option ", "verify ")):
                    raise AssertionError(f"nobody expected {word} in a clone")
        return done(args)


def _effect(hub: GitHub, exchange: Exchange, headers: Message) -> Answer:
    try:
        return rest.answer(hub, exchange, headers)
    except Refused as refused:
        return refused.answer()


def _is_final(said: Done) -> bool:
    return (
        said.returncode in (0, 1)
        and b" missing" not in said.stdout
        and not re.search(rb"^\?", said.stdout, re.MULTILINE)
    )
