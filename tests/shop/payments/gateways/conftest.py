"""A gateway's server on this machine: it remembers what it was sent and answers as it was told."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Vendor:
    """`answers`: path → JSON, raw bytes, or what makes one of them from the body sent."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.answers: dict[str, Any] = {}
        self.status = 200
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def answer(self, path: str, raw: bytes) -> tuple[int, bytes]:
        """The status and the body for a call of `path`."""
        body = json.loads(raw)
        self.asked.append((path, body))
        found = self.answers.get(path, {"no": "such path"})
        found = found(body) if callable(found) else found
        return self.status, found if isinstance(found, bytes) else json.dumps(found).encode()


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A running server; closed after the test."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = vendor.answer(self.path, raw)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vendor = Vendor(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield vendor
    server.shutdown()
    thread.join()
    server.server_close()
