"""Two tiny bots: one of slack_bolt on a socket, one that takes HTTP and checks signatures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import SlackServer
from tests.slack_server.things import Json

PING_SECONDS = 0.5  # a bot that lost its socket looks for another after so long


@dataclass(kw_only=True)
class SocketBot:
    """Acknowledges everything with `answers`, or nothing while it is `mute`."""

    heard: list[Json] = field(default_factory=list)
    answers: Json = field(default_factory=dict)
    mute: bool = False

    async def hear(self, ack: AsyncAck, body: Json) -> None:
        """Handle anything."""
        self.heard.append(body)
        if not self.mute:
            await ack(**self.answers)


@asynccontextmanager
async def on_socket(slack: SlackServer) -> AsyncIterator[SocketBot]:
    """Run a bot that is connected."""
    bot = SocketBot()
    app = AsyncApp(client=AsyncWebClient(token=slack.token, base_url=slack.base_url))
    app.command("/maint")(bot.hear)
    app.action("go")(bot.hear)
    app.view("start")(bot.hear)
    app.event("app_mention")(bot.hear)
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=PING_SECONDS)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await slack.until(lambda: slack.connected)
        yield bot
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@dataclass(kw_only=True)
class HttpBot:
    """Answers requests with `status` and `answer` if their signature is valid."""

    verifier: SignatureVerifier
    heard: list[tuple[str, str]] = field(default_factory=list)  # bodies and numbers of retries
    status: int = 200
    answer: Json = field(default_factory=dict)
    trusting: bool = False
    hold: asyncio.Event | None = None  # nothing is answered before

    async def hear(self, request: web.Request) -> web.Response:
        """Handle a request."""
        body = await request.text()
        if not self.trusting and not self.verifier.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        self.heard.append((body, request.headers.get("X-Slack-Retry-Num", "")))
        if self.hold:
            await self.hold.wait()
        if self.answer:
            return web.json_response(self.answer, status=self.status)
        return web.Response(status=self.status)


@asynccontextmanager
async def over_http(slack: SlackServer) -> AsyncIterator[HttpBot]:
    """Run a bot at an address that the server knows."""
    bot = HttpBot(verifier=SignatureVerifier(slack.signing_secret))
    application = web.Application()
    application.router.add_post("/slack/events", bot.hear)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
    try:
        yield bot
    finally:
        await runner.cleanup()
