"""The server, from entering until leaving."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.slack_server import answering, transfer, web_api
from tests.slack_server.delivering import Delivering
from tests.slack_server.delivery import Acknowledgement
from tests.slack_server.faults import Fault
from tests.slack_server.people import People
from tests.slack_server.posting import Posting
from tests.slack_server.sockets import Sockets
from tests.slack_server.things import Message
from tests.slack_server.workspace import Workspace

PATIENCE_SECONDS = 10.0
MOST_BYTES = 64 * 2**20


@dataclass(kw_only=True)
class SlackServer(Workspace):
    """Slack, on loopback, at a port that is free."""

    async def __aenter__(self) -> Self:
        # Bound and never listened on: it keeps the port during an outage.
        self._keeper = _bound(0)
        port = self._keeper.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self._sockets, self._posting = Sockets(self), Posting(self)
        self._delivering = Delivering(self, self._sockets, self._posting)
        people = People(self, self._delivering)
        self.command, self.press, self.submit = people.command, people.press, people.submit
        self.mention, self.write = people.mention, people.write
        self.send, self.replay = people.send, people.replay
        self.archive, self.delete, self.edit = people.archive, people.delete, people.edit
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._delivering.close()
        await self._posting.close()
        await self.outage()
        await self._runner.cleanup()
        self._keeper.close()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._accounting], client_max_size=MOST_BYTES)
        application.router.add_route("*", "/api/{method}", partial(web_api.serve, self))
        application.router.add_post("/upload/{file}", partial(transfer.serve, self))
        application.router.add_post("/hook/{hook}", partial(answering.serve, self))
        application.router.add_get("/link", self._sockets.serve)
        return application

    @web.middleware
    async def _accounting(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Show mistakes of this server, which its clients would take for Slack's."""
        try:
            return await handler(request)
        except (ConnectionError, web.HTTPException):
            raise
        except Exception:
            self.breach(f"the server itself: {traceback.format_exc()}")
            raise

    @property
    def base_url(self) -> str:
        return f"http://{self.address}/api/"

    @property
    def connected(self) -> int:
        """How many sockets take envelopes."""
        return self._sockets.connected

    @property
    def deliveries(self) -> list[Acknowledgement]:
        """Every attempt to tell the bot something."""
        return self._delivering.all

    # ---- faults

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next calls of *method* meet *fault*: `*` is any.

        `response_url` and `upload` are methods in that sense.
        """
        self.faults.add(method, fault, times)

    async def outage(self) -> None:
        """End every connection, and refuse new ones."""
        self.out = True
        self._listening.close()
        self._sockets.forget()
        server = self._runner.server
        for connection in server.connections if server else []:
            if connection.transport:
                connection.transport.abort()
        self.moments.ring()

    async def back(self) -> None:
        """Serve, from the beginning or again."""
        assert self._runner.server
        listening = _bound(self._keeper.getsockname()[1])
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._runner.server, sock=listening)
        self.out = False

    async def refresh_sockets(self) -> None:
        """Ask for new connections, and end the present ones."""
        await self._sockets.refresh()

    # ---- reading and waiting

    def thread(self, message: Message) -> list[Message]:
        """Return the replies to *message*."""
        return self.world.thread(message)

    async def until(self, true: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> None:
        """Return when *true*, looking at every change. Raises TimeoutError."""
        try:
            await self.moments.until(true, seconds=seconds)
        except TimeoutError:
            raise TimeoutError(self.account) from None

    @property
    def account(self) -> str:
        """What has happened lately, for somebody who wonders why something has not."""
        calls = [f"{call.method} {call.status} {call.answer}" for call in self.calls[-5:]]
        texts = [f"{message.ts} {message.text}" for message in self.world.messages[-5:]]
        return "\n".join(["breaches:", *self.breaches, "calls:", *calls, "messages:", *texts])

    def look(self) -> None:
        """Notice that the machine's clock was moved."""
        self.moments.ring()


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound
