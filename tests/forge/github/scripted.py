"""A real HTTP server on this machine that says what a test has written down, and a client whose time is the test's."""

import json
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from mergebot.forge.github.client import Client
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.limits import Bounds, Patience
from mergebot.forge.github.tokens import Credentials, find_credentials

TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"  # noqa: S105 (made up)
NOW = 1_800_000_000.0


@dataclass(frozen=True, kw_only=True)
class Say:
    """One answer; `body` is sent as JSON unless it is text. `act`: what goes wrong on the way."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    act: Literal["", "hang", "reset", "cut"] = ""


@dataclass(frozen=True, kw_only=True)
class Got:
    """One request that came."""

    verb: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Server(ThreadingHTTPServer):
    """Says `answers` in their order; the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Say] = []
        self.got: list[Got] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def calls(self) -> list[str]:
        """What was asked, in order."""
        return [f"{got.verb} {got.path}" for got in self.got]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.loads(raw) if raw else None
        self.server.got.append(Got(verb=self.command, path=self.path, headers=headers, body=body))
        say = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        if say.act == "hang":
            self.server.over.wait(5)
        if say.act in ("hang", "reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self._send(say)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 (the names the library asks for)

    def _send(self, say: Say) -> None:
        content = say.body.encode() if isinstance(say.body, str) else b"" if say.body is None else _json(say.body)
        self.send_response(say.status)
        for name, value in say.headers.items():
            self.send_header(name, value)
        if say.status != 204:
            self.send_header("Content-Length", str(len(content) + 10 * (say.act == "cut")))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = say.act == "cut"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The server's clock is the tests'."""
        return super().date_time_string(NOW if timestamp is None else timestamp)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Nothing: `got` is the log."""


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


@contextmanager
def serving() -> Iterator[Server]:
    """A server in a thread of its own, ended at the end."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


class FakeTime:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = NOW
        self.sleeps: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@dataclass(kw_only=True)
class Line:
    """A client, the server it talks to, and what is known of both."""

    server: Server
    time: FakeTime
    client: Client
    log: list[str]

    def say(self, *answers: Say) -> None:
        """What the server answers from now on."""
        self.server.answers[:] = answers


def connected(
    server: Server,
    environ: Mapping[str, str] | None = None,
    *,
    bounds: Bounds | None = None,
    credentials: Credentials | None = None,
    path: str = "/api/v3",
) -> Line:
    """A client of that server; `path` is where the API lies on it."""
    time, log = FakeTime(), list[str]()
    hosts = Hosts(api=f"{server.url}{path}", server=server.url)
    found = credentials or find_credentials(environ or {"GITHUB_TOKEN": TOKEN}, hosts, "o/r")
    patience = Patience(bounds or Bounds(timeout=5), clock=time.clock, monotonic=time.clock, sleep=time.sleep)
    client = Client(hosts, found, clock=time.clock, log=log.append, patience=patience)
    return Line(server=server, time=time, client=client, log=log)
