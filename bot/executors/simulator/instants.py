"""World time inside the simulator: whole microseconds since 1970.

No event is lost between a float and a datetime.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SECOND = 1_000_000


def instant_of(at: datetime) -> int:
    """Return the microseconds since 1970 of an aware datetime."""
    return (at - _EPOCH) // _MICROSECOND


def datetime_of(instant: int) -> datetime:
    """Return the aware UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def span(seconds: float) -> int:
    """Return a length of time in microseconds, rounded up: nothing ends too early."""
    return math.ceil(seconds * SECOND)
