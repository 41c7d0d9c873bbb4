"""Two windows from their first notice to their last, and every mail of them, as it went out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.executors.simulator import Work
from bot.maintenance.windows.desk import Wanted
from bot.rules.hold import Hold, Scope
from bot.rules.run.states import Phase
from notifications import CampaignState
from tests.night import HOST, LOOSE, Night, guest
from tests.unit.notifications.scripted import ScriptedTransport
from tests.window_life import ANN, Bot, Means, WorldTime, employed, peopled

if TYPE_CHECKING:
    from pathlib import Path


#: Ada has one guest that is opted in, and one that is not.
WHOSE = {"ada": ("aster", "birch"), "ben": ("cedar",)}
OUT = ("birch",)
FIRST = datetime(2021, 9, 11, 20, tzinfo=UTC)
SECOND = datetime(2021, 9, 25, 20, 30, tzinfo=UTC)
THIRD = datetime(2021, 10, 31, 0, 30, tzinfo=UTC)  # in the hour before clocks go back in London
LENGTH = timedelta(hours=2)
#: The upgrade takes longer than the window.
SLOW: dict[str, object] = {"work": {"upgrade": Work(seconds=7500.0)}}


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One mail: what was approved, and what went out."""

    window: int
    kind: str
    campaign: int
    to: str
    approved: bytes
    content: bytes


@dataclass(kw_only=True)
class Story:
    """A provider, and what has happened there so far."""

    night: Night
    bot: Bot
    relay: ScriptedTransport
    window: int = 0  # whose story is told
    sent: list[Sent] = field(default_factory=list)
    void: list[int] = field(default_factory=list)  # campaigns that were cancelled

    async def look(self, at: datetime | None = None) -> None:
        """Let the keeper look, at an instant; what it releases by itself goes out."""
        if at:
            self.night.clock.set(at)
        await self.bot.keeper.look()
        heads = [progress.campaign for progress in await self.bot.mail.campaigns()]
        for head in reversed(heads):
            if head.started and head.number not in {each.campaign for each in self.sent}:
                await self._gone(head.number)

    async def approved(self) -> None:
        """Approve all that is drafted and let it go: each mail before its post."""
        for draft in await self.bot.drafted():
            await self.bot.approve(draft.number)
            await self._gone(draft.number)
        await self.look()

    async def _gone(self, number: int) -> None:
        await self.bot.done(number)
        head = await self.bot.mail.campaign(number)
        kept = [content async for _, content in self.bot.mail.mails(number)]
        known = {"window": self.window, "kind": head.kind, "campaign": number}
        for approved, (to, content) in zip(kept, self.relay.taken, strict=True):
            self.sent.append(Sent(**known, to=to, approved=approved, content=content))  # type: ignore[arg-type]
        self.relay.taken.clear()

    async def reminded(self, start: datetime) -> None:
        """Let the reminders before *start* be shown, and go."""
        for days in (7, 1):
            at = start - timedelta(days=days)
            await self.look(at - timedelta(hours=12))
            await self.look(at)

    async def held(self) -> None:
        """Open a hold over everybody, and let the keeper look."""
        now = self.night.clock.now()
        hold = Hold(
            scope=Scope.GLOBAL,
            value="",
            reason="a fault is suspected",
            opened_by=ANN,
            opened_at=now,
        )
        await self.night.store.hold(hold)
        await self.look(now + timedelta(minutes=1))

    async def lifted(self) -> None:
        """Lift it, and let the keeper look."""
        now = self.night.clock.now()
        await self.night.store.lift(Scope.GLOBAL, "", ANN, "it was another fault", now)
        await self.look(now + timedelta(minutes=1))


async def told(folder: Path) -> Story:
    """Tell both stories; return all that was sent."""
    night = Night(folder, map(guest, ("aster", "birch", "cedar")), policy=LOOSE, host=SLOW)
    peopled(night, WHOSE)
    await night.rise()
    relay = ScriptedTransport()
    bot = employed(night, night.store, Means(transport=relay, clock=WorldTime(night.clock)))  # type: ignore[arg-type]
    story = Story(night=night, bot=bot, relay=relay)
    try:
        await night.opt_in(out=OUT)
        async with bot.sending():
            await _moved_and_done(story)
            await _secret_and_cancelled(story)
        heads = [progress.campaign for progress in await bot.mail.campaigns()]
        story.void = [head.number for head in heads if head.state is CampaignState.CANCELLED]
    finally:
        await night.store.close()
    return story


async def _moved_and_done(story: Story) -> None:
    reason = "security updates of Xen and of the host's kernel"
    (window,) = await story.bot.windows.schedule([_wanted(FIRST, reason=reason)], ANN)
    story.window = window.number
    await story.approved()
    await story.reminded(FIRST)
    await story.held()
    await story.lifted()  # before anybody was told
    await story.held()
    await story.approved()
    await story.bot.windows.reschedule(window.number, SECOND, SECOND + LENGTH, "UTC", ANN)
    await story.approved()
    await story.lifted()
    await story.approved()
    await story.reminded(SECOND)
    await _run(story)


async def _run(story: Story) -> None:
    """Begin at the start; the work outlasts the window."""
    await story.look(SECOND)
    await story.night.begin()
    while story.night.run.phase is not Phase.HOST_WORK:
        await story.night.turn()
    await story.look(SECOND + LENGTH)
    await story.approved()
    await story.night.until("ended")
    await story.bot.incidents.ended(story.night.run)
    await story.approved()


async def _secret_and_cancelled(story: Story) -> None:
    embargo = THIRD - timedelta(days=3, hours=13, minutes=30)
    wanted = _wanted(THIRD, reason="a security update of Xen (XSA-385)", embargo=embargo)
    (window,) = await story.bot.windows.schedule([wanted], ANN)
    story.window = window.number
    await story.approved()
    await story.look(THIRD - timedelta(days=7, hours=12))
    await story.look(THIRD - timedelta(days=7))
    await story.look(embargo)
    await story.approved()
    await story.bot.windows.cancel(window.number, ANN, "the fix turned out not to be needed here")
    await story.approved()


def _wanted(start: datetime, **more: object) -> Wanted:
    known = {"hosts": (HOST,), "start": start, "end": start + LENGTH, "zone": "UTC"}
    return Wanted(**known, **more)  # type: ignore[arg-type]
