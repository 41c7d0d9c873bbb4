"""What acts come to: entries of the journal, and the change in which a due row is done. Pure."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.ports import WindowChange
from bot.rules.window.acting import NotReminded
from bot.rules.window.terms import Due, DueState, Entry, Window, WindowEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.maintenance.windows.letters import Work
    from bot.rules.errors import MaintError


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


def without_mail(change: WindowChange, error: MaintError) -> WindowChange:
    """Return *change* without the mail that is in trouble: it must not keep the rest from being."""
    entries = tuple(
        replace(each, event=WindowEvent.NOT_REMINDED, data={**each.data, **_refused(error)})
        if each.event is WindowEvent.REMINDED
        else replace(each, data={**_NOTHING, **each.data})
        for each in change.entries
    )
    return replace(change, also=None, entries=entries)


_NOTHING = MappingProxyType({"campaign": 0, "post": 0, "contacts": 0, "campaigns": []})


def _refused(error: MaintError) -> dict[str, str]:
    problem = error.fields.get("problem", error.code.value)
    return {"why": NotReminded.REFUSED.value, "problem": str(problem)}


def missed(window: Window, gone: Sequence[Due], now: datetime) -> WindowChange:
    """Report what the bot was not there for."""
    rows = [{"kind": d.kind.value, "about": d.about, "at": d.at.isoformat()} for d in gone]
    return WindowChange(
        window=window,
        expected=window.revision,
        entries=(entry(window, WindowEvent.LATE, now, dues=rows),),
        settles={due.id: DueState.MISSED for due in gone},
    )
