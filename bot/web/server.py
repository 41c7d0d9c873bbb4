"""The process's one web server."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from bot.web.site import Site

logger = logging.getLogger(__name__)

GRACE = 5  # seconds for what is being answered when the process ends
LONGEST_HEAD = 16 * 1024  # bytes of a request before its body
CONNECTIONS = 500  # at once; a proxy in front holds back what is slow


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program: the library would take its handlers away."""
        yield


async def serve(
    routes: Sequence[BaseRoute],
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    site: Site | None = None,
    proxies: Sequence[str] = (),
) -> None:
    """Serve *routes* and the pages of *site* on *listener* until *stop* is set.

    Without a site there is `/healthz` beside *routes*. *proxies* may say whom they forward.
    """
    pages = site.application(routes) if site else _plain(routes)
    server = _Server(_config(pages, proxies))
    beside = [asyncio.create_task(_end(server, stop))]
    if site:
        beside.append(asyncio.create_task(site.errands.serve()))
    try:
        await server.serve([listener])
        if site:
            with suppress(TimeoutError):
                await asyncio.wait_for(site.errands.done(), GRACE)
    finally:
        for task in beside:
            task.cancel()


def _config(pages: ASGIApp, proxies: Sequence[str]) -> uvicorn.Config:
    return uvicorn.Config(
        pages,
        http="h11",
        ws="none",
        h11_max_incomplete_event_size=LONGEST_HEAD,
        lifespan="off",
        log_config=None,
        access_log=False,  # addresses of personal pages are keys
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=[*proxies, *_mapped(proxies)],
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
    )


def _mapped(proxies: Sequence[str]) -> list[str]:
    """Return the addresses of IPv4 among *proxies* as a socket of IPv6 shows them."""
    return [f"::ffff:{each}" for each in proxies if "." in each and "/" not in each]


def _plain(routes: Sequence[BaseRoute]) -> ASGIApp:
    return Starlette(routes=[*routes, Route("/healthz", _health)])


async def _end(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


async def _health(request: Request) -> Response:
    del request
    return PlainTextResponse("ok\n")
