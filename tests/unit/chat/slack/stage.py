"""A board, its pump and a Slack that judges it, on a clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.chat.slack.board import Board
from bot.chat.slack.drawing import Drawing
from bot.chat.slack.pump import Pump
from bot.chat.slack.showing import Showing
from bot.chat.slack.web import SlackWeb, open_web
from bot.maintenance.words import Words
from bot.storage import DatabaseStore, open_store
from tests.slack_server import Channel, Message, SlackServer, User, Watch

WORDS = Words(Path(__file__).resolve().parents[4] / "templates" / "chat")
STEP = 0.25  # seconds
EPOCH = datetime(2021, 8, 26, 20, tzinfo=UTC)


class WorldTime:
    """World time that goes with the watch."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._begun = watch, watch()

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self._watch() - self._begun)

    async def wait_until(self, instant: datetime) -> None:
        raise AssertionError(instant)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything between the board and the channel."""

    slack: SlackServer
    watch: Watch
    store: DatabaseStore
    web: SlackWeb
    board: Board
    pump: Pump
    channel: Channel
    wendy: User

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    @property
    def messages(self) -> list[Message]:
        return [message for message in self.slack.world.messages if not message.deleted]

    async def show(self, seconds: float = 5.0, *, step: float = STEP) -> None:
        """Let time pass, and the pump work as it does by itself."""
        for _ in range(round(seconds / step)):
            for lane in self.pump.lanes:
                while not self.pump.wait(lane) and not await self.pump.turn(lane):
                    pass
            self.watch.advance(step)
            self.slack.look()

    def reborn(self) -> Pump:
        """Return the pump of the next process."""
        drawing = Drawing(WORDS)
        showing = Showing(self.store, self.board, self.web, drawing)
        clock = WorldTime(self.watch)
        return Pump(self.store, self.board, showing, drawing, clock, machine=self.watch)


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """Set the stage, and require at the end that nothing was done that Slack forbids."""
    watch = Watch()
    store = open_store(folder / "maint.sqlite", "anna")
    async with SlackServer(machine=watch) as slack:
        wendy = slack.world.person("wendy")
        channel = slack.world.channel("maintenance", wendy)
        async with open_web(slack.token, slack.base_url) as web:
            board, drawing = Board(store, channel.id), Drawing(WORDS)
            showing = Showing(store, board, web, drawing)
            pump = Pump(store, board, showing, drawing, WorldTime(watch), machine=watch)
            yield Stage(
                slack=slack,
                watch=watch,
                store=store,
                web=web,
                board=board,
                pump=pump,
                channel=channel,
                wendy=wendy,
            )
        await store.close()
        assert slack.breaches == []
