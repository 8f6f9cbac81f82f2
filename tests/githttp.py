"""`git http-backend` behind a Python HTTP server: what real git talks to when it fetches and pushes."""

import os
import subprocess
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit


def serve_git(
    handler: BaseHTTPRequestHandler,
    root: Path,
    *,
    user: str | None,
    body: bytes,
    after: Callable[[bytes], bytes] = lambda answer: answer,
) -> int:
    """Answer one request for a bare repository below `root`; the path is `/OWNER/NAME.git/…`. Gives the status.

    `user`: who may push (None: nobody). `after` sees the whole CGI answer before it is sent, and runs after git is
    done: what has to follow a push is done there, before the client hears of it.
    """
    url = urlsplit(handler.path)
    environ = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "REQUEST_METHOD": handler.command,
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
    }
    if user is not None:
        environ["REMOTE_USER"] = user
    for header, variable in (("Git-Protocol", "GIT_PROTOCOL"), ("Content-Encoding", "HTTP_CONTENT_ENCODING")):
        if handler.headers.get(header):
            environ[variable] = handler.headers[header]
    done = subprocess.run(["git", "http-backend"], input=body, env=environ, capture_output=True, check=False)
    answer = after(done.stdout)
    head, _, content = answer.partition(b"\r\n\r\n")
    fields = [line.decode().partition(": ") for line in head.split(b"\r\n") if line]
    status = next((int(value.split()[0]) for name, _, value in fields if name.lower() == "status"), 200)
    handler.send_response(status)
    for name, _, value in fields:
        if name.lower() not in ("status", "content-length"):
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
    return status


def read_body(handler: BaseHTTPRequestHandler) -> bytes:
    """The request's body, also one that comes in chunks, as git sends large ones."""
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    chunks = []
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        chunks.append(handler.rfile.read(size))
        handler.rfile.readline()
    handler.rfile.readline()
    return b"".join(chunks)
