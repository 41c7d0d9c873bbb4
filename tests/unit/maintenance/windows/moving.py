"""A window whose first notice is going out, over SMTP, and a person who changes the window."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import TYPE_CHECKING

from bot.maintenance.windows.desk import Wanted
from notifications import CampaignState, DeliveryState, Pace, Relay, smtp_transport
from notifications.clock import MachineClock
from tests.integration.patience import until
from tests.night import HOST, LOOSE, Night, guest
from tests.unit.maintenance.windows.slow_relay import SlowRelay
from tests.window_life import ANN, LIST, Bot, Means, peopled, process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from email.message import Message
    from pathlib import Path

    from bot.rules.window.terms import Window

OLD = datetime(2021, 9, 11, 20, tzinfo=UTC)
NEW = datetime(2021, 9, 18, 20, tzinfo=UTC)
THIRD = datetime(2021, 9, 25, 20, tzinfo=UTC)
LENGTH = timedelta(hours=2)
KEYS = tuple(f"c{number}" for number in range(8))
WHOSE = {key: (f"g{key}",) for key in KEYS}
LETTER, POST = 1, 2  # numbers of the first notice


def at(key: str) -> str:
    """Return the address of a contact."""
    return f"{key}@example.org"


def wanted(start: datetime) -> Wanted:
    return Wanted(hosts=(HOST,), start=start, end=start + LENGTH, zone="UTC", reason="a new kernel")


@dataclass(kw_only=True)
class Scene:
    """The relay, the processes, and the window; the first process has scheduled it."""

    night: Night
    relay: SlowRelay
    bots: tuple[Bot, ...]
    means: Means
    window: Window

    @property
    def bot(self) -> Bot:
        """The process of the person who changes the window."""
        return self.bots[-1]

    async def moved(self, start: datetime = NEW) -> Window:
        number = self.window.number
        return await self.bot.windows.reschedule(number, start, start + LENGTH, "UTC", ANN)

    async def moved_again(self) -> Window:
        return await self.moved(THIRD)

    async def cancelled(self) -> Window:
        return await self.bot.windows.cancel(self.window.number, ANN)

    async def paused(self, number: int = LETTER) -> None:
        """Wait until a campaign is paused."""

        async def is_paused() -> bool:
            return await self.state(number) is CampaignState.PAUSED

        await until(is_paused)

    async def state(self, number: int = LETTER) -> CampaignState:
        return (await self.bot.mail.campaign(number)).state

    async def states(self, number: int = LETTER) -> dict[str, DeliveryState]:
        """Return by contact what became of a mail."""
        deliveries = (await self.bot.mail.report(number)).deliveries
        return {each.address.partition("@")[0]: each.state for each in deliveries}

    async def becomes(self, key: str, state: DeliveryState, number: int = LETTER) -> None:
        """Wait until the mail to a contact is in *state*."""

        async def is_so() -> bool:
            return (await self.states(number))[key] is state

        await until(is_so)

    async def released(self) -> None:
        """Approve all that is drafted, and wait until it has gone out."""
        drafts = await self.bot.drafted()
        for draft in drafts:
            await self.bot.approve(draft.number)
            await self.bot.done(draft.number)

    def taken(self, number: int = LETTER) -> list[str]:
        """Return the contacts whose mail of a campaign the relay has taken, in order of time."""
        mine = (m for m in self.relay.mails if _campaign(m.content) == number)
        return [mail.rcpt.partition("@")[0] for mail in mine]

    async def got(self, kind: str) -> list[str]:
        """Return the contacts who got a mail of *kind*, each as often, apart from the first."""
        heads = [progress.campaign for progress in await self.bot.mail.campaigns()]
        mine = [h.number for h in heads if h.kind == f"maintenance-{kind}" and not h.announce]
        return sorted(key for number in mine if number != LETTER for key in self.taken(number))

    def posts(self) -> list[Message]:
        """Return what the list got."""
        mine = (mail.content for mail in self.relay.mails if mail.rcpt == LIST)
        return [message_from_bytes(content) for content in mine]

    def told_of(self, key: str) -> list[datetime]:
        """Return the dates that mails to a contact have said to be void."""
        mine = [mail.content.decode() for mail in self.relay.mails if mail.rcpt == at(key)]
        dates = {f"{date:%A} {date.day} {date:%B %Y}": date for date in (OLD, NEW, THIRD)}
        void = (re.search(r"The old date was the 2 hours from (.*?),", _flat(m)) for m in mine)
        return [dates[found[1]] for found in void if found]


def _flat(content: str) -> str:
    """Return a mail with all that is between two words as one space."""
    return " ".join(content.split())


def _campaign(content: bytes) -> int:
    """Return the number of the campaign that a mail belongs to."""
    identity = str(message_from_bytes(content)["Message-ID"])
    return int(identity.strip("<").partition(".")[0])


@asynccontextmanager
async def scene(
    folder: Path,
    *faults: str,
    holds: tuple[tuple[str, str], ...] = (),
    machine: Callable[[], float] | None = None,
    processes: int = 1,
    address: str = "",
    seed: int = 0,
) -> AsyncIterator[Scene]:
    """Schedule a window; its letter and post are drafted. All *processes* send."""
    night = Night(folder, map(guest, (f"g{key}" for key in KEYS)), policy=LOOSE)
    peopled(night, WHOSE)
    relay = SlowRelay(faults=faults, seed=seed, holds={(phase, at(key)) for phase, key in holds})
    async with relay, AsyncExitStack() as stack:
        means = Means(
            transport=smtp_transport(
                Relay(host="127.0.0.1", port=relay.port, security="none", connect_seconds=5.0)
            ),
            clock=MachineClock(),
            pace=Pace(per_minute=0, connections=processes, retry_minutes=(60,), stop_after=9),
            machine=machine,
            database=address,
        )
        bots = [
            await stack.enter_async_context(process(night, means, f"bot-{number}"))
            for number in range(processes)
        ]
        (window,) = await bots[-1].windows.schedule([wanted(OLD)], ANN)
        for bot in bots:
            await stack.enter_async_context(bot.sending())
        stack.callback(relay.release)
        yield Scene(night=night, relay=relay, bots=tuple(bots), means=means, window=window)


#: What a person may do to the window.
CHANGES = {"moved": Scene.moved, "moved again": Scene.moved_again, "cancelled": Scene.cancelled}
#: By which mail, and by which entry, it is told.
TOLD = {"moved": "rescheduled", "cancelled": "cancelled"}


class Hurry:
    """A machine's clock on which every look is a minute after the one before."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        self._now += 60.0
        return self._now


async def ended(task: asyncio.Task[Window]) -> None:
    """Wait until a task that was cancelled has ended."""
    await asyncio.wait({task})
