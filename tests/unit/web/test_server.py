"""The server itself: whom it believes, what it says of itself, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import pytest

from bot.web import server
from bot.web.site import Site
from tests.unit.web.memory import Memory

FORM = {"seal": "seal-mulberry-0", "kernel": "6.1.0-13-amd64", "read": "yes"}


@asynccontextmanager
async def serving(place: Site | None, proxies: Sequence[str] = ()) -> AsyncIterator[int]:
    """Serve until the end of the block; yield the port."""
    stop, listener = asyncio.Event(), socket.create_server(("127.0.0.1", 0))
    port = int(listener.getsockname()[1])
    task = asyncio.create_task(server.serve([], listener, stop, site=place, proxies=proxies))
    try:
        yield port
    finally:
        stop.set()
        await task


async def said(port: int, head: str, body: str = "") -> str:
    """Send a request as it is; return all that is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    kind = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
    more = f"Host: x\r\nConnection: close\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
    writer.write(f"{head}\r\n{more}{body}".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.decode()


def opting_in(forwarded: str) -> tuple[str, str]:
    head = f"POST /optin/link-mulberry/in HTTP/1.1\r\nX-Forwarded-For: {forwarded}"
    return head, urlencode(FORM)


@pytest.mark.parametrize(
    ("proxies", "believed"),
    [
        ((), "127.0.0.1"),
        (("192.0.2.1",), "127.0.0.1"),
        (("127.0.0.0/8",), "203.0.113.9"),
    ],
)
async def test_only_a_configured_proxy_says_whom_it_forwards(
    place: Site, memory: Memory, proxies: Sequence[str], believed: str
) -> None:
    async with serving(place, proxies) as port:
        answer = await said(port, *opting_in("198.51.100.66, 203.0.113.9"))

    assert answer.startswith("HTTP/1.1 303")
    assert memory.changes == [("mulberry", "in", believed)]


async def test_the_server_does_not_say_what_it_is(place: Site) -> None:
    async with serving(place) as port:
        answer = await said(port, "GET /status HTTP/1.1")

    assert "server:" not in answer.lower()
    assert "uvicorn" not in answer.lower()


async def test_no_log_of_the_server_names_what_was_asked(
    place: Site, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    memory.away = ValueError("link-mulberry")
    async with serving(place) as port:
        failed = await said(port, *opting_in("198.51.100.66"))
        refused = await said(port, "GET /optin/link-mul\x01berry HTTP/1.1")

    assert failed.startswith("HTTP/1.1 500")
    assert refused.startswith("HTTP/1.1 400")
    for secret in ("link-mul", "seal-mul", "198.51.100.66", "6.1.0-13"):
        assert secret not in caplog.text


async def test_mails_that_wait_are_sent_before_it_ends(place: Site, memory: Memory) -> None:
    async with serving(place) as port:
        await said(port, "POST /links HTTP/1.1", "address=anna%40example.net")
        place.errands.send("bob@example.net", 0.0)

    assert memory.sent == ["anna@example.net", "bob@example.net"]


async def test_without_pages_there_is_health_alone() -> None:
    async with serving(None) as port:
        assert (await said(port, "GET /healthz HTTP/1.1")).endswith("ok\n")
        assert (await said(port, "GET /status HTTP/1.1")).startswith("HTTP/1.1 404")
