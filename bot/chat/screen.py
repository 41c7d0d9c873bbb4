"""The terminal as a chat: messages become lines, live ones are kept for the toolbar."""

from __future__ import annotations

import sys
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING

from bot.chat.drawing import INDENT, Ink, drawn, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.ports import Message

#: A reader who goes away has seen enough; a full disk is nobody's wish.
_NOBODY_CHOSE = frozenset({ENOSPC, EDQUOT, EFBIG})


class Screen:
    """A chat on one screen. Live messages are kept for the toolbar, all others become lines."""

    def __init__(
        self,
        *,
        name: str,
        files: Path | None,
        not_kept: Callable[[str], str] = str,
        ink: Ink | None = None,
        width: Callable[[], int] = int,
    ) -> None:
        """Put the files of messages into the folder *files*; without one, *not_kept* says so.

        *width* is asked before each drawing: the characters of a line; 0: lines have no end.
        """
        self.name = name
        self.lost = ""  # why something was not shown to one who would have read it
        self._muted = False  # nobody reads any more
        self._files = files
        self._not_kept = not_kept
        self._ink = ink or Ink()
        self._width = width
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

    def hand_out(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write the texts of *files* as they are: they are all that was asked for."""
        for _, content in files:
            self._write([content.decode().removesuffix("\n").removesuffix("\r")])

    def settle(self, reference: str) -> None:
        """Take the live message at *reference* off the toolbar."""
        self._live.pop(reference, None)

    def toolbar(self) -> str:
        """Return the live messages as text."""
        lines = (line for message in self._live.values() for line in message.text.split("\n"))
        width = self._width()
        return "\n".join(part for line in lines for part in wrapped(line, width))

    def _put(self, reference: str, message: Message) -> None:
        if message.live:
            self._live[reference] = message
            return
        width = self._width()
        self._write(drawn(message, self._ink, width))
        kept = [f"{INDENT}→ {self._keep(name, file)}" for name, file in message.files]
        self._write([part for line in kept for part in wrapped(line, width)])

    def _keep(self, name: str, content: bytes) -> str:
        """Put a file into the folder; return where it is, or why it is not."""
        if self._files is None:
            return self._not_kept(name)
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
        except OSError as error:  # its reader or its terminal is gone, its disk full: a run goes on
            self._muted = True
            self.lost = (error.strerror or repr(error)) if error.errno in _NOBODY_CHOSE else ""
