"""What physically happens to guests: starting, running, leaving memory, ruining a disk.

Nothing is refused here: whoever calls has asked for permission, or has not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.executors.simulator import violations
from bot.executors.simulator.console import boot_lines, kernel_line, say
from bot.executors.simulator.instants import span
from bot.executors.simulator.world import DESTROYED
from bot.rules.fleet import GuestState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.executors.simulator.world import GuestWorld, HostWorld, Image, OpRecord


def start(
    host: HostWorld, guest: GuestWorld, now: int, by: str, marks: Mapping[str, object] | None = None
) -> None:
    """Boot *guest* from its disk, as one more instance if it is in memory already."""
    _enter_memory(host, guest)
    guest.came_from, guest.came_image, guest.marks, guest.breaks_in = 0, "", {}, None
    guest.ready_at, guest.ready, guest.network, guest.cure = None, True, True, ""
    guest.boot_line = kernel_line(guest)
    _write_disk(guest)
    guest.memory_generation = guest.generation
    say(guest, *boot_lines(guest))
    guest.clean = False
    _run(guest, now)
    violations.came_to_memory(host, guest, now, by)
    if (marks or {}).get("no_network"):
        guest.network, guest.cure = False, str((marks or {}).get("cure", ""))
    at = now + span(guest.boot_seconds)
    host.later("booted", at, guest, started=now, **dict(marks or {}))


def load(host: HostWorld, guest: GuestWorld, image: Image, now: int, by: str) -> None:
    """Bring *guest* back into memory from *image*, paused."""
    _enter_memory(host, guest)
    guest.came_from, guest.came_image, guest.saved_under = image.serial, image.name, image.kernel
    guest.memory_generation, guest.ready = image.generation, image.ready
    guest.breaks_in, guest.marks = None, {}
    if image.short or image.corrupt:
        guest.marks["dead"] = True
    guest.state, guest.running_from = GuestState.PAUSED, None
    violations.came_to_memory(host, guest, now, by)


def unpause(host: HostWorld, guest: GuestWorld, now: int, by: str) -> None:
    """Let a paused guest run; if it came from an image, its disk is written from now on."""
    if guest.came_from:
        violations.unpaused(host, guest, now, by)
        _wake(host, guest, now)
        guest.came_from = 0
    _write_disk(guest)
    guest.memory_generation = guest.generation
    guest.clean = False
    _run(guest, now)
    if guest.breaks_in is not None:
        host.later("ruin", now + span(guest.breaks_in), guest)


def halt(guest: GuestWorld, state: GuestState, now: int) -> None:
    """Stop the guest's processors, in memory: paused, or suspended by a save."""
    if guest.running_from is not None and not guest.stalled:
        guest.cpu += now - guest.running_from
    guest.running_from, guest.state = None, state
    _ran_until(guest, now)


def resume(guest: GuestWorld, state: GuestState, now: int) -> None:
    """Undo `halt` after a save that did not happen."""
    guest.state = state
    if state is GuestState.RUNNING:
        _run(guest, now)


def leave_memory(host: HostWorld, guest: GuestWorld, now: int, *, clean: bool = False) -> None:
    """Take the guest out of memory; what was under way for it ends."""
    if not guest.in_memory:
        return
    _ran_until(guest, now)
    guest.state, guest.instances, guest.domid = GuestState.OFF, 0, 0
    guest.running_from, guest.ready_at, guest.cpu = None, None, 0
    guest.came_from, guest.came_image, guest.marks, guest.breaks_in = 0, "", {}, None
    guest.stalled, guest.connected, guest.boot_line = False, True, ""
    guest.clean = clean and guest.integrity != DESTROYED
    for op in host.running(guest.name):
        if op.verb in {"shutdown", "destroy"}:
            op.hung, op.ends = False, now


def ruin(guest: GuestWorld) -> None:
    """Let the guest's own driver destroy its file system."""
    guest.integrity = DESTROYED


def answers(guest: GuestWorld, now: int) -> bool:
    """Say whether the guest would answer from outside."""
    runs = guest.state is GuestState.RUNNING and not guest.stalled
    return runs and guest.network and guest.ready_at is not None and guest.ready_at <= now


def cpu_time(guest: GuestWorld, now: int) -> int:
    """Return how long it has run in this life, microseconds."""
    if guest.running_from is None or guest.stalled:
        return guest.cpu
    return guest.cpu + max(0, now - guest.running_from)


def spend(guest: GuestWorld, image: Image) -> None:
    """Rename the image so that nobody restores it again, and give up its boot lock."""
    image.spent = True
    unlock(guest)


def unlock(guest: GuestWorld) -> None:
    """Give up the boot lock if no image is left that it protects."""
    if not any(not i.spent and i.complete for i in guest.images.values()):
        guest.lock = ""


def cut(op: OpRecord, now: int, error: str, detail: str) -> None:
    """Let an operation that is under way fail now."""
    op.error, op.detail, op.ends, op.hung = error, detail, now, False
    op.total_mib = 0.0


def _enter_memory(host: HostWorld, guest: GuestWorld) -> None:
    guest.instances = guest.instances + 1 if guest.in_memory else 1
    host.domids += 1
    guest.domid, guest.cpu = host.domids, 0
    guest.stalled, guest.connected = False, True


def _write_disk(guest: GuestWorld) -> None:
    """Give the disk a new generation: one that no state of it ever had."""
    guest.last_generation += 1
    guest.generation = guest.last_generation


def _wake(host: HostWorld, guest: GuestWorld, now: int) -> None:
    """Apply what the restore, the host's kernel and the faults have done to it."""
    marks, guest.marks = guest.marks, {}
    jump = span(float(marks.get("clock_jump", 0)))
    guest.ready_at = now + jump if guest.ready else None
    if marks.get("dead"):
        guest.stalled, guest.connected = True, False
    guest.network, guest.cure = not marks.get("no_network"), str(marks.get("cure", ""))
    guest.breaks_in = marks.get("damage")
    if guest.breaks_in is None and _protocol_changed(host, guest):
        guest.breaks_in = guest.break_seconds
    if guest.integrity == DESTROYED and guest.breaks_in is None:
        guest.breaks_in = guest.break_seconds


def _protocol_changed(host: HostWorld, guest: GuestWorld) -> bool:
    """Say whether it wakes under a host kernel it does not survive, saved under another.

    As in 2021: the frontend does not notice that the backend's features are others now.
    """
    kernels = [*guest.breaks_under, *host.breaks_all]
    return any(
        host.kernel.startswith(kernel) and not guest.saved_under.startswith(kernel)
        for kernel in kernels
    )


def _run(guest: GuestWorld, now: int) -> None:
    guest.state, guest.running_from = GuestState.RUNNING, now
    if guest.also_on:
        guest.ran.append([now, -1])


def _ran_until(guest: GuestWorld, now: int) -> None:
    if guest.ran and guest.ran[-1][1] < 0:
        guest.ran[-1][1] = now
