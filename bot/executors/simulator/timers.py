"""What happens in the world by itself, each kind at its time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.executors.simulator import console, physics
from bot.executors.simulator.instants import SECOND, span
from bot.executors.simulator.world import DESTROYED
from bot.rules.fleet import GuestState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.executors.simulator.world import GuestWorld, HostWorld, Injection, OpRecord, Timer

_BURSTS = 5  # of console lines that follow the first ones of a ruined disk, a second apart
_HANGS_AFTER = 20  # seconds from the first damage until the guest answers nobody
_FSCK_EVERY = 5  # seconds between two lines of a file system check


def strike(host: HostWorld, timer: Timer) -> None:
    """Let *timer* happen; one that was set for an earlier life of its guest does nothing."""
    guest = host.guests.get(timer.guest)
    if guest is None and timer.guest:
        return
    if guest is not None and timer.domid and timer.domid != guest.domid:
        return
    if guest is not None and host.down_until is not None:
        host.timers.append(replace(timer, at=host.down_until))  # nobody acts on a host that is off
        return
    if guest is None:
        _HOST[timer.kind](host, timer.at, timer.params)
    else:
        _GUEST[timer.kind](host, guest, timer.at, timer.params)


# ---- a guest's own life ------------------------------------------------------------------------


def _booted(host: HostWorld, guest: GuestWorld, now: int, params: Mapping[str, Any]) -> None:
    if guest.state is not GuestState.RUNNING:
        host.later("booted", now + SECOND, guest, **params)
    elif guest.integrity == DESTROYED or params.get("emergency"):
        console.say(guest, *console.broken_boot_lines())
    elif params.get("stalls"):
        guest.stalled = True
    elif _checking(host, guest, now, params):
        return
    else:
        if params.get("read_only"):
            console.say(guest, *console.read_only_lines())
        console.say(guest, console.login_line(guest))
        guest.ready_at = now


def _checking(host: HostWorld, guest: GuestWorld, now: int, params: Mapping[str, Any]) -> bool:
    """Go on with a file system check, if the boot has one and it has not ended."""
    total = span(float(params.get("fsck", 0)))
    passed = now - int(params["started"]) - span(guest.boot_seconds)
    if passed >= total:
        return False
    console.say(guest, console.fsck_line(guest, passed / total))
    host.later("booted", min(now + _FSCK_EVERY * SECOND, now + total - passed), guest, **params)
    return True


def _ruin(host: HostWorld, guest: GuestWorld, now: int, _params: Mapping[str, Any]) -> None:
    """Destroy the disk of a guest that runs; one paused before that is ruined when it goes on."""
    if guest.state is not GuestState.RUNNING or guest.breaks_in is None:
        return
    guest.breaks_in = None
    physics.ruin(guest)
    console.say(guest, *console.ruin_lines(guest, 0))
    for number in range(1, _BURSTS + 1):
        host.later("spew", now + number * SECOND, guest, number=number)
    host.later("hang", now + _HANGS_AFTER * SECOND, guest)


def _spew(_host: HostWorld, guest: GuestWorld, _now: int, params: Mapping[str, Any]) -> None:
    if guest.state is GuestState.RUNNING:
        console.say(guest, *console.ruin_lines(guest, int(params["number"])))


def _hang(_host: HostWorld, guest: GuestWorld, now: int, _params: Mapping[str, Any]) -> None:
    if guest.state is GuestState.RUNNING:
        guest.cpu, guest.stalled = physics.cpu_time(guest, now), True


def _stops(host: HostWorld, guest: GuestWorld, now: int, _params: Mapping[str, Any]) -> None:
    if guest.state is GuestState.RUNNING:
        physics.leave_memory(host, guest, now, clean=True)


def _reboots(host: HostWorld, guest: GuestWorld, now: int, _params: Mapping[str, Any]) -> None:
    if guest.state is GuestState.RUNNING:
        physics.leave_memory(host, guest, now, clean=True)
        physics.start(host, guest, now, "hand:guest")


def _renamed(host: HostWorld, guest: GuestWorld, _now: int, params: Mapping[str, Any]) -> None:
    old, new = guest.name, str(params["to"])
    host.guests = {new if name == old else name: g for name, g in host.guests.items()}
    guest.name = new
    listed: list[Timer | OpRecord | Injection] = [*host.timers, *host.running(), *host.faults]
    for one in listed:
        one.guest = new if one.guest == old else one.guest


def _intruder(host: HostWorld, guest: GuestWorld, now: int, _params: Mapping[str, Any]) -> None:
    """Somebody who heeds no lock boots the guest, whether it runs or not."""
    physics.start(host, guest, now, "hand:intruder")


def _overflow(_host: HostWorld, guest: GuestWorld, _now: int, _params: Mapping[str, Any]) -> None:
    for snapshot in guest.snapshots.values():
        snapshot.overflowed = True


# ---- the host ----------------------------------------------------------------------------------


def _host_up(host: HostWorld, now: int, params: Mapping[str, Any]) -> None:
    host.down_until = None
    host.boots += 1
    host.kernel = str(params["kernel"])
    host.hypervisor = host.hypervisor_next or host.hypervisor
    for guest in list(host.guests.values()):
        if guest.autostart and not (guest.in_memory or guest.blocked or guest.lock):
            physics.start(host, guest, now, "hand:autostart")
    if "xendomains" in host.autostart:
        _stock_xendomains(host, now)


def _stock_xendomains(host: HostWorld, now: int) -> None:
    """Do what Debian's stock script does: restore every image it finds, fresh or stale."""
    for guest in list(host.guests.values()):
        found = [i for i in guest.images.values() if i.complete and not i.spent]
        if found and not guest.in_memory:
            physics.load(host, guest, found[-1], now, "hand:xendomains")
            physics.unpause(host, guest, now, "hand:xendomains")


def _back(host: HostWorld, _now: int, params: Mapping[str, Any]) -> None:
    """Let something that was missing after a reboot appear."""
    for kind in ("bridges", "volume_groups"):
        names = getattr(host, kind)
        names.extend(n for n in params.get(kind, ()) if n not in names)


_GUEST: dict[str, Callable[[HostWorld, GuestWorld, int, Mapping[str, Any]], None]] = {
    "booted": _booted,
    "ruin": _ruin,
    "spew": _spew,
    "hang": _hang,
    "stops": _stops,
    "reboots": _reboots,
    "renamed": _renamed,
    "intruder": _intruder,
    "overflow": _overflow,
}
_HOST: dict[str, Callable[[HostWorld, int, Mapping[str, Any]], None]] = {
    "host_up": _host_up,
    "back": _back,
}
