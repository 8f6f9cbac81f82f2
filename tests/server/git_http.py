"""The git face: `git http-backend` on the bare repositories, with GitHub's rights, rules and what follows a push."""

import subprocess
from shlex import quote
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.githttp import serve_git
from tests.server import auth, faulty, pushing, rules
from tests.server.answers import Answer, Refused
from tests.server.faults import Exchange, FaultKind
from tests.server.pkt import Command, commands, reworded
from tests.server.state import Repository, Token

if TYPE_CHECKING:
    from tests.server.http import Handler
    from tests.server.hub import GitHub

SERVICES = ("git-upload-pack", "git-receive-pack")


def serve(hub: "GitHub", handler: "Handler", body: bytes) -> None:
    """Answer one request of git."""
    url = urlsplit(handler.path)
    name, _, rest = url.path.lstrip("/").replace(".git/", "/", 1).partition("/info/refs")
    service = parse_qs(url.query).get("service", [""])[0] if rest == "" and "/info/refs" in url.path else ""
    if not service:
        name, _, service = name.rpartition("/")
    exchange = Exchange(handler.command, url.path, url.query, kind="git", operation=service)
    exchange.asks_refs = b"command=ls-refs" in body[:100]
    exchange.credential = handler.headers.get("Authorization", "")
    if service not in SERVICES:
        hub.unknown.append(f"{handler.command} {handler.path}")
    before = hub.fault(exchange, FaultKind.BEFORE)
    if before is not None and before.run is not None:
        before.run()
    instead = hub.fault(exchange, FaultKind.STATUS, FaultKind.RESET)
    if instead is not None and instead.kind is FaultKind.RESET:
        _log(hub, exchange, 0)
        raise faulty.ConnectionDropped
    try:
        if instead is not None:
            raise Refused(instead.status, instead.words)  # noqa: TRY301 (as `admit` would)
        repository, token = admit(hub, handler, name, service, exchange)
    except Refused as refused:
        _log(hub, exchange, refused.status)
        _refuse(handler, refused)
        return
    handler.path = handler.path.replace(url.path, _canonical(url.path, name, repository), 1)
    if service == "git-receive-pack" and handler.command == "POST" and token is not None:
        with hub.lock:
            _push(hub, handler, repository, token, body, exchange)
        return
    exchange.status = serve_git(handler, hub.root, user=token.login if token else None, body=body)
    handler.wfile.flush()
    _log(hub, exchange, exchange.status)


def _canonical(path: str, name: str, repository: Repository) -> str:
    ending = path.lstrip("/").removeprefix(name).removeprefix(".git")
    return f"/{repository.full_name}.git{ending}"


def admit(
    hub: "GitHub", handler: "Handler", name: str, service: str, exchange: Exchange
) -> tuple[Repository, Token | None]:
    """Who asks, and for which repository; raises `Refused` as GitHub does."""
    token = auth.git_token(hub.state, handler.headers.get_all("Authorization") or [], hub.clock())
    exchange.who = token.login if token else None
    repository = hub.state.repository(name)
    if repository is not None and repository.renamed_to is not None:
        raise Refused(301, f"{hub.url}/{repository.renamed_to}.git/info/refs?service={service}")
    if repository is None or not auth.sees(hub.state, repository, token):
        raise Refused(401 if token is None else 404, "Repository not found.")
    if service == "git-receive-pack":
        if token is None:
            raise Refused(401, "Authentication required")
        if repository.settings.archived:
            raise Refused(403, "This repository was archived so it is read-only.")
        if not may_push(hub, repository, token):
            raise Refused(403, f"Permission to {repository.full_name}.git denied to {token.login}.")
    return repository, token


def may_push(hub: "GitHub", repository: Repository, token: Token) -> bool:
    """Whether a token may push; to a fork also a person who may push upstream, where a PR's author lets maintainers."""
    if auth.may(hub.state, repository, token, "contents"):
        return True
    if token.integration:
        return False
    return any(
        auth.may(hub.state, home, token, "contents")
        for home in hub.network(repository)[1:]
        for pull in home.open_pulls
        if pull.head_repository == repository.full_name and pull.maintainer_can_modify
    )


def _push(
    hub: "GitHub", handler: "Handler", repository: Repository, token: Token, body: bytes, exchange: Exchange
) -> None:
    store = hub.store(repository)
    asked = commands(body)
    _take_in(hub, repository, body)
    words = _judge(hub, repository, token, asked)

    def settle(answer: bytes) -> bytes:
        (store.path / "hooks/update").unlink(missing_ok=True)
        pushing.settle(hub, repository, by=token.login, token=token)
        hub.lock.release()  # Others may go on while an answer is late.
        try:
            done = faulty.after(hub, exchange, Answer(200))
        finally:
            hub.lock.acquire()
        exchange.request = [f"{command.ref} {command.old} {command.new}" for command in asked]
        _log(hub, exchange, done.status)
        if done.status == 0:
            raise faulty.ConnectionDropped
        if done.status != 200:
            return f"Status: {done.status}\r\nContent-Type: text/plain\r\n\r\n".encode() + faulty.as_text(done)
        return reworded(answer, words)

    serve_git(handler, hub.root, user=token.login, body=body, after=settle)
    handler.wfile.flush()


def _judge(hub: "GitHub", repository: Repository, token: Token, asked: list[Command]) -> dict[str, str]:
    """Make a hook that refuses each ref that may not move; gives the reason that the client is told."""
    found = {command.ref: rules.push_refusal(hub, repository, token, command) for command in asked}
    refusals = {ref: refusal for ref, refusal in found.items() if refusal is not None}
    if refusals:
        cases = [
            f"{quote(ref)}) printf '%s' {quote(lines + chr(10) if lines else '')} >&2; exit 1;;"
            for ref, (lines, _) in refusals.items()
        ]
        hook = hub.store(repository).path / "hooks/update"
        hook.write_text("\n".join(["#!/bin/sh", 'case "$1" in', *cases, "esac", "exit 0\n"]))
        hook.chmod(0o755)
    return {ref: words for ref, (_, words) in refusals.items()}


def _take_in(hub: "GitHub", repository: Repository, body: bytes) -> None:
    """Unpack the objects of a push, so that the rules can look at them before git moves a ref."""
    at = body.find(b"PACK")
    if at >= 0:
        path = hub.store(repository).path
        subprocess.run(["git", "unpack-objects", "-q"], cwd=path, input=body[at:], capture_output=True, check=False)


def _refuse(handler: "Handler", refused: Refused) -> None:
    headers = {"Content-Type": "text/plain; charset=UTF-8"}
    if refused.status == 301:
        headers["Location"] = refused.words
    if refused.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
    handler.send(refused.status, refused.words.encode(), headers)


def _log(hub: "GitHub", exchange: Exchange, status: int) -> None:
    exchange.status = status
    with hub.lock:
        hub.log.append(exchange)
