"""The way from Slack to the bot: a socket and an address, and who listens for errors meanwhile."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from slack_sdk.socket_mode.request import SocketModeRequest

from bot.chat.slack.connection import Socket, route
from tests.property.slack_posts import answer
from tests.property.slack_room import Doorman

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slack_sdk.socket_mode.response import SocketModeResponse

    from tests.property.slack_payloads import Payload
    from tests.property.slack_posts import Post
    from tests.property.slack_room import Room


class Alarms(logging.Handler):
    """Keeps what is logged as an error, by whomever, and counts tracebacks of whatever level."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.traced = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.traced += bool(record.exc_info)
        if record.levelno >= logging.ERROR:
            self.heard.append(logging.Formatter().format(record))


class Envelope:
    """One delivery over a socket, and whether it was acknowledged."""

    logger = logging.getLogger(__name__)

    def __init__(self) -> None:
        self.answers: list[SocketModeResponse] = []

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        self.answers.append(response)


class Wire:
    """Brings deliveries to rooms, over a socket or over HTTP, and waits for what comes of them."""

    def __init__(self, alarms: Alarms) -> None:
        self.alarms, self._doorman = alarms, Doorman()
        self._socket = Socket(self._doorman.app, "xapp-of-the-tests")
        self._route = route(self._doorman.app)

    async def carry(self, to: Room, payload: Payload) -> bool:
        """Deliver *payload* over a socket; return whether that was acknowledged."""
        self._doorman.to, envelope = to, Envelope()
        request = SocketModeRequest(type="interactive", envelope_id="e1", payload=payload)
        await self._socket.handle(envelope, request)  # type: ignore[arg-type]
        await self._settle(to)
        assert len(envelope.answers) < 2
        return bool(envelope.answers)

    async def post(self, to: Room, post: Post) -> int:
        """Deliver *post* over HTTP; return the status of the answer."""
        self._doorman.to = to
        status = await answer(self._route, post)
        await self._settle(to)
        return status

    async def close(self) -> None:
        await self._socket.client.close()  # type: ignore[no-untyped-call]
        await self._socket.client.aiohttp_client_session.close()

    async def _settle(self, to: Room) -> None:
        await to.settle()
        heard, self.alarms.heard = self.alarms.heard, []
        assert heard == []


@contextmanager
def wired() -> Iterator[tuple[asyncio.Runner, Wire]]:
    """Give a loop and a wire; at the end nobody may have logged an error."""
    alarms, logs = Alarms(), logging.getLogger()
    logs.addHandler(alarms)
    try:
        with asyncio.Runner() as runner:
            wire = runner.run(_wire(alarms))
            try:
                yield runner, wire
            finally:
                runner.run(wire.close())
        gc.collect()  # tasks whose exception nobody took log it when they go
    finally:
        logs.removeHandler(alarms)
    assert alarms.heard == []


async def _wire(alarms: Alarms) -> Wire:
    return Wire(alarms)
