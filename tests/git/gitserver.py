"""A git server on HTTP for tests: real repositories, one credential, a log of every request, and faults on demand."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from mergebot.git.mirror import Mirror
from tests.githttp import read_body, serve_git
from tests.sandbox import Sandbox

CREDENTIAL = "basic eC1hY2Nlc3MtdG9rZW46Z2hzX3NlY3JldA=="
"""`x-access-token:ghs_secret`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request: `verb` is `GET` or `POST`, `service` what it is for (`git-upload-pack`, `git-receive-pack`)."""

    verb: str
    path: str
    service: str
    authorization: tuple[str, ...]
    size: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is answered instead, to the requests that `when` names: a status, or an end without an answer.

    `cut`: the connection ends; `after`: when git has done what it was asked for; `half`: in the middle of the answer.
    `hang`: nothing is ever said. `packet`: one line of git's protocol is the answer.
    """

    when: Callable[[Request], bool] = lambda _request: True
    status: int = 0
    words: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    after: bool = False
    half: bool = False
    packet: str = ""
    hang: bool = False


class GitServer(ThreadingHTTPServer):
    """Serves the repositories below `root`; `faults` are used up one by one, each by the first request it names."""

    daemon_threads = True

    def __init__(self, root: Path, *, public: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.public = public
        self.log: list[Request] = []
        self.faults: list[Fault] = []
        self.released = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def repository(
        self, name: str = "o/r.git", *, source: Sandbox | None = None, options: tuple[str, ...] = ()
    ) -> Sandbox:
        """A bare repository that may be pushed to, with all that `source` has."""
        box = Sandbox(self.root / name)
        box.path.mkdir(parents=True)
        box.git("init", "--quiet", "--bare", "--initial-branch=main", *options)
        for key, value in (("uploadpack.allowFilter", "true"), ("http.receivepack", "true")):
            box.git("config", key, value)
        if source is not None:
            box.git("fetch", "--quiet", str(source.path), "+refs/*:refs/*")
        return box

    def mirror(self, folder: Path, name: str = "o/r.git") -> Mirror:
        """A mirror of one of them, that never waits before it tries again."""
        mirror = Mirror.open(folder, f"{self.url}/{name}", lambda: CREDENTIAL)
        mirror.remote.wait = lambda _seconds: None
        return mirror

    def asked(self, service: str, verb: str = "POST") -> int:
        """How many requests there were for a service."""
        return sum(request.service == service and request.verb == verb for request in self.log)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is part of the tests."""


class _CutError(Exception):
    """The connection ends here."""


class _Handler(BaseHTTPRequestHandler):
    server: GitServer
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = read_body(self)
        path, _, query = self.path.partition("?")
        service = query.partition("service=")[2] or path.rpartition("/")[2]
        given = tuple(self.headers.get_all("Authorization") or ())
        request = Request(verb=self.command, path=path, service=service, authorization=given, size=len(body), body=body)
        self.server.log.append(request)
        fault = next((fault for fault in self.server.faults if fault.when(request)), None)
        if fault is not None:
            self.server.faults.remove(fault)
        if fault is None and not self.server.public and given != (CREDENTIAL,):
            fault = Fault(status=401, headers=(("WWW-Authenticate", 'Basic realm="git"'),))
        try:
            self._play(fault, body)
        except _CutError:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = answer  # noqa: N815 (the names that the handler looks for)

    def _play(self, fault: Fault | None, body: bytes) -> None:
        if fault is not None and fault.hang:
            self.server.released.wait(30)
            raise _CutError
        if fault is not None and fault.cut and not fault.after and not fault.half:
            raise _CutError
        if fault is not None and fault.packet:
            line = f"{len(fault.packet) + 4:04x}{fault.packet}"
            kind = ("Content-Type", "application/x-git-upload-pack-result")
            fault = Fault(status=200, words=line, headers=(kind,))
        if fault is not None and fault.status:
            self.send_response(fault.status)
            plain = (
                () if any(name == "Content-Type" for name, _ in fault.headers) else (("Content-Type", "text/plain"),)
            )
            for header in (*fault.headers, *plain, ("Content-Length", str(len(fault.words)))):
                self.send_header(*header)
            self.end_headers()
            self.wfile.write(fault.words.encode())
            return

        def cut(answer: bytes) -> bytes:
            if fault is None:
                return answer
            if fault.half:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n" + answer[: len(answer) * 2 // 3])
            raise _CutError

        serve_git(self, self.server.root, user="mergebot", body=body, after=cut)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def git_server(root: Path, *, public: bool = False) -> Iterator[GitServer]:
    """A server in a thread of its own."""
    server = GitServer(root, public=public)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
