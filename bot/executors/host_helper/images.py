"""Images: one folder for each guest, and the life of a file told by its name.

`NAME.part` is being written; `NAME.img` is whole, and *live*: a guest may be restored from it;
`NAME.spent` has been, or may have been, given back. Beside it stands its manifest `NAME.json`.
A guest's folder is made by this module, 0700, and links in it are never followed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.executors.host_helper import durable
from bot.executors.host_helper.domain import ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.witness import Witness

MIB = 1 << 20
_PRIVATE = 0o700
_CHUNK = 4 * MIB


@dataclass(frozen=True)
class Manifest:
    """What belongs to an image; written before the save, and completed after it."""

    guest: str
    uuid: str
    generation: int  # of the guest's disk when it was saved
    operation: str
    saved: float  # seconds since 1970
    boot_id: str
    hypervisor: str
    memory_mib: int = 0  # of the guest: about as much as will be written
    configuration: str = ""  # that the guest ran with; the image itself keeps it to be restored
    size: int = 0  # bytes; 0: the save has not ended
    sha256: str = ""  # of the whole file, read back from the disk; empty: not verified
    pair: str = ""  # the disk snapshot taken with it
    witness: Witness | None = None  # of the guest's disks when its save had ended


@dataclass(frozen=True)
class Image:
    """One image file and its manifest."""

    name: str
    path: Path
    manifest: Manifest | None

    @property
    def state(self) -> str:
        """Return part, img or spent."""
        return self.path.suffix[1:]

    @property
    def live(self) -> bool:
        """Say whether the guest may be restored from it."""
        return self.state == "img"


def folder(settings: Settings, guest: str) -> Path:
    """Return the folder of a guest's images, made if need be."""
    made = settings.images / guest
    made.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    found = os.lstat(made)
    if not stat.S_ISDIR(found.st_mode):
        raise ToolFailed("tool_failed", f"{made} is not a folder")
    return made


def of(settings: Settings, guest: str) -> list[Image]:
    """Return the images of a guest, in order of name; none whose file is a link."""
    place = settings.images / guest
    if place.is_symlink() or not place.is_dir():
        return []
    names = sorted(os.listdir(place))
    found = [_image(place / name) for name in names if name.endswith((".part", ".img", ".spent"))]
    return [image for image in found if image is not None]


def named(settings: Settings, guest: str, name: str) -> Image | None:
    """Return one image of a guest, or None."""
    return next((image for image in of(settings, guest) if image.name == name), None)


def _image(path: Path) -> Image | None:
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        found = durable.read_json(path.with_suffix(".json"))
        manifest = Manifest(**found) if found else None
    except FileNotFoundError:
        return None  # it went while we looked
    except (OSError, ValueError, TypeError):
        manifest = None  # an image without a readable manifest fits nothing
    return Image(path.stem, path, manifest)


def write_manifest(settings: Settings, name: str, manifest: Manifest) -> None:
    """Write the manifest of the image *name*, durably."""
    durable.write_json(folder(settings, manifest.guest) / f"{name}.json", asdict(manifest))


def size(path: Path) -> int:
    """Return the bytes of a file that is no link."""
    return os.lstat(path).st_size


def digest(path: Path, *, from_disk: bool) -> str:
    """Return the SHA-256 of a file; *from_disk*: what the memory still holds of it is dropped."""
    descriptor = os.open(str(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if from_disk:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        hashed = hashlib.sha256()
        while chunk := os.read(descriptor, _CHUNK):
            hashed.update(chunk)
    finally:
        os.close(descriptor)
    return hashed.hexdigest()


def progress(settings: Settings, guest: str, name: str) -> float:
    """Return how much of a save that goes on has been written: 0 to 0.99."""
    image = named(settings, guest, name)
    if image is None or image.manifest is None or not image.manifest.memory_mib:
        return 0.0
    try:
        return min(0.99, size(image.path) / (image.manifest.memory_mib * MIB))
    except FileNotFoundError:
        return 0.99  # it has just been renamed


def spend(image: Image) -> None:
    """Rename an image so that nobody restores it again; durable when this returns."""
    if image.live:
        durable.rename(image.path, image.path.with_suffix(".spent"))


def revive(image: Image) -> Image:
    """Undo `spend`, after its guest's disk was rolled back to the pair."""
    if image.state != "spent":
        return image
    path = image.path.with_suffix(".img")
    durable.rename(image.path, path)
    return Image(image.name, path, image.manifest)


def discard(image: Image) -> None:
    """Remove an image and its manifest."""
    durable.remove(image.path)
    durable.remove(image.path.with_suffix(".json"))


def free_mib(settings: Settings) -> int:
    """Return the free space for images."""
    try:
        found = os.statvfs(settings.images)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
        return 0
    return found.f_bavail * found.f_frsize // MIB
