"""All of the bot that Slack's deliveries go through, without a network.

Only what is outside is not there: Slack itself takes what is said, if it would; mail takes note of
what it is asked, and refuses it; hosts are a desk in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.asked_of_mail import Office
from bot.chat.handlers import Handler
from bot.chat.slack.answers import Answers
from bot.chat.slack.board import Board, Postings
from bot.chat.slack.connection import framework
from bot.chat.slack.drawing import Drawing
from bot.chat.slack.front import Front, Requests
from bot.chat.slack.starts import Starts
from bot.chat.starting import Asking
from bot.settings.people import Roles
from notifications import BadCampaign, Problem
from tests.property.slack_shelf import CHANNEL
from tests.unit.chat.memory import NO_WINDOWS, VIEWS, Counted, MemoryDesk
from tests.unit.chat.slack.judged import broken
from tests.unit.maintenance.journals import WORDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from bot.chat.slack.blocks import Drawn
    from bot.ports import Message

WENDY, MALLORY = "U0WENDY", "U0MALLORY"  # who may do everything, and who has no role
SECRET = "of-the-tests"
_ROLES = Roles(operate=(f"slack:{WENDY}",), approve=(f"slack:{WENDY}",))
_READS = {"campaign", "campaigns", "progress", "report", "suppressions", "optins"}


class Ears:
    """Slack, as far as it is called; whatever it would not take fails the test."""

    def __init__(self) -> None:
        self.client = AsyncWebClient(token="xoxb-of-the-tests", base_url="http://127.0.0.1:9/")
        self.nobody = AsyncWebClient(base_url="http://127.0.0.1:9/")

    async def respond(self, url: str, drawn: Drawn) -> None:
        await self.whisper(url, "", drawn)

    async def whisper(self, place: str, person: str, drawn: Drawn, *, thread: str = "") -> None:
        assert (place + person + thread + drawn.text).encode()
        assert broken(drawn.blocks) == []

    async def open_view(self, trigger: str, view: Mapping[str, Any]) -> str:
        assert trigger.encode()
        await self.update_view("V1", view)
        return "V1"

    async def update_view(self, number: str, view: Mapping[str, Any]) -> None:
        assert number == "V1"
        assert len(view.get("private_metadata", "")) <= 3000
        assert broken([block for block in view["blocks"] if block["type"] != "input"]) == []

    async def talk(self, person: str) -> str:
        return f"D{person}"

    async def address(self, person: str) -> str:
        return f"{person}@example.org".lower()


class Mail:
    """Takes note of what is asked of it, and refuses it."""

    def __init__(self) -> None:
        self.changes: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        async def refuse(*_: object, **__: object) -> object:
            if name not in _READS:
                self.changes.append(name)
            raise BadCampaign(Problem.UNKNOWN_CAMPAIGN, number=1)

        return refuse

    async def untold(self, host: str) -> Counted:
        assert host.encode()
        return Counted()

    async def mails(self, number: int) -> AsyncIterator[tuple[str, bytes]]:
        none: tuple[tuple[str, bytes], ...] = ()
        for mail in none:
            yield mail
        assert number


class Kept(Requests, Postings, Protocol):
    """The part of the store that Slack needs."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What is behind the framework: one bot, new and without a past."""

    desk: MemoryDesk
    mail: Mail
    front: Front

    async def settle(self) -> None:
        """Return when nothing is being done."""
        while self.front._tasks:
            await self.front.close()


async def room(store: Kept, desk: MemoryDesk, *, reason: bool = False) -> Room:
    """Put the parts together as `bot.chat.slack.house` does."""
    mail, ears = Mail(), cast("Any", Ears())
    desks = dict.fromkeys(("mail", "notices", "teller", "customers"), cast("Any", mail))
    office = Office(**desks)
    handler = Handler(
        desk, VIEWS, _ROLES, Asking(confirm="name", reason=reason), office, NO_WINDOWS
    )
    drawing, board = Drawing(WORDS), Board(store, CHANNEL)
    answers = Answers(board, ears, drawing, WORDS)
    starts = Starts(handler, store, board, ears, drawing, WORDS, reason=reason)
    return Room(desk=desk, mail=mail, front=Front(handler, store, answers, starts, board.name))


class Doorman:
    """Shows what is delivered to one room after another: the framework is slow to be built."""

    def __init__(self) -> None:
        self.app = framework(self, Drawing(WORDS), cast("Any", Ears()), SECRET)
        self.to: Room

    async def command(self, body: Mapping[str, Any]) -> Message | None:
        return await self.to.front.command(body)

    async def mention(self, body: Mapping[str, Any]) -> None:
        await self.to.front.mention(body)

    async def press(self, body: Mapping[str, Any]) -> None:
        await self.to.front.press(body)

    async def submit(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        return await self.to.front.submit(body)
