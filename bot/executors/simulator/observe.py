"""What can be seen of a host and its guests at one instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.executors.simulator import physics
from bot.executors.simulator.console import feature_suspend
from bot.executors.simulator.instants import SECOND
from bot.ports import Output
from bot.rules.fleet import GuestFacts, GuestState, HostFacts, ImageFacts

if TYPE_CHECKING:
    from bot.executors.simulator.world import GuestWorld, HostWorld, Image

_NO_IMAGES: tuple[ImageFacts, ...] = ()
_SHARE_OF_CPU = 0.1  # of the time that a healthy guest runs


def host_facts(host: HostWorld) -> HostFacts:
    """Describe the host."""
    return HostFacts(
        name=host.name,
        boot_id=host.boot_id,
        kernel=host.kernel,
        hypervisor=host.hypervisor,
        memory_mib=host.memory_mib,
        memory_free_mib=host.memory_free_mib,
        image_space_mib=host.image_free_mib,
        snapshot_space_mib=host.snapshot_free_mib,
        snapshots=host.snapshots,
        bridges=tuple(host.bridges),
        volume_groups=tuple(host.volume_groups),
        autostart=tuple(host.autostart),
        saves_paused=host.saves_paused,
        cpu_features=tuple(host.cpu_features),
    )


def guest_facts(guest: GuestWorld, now: int) -> GuestFacts:
    """Describe one guest."""
    inside = guest.state is not GuestState.OFF
    return GuestFacts(
        name=guest.name,
        uuid=guest.uuid,
        state=guest.state,
        domid=guest.domid,
        memory_mib=guest.memory_mib,
        mode=guest.mode,
        system=guest.system,
        generation=guest.generation,
        unsaveable=tuple(guest.unsaveable),
        feature_suspend=feature_suspend(guest) if inside else None,
        kernel_line=_kernel_line(guest) if inside else "",
        cpu_seconds=physics.cpu_time(guest, now) * _SHARE_OF_CPU / SECOND,
        devices_connected=guest.connected,
        console_end=guest.console_base + len(guest.console),
        blocked=guest.blocked,
        instances=guest.instances,
        autostart=guest.autostart,
        lock=guest.lock,
        images=tuple(map(_image_facts, guest.images.values())) if guest.images else _NO_IMAGES,
        snapshots=_snapshots(guest) if guest.snapshots else (),
    )


def console(guest: GuestWorld | None, after: int) -> Output:
    """Return the lines newer than the mark *after*; nothing of a guest that is not there."""
    if guest is None:
        return Output(end=after)
    lines = tuple(guest.console[max(0, after - guest.console_base) :])
    return Output(lines=lines, end=guest.console_base + len(guest.console))


def _kernel_line(guest: GuestWorld) -> str:
    shown = guest.console_readable and guest.system == "linux"
    return guest.boot_line if shown else ""


def _image_facts(image: Image) -> ImageFacts:
    return ImageFacts(
        name=image.name,
        generation=image.generation,
        size_mib=image.size_mib,
        complete=image.complete,
        verified=image.verified,
        spent=image.spent,
    )


def _snapshots(guest: GuestWorld) -> tuple[str, ...]:
    """Return those that still hold: one that has overflowed is gone for its reader."""
    return tuple(name for name, one in guest.snapshots.items() if not one.overflowed)
