"""What root does on a host behind the bot's back, under no rule but the hypervisor's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.executors.simulator import physics, timers
from bot.executors.simulator.world import Timer
from bot.rules.errors import BadRequest, Code
from bot.rules.fleet import GuestState

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.executors.simulator.world import GuestWorld, HostWorld


def act(host: HostWorld, action: str, guest: str, argument: str, now: int) -> None:
    """Do *action* to *guest* at once; *argument* is an image or a new name.

    Raises:
        BadRequest: SIMULATOR: no such action, guest or image; nothing was done.
    """
    if action not in ACTIONS or guest not in host.guests:
        raise BadRequest(Code.SIMULATOR, host=host.name, problem=f"unknown: {action} {guest}")
    ACTIONS[action](host, host.guests[guest], argument, now)


def _boot(host: HostWorld, guest: GuestWorld, _argument: str, now: int) -> None:
    physics.start(host, guest, now, "hand:boot")


def _stop(host: HostWorld, guest: GuestWorld, _argument: str, now: int) -> None:
    physics.leave_memory(host, guest, now, clean=True)


def _destroy(host: HostWorld, guest: GuestWorld, _argument: str, now: int) -> None:
    physics.leave_memory(host, guest, now)


def _restore(host: HostWorld, guest: GuestWorld, argument: str, now: int) -> None:
    """Type `xl restore`: it asks nothing, and the guest runs at once."""
    image = guest.images.get(argument)
    if image is None:
        raise BadRequest(Code.SIMULATOR, host=host.name, problem=f"no image {argument}")
    physics.load(host, guest, image, now, "hand:restore")
    physics.unpause(host, guest, now, "hand:restore")


def _pause(_host: HostWorld, guest: GuestWorld, _argument: str, now: int) -> None:
    if guest.state is GuestState.RUNNING:
        physics.halt(guest, GuestState.PAUSED, now)


def _unpause(host: HostWorld, guest: GuestWorld, _argument: str, now: int) -> None:
    if guest.state is GuestState.PAUSED:
        physics.unpause(host, guest, now, "hand:unpause")


def _rename(host: HostWorld, guest: GuestWorld, argument: str, now: int) -> None:
    timers.strike(host, Timer(at=now, kind="renamed", guest=guest.name, params={"to": argument}))


def _block(_host: HostWorld, guest: GuestWorld, argument: str, _now: int) -> None:
    guest.blocked = argument != "off"


ACTIONS: dict[str, Callable[[HostWorld, GuestWorld, str, int], None]] = {
    "boot": _boot,
    "stop": _stop,
    "destroy": _destroy,
    "restore": _restore,
    "pause": _pause,
    "unpause": _unpause,
    "rename": _rename,
    "block": _block,
}
