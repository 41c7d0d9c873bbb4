"""The doors of a process that stays: the chat of staff over a network, and the customers' pages."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot.maintenance.words import Pages
from bot.settings import shipped

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from starlette.routing import BaseRoute

    from bot.app import App

    Serve = Callable[[asyncio.Event], Coroutine[Any, Any, None]]

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)  # where the pages are is said once, when they are served

# Only a process that stays imports what serves: it takes longer than a command does.


def pages(app: App) -> Serve | None:
    """Return what serves the pages until it is told to stop; None: there are none to serve."""
    if app.listener is None or app.settings.slack.mode == "http":
        return None

    async def serve(stop: asyncio.Event) -> None:
        await _served(app, (), stop)

    return serve


@asynccontextmanager
async def open_slack(app: App) -> AsyncIterator[Serve | None]:
    """Open the chat of staff, if there is one; serve it by what is yielded.

    If Slack delivers to us, the pages are served with it. Raises BadConfiguration(SLACK_TOKEN).
    """
    slack = app.settings.slack
    if slack.mode == "off":
        yield None
        return
    from bot.chat.slack.house import Premises, open_house  # noqa: PLC0415 - see above

    async def serve(routes: Sequence[BaseRoute], over: asyncio.Event) -> None:
        await _served(app, routes, over)

    premises = Premises(
        settings=slack,
        handler=app.handler,
        teller=app.projection,
        store=app.store,
        words=app.words,
        pages=serve,
    )
    async with open_house(premises) as house:
        yield house.serve


async def _served(app: App, routes: Sequence[BaseRoute], stop: asyncio.Event) -> None:
    """Serve the pages, and *routes* beside them, until *stop* is set."""
    from bot.web import server  # noqa: PLC0415 - see above
    from bot.web.site import site  # noqa: PLC0415 - see above
    from bot.web.terms import Front  # noqa: PLC0415 - see above

    if app.listener is None:
        await stop.wait()
        return
    web, house = app.settings.web, app.settings.mail.house
    front = Front(house=house, proxies=web.proxies, metrics_from=web.metrics_from)
    words = Pages(shipped("templates") / "web")
    logger.info("the pages are served at %s", house.links or app.listener.getsockname())
    found = site(app.customers, words, app.figures, front)
    # A copy: where it is served anew after a defect, the place where people come in is the same.
    await server.serve(routes, app.listener.dup(), stop, site=found, proxies=web.proxies)
