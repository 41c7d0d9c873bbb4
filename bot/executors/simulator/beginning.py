"""Makes a described host one that has been running for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_DNS, uuid5

from bot.executors.simulator import console
from bot.rules.fleet import GuestState

if TYPE_CHECKING:
    from bot.executors.simulator.world import GuestWorld, HostWorld


def settle(host: HostWorld, now: int) -> None:
    """Give a host that somebody described the ids, consoles and clocks of a running one."""
    host.seen = host.flowed_at = now
    for guest in host.guests.values():
        guest.uuid = guest.uuid or str(uuid5(NAMESPACE_DNS, guest.name))
        if guest.in_memory:
            host.domids += 1
            _settle_running(guest, host.domids, now)
        else:
            guest.running_from, guest.ready_at, guest.instances = None, None, 0


def _settle_running(guest: GuestWorld, domid: int, now: int) -> None:
    guest.domid, guest.ready_at, guest.clean = domid, now, False
    guest.running_from = now if guest.state is GuestState.RUNNING else None
    guest.boot_line = console.kernel_line(guest)
    console.say(guest, *console.boot_lines(guest), console.login_line(guest))
    if guest.also_on and guest.running_from is not None:
        guest.ran.append([now, -1])
