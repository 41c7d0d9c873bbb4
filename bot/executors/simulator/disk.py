"""The one disk that a host's images are written to and read from.

All transfers share its bandwidth evenly, each within its own limit. Saves and restores beyond
what the disk rewards cost efficiency; a verification reads on in one piece and does not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.executors.simulator.instants import SECOND, span

if TYPE_CHECKING:
    from bot.executors.simulator.world import HostWorld, OpRecord

PENALTY = 0.12  # share of the bandwidth that each stream too many costs
WORST = 1 / 2.6  # measured: far too many streams on a disk that one saturates take 2.6 × as long


def flow(host: HostWorld, now: int) -> None:
    """Book what the transfers have moved, share the disk anew, and set their ends.

    Called whenever a transfer begins or ends; between two calls every rate is constant.
    """
    for op in _transfers(host, host.flowed_at):
        op.moved_mib += op.rate * (now - host.flowed_at) / SECOND
    host.flowed_at = now
    present = _transfers(host, now)
    left = host.disk_mib_s * efficiency(host, sum(op.verb != "verify" for op in present))
    for place, op in enumerate(sorted(present, key=lambda op: _limit(host, op))):
        op.rate = min(_limit(host, op), left / (len(present) - place))
        left -= op.rate
        op.ends = now + span(max(0.0, op.total_mib - op.moved_mib) / op.rate)


def efficiency(host: HostWorld, streams: int) -> float:
    """Return the share of the bandwidth that *streams* saves and restores get out of the disk."""
    rewarded = max(1, math.ceil(host.disk_mib_s / host.stream_mib_s))
    return max(WORST, 1 - PENALTY * max(0, streams - rewarded))


def _transfers(host: HostWorld, now: int) -> list[OpRecord]:
    ops = host.running()
    return [op for op in ops if op.total_mib and not op.hung and op.flows_from <= now]


def _limit(host: HostWorld, op: OpRecord) -> float:
    return host.verify_mib_s if op.verb == "verify" else host.stream_mib_s
