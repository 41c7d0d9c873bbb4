"""The course of the world: events in their order, up to an instant.

The course depends on a host's file alone, so every process that looks at an instant sees the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.executors.simulator import timers
from bot.executors.simulator.disk import flow
from bot.executors.simulator.verbs import end

if TYPE_CHECKING:
    from bot.executors.simulator.world import HostWorld, OpRecord


def advance(host: HostWorld, now: int) -> int | None:
    """Let everything happen that is due by *now*; return when the next thing will be.

    Time never goes back: an instant before one already seen changes nothing.
    """
    while (at := next_event(host)) is not None and at <= now:
        at = max(at, host.seen)
        host.seen = at
        _happen(host, at)
    host.seen = max(host.seen, now)
    return next_event(host)


def next_event(host: HostWorld) -> int | None:
    """Return the instant of the next event, or None if nothing will ever happen by itself."""
    due = [at for op in host.running() if (at := _next_of(host, op)) is not None]
    due += [timer.at for timer in host.timers]
    return min(due, default=None)


def _next_of(host: HostWorld, op: OpRecord) -> int | None:
    if op.total_mib and op.flows_from > host.flowed_at and not op.hung:
        return op.flows_from if op.ends is None else min(op.ends, op.flows_from)
    return op.ends


def _happen(host: HostWorld, at: int) -> None:
    """Let one thing happen: the end of an operation before a timer of the same instant."""
    for op in host.running():
        if op.ends is not None and op.ends <= at:
            finish(host, op, at)
            return
    timer = min(host.timers, key=lambda t: t.at, default=None)
    if timer is not None and timer.at <= at:
        host.timers.remove(timer)
        timers.strike(host, timer)
        return
    flow(host, at)


def finish(host: HostWorld, op: OpRecord, at: int) -> None:
    """End *op* now, with its effect, and let the other transfers have its bandwidth."""
    flow(host, at)
    op.over, op.ends = True, at
    host.active.remove(op.id)
    end(host, op, at)
    flow(host, at)
