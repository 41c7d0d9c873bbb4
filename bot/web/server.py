"""The process's one web server."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import contextmanager
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

logger = logging.getLogger(__name__)

GRACE = 5  # seconds for what is being answered when the process ends


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program: the library would take its handlers away."""
        yield


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


async def serve(routes: Sequence[BaseRoute], listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve *routes*, and `/health`, on *listener* until *stop* is set."""
    pages = Starlette(routes=[*routes, Route("/health", _health)])
    config = uvicorn.Config(
        pages,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    ending = asyncio.create_task(_end(server, stop))
    try:
        await server.serve([listener])
    finally:
        ending.cancel()


async def _end(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


async def _health(request: Request) -> Response:
    del request
    return PlainTextResponse("ok\n")
