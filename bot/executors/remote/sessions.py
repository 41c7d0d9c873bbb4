"""The sessions of one host: a few at a time, used again, those used last first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.executors.remote.dialogue import COMMAND, Dialogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.executors.remote.connection import Connection
    from bot.executors.remote.way import Patience

AT_ONCE = 8  # a host refuses more than ten on one connection


class Sessions:
    """Hands each question to a free session; opens another where none is free."""

    def __init__(self, connection: Connection, name: str, version: str, patience: Patience) -> None:
        """Speak over *connection* with the helper of the host *name*, which has this *version*."""
        self._connection = connection
        self._name = name
        self._version = version
        self._patience = patience
        self._places = asyncio.Semaphore(AT_ONCE)
        self._free: list[Dialogue] = []

    async def ask(self, ask: str, fields: Mapping[str, object]) -> object:
        """Return the answer to *ask*. Raises Lost or Failed, as `Dialogue.ask`."""
        await self._connection.ready()  # before one waits: all learn of one failure together
        async with self._places:
            dialogue = self._used_last() or await self._opened()
            try:
                return await dialogue.ask(ask, fields, self._patience.answer)
            finally:
                if dialogue.usable:
                    self._free.append(dialogue)
                else:
                    dialogue.close()

    def _used_last(self) -> Dialogue | None:
        while self._free:
            dialogue = self._free.pop()
            if dialogue.usable:
                return dialogue
            dialogue.close()
        return None

    async def _opened(self) -> Dialogue:
        seconds = self._patience.greeting
        dialogue = Dialogue(await self._connection.session(COMMAND, seconds))
        try:
            await dialogue.greeted(self._name, self._version, seconds)
        except BaseException:
            dialogue.close()
            raise
        return dialogue
