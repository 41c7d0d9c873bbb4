"""Defects: answered in plain words, and logged without anything that a customer had sent."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

from starlette.requests import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)


class Defects:
    """Lets no exception out: the server would log it with all that it says."""

    def __init__(self, app: ASGIApp, *, answer: Callable[[], Response]) -> None:
        """Give *answer* when *app* fails."""
        self._app, self._answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - whatever it is
            known = scope.get("method", ""), route(scope), scrubbed(error)
            logger.error("a defect, at %s %s: %s", *known)  # noqa: TRY400
            if not begun:
                await self._answer()(scope, Request(scope, receive).receive, send)


def route(scope: Scope) -> str:
    """Return the route of a request, with the names of its parameters in place of them."""
    return str(getattr(scope.get("route"), "path", "")) or "no route"


def scrubbed(error: BaseException) -> str:
    """Return where *error* and those before it came from, without what they say of it.

    Messages of errors quote what was given: tokens, addresses, the parameters of statements.
    """
    return "\n".join(
        f"{type(each).__module__}.{type(each).__qualname__}\n"
        + "".join(traceback.format_tb(each.__traceback__))
        for each in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    known: BaseException | None = error
    while known is not None and id(known) not in seen:
        seen.add(id(known))
        yield known
        known = known.__cause__ or known.__context__
