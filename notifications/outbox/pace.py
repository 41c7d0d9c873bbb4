"""How fast a transport may be used, by all workers together: a generic cell rate algorithm.

One number per transport says when the next mail is due at a perfectly even pace. A mail may be
ahead of it by the time of a burst, no more; standing still earns no more than a burst.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from notifications.records import once
from notifications.tables import PACE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notifications.settings import Pace

_NAME = PACE.c.name == bindparam("of_name")
_READ = select(PACE.c.next).where(_NAME).with_for_update()
_SPEND = update(PACE).where(_NAME).values(next=bindparam("at_next"))
_SKEW = 60.0  # seconds that the clocks of several machines may differ
_EVEN = 1e-6  # of a mail: what floating point may lose


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What the pace allows now."""

    mails: int
    wait: float  # seconds until one more than those may go


def allowance(due: float, now: float, pace: Pace) -> Allowance:
    """Return what may go at *now*, if the next mail is due at *due*; seconds since the epoch."""
    step = 60 / pace.per_minute
    ahead = _sound(due, now, pace) - now
    free = pace.burst - ahead / step
    mails = max(0, math.floor(free + _EVEN))
    return Allowance(mails=mails, wait=max(0.0, (mails + 1 - free) * step))


def spent(due: float, now: float, mails: int, pace: Pace) -> float:
    """Return when the next mail is due, after *mails* went at *now*."""
    return _sound(due, now, pace) + mails * 60 / pace.per_minute


def _sound(due: float, now: float, pace: Pace) -> float:
    """Return *due*, not before *now*, and not further ahead than it can be with a sound clock."""
    return now if due > now + pace.burst * 60 / pace.per_minute + _SKEW else max(due, now)


def read(connection: Connection, name: str) -> float:
    """Return when the next mail of transport *name* is due, and keep others out until commit."""
    found = connection.execute(_READ, {"of_name": name}).scalar_one_or_none()
    if found is None:
        once.add(connection, PACE, {"name": name, "next": 0.0})
        found = connection.execute(_READ, {"of_name": name}).scalar_one()
    return float(found)


def write(connection: Connection, name: str, due: float) -> None:
    """Keep when the next mail of transport *name* is due; `read` came before."""
    connection.execute(_SPEND, {"of_name": name, "at_next": due})
