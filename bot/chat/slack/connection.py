"""The connection to Slack, over its sockets or over HTTP: the one module that knows the framework.

What it delivers goes to the front, which has recorded it when it returns; then it is acknowledged.
Listeners never raise: an exception right after an acknowledgement would lose it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from slack_sdk.socket_mode.aiohttp import SocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest
    from starlette.datastructures import Headers

    from bot.chat.slack.drawing import Drawing
    from bot.chat.slack.web import SlackWeb
    from bot.ports import Message

logger = logging.getLogger(__name__)

PATH = "/slack/events"  # commands, interactions and events alike
LONGEST = 1_000_000  # bytes of one delivery; Slack's are much shorter
SOCKETS = 2  # while one of them is renewed the other one is there
PING = 10.0  # seconds
BAD = 400
_ANY = re.compile(".*", re.DOTALL)
_NUMBER = re.compile("[0-9]{1,12}")
#: What reading something raises that is not of the shape of Slack's deliveries.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Receiving(Protocol):
    """Who takes what is delivered (`bot.chat.slack.front.Front`)."""

    async def command(self, body: Mapping[str, Any]) -> Message | None:
        """Take a slash command; return what is to be said with its acknowledgement."""

    async def mention(self, body: Mapping[str, Any]) -> None:
        """Take a message that names the bot."""

    async def press(self, body: Mapping[str, Any]) -> None:
        """Take the press of a button."""

    async def submit(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Take a form; return what is wrong with it, by block."""


def framework(
    front: Receiving, drawing: Drawing, web: SlackWeb, signing_secret: str = ""
) -> AsyncApp:
    """Return the framework's application; with a *signing_secret* it refuses what is not signed."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        """Answer without asking Slack: acknowledgements do not wait for it."""
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=web.client.token,
        )

    app = AsyncApp(
        client=web.nobody,
        authorize=authorize,
        signing_secret=signing_secret or "of no use: sockets are not signed",
        request_verification_enabled=bool(signing_secret),
        process_before_response=True,  # else it acknowledges what is not recorded, or nothing
        logger=logger,
    )
    _Listeners(front, drawing).join(app)
    return app


class _Listeners:
    """What the framework calls for each delivery."""

    def __init__(self, front: Receiving, drawing: Drawing) -> None:
        self._front, self._drawing = front, drawing

    def join(self, app: AsyncApp) -> None:
        """Be called for everything, so that nothing is answered by an error of the framework."""
        app.command(_ANY)(self.command)
        app.action(_ANY)(self.press)
        app.view(_ANY)(self.submit)
        app.event("app_mention")(self.mention)
        for others in (app.event, app.view_closed, app.shortcut, app.options):
            others(_ANY)(self.nothing)
        app.error(self.refuse)

    async def command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        said = await self._front.command(body)
        if said is None:
            await ack()
            return
        drawn = self._drawing.message(said)
        await ack(text=drawn.text, blocks=drawn.blocks, response_type="ephemeral")

    async def press(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._front.press(body)
        await ack()

    async def submit(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        faults = await self._front.submit(body)
        if faults:
            await ack(response_action="errors", errors=dict(faults))
        else:
            await ack()

    async def mention(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._front.mention(body)
        await ack()

    async def nothing(self, ack: AsyncAck) -> None:
        await ack()

    async def refuse(self, error: Exception) -> BoltResponse:
        """Refuse what the framework stumbles over: the front raises nothing."""
        logger.warning("what was delivered as Slack's cannot be taken", exc_info=error)
        return BoltResponse(status=BAD)


class Socket(AsyncSocketModeHandler):
    """One of Slack's sockets; what cannot be read gets no acknowledgement."""

    async def handle(  # type: ignore[override]  # as the library has it
        self, client: SocketModeClient, req: SocketModeRequest
    ) -> None:
        """Take what came over the socket."""
        try:
            await super().handle(client, req)
        except _UNREADABLE as error:
            logger.warning("what was delivered as Slack's cannot be read: %r", error)


@asynccontextmanager
async def sockets(app: AsyncApp, token: str) -> AsyncIterator[None]:
    """Receive over Slack's sockets until the end of the block; Slack may be away meanwhile."""
    handlers = [Socket(app, token, logger=_calm(), ping_interval=PING) for _ in range(SOCKETS)]
    connecting = [asyncio.create_task(_connect(handler)) for handler in handlers]
    connecting += [asyncio.create_task(_renew(handler)) for handler in handlers]
    try:
        yield
    finally:
        for task in connecting:
            task.cancel()
        await asyncio.wait(connecting)
        for handler in handlers:
            with suppress(Exception):  # it closes what may never have been open
                await handler.client.close()  # type: ignore[no-untyped-call]
            await handler.client.aiohttp_client_session.close()


def _calm() -> logging.Logger:
    """Return a log without tracebacks: that a network is away is no defect."""

    def calm(record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return True

    calmed = logger.getChild("socket")
    if not calmed.filters:
        calmed.addFilter(calm)
    return calmed


async def _renew(handler: Socket) -> None:
    """Let each try to connect have an address of its own: the library keeps one that is used up."""
    while True:
        await asyncio.sleep(PING / 2)
        if not await handler.client.is_connected():
            handler.client.wss_uri = None


async def _connect(handler: Socket) -> None:
    await handler.client.connect()  # type: ignore[no-untyped-call]


def route(app: AsyncApp) -> Route:
    """Return the address at which Slack delivers over HTTP."""

    async def deliver(request: Request) -> Response:
        if not _short(request.headers):
            return PlainTextResponse("too long", status_code=413)
        if not _verifiable(request.headers):
            return PlainTextResponse("not signed", status_code=401)
        try:
            return to_starlette_response(await app.async_dispatch(await _read(request)))
        except (ClientDisconnect, *_UNREADABLE) as error:
            logger.warning("what was delivered as Slack's cannot be read: %r", error)
            return PlainTextResponse("cannot be read", status_code=BAD)

    return Route(PATH, deliver, methods=["POST"])


async def _read(request: Request) -> AsyncBoltRequest:
    """Return *request* in the framework's terms."""
    body = (await request.body()).decode()
    read = AsyncBoltRequest(body=body, headers=dict(request.headers))
    if not read.body:  # it takes a command in which the word "payload" is for an empty one
        read.body = dict(parse_qsl(body, keep_blank_values=True))
    return read


def _short(headers: Headers) -> bool:
    length = headers.get("content-length", "")
    return bool(_NUMBER.fullmatch(length)) and int(length) <= LONGEST


def _verifiable(headers: Headers) -> bool:
    """Say whether the framework can judge the signature: it would raise over these."""
    stamp = headers.get("x-slack-request-timestamp", "0")
    return bool(_NUMBER.fullmatch(stamp)) and headers.get("x-slack-signature", "").isascii()
