"""save, verify, spend, discard-image: a guest's memory becomes a file, and the file's life."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

from bot.executors.host_helper import boot_lock, durable, guests, images
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, SUSPENDED, ToolFailed
from bot.executors.host_helper.images import MIB, Image, Manifest
from bot.executors.host_helper.verbs.scene import Refusal, Scene, needs


def save(scene: Scene) -> dict[str, Any]:
    """Save the guest to a new image: written as `.part`, synced, judged whole, then renamed."""
    _may_save(scene)
    folder = images.folder(scene.settings, scene.guest)
    part = folder / f"{scene.asked.image}.part"
    manifest = Manifest(
        guest=scene.guest,
        uuid=scene.domain.uuid,
        generation=scene.record.memory_generation,
        operation=scene.asked.id,
        saved=time.time(),
        boot_id=guests.boot_id(),
        hypervisor=scene.dialect.version(),
        memory_mib=scene.domain.memory_mib,
        configuration=scene.dialect.configuration(scene.domain),
    )
    images.write_manifest(scene.settings, scene.asked.image, manifest)
    boot_lock.take(scene.settings, scene.guest, scene.asked.id)
    try:
        scene.dialect.save(scene.domain, str(part), scene.log)
    except Exception:
        give_up(scene)
        raise
    return finish(scene)


def _may_save(scene: Scene) -> None:
    states = (
        (RUNNING, SUSPENDED, PAUSED) if scene.dialect.name == "libvirt" else (RUNNING, SUSPENDED)
    )
    needs(scene, *states)
    if scene.domain.unsaveable:
        raise Refusal("cannot_save", ", ".join(scene.domain.unsaveable))
    if not scene.asked.image:
        raise Refusal("no_image", "no name")
    folder = images.folder(scene.settings, scene.guest)
    taken = (folder / f"{scene.asked.image}.{state}" for state in ("part", "img", "spent"))
    if any(os.path.lexists(path) for path in taken):  # also by a link that leads elsewhere
        raise Refusal("wrong_state", f"image {scene.asked.image} exists")
    free, needed = images.free_mib(scene.settings), scene.domain.memory_mib
    if free < needed:
        raise ToolFailed("no_space", f"{free} MiB free, {needed} MiB needed")


def finish(scene: Scene) -> dict[str, Any]:
    """Make a whole `.part` the guest's live image. The guest is off."""
    image = scene.image()
    if image is None or image.manifest is None:
        raise ToolFailed("no_image", f"{scene.asked.image} is gone")
    durable.sync(image.path)
    try:
        scene.dialect.check_image(str(image.path))
    except ToolFailed:
        give_up(scene)
        raise
    scene.look()
    if scene.domain.state != OFF:
        give_up(scene)
        raise ToolFailed("wrong_state", f"state {scene.domain.state} after its save")
    size = images.size(image.path)
    images.write_manifest(scene.settings, image.name, replace(image.manifest, size=size))
    scene.remember(came_from="", witness=guests.witness(scene.domain, scene.dialect))
    durable.rename(image.path, image.path.with_suffix(".img"))
    return {"size_mib": -(-size // MIB), "generation": image.manifest.generation}


def give_up(scene: Scene) -> None:
    """Remove what a save that failed has left of its image."""
    image = scene.image()
    if image is not None and image.state == "part":
        images.discard(image)
    else:
        durable.remove(images.folder(scene.settings, scene.guest) / f"{scene.asked.image}.json")
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
