"""Who reads the pages without a browser: asks the application itself, in the words of ASGI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def links(self) -> set[str]:
        """Return where links of the page lead to, within the site."""
        return {value for value in self._found("a", "href") if value.startswith("/")}

    @property
    def forms(self) -> set[str]:
        """Return where forms of the page are sent to."""
        return self._found("form", "action")

    @property
    def plain(self) -> str:
        """Return what is read of the page, in one line."""
        parser = _Words()
        parser.feed(self.text)
        return " ".join("".join(parser.words).split())

    def _found(self, tag: str, attribute: str) -> set[str]:
        parser = _Words()
        parser.feed(self.text)
        return {known[attribute] for name, known in parser.tags if name == tag}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Asks *application*, from one address."""

    application: ASGIApp
    address: str = "192.0.2.7"
    more: Mapping[str, str] = field(default_factory=dict)  # headers of every request

    async def get(self, path: str, **headers: str) -> Answer:
        """Look at *path*."""
        return await self.ask("GET", path, headers=headers)

    async def post(
        self, path: str, form: Mapping[str, str] | bytes = b"", **headers: str
    ) -> Answer:
        """Send a form; `_` in names of headers is a hyphen."""
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        return await self.ask("POST", path, body=body, headers={"content_type": FORM, **headers})

    async def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request and return what is answered."""
        given = {"host": "panel.example.net", **self.more, **(headers or {})}
        where, _, query = path.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": where,
            "raw_path": where.encode(),
            "query_string": query.encode(),
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items()],
            "client": (self.address, 50123),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        start, *rest = sent
        content = b"".join(each.get("body", b"") for each in rest)
        return Answer(status=start["status"], headers=Headers(raw=start["headers"]), body=content)
