"""The laws of every verb: what is refused, what begins, and what its end does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.executors.simulator.verbs import disks, host_work, power, restoring, saving
from bot.executors.simulator.verbs.scene import Laws, Refusal, Scene
from bot.rules.operation import Fault, Verb

if TYPE_CHECKING:
    from bot.executors.simulator.world import HostWorld, OpRecord
    from bot.rules.operation import Operation

LAWS: dict[Verb, Laws] = {
    Verb.SAVE: saving.SAVE,
    Verb.VERIFY: saving.VERIFY,
    Verb.SNAPSHOT: disks.SNAPSHOT,
    Verb.SHUTDOWN: power.SHUTDOWN,
    Verb.RESTORE: restoring.RESTORE,
    Verb.SPEND: saving.SPEND,
    Verb.UNPAUSE: restoring.UNPAUSE,
    Verb.PAUSE: restoring.PAUSE,
    Verb.BOOT: power.BOOT,
    Verb.DESTROY: power.DESTROY,
    Verb.ROLLBACK: disks.ROLLBACK,
    Verb.DROP_SNAPSHOT: disks.DROP_SNAPSHOT,
    Verb.DISCARD_IMAGE: saving.DISCARD_IMAGE,
    Verb.ANNOUNCE: power.ANNOUNCE,
    Verb.REPLUG: power.REPLUG,
    Verb.WORK: host_work.WORK,
    Verb.REBOOT: host_work.REBOOT,
}

_OF_HOST = frozenset({Verb.WORK, Verb.REBOOT})


def refusal(scene: Scene, operation: Operation) -> Refusal:
    """Return why the host refuses, or None; a host without checks does what it physically can."""
    laws = LAWS[operation.id.verb]
    if operation.id.verb not in _OF_HOST and operation.id.guest not in scene.host.guests:
        return Fault.WRONG_IDENTITY, "no such guest"
    if scene.host.no_checks:
        return laws.possible(scene)
    return _other_identity(scene, operation) or laws.possible(scene) or laws.permitted(scene)


def begin(scene: Scene) -> None:
    """Start the operation: what happens at once, and when and how it will end."""
    LAWS[Verb(scene.op.verb)].begin(scene)


def end(host: HostWorld, op: OpRecord, now: int) -> None:
    """Let the end of an operation have its effect."""
    laws, scene = LAWS[Verb(op.verb)], Scene(host=host, op=op, now=now)
    if op.error:
        laws.failed(scene)
    else:
        laws.done(scene)


def _other_identity(scene: Scene, operation: Operation) -> Refusal:
    if operation.id.verb in _OF_HOST:
        return None
    guest = scene.guest
    if operation.uuid and operation.uuid != guest.uuid:
        return Fault.WRONG_IDENTITY, f"uuid {guest.uuid}"
    if operation.domid and guest.in_memory and operation.domid != guest.domid:
        return Fault.WRONG_IDENTITY, f"domid {guest.domid}"
    return None
