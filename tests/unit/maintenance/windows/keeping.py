"""Windows of one simulated host, and who keeps them: a real database, real campaigns and runs.

All its guests are Ada's. The clock stands until a test sets it; a keeper looks when it is told to.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.maintenance.windows.desk import Wanted, WindowDesk
from bot.maintenance.windows.keeper import Keeper
from bot.maintenance.windows.kit import Kit
from bot.maintenance.windows.letters import Letters
from bot.maintenance.windows.public import Public
from bot.maintenance.windows.stopping import Stopper
from bot.maintenance.words import Words
from bot.rules.hold import Scope
from bot.rules.limits import Limits
from bot.rules.window.terms import Entry, Window, WindowEvent, WindowSettings
from notifications import CampaignState
from tests.contract.store_values import hold
from tests.night import HOST, START, Night, guest, night
from tests.unit.maintenance.notices.office import HOUSE, TEMPLATES, Office, after

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from bot.ports import Store
    from bot.rules.errors import MaintError
    from bot.rules.hold import Hold
    from notifications import Campaign

BOSS = "os:boss"
DAY = 24.0


def hours(much: float) -> datetime:
    """Return an instant, so many hours after the night began."""
    return START + timedelta(hours=much)


@dataclass(kw_only=True)
class Keeping:
    """A host with its windows. `keeper` is the first process that keeps them."""

    night: Night
    office: Office
    kit: Kit
    desk: WindowDesk
    keeper: Keeper
    window: Window
    machine: float = 0.0  # seconds of machine time, which tests let pass
    trouble: list[MaintError] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The database."""
        return self.kit.store

    @property
    def start(self) -> datetime:
        """When the window starts."""
        return self.window.start

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.window.end

    def another(self, **known: Any) -> Keeper:  # noqa: ANN401 - of a kit
        """Return another process that keeps the same windows."""
        return Keeper(
            replace(self.kit, **known), None, self.trouble.append, machine=lambda: self.machine
        )

    async def schedule(self, start: float, length: float = 2.0, **more: Any) -> Window:  # noqa: ANN401
        """Schedule the window, in so many hours."""
        return await self.schedule_at(hours(start), hours(start + length), **more)

    async def schedule_at(
        self,
        start: datetime,
        end: datetime,
        zone: str = "UTC",
        **more: Any,  # noqa: ANN401
    ) -> Window:
        """Schedule the window, between two instants."""
        wanted = Wanted(hosts=(HOST,), start=start, end=end, zone=zone, **more)
        (self.window,) = await self.desk.schedule([wanted], BOSS)
        return self.window

    async def move(self, start: float, length: float = 2.0) -> None:
        """Let the window start in so many hours, counted from the night's beginning."""
        known = (hours(start), hours(start + length), "UTC", BOSS)
        self.window = await self.desk.reschedule(self.window.number, *known)

    # ---- time ----

    async def look(self, at: datetime | None = None, *, before: timedelta = timedelta()) -> None:
        """Let the keeper look, when it is *at*; so long *before* it."""
        if at:
            self.night.clock.set(at - before)
        await self.keeper.look()
        assert self.trouble == []

    async def look_often(self, since: datetime, until: datetime, minutes: float = 5.0) -> None:
        """Let the keeper look again and again, from an instant to another."""
        at = since
        while at < until:
            await self.look(at)
            at += timedelta(minutes=minutes)
        await self.look(until)

    # ---- the journal ----

    async def entries(self, *events: str) -> list[Entry]:
        """Return the window's journal; only of *events*, if there are any."""
        found = await self.store.entries(window=self.window.number)
        return [each for each in found if not events or each.event in events]

    async def events(self, *, since: str = "") -> list[str]:
        """Return what happened to the window; after the last *since*, if it is given."""
        found = [str(each.event) for each in await self.entries()]
        return found[len(found) - found[::-1].index(since) :] if since else found

    async def the(self, event: str) -> dict[str, Any]:
        """Return the data of the only entry of its sort."""
        (found,) = await self.entries(event)
        return dict(found.data)

    async def late(self) -> list[tuple[str, int]]:
        """Return what the bot was not there for, by what it has reported."""
        rows = [row for each in await self.entries(WindowEvent.LATE) for row in each.data["dues"]]
        return [(row["kind"], row["about"]) for row in rows]

    async def state(self) -> str:
        """Return how the window stands."""
        return str((await self.store.window(self.window.number)).state)

    # ---- mail ----

    async def campaigns(self, kind: str) -> list[Campaign]:
        """Return the mails of a kind about the window, oldest first; no posts."""
        heads = [each.campaign for each in await self.kit.mail.campaigns()]
        mine = [h for h in heads if h.kind == kind and h.occasion == self.window.occasion]
        return [head for head in reversed(mine) if not head.announce]

    async def campaign(self, kind: str) -> Campaign:
        """Return the only one."""
        (found,) = await self.campaigns(kind)
        return found

    async def tell(self) -> None:
        """Let the first notice of the window go out to everybody, and the keeper see it."""
        number = (await self.entries(WindowEvent.SCHEDULED))[0].data["campaign"]
        await self.office.sent(number)
        await self.office.finished(number)
        await self.look()

    async def items(self, number: int) -> dict[str, tuple[object, object]]:
        """Return what a mail says of each guest: its action, and the one before."""
        listed = (await self.office.items(number)).values()
        return {str(i["guest"]): (i.get("action"), i.get("was")) for of in listed for i in of}

    async def going(self, kind: str) -> list[int]:
        """Return the mails of a kind that go out or have gone out."""
        gone = {CampaignState.SENDING, CampaignState.DONE}
        return [each.number for each in await self.campaigns(kind) if each.state in gone]

    # ---- runs ----

    async def run(self) -> None:
        """Begin a run by a person, as at the press of a button."""
        await self.night.begin()

    async def run_to_its_end(self) -> None:
        """Let the run that has begun come to its end, at the world's own pace."""
        if self.night.runner is None:
            await self.night.take_up()
        await self.night.until("ended")

    async def runs(self) -> int:
        """Count the runs that ever began."""
        return len(await self.store.runs())

    async def hold(self) -> Hold:
        """Hold the host."""
        return await self.store.hold(hold(value=HOST))

    def belongs(self, guest: str, contact: str) -> None:
        """Let *guest* be another contact's from now on; empty: nobody is known for it."""
        known = self.office.sources.fleet.guests
        known[guest] = replace(known[guest], contact=contact)  # type: ignore[index]

    async def lift(self) -> None:
        """Lift the hold of the host."""
        await self.store.lift(Scope.HOST, HOST, BOSS, "proven", self.night.clock.now())


@asynccontextmanager
async def keeping(
    folder: Path,
    start: float = DAY * 14,
    *,
    names: Iterable[str] = ("a", "b"),
    out: Iterable[str] = ("b",),
    nobodys: Iterable[str] = (),
    second_person: bool = False,
    **more: Any,  # noqa: ANN401 - of the window
) -> AsyncIterator[Keeping]:
    """Schedule a window in so many hours; guest `a` is to be suspended, and `b` shut down.

    Nobody is known for the guests *nobodys*.
    """
    async with night(folder, *(guest(name) for name in names), out=out) as made:
        yield await opened(made, start, nobodys=nobodys, second_person=second_person, **more)


async def opened(
    made: Night,
    start: float,
    *,
    nobodys: Iterable[str] = (),
    second_person: bool = False,
    settings: WindowSettings | None = None,
    **more: Any,  # noqa: ANN401 - of the window
) -> Keeping:
    """Keep windows of *made*, one of which is scheduled."""
    here, chosen = after(made), settings or WindowSettings()
    public = Public(fleet=made.fleet, words=Words(TEMPLATES / "chat"), house=HOUSE)
    letters = Letters(here.notices, here.sources, public.invitation, announces=bool(HOUSE.list))
    kit = Kit(
        store=here.store,
        clock=made.clock,
        desk=made.desk,
        mail=here.mail,
        notices=here.notices,
        letters=letters,
        settings=chosen,
        limits=Limits(),
        second_person=second_person,
    )
    desk = WindowDesk(
        fleet=made.fleet,
        store=here.store,
        clock=made.clock,
        letters=letters,
        stopper=Stopper(here.mail),
        settings=chosen,
    )
    unscheduled = Window(hosts=(), start=START, end=START, zone="", actor="", changed=START)
    done = Keeping(
        night=made, office=here, kit=kit, desk=desk, keeper=Keeper(kit), window=unscheduled
    )
    done.keeper = done.another()
    for name in nobodys:
        done.belongs(name, "")
    await done.schedule(start, **more)
    return done
