"""The server's half of git's protocol, without sockets: refs are listed, and pushed by compare-and-swap."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from tests.server import auth, faulty, pushing, rules
from tests.server.answers import Answer, Refused
from tests.server.faults import Exchange, FaultKind
from tests.server.hub import GitHub
from tests.server.pkt import ZERO, Command
from tests.server.state import Repository, Token

Done = subprocess.CompletedProcess[bytes]


class UnansweredError(Exception):
    """Raised by a fault: the client has waited for an answer as long as it does, in vain."""


class LaterError(UnansweredError):
    """As well; and what was asked has its effect when something else is asked."""


class NearServer:
    """Takes `ls-remote` and `push` as `git_http` does, with the same faults. `late`: effects that are still to come."""

    def __init__(self, hub: GitHub) -> None:
        self.hub = hub
        self.late: list[Callable[[], object]] = []

    def catch_up(self) -> None:
        """Have everything happen that is late."""
        late, self.late = self.late, []
        for effect in late:
            effect()

    def listed(self, args: tuple[str, ...], env: Mapping[str, str]) -> Done:
        url = args[args.index("--") + 1]
        prefixes = tuple(word.removesuffix("*") for word in args[args.index("--") + 3 :])
        try:
            for method in ("GET", "POST"):
                repository, _ = self._talk(url, env, method, "git-upload-pack")
                self.log(200)
        except Refused as refused:
            return self._unreached(args, url, refused)
        lines = [f"ref: refs/heads/{repository.default}\tHEAD\n"]
        lines += [f"{sha}\t{ref}\n" for ref, sha in sorted(repository.refs.items()) if ref.startswith(prefixes)]
        return done(args, "".join(lines))

    def _talk(self, url: str, env: Mapping[str, str], method: str, service: str) -> tuple[Repository, Token]:
        """One request of git's, as `git_http.serve` takes it; `Refused` with status 0: the connection broke."""
        self.catch_up()
        path = f"/{_name(url)}.git/{'info/refs' if method == 'GET' else service}"
        self.exchange = exchange = Exchange(method, path, kind="git", operation=service)
        exchange.asks_refs = (method, service) == ("POST", "git-upload-pack")
        before = self.hub.fault(exchange, FaultKind.BEFORE)
        if before is not None and before.run is not None:
            before.run()
            self.exchange = exchange
        instead = self.hub.fault(exchange, FaultKind.STATUS, FaultKind.RESET)
        if instead is not None:
            raise Refused(0 if instead.kind is FaultKind.RESET else instead.status, instead.words)
        repository, token = self._who(url, env)
        exchange.who = token.login
        return repository, token

    def _who(self, url: str, env: Mapping[str, str]) -> tuple[Repository, Token]:
        """The repository that is asked for, and by whom."""
        header = next((value for value in env.values() if value.startswith("AUTHORIZATION: ")), "")
        token = auth.git_token(self.hub.state, [header.removeprefix("AUTHORIZATION: ")], self.hub.clock())
        repository = self.hub.state.repository(_name(url))
        assert token is not None
        if repository is None:
            raise Refused(404, "Repository not found.")
        return repository, token

    def log(self, status: int) -> None:
        """Note what is under way, with its status; 0: there was no answer."""
        if not any(one is self.exchange for one in self.hub.log[-1:]):
            self.exchange.status = status
            self.hub.log.append(self.exchange)

    def _unreached(self, args: tuple[str, ...], url: str, refused: Refused) -> Done:
        self.log(refused.status)
        words = f"The requested URL returned error: {refused.status}" if refused.status else "Connection reset by peer"
        return done(args, err=f"fatal: unable to access '{url}/': {words}\n", status=128)

    def push(self, args: tuple[str, ...], env: Mapping[str, str]) -> Done:
        at = args.index("--")
        url, targets = args[at + 1], [word.rpartition(":") for word in args[at + 2 :]]
        leases = dict(
            word.removeprefix("--force-with-lease=").rpartition(":")[::2]
            for word in args[:at]
            if word.startswith("--force-with-lease=")
        )
        try:
            repository, _ = self._talk(url, env, "GET", "git-receive-pack")
        except Refused as refused:
            return self._unreached(args, url, refused)
        self.log(200)
        seen = dict(repository.refs)
        moves = {ref: (seen.get(ref), new.lstrip("+") or None) for new, _, ref in targets}
        forced = {ref for new, _, ref in targets if new.startswith("+") or "--force" in args}
        if gone := [ref for ref, (old, new) in moves.items() if old is None and new is None]:
            return done(args, err=f"error: unable to delete '{gone[0]}': remote ref does not exist\n", status=1)
        bad = {
            ref: words
            for ref, (old, new) in moves.items()
            if (words := self._rejected(repository, (old, new), lease=leases.get(ref), forced=ref in forced))
        }
        if bad:
            others = dict.fromkeys(moves, "[rejected] (atomic push failed)")
            return _report(args, url, moves, others | {ref: f"[rejected] ({words})" for ref, words in bad.items()})
        return self._sent(args, url, env, {ref: move for ref, move in moves.items() if move[0] != move[1]}, moves)

    def _rejected(
        self, repository: Repository, move: tuple[str | None, str | None], *, lease: str | None, forced: bool
    ) -> str:
        """Why the client itself does not send this."""
        old, new = move
        if lease is not None:
            return "" if (old or "") == lease or old == new or forced else "stale info"
        is_forward = old is None or new is None or forced or self.hub.store(repository).is_ancestor(old, new)
        return "" if is_forward else "non-fast-forward"

    def _sent(
        self,
        args: tuple[str, ...],
        url: str,
        env: Mapping[str, str],
        moves: Mapping[str, tuple[str | None, str | None]],
        every: Mapping[str, tuple[str | None, str | None]],
    ) -> Done:
        if not moves:
            return _report(args, url, every, {})
        asked = [Command(old or ZERO, new or ZERO, ref) for ref, (old, new) in moves.items()]
        try:
            repository, token = self._talk(url, env, "POST", "git-receive-pack")
        except Refused as refused:
            return self._unreached(args, url, refused)
        except LaterError:
            self.late.append(lambda: self._moved(*self._who(url, env), asked))
            raise
        exchange = self.exchange
        exchange.request = [f"{command.ref} {command.old} {command.new}" for command in asked]
        refused_refs = self._moved(repository, token, asked)
        try:
            status = faulty.after(self.hub, exchange, Answer(200)).status
        finally:
            self.exchange = exchange
            self.log(200)
        if status != 200:
            return self._cut(args, url, status)
        others = dict.fromkeys(moves, "[remote rejected] (atomic transaction failed)") if refused_refs else {}
        return _report(args, url, every, others | refused_refs)

    def _moved(self, repository: Repository, token: Token, asked: Sequence[Command]) -> dict[str, str]:
        """Make all these moves, or none; why which could not be made."""
        refused = {
            command.ref: "[remote rejected] (incorrect old value provided)"
            for command in asked
            if repository.refs.get(command.ref, ZERO) != command.old
        } or {
            command.ref: f"[remote rejected] ({found[1]})"
            for command in asked
            if (found := rules.push_refusal(self.hub, repository, token, command))
        }
        if not refused:
            new = {command.ref: None if command.new == ZERO else command.new for command in asked}
            self.hub.store(repository).update(new)
            pushing.settle(self.hub, repository, by=token.login, token=token)
        return refused

    def _cut(self, args: tuple[str, ...], url: str, status: int) -> Done:
        words = (
            f"HTTP {status} curl 22 The requested URL returned error: {status}" if status else "curl 56 Recv failure"
        )
        said = f"error: RPC failed; {words}\nsend-pack: unexpected disconnect while reading sideband packet\n"
        return done(
            args, err=f"{said}fatal: the remote end hung up unexpectedly\nEverything up-to-date\n{url[:0]}", status=1
        )


def _name(url: str) -> str:
    return urlsplit(url).path.strip("/").removesuffix(".git")


def done(args: Sequence[str], out: str = "", *, err: str = "", status: int = 0) -> Done:
    return subprocess.CompletedProcess(args, status, out.encode(), err.encode())


def _report(
    args: Sequence[str], url: str, moves: Mapping[str, tuple[str | None, str | None]], bad: Mapping[str, str]
) -> Done:
    """What `git push --porcelain` prints."""
    lines = [f"To {url}\n"]
    for ref, (old, new) in moves.items():
        flag = "!" if ref in bad else "=" if old == new else "*" if old is None else "-" if new is None else "+"
        lines.append(f"{flag}\t{new or ''}:{ref}\t{bad.get(ref, '[done]')}\n")
    return done(
        args,
        "".join([*lines, "" if bad else "Done\n"]),
        err="error: failed to push some refs\n" if bad else "",
        status=1 if bad else 0,
    )
