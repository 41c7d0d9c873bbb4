"""Figures for a Prometheus: of the pages, and of the program. No label names a person or guest."""

from __future__ import annotations

import time
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.rules.errors import TryAgain
from bot.web.defects import route
from bot.web.door import address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bot.web.terms import Figures

#: Name: what it is, and its label; what `Figures.figures` returns.
FIGURES: Mapping[str, tuple[str, str]] = {
    "optins": ("Guests that are opted in", ""),
    "optins_of": ("Guests that were opted in before everybody was set back", ""),
    "holds": ("Holds that stand, by scope", "scope"),
    "runs_open": ("Runs that have not ended", ""),
    "runs_resting": ("Runs that wait for a person", ""),
    "deliveries": ("Deliveries of open campaigns, by state", "state"),
    "due_late": ("What was due and is not done", ""),
    "trials_asked": ("Trials that customers ask for", ""),
}
FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-real-ip"})


class Metrics:
    """Counts, and shows the counts to those who may read them."""

    def __init__(self, figures: Figures, readers: tuple[str, ...]) -> None:
        """Ask *figures* each time; *readers* are networks."""
        self._figures = figures
        self._readers = [ip_network(each, strict=False) for each in readers]
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "maint_http_requests",
            "Answers, by route and status",
            ["route", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "maint_http_request_seconds",
            "Time until the answer was out",
            ["route"],
            registry=self._registry,
        )
        self.links = Counter(
            "maint_links", "Wishes for links, by outcome", ["outcome"], registry=self._registry
        )
        self._alive = Gauge(
            "maint_database_up", "Whether the database answers", registry=self._registry
        )
        self._gauges = {
            name: Gauge(f"maint_{name}", words, [label] if label else [], registry=self._registry)
            for name, (words, label) in FIGURES.items()
        }

    async def show(self, request: Request) -> Response:
        """Return them. Raises HTTPException(404) for who may not read them.

        Who may comes directly: behind a proxy that we do not believe, everybody has its address.
        """
        forwarded = FORWARDED.intersection(request.headers)
        if forwarded or not self._may(address(request)):
            raise HTTPException(404)
        try:
            self._take(await self._figures.figures())
            self._alive.set(1)
        except TryAgain:
            self._alive.set(0)
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def counted(self, outcome: str) -> None:
        """Count what became of a wish for links."""
        self.links.labels(outcome).inc()

    def _may(self, host: str) -> bool:
        try:
            asking = ip_address(host)
        except ValueError:
            return False
        return any(asking in network for network in self._readers)

    def _take(self, figures: Mapping[str, float | Mapping[str, float]]) -> None:
        for name, gauge in self._gauges.items():
            figure = figures.get(name, 0.0)
            if isinstance(figure, (int, float)):
                gauge.set(figure)
                continue
            gauge.clear()  # a state without deliveries is gone
            for label, value in figure.items():
                gauge.labels(label).set(value)


class Counted:
    """Counts what is answered, and how long that took."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Count what *app* answers."""
        self._app, self._metrics, self._now = app, metrics, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        began, status = self._now(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, noted)
        of = route(scope)
        self._metrics.requests.labels(of, str(status)).inc()
        self._metrics.seconds.labels(of).observe(self._now() - began)
