"""Campaigns as chats meet them: the real front door, and notices that draft for two contacts."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.chat.asked_of_mail import Office
from bot.chat.starting import Asking
from bot.maintenance.customers.counting import Back
from bot.maintenance.notices.telling import MailProjection
from bot.maintenance.words import Words
from bot.rules.errors import Code, Precondition
from bot.rules.optin import OptIn, TrialWish
from bot.settings.people import Roles
from notifications import Draft, Drafted
from tests.unit.chat.memory import NOW, TEMPLATES, Counted, MemoryDesk, Person, Silent
from tests.unit.notifications.front import PEOPLE, Front, front

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from notifications.settings import Pace
    from notifications.terms import Recipient

ROLES = Roles(look=("os:bob",), operate=("os:anna", "os:dora"), approve=("os:carl", "os:dora"))


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a guest's wish stands."""

    guest: str
    host: str = "hobgoblin"
    wanted: bool = True
    since: datetime | None = NOW
    who: str = "os:anna"
    how: str = "chat"
    kernel: str = ""
    before_reset: bool = False


@dataclass(frozen=True, kw_only=True)
class Set:
    """What a reset has done."""

    guests: int
    drafted: Drafted


@dataclass(kw_only=True)
class MemoryNotices:
    """Drafts by the real front door, and keeps opt-ins in a list."""

    office: Front
    people: Sequence[Recipient] = PEOPLE
    wishes: list[Wish] = field(default_factory=lambda: [Wish(guest="vps31")])
    asked: list[tuple[str, tuple[str, ...], Mapping[str, str]]] = field(default_factory=list)
    said: list[OptIn] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)
    untrue: set[int] = field(default_factory=set)  # campaigns that tell what is not so any more

    async def new(
        self,
        kind: str,
        about: tuple[str, ...],
        values: Mapping[str, str],
        *,
        announce: bool,
        actor: str,
        key: str,
    ) -> Drafted:
        self.asked.append((kind, about, values))
        draft = Draft(
            kind=kind,
            actor=actor,
            request_key=key,
            recipients=self.people,
            values=values,
            announce=announce,
        )
        return await self.office.campaigns.draft(draft)

    async def refresh(self, number: int, actor: str) -> None:
        self.heard.append((f"refresh {number}", actor))

    async def refuse_untrue(self, number: int) -> None:
        self.heard.append((f"refuse_untrue {number}", ""))
        if number in self.untrue:
            raise Precondition(Code.NO_HOLD, kind="offer")

    async def refuse_outdated(self, number: int) -> None:
        self.heard.append((f"refuse_outdated {number}", ""))

    async def untold(self, host: str) -> Counted:
        self.heard.append((f"untold {host}", ""))
        return Counted()

    async def reset(self, actor: str, key: str) -> Set:
        values = {"why": "failures"}
        drafted = await self.new("offer", (), values, announce=True, actor=actor, key=key)
        wanted = [wish.guest for wish in self.wishes if wish.wanted]
        self.wishes = [Wish(guest=guest, wanted=False, before_reset=True) for guest in wanted]
        return Set(guests=len(wanted), drafted=drafted)

    async def optins(self) -> tuple[Wish, ...]:
        return tuple(self.wishes)

    async def history(self, guest: str) -> tuple[OptIn, ...]:
        return tuple(row for row in self.said if row.guest == guest)

    async def state(self, guest: str, wanted: bool, kernel: str, actor: str) -> OptIn:  # noqa: FBT001 - the port's
        row = OptIn(guest=guest, wanted=wanted, at=NOW, who=actor, how="chat", kernel=kernel)
        self.said.append(row)
        return row

    async def link(self, guest: str) -> str:
        return f"https://panel.example.net/opt-in/{guest}"

    async def confirm_trial(self, wish: TrialWish) -> None:
        self.heard.append((f"confirm_trial {wish.guest}", ""))

    async def revoke(self, guest: str) -> None:
        self.heard.append((f"revoke {guest}", ""))

    async def back(self) -> Back:
        reset = [wish for wish in self.wishes if wish.before_reset]
        return Back(back=sum(wish.wanted for wish in reset), of=len(reset))


@dataclass(kw_only=True)
class Room:
    """One who types, and all that answers."""

    front: Front
    notices: MemoryNotices
    person: Person

    def become(self, actor: str) -> None:
        """Let somebody else sit down."""
        self.person.actor = actor

    async def types(self, *lines: str) -> str:
        """Type lines; return what is said to the last."""
        reply = None
        for line in lines:
            reply = await self.person.types(line)
        assert reply is not None
        return "\n".join(message.text for message in reply.messages)


@contextmanager
def mailroom(folder: Path, *, confirm: str = "none", pace: Pace | None = None) -> Iterator[Room]:
    """Give a room whose person may do everything but look only."""
    with front(folder, pace=pace) as door:
        notices = MemoryNotices(office=door)
        desk = MemoryDesk()
        teller = MailProjection(door.campaigns, desk.store, Words(TEMPLATES))
        person = Person(
            desk=desk,
            asking=Asking(confirm=confirm, reason=False),
            roles=ROLES,
            actor="os:dora",
            office=Office(mail=door.campaigns, notices=notices, teller=teller, customers=Silent()),
        )
        yield Room(front=door, notices=notices, person=person)
