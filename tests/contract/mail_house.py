"""A house that writes mail, over a store: one office for each worker, and a relay they share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.storage import DatabaseStore
from notifications import (
    Campaign,
    Campaigns,
    CampaignState,
    Draft,
    Office,
    Pace,
    Premises,
    Secrets,
    Watch,
)
from notifications.outbox import endings
from notifications.outbox.claim import Taken, Wish, take
from notifications.outbox.settle import Settlement, Writer, write
from notifications.terms import Recipient
from tests.unit.notifications.clock import START, turn
from tests.unit.notifications.front import ANNA, BORIS, HOUSE, KINDS, TEXT
from tests.unit.notifications.front import write as write_template
from tests.unit.notifications.scripted import ScriptedTransport

FREE = Pace(per_minute=0)


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One process: its store, and what it does with mail."""

    store: DatabaseStore
    office: Office

    @property
    def campaigns(self) -> Campaigns:
        """The front door."""
        return self.office.campaigns

    async def takes(self, most: int, pace: Pace = FREE) -> Taken:
        """Claim at most so many deliveries."""
        wish = Wish(
            owner=self.store.workers.owner,
            announce=False,
            transport="relay",
            limit=most,
            at=START,
            pace=pace,
        )
        return await self.store.transactions.write(partial(take, wish=wish))

    async def writes(
        self, *settlements: Settlement, begins: tuple[int, ...] = (), stops: bool = False
    ) -> dict[int, int]:
        """Settle, and begin what may follow; *stops*: the relay is of no use."""
        by = Writer(owner=self.store.workers.owner, offers=frozenset(), at=START)
        stop = partial(endings.stop, reason={"phase": "mail"}, announce=False)
        work = partial(
            write, by=by, settlements=settlements, works=[stop] if stops else [], begins=begins
        )
        return await self.store.transactions.write(work)


def worker(store: DatabaseStore, folder: Path, transport: ScriptedTransport) -> Worker:
    """Return a worker over *store* that hands over by *transport*."""
    write_template(folder / "email" / "notice.txt.jinja", TEXT)
    premises = Premises(
        transactions=store.transactions,
        living=store.workers,
        transport=transport,
        kinds=KINDS,
        templates=folder,
        filters={},
        house=HOUSE,
        pace=FREE,
        watch=Watch(),
        secrets=Secrets(key=b"key"),
        origin=store.origin,
    )
    return Worker(store=store, office=Office(premises))


def notice(count: int = 3, key: str = "key") -> Draft:
    """Return the draft of a notice to so many recipients."""
    people = (Recipient(address=f"c{each}@example.org", name="C") for each in range(count))
    return Draft(kind="notice", actor=ANNA, request_key=key, recipients=people)


async def sending(at: Worker, count: int = 3) -> int:
    """Have a notice sent; return its number."""
    number = (await at.campaigns.draft(notice(count))).campaign
    await at.campaigns.preview(number, ANNA)
    await at.campaigns.approve(number, BORIS)
    await at.campaigns.send(number, ANNA)
    return number


async def delivered(number: int, *workers: Worker) -> Campaign:
    """Let *workers* deliver until the campaign is not being sent any more."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for each in workers:
            group.create_task(each.office.serve(stop))
        while (await workers[0].campaigns.campaign(number)).state is CampaignState.SENDING:
            await turn()
        stop.set()
    return await workers[0].campaigns.campaign(number)
