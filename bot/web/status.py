"""The public status page: maintenance that is to come or under way, in public words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.web.headers import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from bot.maintenance.customers.asked import Customers
    from bot.web.answers import Answers
    from bot.web.door import Door

UNDER_WAY = "under way"  # `state` of a window
SOON, LATER = 15, 60  # seconds until a page shows itself anew
STILL = "still"  # the query of a page that does not


class StatusPages:
    """Shows it, to people and to programs."""

    def __init__(self, customers: Customers, answers: Answers, door: Door, zone: str) -> None:
        """Ask *customers* for the windows; *zone* is in which customers read times."""
        self._customers, self._answers, self._door = customers, answers, door
        self._zone = zone

    def routes(self) -> list[Route]:
        """Return where they are."""
        look = self._door.look
        return [
            Route("/status", look(self._html)),
            Route("/status.json", look(self._json)),
        ]

    async def _html(self, request: Request) -> Response:
        windows = [
            {
                **window,
                "start": datetime.fromisoformat(window["start"]),
                "end": datetime.fromisoformat(window["end"]),
            }
            for window in await self._customers.windows()
        ]
        moving = any(window["state"] == UNDER_WAY for window in windows)
        headers, still = refreshed(request, soon=moving)
        return self._answers.page(
            "status", headers={**PUBLIC, **headers}, windows=windows, zone=self._zone, still=still
        )

    async def _json(self, request: Request) -> Response:
        del request
        known = {"zone": self._zone, "windows": await self._customers.windows()}
        return JSONResponse(known, headers=PUBLIC)


def refreshed(request: Request, *, soon: bool) -> tuple[Mapping[str, str], bool]:
    """Return the header by which a page shows itself anew, and whether it holds still.

    The reader may stop it: what changes by itself gets in the way of screen readers.
    """
    if request.url.query == STILL:
        return {}, True
    return {"Refresh": str(SOON if soon else LATER)}, False
