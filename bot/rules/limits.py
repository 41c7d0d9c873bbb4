"""How long and how much: the deadlines, paces and counts a run obeys. Seconds, unless said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The shipped defaults; the configuration may change each (`[limits]`)."""

    shutdown: float = 180.0  # a guest without history is destroyed after this long
    shutdown_warning: float = 30.0  # it is named this long before
    shutdown_more: float = 180.0  # what "Give 3 min" gives
    looks: tuple[float, ...] = (5.0, 30.0, 120.0)  # after a guest was unpaused
    dead: float = 300.0  # a dead guest is destroyed this long after it was restored
    boot: float = 600.0  # a booted guest is up by then, or a person is asked
    boot_usual: float = 40.0  # a booted guest is of use after this long; for predictions
    start_usual: float = 5.0  # the hypervisor is busy this long with a boot; for predictions
    boot_look: float = 10.0  # between two looks at a booting guest
    host: float = 900.0  # the host is back by then, or staff are alarmed
    saved: float = 900.0  # the breaker's question is answered by then, or guests boot cold
    contact: float = 60.0  # a silent host is reported after this long
    starts_at_once: int = 4  # boots and restores beginning together (a boot storm helps nobody)
    attempts: int = 2  # a failed restore or boot is repeated this often in all
    pair_hours: float = 24.0  # a pair is kept this long after its guest was verified
    pair_mib: float = 1024.0  # snapshot space set aside for one pair
    image_days: float = 7.0  # images of failed guests are removed after this long
    turn: float = 1.0  # between two turns of a run, world time
    streams: int = 0  # saves and restores at a time; 0: as many as the storage rewards
    order: str = "sum"  # rules.plan.terms.Order
