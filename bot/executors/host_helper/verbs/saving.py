"""save, verify, spend, discard-image: a guest's memory becomes a file, and the file's life."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

from bot.executors.host_helper import boot_lock, durable, images, witness
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, SUSPENDED, ToolFailed
from bot.executors.host_helper.gate import Unsettled
from bot.executors.host_helper.images import MIB, Image, Manifest
from bot.executors.host_helper.verbs.scene import Refusal, Scene, needs
from bot.executors.host_helper.witness import Witness

_ROOM_MIB = 16  # for what is written beside an image


def save(scene: Scene) -> dict[str, Any]:
    """Save the guest to a new image: written as `.part`, synced, judged whole, then renamed."""
    _may_save(scene)
    folder = images.folder(scene.settings, scene.guest)
    part = folder / f"{scene.asked.image}.part"
    manifest = Manifest(
        guest=scene.guest,
        uuid=scene.record.uuid,
        generation=scene.record.memory_generation,
        operation=scene.asked.id,
        saved=time.time(),
        boot_id=witness.boot_id(),
        hypervisor=scene.dialect.version(),
        memory_mib=scene.domain.memory_mib,
        configuration=scene.dialect.configuration(scene.domain),
    )
    images.write_manifest(scene.settings, scene.asked.image, manifest)
    boot_lock.take(scene.settings, scene.guest, scene.asked.id)
    try:
        scene.dialect.save(scene.domain, str(part), scene.log)
    except Exception as error:
        if _goes_on(scene):
            raise Unsettled from error
        give_up(scene)
        raise
    try:
        return finish(scene, witness.of(scene.domain, scene.dialect))
    except (ToolFailed, OSError) as error:
        if getattr(error, "fault", "") in CONDEMNED:
            raise
        raise Unsettled from error  # the memory is in the file: nobody gives that up for a tool


def _goes_on(scene: Scene) -> bool:
    """Say whether the hypervisor may still be writing the image that its tool gave up."""
    try:
        return scene.dialect.busy(scene.domain)
    except ToolFailed:
        return True


def _may_save(scene: Scene) -> None:
    needs(scene, RUNNING, SUSPENDED, *([PAUSED] if scene.dialect.saves_paused else []))
    if scene.domain.unsaveable:
        raise Refusal("cannot_save", ", ".join(scene.domain.unsaveable))
    if not scene.asked.image:
        raise Refusal("no_image", "no name")
    folder = images.folder(scene.settings, scene.guest)
    taken = (folder / f"{scene.asked.image}.{state}" for state in ("part", "img", "spent"))
    if any(os.path.lexists(path) for path in taken):  # also by a link that leads elsewhere
        raise Refusal("wrong_state", f"image {scene.asked.image} exists")
    if not witness.can_tell(witness.of(scene.domain, scene.dialect)):
        raise Refusal("cannot_save", "nobody could tell whether its disks were written to")
    free, needed = images.free_mib(scene.settings), scene.domain.memory_mib + _ROOM_MIB
    if free < needed:
        raise ToolFailed("no_space", f"{free} MiB free, {needed} MiB needed")


def finish(scene: Scene, seen: Witness) -> dict[str, Any]:
    """Make a whole `.part` the guest's live image; *seen*: its disks when the save had ended.

    Raises:
        ToolFailed: one of CONDEMNED: the image is of no use, and removed. Any other, and OSError:
            it could not be looked at; it is still there, and this may be done again.
    """
    image = scene.image()
    if image is None or image.manifest is None:
        raise ToolFailed("no_image", f"{scene.asked.image} is gone")
    size = images.size(image.path)
    kept = replace(image.manifest, size=size, witness=seen)
    images.write_manifest(scene.settings, image.name, kept)
    durable.sync(image.path)
    witness.sync_disks(scene.domain)
    _judge(scene, image, seen)
    scene.remember(came_from="", witness=seen)
    durable.rename(image.path, image.path.with_suffix(".img"))
    return {"size_mib": -(-size // MIB), "generation": kept.generation}


def _judge(scene: Scene, image: Image, seen: Witness) -> None:
    """Give up an image that is not whole, or whose guest was started meanwhile."""
    try:
        scene.dialect.check_image(str(image.path))
        _refuse_started(scene, seen)
    except ToolFailed as failed:
        if failed.fault in CONDEMNED:
            give_up(scene)
        raise


def _refuse_started(scene: Scene, seen: Witness) -> None:
    if scene.look().state != OFF:
        raise ToolFailed("wrong_state", f"state {scene.domain.state} after its save")
    if witness.changed(seen, witness.of(scene.domain, scene.dialect)):
        raise ToolFailed("stale_image", "its disk was written to after its save")


#: Faults that condemn an image; any other says nothing of it.
CONDEMNED = frozenset({"truncated", "corrupt", "wrong_state", "stale_image", "no_image"})


def give_up(scene: Scene) -> None:
    """Remove what a save that failed has left of its image."""
    image = scene.image()
    if image is None:
        durable.remove(images.folder(scene.settings, scene.guest) / f"{scene.asked.image}.json")
    elif image.state == "part":
        images.discard(image)
    boot_lock.let_go(scene.settings, scene.guest)


def verify(scene: Scene) -> dict[str, Any]:
    """Read the image back from the disk, and keep its hash."""
    image = present(scene)
    if image.state == "part":
        raise Refusal("truncated", "not complete")
    right_size(image)
    scene.dialect.check_image(str(image.path))
    hashed = images.digest(image.path, from_disk=True)
    if image.manifest is None:
        raise Refusal("corrupt", "its manifest is lost")
    if image.manifest.sha256 not in {"", hashed}:
        raise ToolFailed("corrupt", "its hash differs from when it was verified first")
    images.write_manifest(scene.settings, image.name, replace(image.manifest, sha256=hashed))
    return {}


def right_size(image: Image) -> None:
    """Raise ToolFailed("truncated") if a file is not as long as it was when its save had ended."""
    wanted = image.manifest.size if image.manifest else 0
    found = images.size(image.path)
    if not wanted or found < wanted:
        raise ToolFailed("truncated", f"{found} bytes, {wanted} were written")
    if found > wanted:
        raise ToolFailed("corrupt", f"{found} bytes, {wanted} were written")


def present(scene: Scene) -> Image:
    """Return the image that the operation names. Raises Refusal("no_image")."""
    image = scene.image()
    if image is None:
        raise Refusal("no_image", scene.asked.image)
    return image


def spend(scene: Scene) -> dict[str, Any]:
    """Rename the image so that nobody restores it again, and give up the boot lock."""
    image = present(scene)
    if image.state == "part":
        images.discard(image)
    images.spend(image)
    boot_lock.let_go(scene.settings, scene.guest)
    return {}


def discard_image(scene: Scene) -> dict[str, Any]:
    """Remove the file, spent or not; none is removed from which a paused guest was restored."""
    image = scene.image()
    if image is not None:
        if image.live and scene.record.came_from == image.name and scene.domain.state != OFF:
            raise Refusal("wrong_state", f"image {image.name} is in use")
        images.discard(image)
    boot_lock.let_go(scene.settings, scene.guest)
    return {}
