"""What customers wish: opt-ins and trials. Rows are only ever added; the newest counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class OptIn:
    """One statement of a wish: opted in or out, by whom, how, and the kernel attested with it."""

    guest: str
    wanted: bool
    at: datetime
    who: str  # actor; "customer:anna@example.org" on the pages
    how: str  # "inventory", "chat", "link", "undo", "reset"
    kernel: str = ""  # attested, as `uname -r` prints it
    text: str = ""  # version of the warning that was confirmed with it
    address: str = ""  # network address that it came from
    attested: datetime | None = None  # when the kernel was said; None: with this statement
    number: int = 0  # order of arrival, given by the store


@dataclass(frozen=True, kw_only=True)
class TrialWish:
    """One statement about a trial: it is asked for, withdrawn, or has been carried out."""

    guest: str
    wanted: bool
    at: datetime
    who: str  # actor, as of an opt-in
    how: str  # "link", "chat"; "trial": it was carried out
    kernel: str = ""  # attested, as `uname -r` prints it
    note: str = ""  # when it would suit, in the customer's words
    agreed: datetime | None = None  # staff and the customer have agreed on this time
    address: str = ""  # network address that it came from
    number: int = 0  # order of arrival, given by the store


def still_wished(wish: TrialWish | None, said: OptIn | None) -> bool:
    """Say whether a trial is asked for: not by whom who opted out, or was set back, after that."""
    if wish is None or not wish.wanted:
        return False
    return said is None or said.wanted or said.at <= wish.at


Said = TypeVar("Said", OptIn, TrialWish)


def standing(rows: Iterable[Said]) -> Mapping[str, Said]:
    """Return each guest's newest statement."""
    return {row.guest: row for row in sorted(rows, key=lambda row: row.number)}
