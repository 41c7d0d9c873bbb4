"""A session at a table: lines go in, what is said comes out on the screen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.chat.following import Following
from bot.chat.handlers import Handler
from bot.chat.screen import Screen
from bot.chat.session import Manner, Session
from bot.chat.starting import Asking
from bot.settings.people import Roles
from tests.unit.chat.memory import CLOSED, NO_WINDOWS, VIEWS, MemoryDesk, OneLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from pathlib import Path

    from bot.chat.asked_of_mail import Office
    from bot.chat.asked_of_windows import Windows


class Turn:
    """Gives everything else a turn."""

    def __await__(self) -> Generator[None]:
        yield


@dataclass(kw_only=True)
class Table:
    """One session over a desk in memory, with its lines given."""

    folder: Path
    desk: MemoryDesk = field(default_factory=MemoryDesk)
    asking: Asking = field(default_factory=lambda: Asking(confirm="none", reason=False))
    office: Office = CLOSED
    windows: Windows = NO_WINDOWS
    roles: Roles = field(default_factory=lambda: Roles(operate=("os:anna",)))
    prompt: bool = False
    echo: bool = True
    prefix: str = "maint"
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    looks: int = 0
    at_look: dict[int, Callable[[], None]] = field(default_factory=dict)

    def handler(self) -> Handler:
        return Handler(self.desk, VIEWS, self.roles, self.asking, self.office, self.windows)

    def session(self) -> Session:
        handler = self.handler()
        screen = Screen(name="terminal:test", files=self.folder)
        following = Following(handler, OneLine(), screen, self.pause)
        manner = Manner(
            actor="os:anna", prompt=self.prompt, echo=self.echo, owner="ours", prefix=self.prefix
        )
        return Session(handler, following, screen, manner, self.stop)

    async def run(self, *lines: str, once: bool = False) -> int:
        return await self.session().run(given(lines), once=once)

    async def pause(self) -> None:
        self.looks += 1
        self.at_look.get(self.looks, lambda: None)()
        await Turn()


async def given(lines: tuple[str, ...]) -> AsyncIterator[str]:
    for line in lines:
        yield line
