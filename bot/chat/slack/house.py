"""Slack as the program uses it: opened with its tokens, served until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.chat.replies import Wants
from bot.chat.slack.answers import Answers
from bot.chat.slack.beside import beside
from bot.chat.slack.board import Board
from bot.chat.slack.connection import framework, route, sockets
from bot.chat.slack.drawing import Drawing
from bot.chat.slack.driver import Driver
from bot.chat.slack.failures import WRONG_TOKEN, Away, Refused
from bot.chat.slack.following import Campaigns, Runs
from bot.chat.slack.front import Front
from bot.chat.slack.groups import Groups
from bot.chat.slack.news_following import News
from bot.chat.slack.pump import Pump
from bot.chat.slack.showing import Showing
from bot.chat.slack.starts import Starts
from bot.chat.slack.web import open_web
from bot.rules.errors import BadConfiguration, Code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from starlette.routing import BaseRoute

    from bot.chat.asked import Teller
    from bot.chat.handlers import Handler
    from bot.chat.slack.web import SlackWeb
    from bot.maintenance.words import Words
    from bot.ports import Store
    from bot.settings.settings import Slack

logger = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for a look at the tokens; runs wait for it
AGAIN = 5.0  # seconds before a framework that failed is begun anew

#: The variables of the tokens, and how what they hold begins.
TOKENS = {
    "bot": ("MAINT_SECRETS__SLACK_BOT_TOKEN", "xoxb-"),
    "app": ("MAINT_SECRETS__SLACK_APP_TOKEN", "xapp-"),
    "signing": ("MAINT_SECRETS__SLACK_SIGNING_SECRET", ""),
}


@dataclass(frozen=True, kw_only=True)
class Premises:
    """What Slack is built on."""

    settings: Slack
    handler: Handler
    teller: Teller
    store: Store
    words: Words
    pages: Callable[[Sequence[BaseRoute], asyncio.Event], Awaitable[None]]  # serves them


class House:
    """Slack, connected."""

    def __init__(self, premises: Premises, web: SlackWeb) -> None:
        """Put the parts together; nothing is connected here."""
        settings, words, store = premises.settings, premises.words, premises.store
        groups = Groups(web, premises.handler.roles.named)
        # A form asks for the host's name whatever else is configured: it is there anyway.
        asking = replace(premises.handler.asking, confirm=Wants.NAME.value)
        handler = premises.handler.of(groups.of, asking)
        drawing, board = Drawing(words), Board(store, settings.channel)
        showing = Showing(store, board, web, drawing)
        pump = Pump(store, board, showing, drawing, handler.desk.clock)
        answers = Answers(board, web, drawing, words)
        reason = handler.asking.reason
        starts = Starts(handler, store, board, web, drawing, words, reason=reason)
        self._front = Front(handler, store, answers, starts, board.name)
        runs = Runs(handler, premises.teller, board, store)
        news = News(handler.windows.teller, handler.office.customers, board)
        following = runs, Campaigns(handler, board, store), news
        self._driver = Driver(board, pump, self._front, following, store)
        self._settings, self._pages = settings, premises.pages
        secret = settings.signing_secret if settings.mode == "http" else ""
        self._app = framework(self._front, drawing, web, secret)

    async def serve(self, stop: asyncio.Event) -> None:
        """Receive and tell until *stop* is set; then finish what is being answered."""
        async with beside(self._receive):
            await self._driver.serve(stop)
        await self._front.close()

    async def _receive(self, over: asyncio.Event) -> None:
        """Receive until *over* is set, whatever the framework meets."""
        while not over.is_set():
            try:
                if self._settings.mode == "http":
                    await self._pages([route(self._app)], over)
                else:
                    async with sockets(self._app, self._settings.app_token):
                        await over.wait()
            except Exception:
                logger.exception("a defect, while receiving from Slack; it begins anew")
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), AGAIN)


@asynccontextmanager
async def open_house(premises: Premises) -> AsyncIterator[House]:
    """Open Slack until the end of the block; it may be away, but its tokens are checked.

    Raises BadConfiguration(SLACK_TOKEN).
    """
    refuse_missing(premises.settings)
    async with open_web(premises.settings.bot_token, premises.settings.base_url) as web:
        await _refuse_wrong(premises.settings, web)
        yield House(premises, web)


def needed(settings: Slack) -> dict[str, str]:
    """Return the tokens that the mode needs, by kind."""
    if settings.mode == "socket":
        return {"bot": settings.bot_token, "app": settings.app_token}
    return {"bot": settings.bot_token, "signing": settings.signing_secret}


def refuse_missing(settings: Slack) -> None:
    """Raise BadConfiguration(SLACK_TOKEN) for a token that is missing, or is another's."""
    for kind, token in needed(settings).items():
        variable, begins = TOKENS[kind]
        problem = "" if token.startswith(begins) else "form"
        if problem or not token:
            known = {"variable": variable, "kind": kind, "problem": problem if token else "missing"}
            raise BadConfiguration(Code.SLACK_TOKEN, **known)


async def _refuse_wrong(settings: Slack, web: SlackWeb) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await _proved("bot", web.identity())
            if settings.mode == "socket":
                await _proved("app", web.socket(settings.app_token))
    except (Away, TimeoutError) as away:
        logger.warning("Slack cannot be reached now (%r); it is tried again and again", away)


async def _proved(kind: str, asking: Awaitable[object]) -> None:
    try:
        await asking
    except Refused as refused:
        if refused.code not in WRONG_TOKEN:
            raise Away(refused.code) from refused
        known = {"variable": TOKENS[kind][0], "kind": kind, "problem": refused.code}
        raise BadConfiguration(Code.SLACK_TOKEN, **known) from refused
