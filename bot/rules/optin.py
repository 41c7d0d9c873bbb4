"""Opt-ins: a customer's wish for suspend+restore. Rows are only ever added; the newest counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class OptIn:
    """One statement of a wish: opted in or out, by whom, how, and the kernel attested with it."""

    guest: str
    wanted: bool
    at: datetime
    who: str  # actor
    how: str  # "inventory", "chat", "link", "reset"
    kernel: str = ""  # attested, as `uname -r` prints it
    number: int = 0  # order of arrival, given by the store


def standing(rows: Iterable[OptIn]) -> Mapping[str, OptIn]:
    """Return each guest's newest statement."""
    return {row.guest: row for row in sorted(rows, key=lambda row: row.number)}
