"""What acts come to: entries of the journal, and the change in which a due row is done. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ports import WindowChange
from bot.rules.window.terms import Due, DueState, Entry, Window, WindowEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.maintenance.windows.letters import Work


def entry(window: Window, event: WindowEvent, at: datetime, /, **data: object) -> Entry:
    """Make an entry of the journal that the program itself writes."""
    return Entry(window=window.number, at=at, event=event, data=data)


def settled(
    window: Window, due: Due, entries: Sequence[Entry] = (), also: Work | None = None
) -> WindowChange:
    """Make the change in which *due* is done, with what is told of it and *also* done."""
    return WindowChange(
        window=window,
        expected=window.revision,
        entries=tuple(entries),
        settles={due.id: DueState.DONE},
        also=also,
    )
