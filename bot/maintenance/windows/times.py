"""How a window is named in chat, and its times as clocks show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.maintenance.windows.when import Local, echo

if TYPE_CHECKING:
    from datetime import datetime

    from bot.maintenance.words import Words
    from bot.rules.window.terms import Window


def name(words: Words, window: Window) -> str:
    """Return a window in short: `Window #7 (hobgoblin)`."""
    return words.say("window_parts", "name", window=window.number, hosts=window.hosts)


def times(words: Words, start: datetime, end: datetime, zone: str) -> str:
    """Return from when to when, in *zone*; and in UTC, if that is another."""
    starts, ends = echo(start, zone, zone), echo(end, zone, zone)
    utc = (starts[1].at, ends[1].at) if len(starts) > 1 else None
    known = {"start": starts[0].at, "end": ends[0].at, "zone": starts[0].zone, "utc": utc}
    return words.say("window_parts", "times", **known)


def clocks(at: datetime, *zones: str) -> tuple[Local, ...]:
    """Return what clocks show *at* an instant: in *zones* and UTC, each once."""
    found: dict[str, Local] = {}
    for zone in zones:
        found |= {local.zone: local for local in echo(at, zone, zone) if local.zone not in found}
    utc = found.pop("UTC", None)
    return (*found.values(), *([utc] if utc else []))


def stamp(at: datetime) -> str:
    """Return what a clock shows, with its offset: `Sat 2026-12-19 01:00 +00:00`."""
    return f"{at:%a %Y-%m-%d %H:%M} {at.isoformat(timespec='minutes')[-6:]}"
