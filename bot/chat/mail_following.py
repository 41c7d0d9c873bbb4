"""Following campaigns: tells one chat how they are sent, until they come to rest."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.maintenance.notices.failures import translated
from bot.ports import Cursor
from bot.rules.errors import TryAgain
from notifications import CampaignState, ChangeEvent, DeliveryState

if TYPE_CHECKING:
    from asyncio import Event
    from collections.abc import Awaitable, Callable

    from bot.chat.handlers import Handler
    from bot.chat.screen import Screen
    from notifications import Counts, Progress

EVERY = 10.0  # seconds of machine time between two lines about how far it is
LOOK = 1.0  # seconds of machine time between two looks at what is left
WAITS = 3  # exit status: it waits for a person, or for a next attempt
#: What makes a campaign one that is sent, and told of.
BEGINS = frozenset(
    {ChangeEvent.STARTED, ChangeEvent.RESUMED, ChangeEvent.RESENT, ChangeEvent.SETTLED}
)


@dataclass(frozen=True, kw_only=True)
class MailRest:
    """How a campaign stands."""

    progress: Progress
    resting: bool
    exit_status: int
    commands: tuple[str, ...] = ()  # what goes on from here, as it is typed


def rest_of(progress: Progress) -> MailRest:
    """Say how a campaign stands: 0 all is settled, 1 it was cancelled, 3 something still waits.

    It rests also where all that is left waits for a next attempt, which may take days.
    """
    campaign, doubtful = progress.campaign, progress.counts[DeliveryState.UNCERTAIN]
    sending = campaign.state is CampaignState.SENDING
    resting = not sending or progress.due is not None
    commands = []
    if campaign.state is CampaignState.PAUSED:
        commands.append(f"campaign resume {campaign.number}")
    if resting and doubtful:
        commands.append(f"campaign report {campaign.number}")
    cancelled = campaign.state is CampaignState.CANCELLED
    status = WAITS if commands or sending else int(cancelled)
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
        self._mail = handler.office.mail
        self._screen = screen
        self._pause = pause
        self.numbers: set[int] = set()  # campaigns this session has to do with
        self.rests: dict[int, MailRest] = {}  # as they were seen last
        self._named: set[int] = set()  # those that were typed, and are told from then on
        self._heard = 0  # the last change of any campaign that was read
        self._said: dict[int, Counts] = {}  # as the last line about how far it is had them

    async def greet(self, *, follow: bool) -> None:
        """Say which campaigns are being sent, whoever began it; and *follow* them, if so."""
        with translated():
            if follow:
                await self._begun()  # what is read from now on is new
            for progress in reversed(await self._mail.campaigns()):
                if progress.campaign.state is CampaignState.SENDING:
                    await self._greet(progress)
                    self.numbers |= {progress.campaign.number} if follow else set()

    async def watch(self) -> None:
        """Follow the campaigns whose sending began, or goes on, since this was called last."""
        with translated():
            for number in sorted(await self._begun() - self.numbers):
                progress = await self._mail.progress(number)
                campaign = progress.campaign
                if campaign.state is not CampaignState.SENDING or campaign.beside:
                    continue
                if number not in self._named:  # else it is told from where it was named
                    await self._greet(progress)
                self.numbers.add(number)

    async def _begun(self) -> set[int]:
        begun: set[int] = set()
        while changes := await self._mail.changes(self._heard):
            self._heard = changes[-1].number
            begun |= {change.campaign for change in changes if change.event in BEGINS}
        return begun

    async def _greet(self, progress: Progress) -> None:
        number = progress.campaign.number
        await self._handler.office.teller.skip(self._screen, number)
        self._said[number] = progress.counts
        await self._screen.post(self._handler.views.mail.sending(progress))

    async def skip_past(self, number: int) -> None:
        """Tell of a campaign and its post only what happens from now on.

        Those that are followed already are told whole.
        """
        with translated():
            post = (await self._mail.campaign(number)).post
        self._named |= {number, post}
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
            rest = rest_of(await self._mail.progress(number))
        await self._tell(number, whole=True)
        self.rests[number] = rest
        return rest

    async def until_rest(self, number: int, stop: Event) -> MailRest:
        """Tell of a campaign until it rests or *stop* is set; return how it stands then.

        Now and then a line says how far it is. A database that is away for a moment is asked
        again, and again.
        """
        self.numbers.add(number)
        said, looked = self._machine(), -LOOK
        while not stop.is_set():
            with suppress(TryAgain):
                now = self._machine()
                if await self._tell(number) or now - looked >= LOOK:
                    looked = now
                    with translated():
                        rest = rest_of(await self._mail.progress(number))
                    if rest.resting and (rest := await self.look(number)).resting:
                        return rest
                    if now - said >= EVERY:
                        said = now
                        await self._say_how_far(rest.progress)
            await self._pause()
        return await self.look(number)

    async def _say_how_far(self, progress: Progress) -> None:
        """Say it, unless it is as it was the last time."""
        number = progress.campaign.number
        if self._said.get(number) != progress.counts:
            self._said[number] = progress.counts
            await self._screen.post(self._handler.views.mail.underway(progress))

    async def _tell(self, number: int, *, whole: bool = False) -> bool:
        """Tell what is new; return whether the campaign is at rest."""
        rests = await self._handler.office.teller.tell(self._screen, number, whole=whole)
        if rests:
            cursor: Cursor = await self._handler.desk.store.cursor(
                self._screen.name, f"mail:{number}"
            )
            self._screen.settle(cursor.message)
        return rests
