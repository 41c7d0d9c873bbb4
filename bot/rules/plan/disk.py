"""The storage that holds a host's images: what it rewards, and how long transfers on it take.

The model: every save, restore and verification reads or writes an image of the guest's whole
memory, and all that run at one time share the disk evenly, none faster than its own limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.fleet import Host

#: MiB; what is left of a transfer below this is the rounding of floats.
_NOTHING = 1e-6


def streams(disk_mib_s: float, stream_mib_s: float, limit: int = 0) -> int:
    """Return how many saves or restores at a time the storage rewards, at most *limit*.

    One where a single stream saturates the disk: more would only lengthen each guest's downtime.
    A *limit* of 0 is none.
    """
    rewarded = max(1, math.ceil(disk_mib_s / stream_mib_s - _NOTHING))
    return min(rewarded, limit) if limit else rewarded


@dataclass(frozen=True, kw_only=True)
class Disk:
    """The bandwidths of a host's storage in MiB/s, and the streams that are used of it."""

    mib_s: float
    stream_mib_s: float
    verify_mib_s: float
    streams: int = 1

    @classmethod
    def of(cls, host: Host, limit: int = 0) -> Disk:
        """Describe the storage of *host*; *limit* caps the streams, 0 does not."""
        return cls(
            mib_s=host.disk_mib_s,
            stream_mib_s=host.stream_mib_s,
            verify_mib_s=host.verify_mib_s,
            streams=streams(host.disk_mib_s, host.stream_mib_s, limit),
        )


def room(
    *, saving: int, verifying: int, streams: int, disk_mib_s: float, verify_mib_s: float
) -> bool:
    """Say whether another save may begin beside what runs now.

    A verification counts as the share of a stream that its speed is. On a
    disk that one stream saturates each image is thus verified before the next guest is stopped:
    the drain ends at the same moment either way, and the next guest runs for so much longer.
    """
    share = min(1.0, verify_mib_s * streams / disk_mib_s)
    return saving + verifying * share < streams - _NOTHING


class Flow:
    """Transfers of one kind; at any moment all of them move at the same rate."""

    def __init__(self, limit: float) -> None:
        """Begin with none; none is ever faster than *limit* MiB/s."""
        self.limit = limit
        self._served = 0.0  # MiB that a transfer present from the start would have moved
        self._ends: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, name: str, mib: float) -> None:
        """Let a transfer of *mib* begin now."""
        self._ends[name] = self._served + mib

    def seconds(self, rate: float) -> float:
        """Return how long the nearest to its end still takes at *rate*."""
        return max(0.0, min(self._ends.values()) - self._served) / rate

    def move(self, mib: float) -> list[str]:
        """Move every transfer on by *mib* and return those that ended, in order of name."""
        self._served += mib
        ended = sorted(n for n, end in self._ends.items() if end <= self._served + _NOTHING)
        for name in ended:
            del self._ends[name]
        return ended


def rates(flows: Sequence[Flow], mib_s: float) -> list[float]:
    """Share *mib_s* evenly among all transfers of *flows*; what a limit leaves goes to others."""
    left, count = mib_s, sum(map(len, flows))
    shared = [0.0] * len(flows)
    for place, flow in sorted(enumerate(flows), key=lambda pair: pair[1].limit):
        if flow:
            shared[place] = min(flow.limit, left / count)
            left -= shared[place] * len(flow)
            count -= len(flow)
    return shared


def advance(
    flows: Sequence[Flow], mib_s: float, most: float = math.inf
) -> tuple[float, list[list[str]]]:
    """Go on to the next end of a transfer, at most *most* seconds.

    Returns the seconds that passed and, for each flow, what ended. Something must be under way
    or *most* be finite.
    """
    shared = rates(flows, mib_s)
    pairs = list(zip(flows, shared, strict=True))
    passed = min([most, *(flow.seconds(rate) for flow, rate in pairs if flow)])
    return passed, [flow.move(rate * passed) for flow, rate in pairs]
