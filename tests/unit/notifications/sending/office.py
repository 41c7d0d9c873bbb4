"""A sender with a real database, a relay that follows a script, and a clock that jumps."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from notifications.compose.letters import Composer, dated
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from notifications.sending.sender import Sender, Supplies
from notifications.settings import House, Pace
from notifications.states import CampaignState, DeliveryState
from tests.unit.notifications import planting
from tests.unit.notifications.clock import SettableClock, turn
from tests.unit.notifications.database import FileDatabase, Owners
from tests.unit.notifications.scripted import ScriptedTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from notifications.errors import TransportDown
    from notifications.terms import Campaign

T = TypeVar("T")

HOUSE = House(
    name="Example Hosting",
    address="support@example.net",
    domain="example.net",
    bounces="bounces@example.net",
)
FAST = Pace(per_minute=0, connections=2)


class Office:
    """What a test of the sender holds on to."""

    def __init__(self, folder: Path, transport: ScriptedTransport, pace: Pace) -> None:
        """Deliver by *transport*; posts to the list have one of their own."""
        self.database = FileDatabase(folder / "mail.sqlite")
        self.clock = SettableClock()
        self.transport = transport
        self.posts = ScriptedTransport(name="list")
        self.living = Owners()
        self.composer = Composer(Wording(folder, {}), Tokens(b"key"), HOUSE)
        self.pace = pace
        self.stop = asyncio.Event()
        self.unsigned: TransportDown | None = None
        self.sender = self.worker()

    def worker(self, owner: str = "me") -> Sender:
        """Return a sender named *owner* over the same database and transports."""
        return Sender(
            Supplies(
                transactions=self.database,
                living=Owners(owner, self.living.dead),
                clock=self.clock,
                transports=lambda announce: self.posts if announce else self.transport,
                composer=self.composer,
                pace=self.pace,
                offers=frozenset({"offer"}),
                finish=self.finish,
            )
        )

    async def finish(self, campaign: Campaign, content: bytes) -> bytes:  # noqa: ARG002 - the port's
        """Put the date on a mail. Raises `unsigned`, if a test has set it."""
        if self.unsigned:
            raise self.unsigned
        return dated(content, self.clock.now())

    def plant(self, count: int = 3, *, number: int = 1, announce: bool = False) -> list[int]:
        """Add a campaign that is being sent."""
        return self.database.writes(
            lambda connection: planting.plant(connection, count, number=number, announce=announce)
        )

    def minutes(self, number: float) -> timedelta:
        """Return a span of time."""
        return timedelta(minutes=number)

    def see(self, look: Callable[[Connection], T]) -> T:
        """Return what *look* reads."""
        return self.database.reads(look)

    def state(self, number: int = 1) -> CampaignState:
        """Return where a campaign is."""
        found: CampaignState = self.see(lambda c: planting.campaign(c, number)).state
        return found

    def rests(self) -> bool:
        """Say whether something went out and nothing is in hand any more."""
        held = {DeliveryState.CLAIMED, DeliveryState.SENDING}
        return bool(self.transport.taken) and not held & self.see(planting.states).keys()

    async def until(self, reached: Callable[[], bool]) -> None:
        """Deliver until *reached*, and then end as a first Ctrl-C does."""
        serving = asyncio.create_task(self.sender.serve(self.stop))
        while not reached() and not serving.done():
            await turn()
        self.stop.set()
        await serving

    async def until_at_rest(self, number: int = 1) -> None:
        """Deliver until the campaign is not being sent any more."""
        await self.until(lambda: self.state(number) is not CampaignState.SENDING)
