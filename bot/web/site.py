"""The pages for customers and the public, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.maintenance.customers.terms import PageRefused
from bot.rules.errors import TryAgain
from bot.web.answers import GONE, REFUSALS, Answers, no_icon, see
from bot.web.defects import Defects
from bot.web.door import Door
from bot.web.errands import Errands
from bot.web.guest import GuestPages
from bot.web.headers import Headers
from bot.web.letters import LetterPages
from bot.web.metrics import Counted, Metrics
from bot.web.status import StatusPages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from bot.maintenance.customers.asked import Customers
    from bot.maintenance.words import Pages
    from bot.web.door import Look
    from bot.web.terms import Figures, Front

AGAIN = 30  # seconds until who was told that the database is away may try again


@dataclass(frozen=True, kw_only=True)
class Site:
    """All pages, and what goes on beside them."""

    routes: tuple[BaseRoute, ...]
    errands: Errands
    answers: Answers
    metrics: Metrics
    encrypted: bool  # the public reaches it by https

    def application(self, others: Sequence[BaseRoute] = ()) -> ASGIApp:
        """Return what the server serves; *others* (a chat's) are served beside the pages."""
        application = Starlette(
            routes=[*others, *self.routes],
            middleware=[
                Middleware(Counted, metrics=self.metrics),
                Middleware(Headers, encrypted=self.encrypted),
                Middleware(Defects, answer=lambda: self.answers.refused("defect", 500)),
            ],
            exception_handlers={
                HTTPException: self._plainly,
                PageRefused: self._gone,
                TryAgain: self._away,
            },
        )
        # It would send the browser to an address that the request names.
        application.router.redirect_slashes = False
        return application

    async def _plainly(self, request: Request, error: Exception) -> Response:
        del request
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for no other
        name = REFUSALS.get(error.status_code, "unreadable")
        return self.answers.refused(name, error.status_code, error.headers)

    async def _gone(self, request: Request, error: Exception) -> Response:
        del request
        assert isinstance(error, PageRefused)  # noqa: S101 - as above
        return self.answers.refused(*GONE[error.refusal])

    async def _away(self, request: Request, error: Exception) -> Response:
        del request, error
        return self.answers.refused("away", 503, {"Retry-After": str(AGAIN)})


def site(customers: Customers, pages: Pages, figures: Figures, front: Front) -> Site:
    """Put the pages together; nothing is opened or started here."""
    answers, door = Answers(pages, front.house), Door(front)
    metrics = Metrics(figures, front.metrics_from)
    errands = Errands(customers.send_links, metrics.counted, front.soon)
    routes = (
        Route("/", door.look(_first)),
        Route("/style.css", answers.style),
        Route("/favicon.ico", no_icon),
        Route("/healthz", door.look(_health(figures))),
        Route("/metrics", metrics.show),
        *StatusPages(customers, answers, door, front.house.zone).routes(),
        *GuestPages(customers, answers, door).routes(),
        *LetterPages(customers, answers, door, errands).routes(),
    )
    return Site(
        routes=routes,
        errands=errands,
        answers=answers,
        metrics=metrics,
        encrypted=front.house.links.startswith("https:"),
    )


async def _first(request: Request) -> Response:
    del request
    return see("/status")


def _health(figures: Figures) -> Look:
    async def health(request: Request) -> Response:
        del request
        try:
            await figures.alive()
        except TryAgain:
            return PlainTextResponse("database away\n", 503)
        return PlainTextResponse("ok\n")

    return health
