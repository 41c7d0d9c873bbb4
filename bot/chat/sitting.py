"""Where a person sits: a prompt on a terminal, or a stream of lines; and the session there."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import sys
import uuid
from contextlib import aclosing
from typing import TYPE_CHECKING

from bot.chat.arguments import line_of
from bot.chat.commands import VERBS
from bot.chat.drawing import Ink
from bot.chat.following import Following
from bot.chat.piped import lines_of
from bot.chat.screen import Screen
from bot.chat.session import Manner, Session
from bot.maintenance.notices.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
    from pathlib import Path

    from bot.chat.asked import Teller
    from bot.chat.handlers import Handler

POLL = 0.15  # seconds of machine time between two looks at the runs that are followed
STDIN = 0  # its descriptor
_WORDS = frozenset(word for verb in VERBS for word in verb.split()) | FORMS.keys()


class Sitting:
    """The streams of this process, and what is needed to answer on them."""

    def __init__(
        self, handler: Handler, teller: Teller, folder: Path, stop: asyncio.Event, *, prefix: str
    ) -> None:
        """Keep history and files in *folder*; end when *stop* is set.

        *prefix* stands before a command for this fleet at a shell; empty: *folder* ends with us.
        """
        self._handler = handler
        self._teller = teller
        self._folder = folder
        self._prefix = prefix
        self._stop = stop
        name = f"terminal:{uuid.uuid4().hex[:12]}"  # two terminals never share a cursor
        self.screen = Screen(
            name=name,
            files=folder / "files" if prefix else None,
            not_kept=handler.views.not_kept,
            ink=Ink(colours=_colours()),
            width=_width if sys.stdout.isatty() else _endless,
        )

    async def attend(self) -> None:
        """Tell of windows what happens from now on, also what this process does at its start."""
        await self._handler.windows.teller.skip(self.screen)

    def session(self, work: Callable[[], None], owner: str, *, chat: bool) -> Session:
        """Make a session; *work* is called when a run is to be followed, and works as *owner*."""
        prompt = chat and _somebody_sits_here()
        manner = Manner(
            actor=actor(),
            prompt=prompt,
            echo=chat and not prompt,
            owner=owner,
            prefix=self._prefix,
        )
        following = Following(self._handler, self._teller, self.screen, _pause)
        return Session(self._handler, following, self.screen, manner, self._stop, work)

    async def hold(self, session: Session, command: Sequence[str]) -> int:
        """Hold *session* until it ends: a chat, or one command and the answers it asks for."""
        chat = list(command) == ["chat"]
        async with aclosing(self._lines(command, chat=chat)) as lines:
            return await session.run(lines, once=not chat)

    def _lines(self, command: Sequence[str], *, chat: bool) -> AsyncGenerator[str]:
        if not chat:
            return _first_then(line_of(command), lines_of(STDIN))
        return self._typed() if _somebody_sits_here() else lines_of(STDIN)

    def _typed(self) -> AsyncGenerator[str]:
        from bot.chat.terminal import Prompt  # noqa: PLC0415 - only a prompt needs its library

        fleet = self._handler.desk.fleet
        prompt = Prompt(
            history=self._folder / "history",
            words={*_WORDS, *fleet.hosts, *fleet.guests},
            toolbar=self.screen.toolbar,
            interrupted=self._stop.set,
        )
        return prompt.lines()


def actor() -> str:
    """Return who runs this process, as the system knows them."""
    number = os.getuid()
    try:
        return f"os:{pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"os:uid{number}"


async def _first_then(first: str, others: AsyncIterator[str]) -> AsyncGenerator[str]:
    yield first
    async for line in others:
        yield line


async def _pause() -> None:
    await asyncio.sleep(POLL)


def _width() -> int:
    return shutil.get_terminal_size().columns


def _endless() -> int:
    return 0


def _somebody_sits_here() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _colours() -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain
