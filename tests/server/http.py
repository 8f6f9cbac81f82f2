"""The HTTP face: one listener on 127.0.0.1 that hands each request to REST, GraphQL or git."""

import gzip
import json
import socket
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.githttp import read_body
from tests.server import faulty, git_http, rest
from tests.server.answers import Answer, Refused, UnknownRequestError
from tests.server.faults import Exchange

if TYPE_CHECKING:
    from tests.server.hub import GitHub

API = "/api/v3"
GRAPHQL = "/api/graphql"


class Server(ThreadingHTTPServer):
    """Remembers its connections, so that stopping closes them."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, hub: "GitHub") -> None:
        self.hub = hub
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 (as the library has it)
        self.connections.add(request)
        super().finish_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 (as the library has it)
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 (as the library has it)
        """A client that went away is no error; anything else fails the test."""
        words = traceback.format_exc()
        if "ConnectionError" not in words and "BrokenPipe" not in words and "ConnectionReset" not in words:
            self.hub.unknown.append(words)


class Listener:
    """The server's thread."""

    def __init__(self, hub: "GitHub") -> None:
        self.server = Server(hub)
        self.port: int = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Stop, and close every connection that a client has kept."""
        self.server.shutdown()
        for connection in list(self.server.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.server.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as the library has it)
        """Say nothing: `GitHub.log` has it."""

    def do_GET(self) -> None:
        self.serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 (as the library has it)

    def serve(self) -> None:
        """Answer one request."""
        body = read_body(self)
        path = urlsplit(self.path).path
        try:
            if path == GRAPHQL or path.startswith(f"{API}/"):
                self._serve_api(path, body)
            else:
                git_http.serve(self.server.hub, self, _unzipped(self, body))
        except faulty.ConnectionDropped:
            self.drop()

    def _serve_api(self, path: str, body: bytes) -> None:
        hub = self.server.hub
        exchange = Exchange(
            method=self.command,
            path=path.removeprefix(API),
            query=urlsplit(self.path).query,
            kind="graphql" if path == GRAPHQL else "rest",
            request=_parsed(body),
            credential=self.headers.get("Authorization", ""),
        )
        rest.name_operation(exchange)
        answer = faulty.around(hub, exchange, lambda: _effect(hub, exchange, self))
        if answer.raw is not None:
            self.send(answer.status, answer.raw, answer.headers)
            return
        raw = b"" if answer.body is None else json.dumps(answer.body).encode()
        cut = raw[: len(raw) // 2] if answer.cut else raw
        self.send(answer.status, cut, {"Content-Type": "application/json; charset=utf-8", **answer.headers})

    def send(self, status: int, raw: bytes, headers: dict[str, str]) -> None:
        """Send an answer whole."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        self.wfile.flush()

    def drop(self) -> None:
        """Break the connection without an answer, as a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.connection.close()


def _effect(hub: "GitHub", exchange: Exchange, handler: Handler) -> Answer:
    try:
        return rest.answer(hub, exchange, handler.headers)
    except Refused as refused:
        return refused.answer()
    except UnknownRequestError as error:
        hub.unknown.append(f"{exchange.method} {exchange.path}?{exchange.query}: {error}")
    except Exception:  # noqa: BLE001 (the test must fail with what went wrong here, not hang)
        hub.unknown.append(f"{exchange.method} {exchange.path}: {traceback.format_exc()}")
    return Answer(500, {"message": f"the test server: {hub.unknown[-1]}"})


def _parsed(body: bytes) -> Any:  # noqa: ANN401 (JSON)
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def _unzipped(handler: Handler, body: bytes) -> bytes:
    if handler.headers.get("Content-Encoding") != "gzip":
        return body
    del handler.headers["Content-Encoding"]
    return gzip.decompress(body)
