"""restore, unpause, pause: a guest's memory comes back, and goes on."""

from __future__ import annotations

from typing import Any

from bot.executors.host_helper import boot_lock, images, witness
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, ToolFailed
from bot.executors.host_helper.images import Image
from bot.executors.host_helper.verbs import saving
from bot.executors.host_helper.verbs.power import refuse_blocked
from bot.executors.host_helper.verbs.scene import Refusal, Scene, needs, needs_disks


def restore(scene: Scene) -> dict[str, Any]:
    """Bring the guest back paused, from a verified image that fits its disk.

    The image is read through once more first: it may have rotted since it was verified, and no
    hypervisor would notice.
    """
    image = _fitting(scene)
    saving.right_size(image)
    if (
        image.manifest is None
        or images.digest(image.path, from_disk=False) != image.manifest.sha256
    ):
        raise ToolFailed("corrupt", "its hash differs from when it was verified")
    _still_fits(scene)
    image = images.revive(image)
    boot_lock.take(scene.settings, scene.guest, scene.asked.id)
    scene.remember(
        came_from=image.name,
        memory_generation=scene.record.generation,
        witness=witness.of(scene.domain, scene.dialect),
    )
    _load(scene, image)
    scene.look()
    if scene.domain.state != PAUSED:
        raise ToolFailed("wrong_state", f"state {scene.domain.state} after its restore")
    scene.witnessed()
    return {"domid": scene.domain.domid}


def _still_fits(scene: Scene) -> None:
    """Look at the disks once more: reading the image has taken its time."""
    before = scene.record.witness
    scene.look()
    needs(scene, OFF)
    if before and witness.changed(before, witness.of(scene.domain, scene.dialect)):
        raise Refusal("stale_image", "its disk was written to while the image was read")


def _load(scene: Scene, image: Image) -> None:
    try:
        with boot_lock.passing(scene.settings, scene.guest):
            scene.dialect.restore_paused(str(image.path), scene.log)
    except ToolFailed:
        # It never ran: what the attempt has left in the hypervisor's log was no start.
        if scene.look().state == OFF and scene.disks_as_they_were:
            scene.witnessed()
        raise


def _fitting(scene: Scene) -> Image:
    image = saving.present(scene)
    if image.state == "part":
        raise Refusal("truncated", "not complete")
    refuse_blocked(scene)
    needs(scene, OFF)
    needs_disks(scene)
    manifest = image.manifest
    if manifest is None or not manifest.sha256:
        raise Refusal("wrong_state", "not verified")
    if manifest.uuid != scene.record.uuid:
        raise Refusal("wrong_identity", f"image of uuid {manifest.uuid}")
    if image.state == "spent" and not scene.asked.again:
        raise Refusal("spent_image", image.name)
    if manifest.generation != scene.record.generation:
        numbers = f"image {manifest.generation}, disk {scene.record.generation}"
        raise Refusal("stale_image", numbers)
    return image


def unpause(scene: Scene) -> dict[str, Any]:
    """Let a paused guest run; its disk is written from now on.

    Refused while any image of it lives: it might be restored a second time.
    """
    needs(scene, PAUSED)
    live = next((i for i in images.of(scene.settings, scene.guest) if i.live), None)
    if live is not None:
        raise Refusal("unspent_image", live.name)
    record = scene.record
    if record.came_from:
        if record.memory_generation != record.generation:
            numbers = f"image {record.memory_generation}, disk {record.generation}"
            raise Refusal("stale_image", numbers)
        written = record.written()
        scene.record = written
        scene.remember(memory_generation=written.generation)
    scene.dialect.unpause(scene.domain)
    if scene.look().state == PAUSED:
        raise ToolFailed("tool_failed", "it is still paused")
    scene.remember(came_from="")
    return {"domid": scene.domain.domid}


def pause(scene: Scene) -> dict[str, Any]:
    """Stop the guest's processors."""
    needs(scene, RUNNING)
    scene.dialect.pause(scene.domain)
    return {}
