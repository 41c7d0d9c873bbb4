"""Mailman's REST on loopback, as far as we ask it: a real server that answers as a test says."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LIST = "announce.lists.example.net"
LOGIN = "Basic " + base64.b64encode(b"restadmin:secret").decode()


class FakeRest(ThreadingHTTPServer):
    """One list."""

    def __init__(self) -> None:
        """Listen on any port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.count = 1
        self.held: list[str] = []
        self.answer: bytes | None = None  # instead of what is true
        self.asked = 0

    @property
    def address(self) -> str:
        """Where it is, as it is configured."""
        return f"http://127.0.0.1:{self.server_port}/3.1"


class _Handler(BaseHTTPRequestHandler):
    server: FakeRest

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.headers["Authorization"] != LOGIN:
            self.send_error(401)
            return
        address = urlsplit(self.path)
        found = self._found(address.path, parse_qs(address.query))
        if found is None:
            self.send_error(404)
            return
        body = self.server.answer if self.server.answer is not None else json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _found(self, path: str, query: dict[str, list[str]]) -> dict[str, Any] | None:
        if path == f"/3.1/lists/{LIST}/config/post_id":
            return {"post_id": self.server.count}
        if path != f"/3.1/lists/{LIST}/held":
            return None
        count, page = int(query["count"][0]), int(query["page"][0])
        some = self.server.held[count * (page - 1) : count * page]
        # Mailman leaves out what would be empty.
        return {"entries": [{"message_id": each} for each in some]} if some else {"total_size": 0}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[FakeRest]:
    """Serve until the end of the block."""
    server = FakeRest()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
