"""The terminal as a chat: messages become lines, live ones are kept for the toolbar."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.chat.drawing import INDENT, Ink, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.ports import Message


class Screen:
    """A chat on one screen. Live messages are kept for the toolbar, all others become lines."""

    def __init__(self, *, name: str, files: Path, ink: Ink | None = None) -> None:
        """Put the files of messages into the folder *files*."""
        self.name = name
        self._muted = False  # nobody reads any more
        self._files = files
        self._ink = ink or Ink()
        self._live: dict[str, Message] = {}
        self._count = 0

    async def post(self, message: Message) -> str:
        """Show *message*; return a reference to it."""
        self._count += 1
        reference = str(self._count)
        self._put(reference, message)
        return reference

    async def update(self, reference: str, message: Message) -> None:
        """Show *message* in place of the one at *reference*, if that is still to be seen."""
        self._put(reference, message)

    async def reply(self, reference: str, message: Message) -> str:
        """Show *message* below all others; a screen has no threads but indentation."""
        del reference
        return await self.post(message)

    def echo(self, line: str) -> None:
        """Show a line that was read from a pipe."""
        self._write([self._ink.command(f"> {line}")])

    def settle(self, reference: str) -> None:
        """Take the live message at *reference* off the toolbar."""
        self._live.pop(reference, None)

    def toolbar(self) -> str:
        """Return the live messages as text."""
        return "\n".join(message.text for message in self._live.values())

    def _put(self, reference: str, message: Message) -> None:
        if message.live:
            self._live[reference] = message
            return
        self._write(drawn(message, self._ink))
        self._write([f"{INDENT}→ {self._keep(name, file)}" for name, file in message.files])

    def _keep(self, name: str, content: bytes) -> str:
        """Put a file into the folder; return where it is, or why it is not."""
        path = self._files / Path(name).name
        try:
            self._files.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            return f"{name}: {error.strerror}"
        return str(path)

    def _write(self, lines: Sequence[str]) -> None:
        if self._muted or not lines:
            return
        try:
            # Not a stream that is kept: while somebody types, the prompt stands in for sys.stdout.
            print("\n".join(lines), file=sys.stdout, flush=True)
        except OSError:  # its reader or its terminal is gone, its disk full: a run goes on
            self._muted = True
