"""snapshot, rollback, drop-snapshot: a guest's disk as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.executors.host_helper import images, snapshots
from bot.executors.host_helper.domain import OFF, PAUSED, SUSPENDED
from bot.executors.host_helper.verbs.scene import Refusal, Scene, needs


def snapshot(scene: Scene) -> dict[str, Any]:
    """Keep the disk as it is, while nobody writes to it."""
    needs(scene, OFF, PAUSED, SUSPENDED)
    name = scene.asked.snapshot
    if not name:
        raise Refusal("no_snapshot", "no name")
    if name in snapshots.names(scene.settings, scene.domain):
        raise Refusal("wrong_state", f"snapshot {name} exists")
    number = _number(scene)
    snapshots.take(scene.settings, scene.domain, name)
    scene.remember(snapshots={**scene.record.snapshots, name: number})
    _witness_again(scene)
    _pair(scene, number)
    return {}


def _pair(scene: Scene, number: int) -> None:
    """Write the snapshot into the manifest of the image that it makes a pair with."""
    for image in images.of(scene.settings, scene.guest):
        if image.live and image.manifest and image.manifest.generation == number:
            paired = replace(image.manifest, pair=scene.asked.snapshot)
            images.write_manifest(scene.settings, image.name, paired)


def _number(scene: Scene) -> int:
    """Return the generation that the snapshot keeps: that of the disk, where nobody may write.

    A disk that nobody watched since it was written may be another than its number says. It gets
    one that no image fits, before it is kept.
    """
    if scene.record.witness is None:
        new = scene.record.written()
        if scene.domain.state == OFF:
            scene.record = new
            scene.witnessed()
        else:
            scene.remember(last_generation=new.last_generation)
        return new.generation
    return scene.record.generation


def rollback(scene: Scene) -> dict[str, Any]:
    """Give the disk its state and its generation back."""
    name = scene.asked.snapshot
    generation = scene.record.snapshots.get(name)
    if generation is None or name not in snapshots.names(scene.settings, scene.domain):
        raise Refusal("no_snapshot", name)
    needs(scene, OFF)
    # Half rolled back it fits nothing: until it is done the disk has a number of its own.
    scene.record = scene.record.written()
    scene.remember(came_from="")
    snapshots.roll_back(scene.settings, scene.domain, name)
    scene.remember(generation=generation)
    scene.witnessed()
    return {}


def drop_snapshot(scene: Scene) -> dict[str, Any]:
    """Remove a snapshot; one that is not there is done."""
    snapshots.drop(scene.settings, scene.domain, scene.asked.snapshot)
    left = {n: g for n, g in scene.record.snapshots.items() if n != scene.asked.snapshot}
    scene.remember(snapshots=left)
    _witness_again(scene)
    return {}


def _witness_again(scene: Scene) -> None:
    """Witness the disk as it is now: what keeps it may have changed its file (qcow2)."""
    if scene.record.witness is not None:
        scene.witnessed()
