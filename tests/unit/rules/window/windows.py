"""Windows that are ordinary unless a test says otherwise. Hours count from `NOW`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.rules.window.terms import Due, DueKind, Freeze, Window

NOW = datetime(2021, 8, 24, 20, 0, tzinfo=UTC)


def hours(much: float) -> datetime:
    return NOW + timedelta(hours=much)


def window(*hosts: str, start: float = 24 * 14, length: float = 2, **fields: object) -> Window:
    known: dict[str, Any] = {"zone": "UTC", "actor": "os:anna", "changed": NOW, **fields}
    end = hours(start + length)
    return Window(hosts=hosts or ("hobgoblin",), start=hours(start), end=end, **known)


def due(kind: str, at: float = 0, about: int = 0) -> Due:
    return Due(kind=DueKind(kind), at=hours(at), about=about)


def freeze(start: float, end: float) -> Freeze:
    return Freeze(start=hours(start), end=hours(end), reason="", actor="os:dora", at=NOW)
