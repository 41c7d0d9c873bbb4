"""Customers in memory: what `bot.maintenance.customers.asked` promises, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.maintenance.customers.terms import (
    By,
    GuestPage,
    PageRefused,
    Refusal,
    Said,
    Trials,
    UndoPage,
)
from bot.rules.policy.attesting import attest
from bot.rules.policy.terms import PolicySettings

GUESTS = ("mulberry", "rookery")
AT = datetime(2021, 9, 20, 18, 30, tzinfo=UTC)
WARNING = (
    "Suspend+restore must not be used with Linux kernels older than 4.2.",
    "Two guests of our customers lost all their data that way in August 2021.",
)
WINDOW: Mapping[str, Any] = {
    "window": 3,
    "hosts": ["hobgoblin.example.net"],
    "start": "2021-09-28T20:00:00+00:00",
    "end": "2021-09-29T00:00:00+00:00",
    "reason": "security updates",
    "state": "planned",
    "summary": "Maintenance of hobgoblin.example.net",
}


@dataclass(kw_only=True)
class Memory:
    """Two guests, each with a link; a link's token is its guest's name behind "link-"."""

    pages: dict[str, GuestPage] = field(default_factory=lambda: {n: fresh(n) for n in GUESTS})
    events: list[dict[str, Any]] = field(default_factory=lambda: [dict(WINDOW)])
    changes: list[tuple[object, ...]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    away: Exception | None = None  # raised by everything

    async def page(self, token: str) -> GuestPage:
        """Return what the page of a guest shows."""
        return self._of(token)

    async def opt_in(self, token: str, *, seal: str, kernel: str, read: bool, address: str) -> None:
        """Opt the guest in."""
        page = self._of(token, seal)
        release = _attested(kernel)
        if not read:
            raise PageRefused(Refusal.UNREAD)
        if page.wanted and page.kernel == release:
            return
        if seal != page.seal:
            raise PageRefused(Refusal.CHANGED)
        self._say(page, wanted=True, kernel=release, address=address)

    async def opt_out(self, token: str, *, seal: str, address: str) -> None:
        """Opt the guest out."""
        page = self._of(token, seal)
        if page.wanted:
            self._say(page, wanted=False, kernel="", address=address)

    async def ask_trial(
        self, token: str, *, seal: str, kernel: str, note: str, address: str
    ) -> None:
        """Ask for a trial."""
        page = self._of(token, seal)
        _attested(kernel)
        self._change(replace(page, trials=Trials(asked=AT, note=note)), "trial", address)

    async def withdraw_trial(self, token: str, *, seal: str, address: str) -> None:
        """Withdraw the wish for a trial."""
        self._change(replace(self._of(token, seal), trials=Trials()), "no trial", address)

    async def undo_page(self, token: str) -> UndoPage:
        """Return what an undo link would do."""
        page = self._of(token.replace("undo-", "link-"))
        if not page.history:
            raise PageRefused(Refusal.UNDONE)
        return UndoPage(guest=page.guest, wanted=page.wanted, back=not page.wanted, seal=page.seal)

    async def undo(self, token: str, *, seal: str, address: str) -> str:
        """Take the last statement back."""
        await self.undo_page(token)
        page = self._of(token.replace("undo-", "link-"), seal)
        self._say(page, wanted=not page.wanted, kernel="", address=address)
        return f"/optin/link-{page.guest}"

    async def send_links(self, address: str) -> None:
        """Note the address."""
        self.sent.append(address)
        if self.away:
            raise self.away

    async def unsubscribe(self, token: str) -> bool:
        """Stop offers."""
        if token == "offers":
            self.changes.append(("no offers",))
        return token == "offers"

    async def windows(self) -> list[dict[str, Any]]:
        """Return the windows."""
        if self.away:
            raise self.away
        return self.events

    async def alive(self) -> None:
        """Be alive, or raise what is the matter."""
        if self.away:
            raise self.away

    async def figures(self) -> Mapping[str, float | Mapping[str, float]]:
        """Return some figures."""
        await self.alive()
        return {"optins": 31, "optins_of": 85, "holds": {"global": 1}, "deliveries": {"sent": 7}}

    def _of(self, token: str, seal: str | None = None) -> GuestPage:
        if self.away:
            raise self.away
        page = self.pages.get(token.removeprefix("link-"))
        if page is None or not token.startswith("link-"):
            raise PageRefused(Refusal.LINK)
        if seal is not None and not seal.startswith(f"seal-{page.guest}-"):
            raise PageRefused(Refusal.SEAL)
        return page

    def _say(self, page: GuestPage, *, wanted: bool, kernel: str, address: str) -> None:
        at = AT + timedelta(minutes=len(page.history))
        said = Said(at=at, wanted=wanted, by=By.YOU, kernel=kernel)
        history = (said, *page.history)
        seal = f"seal-{page.guest}-{len(history)}"
        page = replace(page, wanted=wanted, since=at, by=By.YOU, kernel=kernel, history=history)
        self._change(replace(page, seal=seal), "in" if wanted else "out", address)

    def _change(self, page: GuestPage, *what: object) -> None:
        self.pages[page.guest] = page
        self.changes.append((page.guest, *what))


def fresh(guest: str) -> GuestPage:
    """Return the page of a guest of which nothing was ever said."""
    return GuestPage(
        guest=guest,
        host="hobgoblin.example.net",
        wanted=False,
        since=None,
        by=None,
        kernel="",
        history=(),
        held=None,
        warning=WARNING,
        minimum="4.2",
        seal=f"seal-{guest}-0",
        at=AT,
        zone="Europe/London",
    )


def _attested(kernel: str) -> str:
    found = attest(kernel, PolicySettings())
    if not found.verdict.may_opt_in:
        raise PageRefused(Refusal.KERNEL, verdict=found.verdict.value, minimum="4.2", kernel=kernel)
    return found.release
