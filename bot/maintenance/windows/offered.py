"""Which starts that were offered at the hour of a window are still its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.rules.window.terms import Entry, WindowEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Entries(Protocol):
    """The part of the store that is read."""

    async def entries(self, after: int = 0, window: int = 0) -> tuple[Entry, ...]:
        """Return the journal of windows after a number, oldest first; some hundred at most."""


async def offered(store: Entries, entry: Entry) -> set[str]:
    """Return the hosts whose start was offered last, before *entry*, for the hour of its window.

    What another window of the same host has offered since is not its own.
    """
    asked: dict[str, int] = {}
    async for each in _before(store, entry, window=entry.window):
        if each.event is WindowEvent.RESCHEDULED:
            asked = {}
        elif each.event is WindowEvent.ASKED:
            asked[_host(each)] = each.number
    since = min(asked.values(), default=entry.number)
    async for each in _before(store, entry, after=since):
        if each.event is WindowEvent.ASKED and each.window != entry.window:
            asked = {h: n for h, n in asked.items() if h != _host(each) or n > each.number}
    return set(asked)


def _host(entry: Entry) -> str:
    return str(entry.data.get("host", ""))


async def _before(
    store: Entries, entry: Entry, *, after: int = 0, window: int = 0
) -> AsyncIterator[Entry]:
    """Give the entries between the number *after* and *entry*, oldest first."""
    while found := await store.entries(after, window):
        for each in found:
            if each.number >= entry.number:
                return
            yield each
        after = found[-1].number
