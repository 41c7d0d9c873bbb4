"""The counter at which customers stand: the desk of the pages over a real database and mail."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bot.maintenance.customers.consent import Consent
from bot.maintenance.customers.desk import CustomerDesk
from bot.maintenance.customers.terms import GuestPage, PageRefused
from bot.maintenance.windows.public import Public
from bot.maintenance.words import Words
from tests.unit.maintenance.notices.office import HOUSE, TEMPLATES, office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from bot.rules.optin import OptIn
    from bot.rules.policy.terms import PolicySettings
    from tests.unit.maintenance.notices.office import Office

CONSENT = Consent("Not with old kernels.\n\nThey destroy data.")
GOOD = "6.1.0-13-amd64"
FROM = "192.0.2.7"
ADA, BEN = "ada@lowe.example.com", "ben@example.org"


@dataclass(kw_only=True)
class Counter:
    """A desk, and how a customer uses it by the page of one guest."""

    desk: CustomerDesk
    office: Office

    async def token(self, guest: str = "aster") -> str:
        return (await self.office.notices.link(guest)).rpartition("/")[2]

    async def page(self, guest: str = "aster") -> GuestPage:
        return await self.desk.page(await self.token(guest))

    async def opts_in(
        self, guest: str = "aster", kernel: str = GOOD, *, seal: str = "", read: bool = True
    ) -> None:
        seal = seal or (await self.page(guest)).seal
        await self.desk.opt_in(
            await self.token(guest), seal=seal, kernel=kernel, read=read, address=FROM
        )

    async def opts_out(self, guest: str = "aster", *, seal: str = "") -> None:
        seal = seal or (await self.page(guest)).seal
        await self.desk.opt_out(await self.token(guest), seal=seal, address=FROM)

    async def said(self, guest: str = "aster") -> list[OptIn]:
        return list(await self.office.notices.history(guest))

    async def mails(self) -> list[tuple[str, str, str]]:
        """Return kind, address and text of every answer that went out, oldest first."""
        found = []
        for progress in reversed(await self.office.mail.campaigns(tests=True)):
            number = progress.campaign.number
            if progress.campaign.answer:
                async for _, content in self.office.mail.mails(number):
                    address = (await self.office.report(number)).deliveries[0].address
                    found.append((progress.campaign.kind, address, readable(content)))
        return found


def readable(content: bytes) -> str:
    from email import message_from_bytes, policy  # noqa: PLC0415 - only here

    part = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@asynccontextmanager
async def counter(folder: Path, policy: PolicySettings | None = None) -> AsyncIterator[Counter]:
    """Open a counter of its own."""
    async with office(folder, policy=policy) as behind:
        words = Words(TEMPLATES / "chat")
        public = Public(fleet=behind.sources.fleet, words=words, house=HOUSE)
        desk = CustomerDesk(behind.sources, behind.clock, CONSENT, public)
        yield Counter(desk=desk, office=behind)


async def refusal(doing: Awaitable[object]) -> tuple[str, dict[str, object]]:
    """Return why it is refused, with its fields."""
    with pytest.raises(PageRefused) as refused:
        await doing
    return refused.value.refusal.value, dict(refused.value.fields)
