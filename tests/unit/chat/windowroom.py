"""Windows as chats meet them: the real desk over a real database, and letters that are counted."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from bot.chat.asked_of_mail import Office
from bot.chat.asked_of_windows import Windows
from bot.chat.starting import Asking
from bot.maintenance.notices.gathered import Gathered
from bot.maintenance.windows.desk import WindowDesk
from bot.maintenance.windows.public import Public
from bot.maintenance.windows.stopping import Stopped
from bot.maintenance.windows.telling import WindowProjection
from bot.maintenance.words import Words
from bot.ports import WindowChange
from bot.rules.window.terms import Entry, WindowEvent, WindowSettings
from bot.storage import open_store
from notifications import DeliveryState
from tests.unit.chat.memory import CLOSED, FLEET, NOW, TEMPLATES, Closed, MemoryDesk, Person, Silent
from tests.unit.notifications.front import HOUSE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.maintenance.windows.gone import Date
    from bot.maintenance.windows.letters import Letter, Work
    from bot.rules.fleet import Fleet
    from bot.rules.window.terms import Window
    from bot.storage import DatabaseStore

WORDS = Words(TEMPLATES)
SETTINGS = WindowSettings(zone="Europe/London", customers_zone="America/New_York")


@dataclass(kw_only=True)
class Letters:
    """Drafts a campaign for each letter, of two contacts, unless there are none."""

    contacts_each: int = 2
    knows: dict[str, dict[str, Any]] = field(default_factory=dict)  # guest: what was told
    of: Date | None = None  # the start and end of which that was told; None: as they are
    unreadable: bool = False
    drafted: int = 0

    async def gather(self, kind: str, window: Window, at: datetime) -> Gathered:
        del kind, window, at
        return Gathered(values={}, items={"vps31": {"action": "shutdown"}})

    async def told_by_date(self, window: Window) -> Mapping[Date, Mapping[str, Mapping[str, Any]]]:
        if self.unreadable:
            raise RuntimeError(window)
        date = self.of or (window.start, window.end)
        return {date: self.knows} if self.knows else {}

    async def posted(self, window: Window) -> None:
        del window

    def recipients(self, facts: Gathered) -> tuple[()]:
        del facts
        return ()

    def contacts(self, facts: Gathered) -> int:
        del facts
        return self.contacts_each

    async def drafting(self, letters: Sequence[Letter], at: datetime) -> Work:
        del at

        def work(connection: Any, window: Window) -> Mapping[str, Any]:  # noqa: ANN401 - opaque
            del connection, window
            first, count = self.drafted + 1, len(letters) if self.contacts_each else 0
            self.drafted += count
            numbers = list(range(first, first + count))
            known = {"campaign": first if count else 0, "post": 0, "campaigns": numbers}
            return known | {"contacts": self.contacts_each if count else 0}

        return work


class Mail(Closed):
    """Campaigns of windows, as they were given."""

    def __init__(self) -> None:
        self.known: list[Any] = []

    async def heads(self, occasion: str) -> tuple[Any, ...]:
        return tuple(head for head in self.known if head.occasion == occasion)

    async def report(self, number: int) -> Any:  # noqa: ANN401 - as far as it is read
        """Return that a mail went out to one contact."""
        del number
        item = {"guest": "vps31", "host": "hobgoblin", "action": "suspend"}
        known = {"address": "ada@example.org", "name": "Ada", "items": (item,)}
        return SimpleNamespace(deliveries=(SimpleNamespace(state=DeliveryState.SENT, **known),))


@dataclass(kw_only=True)
class Stops:
    """Says that this was stopped."""

    mail: Mail
    stopped: Stopped = field(default_factory=Stopped)
    numbers: tuple[int, ...] = ()

    async def stop(self, window: Window, actor: str) -> Stopped:
        del window, actor
        return self.stopped

    async def go_on(self, stopped: Stopped, actor: str) -> None:
        raise AssertionError(stopped, actor)

    def cancelling(self, window: Window, stopped: Stopped, actor: str) -> Work:
        del window, actor
        lists = {"uncertain": list(stopped.uncertain), "in_flight": list(stopped.in_flight)}
        return lambda _, __: {"stopped": list(self.numbers), **lists}


@dataclass(kw_only=True)
class WindowRoom:
    """One who types, and all that answers about windows."""

    store: DatabaseStore
    letters: Letters
    stops: Stops
    mail: Mail
    person: Person

    async def types(self, *lines: str) -> str:
        """Type lines; return what is said to the last."""
        said = ""
        for line in lines:
            reply = await self.person.types(line)
            said = "\n".join(message.text for message in reply.messages)
        return said

    async def happens(self, number: int, event: WindowEvent, **data: object) -> None:
        """Let the program write an entry about a window."""
        window = await self.store.window(number)
        entry = Entry(window=number, at=NOW, event=event, data=data)
        change = WindowChange(window=window, expected=window.revision, entries=(entry,))
        await self.store.change_windows([change])


@asynccontextmanager
async def window_room(
    folder: Path,
    settings: WindowSettings = SETTINGS,
    asking: Asking | None = None,
    fleet: Fleet = FLEET,
) -> AsyncIterator[WindowRoom]:
    """Give a room whose person may operate; *fleet* is what windows know."""
    store, letters, mail, desk = open_store(folder / "db", "anna"), Letters(), Mail(), MemoryDesk()
    stops = Stops(mail=mail)
    windows = WindowDesk(
        fleet=fleet,
        store=store,
        clock=desk.clock,
        letters=cast("Any", letters),
        stopper=cast("Any", stops),
        settings=settings,
    )
    person = Person(
        desk=desk,
        asking=asking or Asking(confirm="none", reason=True),
        office=Office(
            mail=cast("Any", mail),
            notices=CLOSED.notices,
            teller=CLOSED.teller,
            customers=Silent(),
        ),
        windows=Windows(
            desk=windows,
            teller=WindowProjection(store=store, words=WORDS),
            told=letters,
            public=Public(fleet=FLEET, words=WORDS, house=replace(HOUSE)),
        ),
    )
    try:
        yield WindowRoom(store=store, letters=letters, stops=stops, mail=mail, person=person)
    finally:
        await store.close()
