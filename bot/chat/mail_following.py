"""Following campaigns: tells one chat how they are sent, until they come to rest."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.maintenance.notices.failures import translated
from bot.ports import Cursor
from bot.rules.errors import TryAgain
from notifications import CampaignState, DeliveryState, Progress

if TYPE_CHECKING:
    from asyncio import Event
    from collections.abc import Awaitable, Callable

    from bot.chat.handlers import Handler
    from bot.chat.screen import Screen

EVERY = 10.0  # seconds of machine time between two lines about how far it is
WAITS = 3  # exit status: it waits for a person


@dataclass(frozen=True, kw_only=True)
class MailRest:
    """How a campaign stands."""

    progress: Progress
    resting: bool
    exit_status: int
    commands: tuple[str, ...] = ()  # what goes on from here, as it is typed


def rest_of(progress: Progress) -> MailRest:
    """Say how a campaign stands: 0 all is settled, 1 it was cancelled, 3 it waits for a person."""
    campaign, doubtful = progress.campaign, progress.counts[DeliveryState.UNCERTAIN]
    resting = campaign.state is not CampaignState.SENDING
    commands = []
    if campaign.state is CampaignState.PAUSED:
        commands.append(f"campaign resume {campaign.number}")
    if resting and doubtful:
        commands.append(f"campaign report {campaign.number}")
    cancelled = campaign.state is CampaignState.CANCELLED
    status = WAITS if commands or not resting else int(cancelled)
    return MailRest(
        progress=progress, resting=resting, exit_status=status, commands=tuple(commands)
    )


class MailFollowing:
    """Drives one terminal: it polls, because another process may be sending."""

    def __init__(
        self,
        handler: Handler,
        screen: Screen,
        pause: Callable[[], Awaitable[None]],
        *,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        """Tell *screen* of what *handler* has to do with.

        *pause* is awaited between two looks; *machine* paces lines, in seconds.
        """
        self._machine = machine
        self._handler = handler
        self._screen = screen
        self._pause = pause
        self.numbers: set[int] = set()  # campaigns this session has to do with
        self.rests: dict[int, MailRest] = {}  # as they were seen last

    async def skip_past(self, number: int) -> None:
        """Tell of a campaign and its post only what happens from now on.

        Those that are followed already are told whole.
        """
        with translated():
            post = (await self._handler.office.mail.campaign(number)).post
        for each in {number, post} - {0} - self.numbers:
            await self._handler.office.teller.skip(self._screen, each)

    async def tell_all(self) -> None:
        """Tell what is new of the campaigns that are followed."""
        for number in sorted(self.numbers):
            await self._tell(number)

    async def look(self, number: int) -> MailRest:
        """Remember and return how a campaign stands, and tell all that led to it."""
        self.numbers.add(number)
        with translated():
            rest = rest_of(await self._handler.office.mail.progress(number))
        await self._tell(number)
        self.rests[number] = rest
        return rest

    async def until_rest(self, number: int, stop: Event) -> MailRest:
        """Tell of a campaign until it rests or *stop* is set; return how it stands then.

        Now and then a line says how far it is. A database that is away for a moment is asked
        again, and again.
        """
        self.numbers.add(number)
        since = self._machine()
        while not stop.is_set():
            with suppress(TryAgain):
                if await self._tell(number):
                    return await self.look(number)
                if self._machine() - since >= EVERY:
                    since = self._machine()
                    await self._say_how_far(number)
            await self._pause()
        return await self.look(number)

    async def _say_how_far(self, number: int) -> None:
        with translated():
            progress = await self._handler.office.mail.progress(number)
        await self._screen.post(self._handler.views.mail.underway(progress))

    async def _tell(self, number: int) -> bool:
        """Tell what is new; return whether the campaign is at rest."""
        rests = await self._handler.office.teller.tell(self._screen, number)
        if rests:
            cursor: Cursor = await self._handler.desk.store.cursor(
                self._screen.name, f"mail:{number}"
            )
            self._screen.settle(cursor.message)
        return rests
