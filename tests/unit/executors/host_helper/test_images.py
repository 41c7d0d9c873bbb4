"""Images: the life of a file is told by its name; links lead nowhere; leftovers harm nobody."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from bot.executors.host_helper import images
from bot.executors.host_helper.domain import ToolFailed
from bot.executors.host_helper.images import MIB, Manifest
from bot.executors.host_helper.settings import Settings
from tests.unit.executors.host_helper.acting import Acting, settings_in
from tests.unit.executors.host_helper.played import UUID, Played

MANIFEST = Manifest("g1", UUID, 1, "r1/g1/save/1", 1.0, "boot", "qemu-7.2.22", memory_mib=4)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def add(settings: Settings, name: str, content: bytes = b"image") -> Path:
    path = images.folder(settings, "g1") / name
    path.write_bytes(content)
    images.write_manifest(settings, path.stem, MANIFEST)
    return path


def found(settings: Settings) -> list[tuple[str, str, bool]]:
    return [(one.name, one.state, one.live) for one in images.of(settings, "g1")]


def test_the_name_tells_the_life(settings: Settings) -> None:
    for name in ("c.spent", "a.part", "b.img"):
        add(settings, name)

    assert found(settings) == [("a", "part", False), ("b", "img", True), ("c", "spent", False)]


def test_a_guest_without_a_folder_has_none(settings: Settings) -> None:
    assert images.of(settings, "g1") == []
    assert images.named(settings, "g1", "i1") is None


@pytest.mark.parametrize("name", ["i1.json", "i1.json.new77", "i1", "i1.img.bak", ".hidden", "img"])
def test_leftovers_are_no_images(settings: Settings, name: str) -> None:
    (images.folder(settings, "g1") / name).write_bytes(b"")

    assert found(settings) == []


def test_a_manifest_comes_back_as_it_was(settings: Settings) -> None:
    add(settings, "i1.img")

    image = images.named(settings, "g1", "i1")
    assert image
    assert image.manifest == MANIFEST


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"guest": "g1"}', '{"x": 1}', "\xff"])
def test_an_image_whose_manifest_cannot_be_read_has_none(settings: Settings, text: str) -> None:
    path = add(settings, "i1.img")
    path.with_suffix(".json").write_text(text, encoding="latin-1")

    image = images.named(settings, "g1", "i1")
    assert image
    assert (image.live, image.manifest) == (True, None)


def test_an_image_whose_manifest_is_lost_is_still_seen(settings: Settings) -> None:
    add(settings, "i1.img").with_suffix(".json").unlink()

    assert found(settings) == [("i1", "img", True)]


# ---- links ----


def test_a_link_is_no_image(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (images.folder(settings, "g1") / "i1.img").symlink_to(tmp_path / "secret")

    assert found(settings) == []


def test_a_folder_is_no_image(settings: Settings) -> None:
    (images.folder(settings, "g1") / "i1.img").mkdir()

    assert found(settings) == []


def test_a_linked_folder_holds_no_images(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "i1.img").write_bytes(b"image")
    settings.images.mkdir(parents=True)
    (settings.images / "g1").symlink_to(tmp_path / "elsewhere")

    assert found(settings) == []
    with pytest.raises(ToolFailed):
        images.folder(settings, "g1")


def test_a_linked_manifest_is_none(settings: Settings, tmp_path: Path) -> None:
    path = add(settings, "i1.img")
    manifest = path.with_suffix(".json")
    manifest.rename(tmp_path / "manifest")
    manifest.symlink_to(tmp_path / "manifest")

    image = images.named(settings, "g1", "i1")
    assert image
    assert image.manifest is None


def test_a_link_is_not_read(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(add(settings, "i1.img"))

    with pytest.raises(OSError, match="symbolic links"):
        images.digest(tmp_path / "link", from_disk=False)


def test_a_link_in_the_place_of_the_image_stops_the_save(played: Acting[Played]) -> None:
    folder = images.folder(played.settings, "g1")
    (folder / "i1.part").symlink_to(played.dialect.folder / "victim")

    assert played.fails("save") == "wrong_state"
    assert not (played.dialect.folder / "victim").exists()


def test_a_linked_folder_stops_the_save(played: Acting[Played], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (played.settings.images / "g1").symlink_to(tmp_path / "elsewhere")

    assert played.fails("save") == "tool_failed"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert played.dialect.show().state == "running"


# ---- hashing, spending, reviving ----


@pytest.mark.parametrize("from_disk", [True, False])
@pytest.mark.parametrize("size", [0, 1, 4 * MIB, 4 * MIB + 1])
def test_a_hash_is_of_the_whole_file(settings: Settings, size: int, *, from_disk: bool) -> None:
    path = add(settings, "i1.img", os.urandom(16) * (size // 16) + b"x" * (size % 16))

    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert images.digest(path, from_disk=from_disk) == expected


def test_a_spent_image_lives_again_after_a_rollback(settings: Settings) -> None:
    path = add(settings, "i1.img")
    (image,) = images.of(settings, "g1")
    images.spend(image)
    (spent,) = images.of(settings, "g1")
    assert spent.state == "spent"

    assert images.revive(spent).path == path
    assert found(settings) == [("i1", "img", True)]


def test_what_is_being_written_is_not_spent(settings: Settings) -> None:
    add(settings, "i1.part")
    (image,) = images.of(settings, "g1")
    images.spend(image)

    assert found(settings) == [("i1", "part", False)]


def test_discarding_leaves_nothing(settings: Settings) -> None:
    add(settings, "i1.img")
    (image,) = images.of(settings, "g1")
    images.discard(image)
    images.discard(image)

    assert list((settings.images / "g1").iterdir()) == []


def test_progress_is_a_share_of_the_memory(settings: Settings) -> None:
    assert images.progress(settings, "g1", "i1") == 0.0

    add(settings, "i1.part", bytes(MIB))
    assert images.progress(settings, "g1", "i1") == 0.25


def test_progress_never_says_that_all_is_there(settings: Settings) -> None:
    add(settings, "i1.part", bytes(5 * MIB))

    assert images.progress(settings, "g1", "i1") == 0.99


def test_progress_without_a_manifest_is_none(settings: Settings) -> None:
    add(settings, "i1.part", bytes(MIB)).with_suffix(".json").unlink()

    assert images.progress(settings, "g1", "i1") == 0.0


def test_a_place_that_is_not_there_has_no_room(settings: Settings) -> None:
    assert images.free_mib(settings) == 0
    images.folder(settings, "g1")
    assert images.free_mib(settings) > 0


# ---- leftovers block nobody ----


@pytest.mark.parametrize("kind", ["part", "img"])
def test_a_boot_leaves_no_image_that_lives(played: Acting[Played], kind: str) -> None:
    played.done("save")
    path = played.image().path
    path.rename(path.with_suffix(f".{kind}"))
    played.done("boot")

    assert set(played.images().values()) <= {"spent"}
    assert not played.lock()


def test_an_image_without_a_manifest_is_spent_by_a_boot(played: Acting[Played]) -> None:
    played.done("save")
    played.image().path.with_suffix(".json").unlink()
    played.done("boot")

    assert played.images() == {"i1": "spent"}
