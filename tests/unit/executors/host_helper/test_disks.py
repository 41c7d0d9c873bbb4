"""snapshot, rollback, drop-snapshot: a disk gets its state and its generation back, or neither."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.executors.host_helper.domain import OFF, PAUSED, Disk, Domain
from tests.unit.executors.host_helper.acting import Acting
from tests.unit.executors.host_helper.keeper import killed
from tests.unit.executors.host_helper.played import Played

CALLS = ((os, "replace"), (os, "rename"), (os, "unlink"), (os, "rmdir"), (os, "fsync"))
BACK = ("restore", "spend", "unpause")
QEMU_IMG = shutil.which("qemu-img")


class Qcow(Played):
    """Its guest's disk is a real qcow2 file."""

    def _domain(self, name: str, one: dict[str, object]) -> Domain:
        found = super()._domain(name, one)
        disks = tuple(Disk(disk.path, "qcow2") for disk in found.disks)
        return Domain(**{**vars(found), "disks": disks})

    def _go_on(self, name: str) -> None:
        """Run, and write nothing: what is in the file is QEMU's."""
        self.change(name, state="running", fits="")


@pytest.fixture
def paired(played: Acting[Played]) -> Acting[Played]:
    """Return a host with g1, whose memory and disk are kept: the image "i1", the snapshot "s1"."""
    played.done("save", "verify", "snapshot", snapshot="s1")
    return played


def two_disks(host: Acting[Played]) -> list[Path]:
    """Let g2 be a guest with two disks, saved and kept."""
    paths = [host.dialect.folder / name for name in ("one.raw", "two.raw")]
    host.dialect.add("g2", *map(str, paths))
    host.done("save", "verify", "snapshot", guest="g2", snapshot="s1")
    return paths


def test_a_pair_costs_the_image_nothing(paired: Acting[Played]) -> None:
    paired.done(*BACK)

    assert paired.dialect.hurt() == []


def test_memory_fits_again_after_a_rollback(paired: Acting[Played]) -> None:
    paired.done(*BACK, "destroy")
    assert paired.fails("restore", again=True) == "stale_image"

    paired.done("rollback", snapshot="s1")
    paired.done("restore", again=True)
    paired.done("spend", "unpause")
    assert paired.dialect.hurt() == []


def test_a_rollback_gives_the_generation_back(paired: Acting[Played]) -> None:
    before = paired.record().generation
    paired.done("boot", "destroy")
    assert paired.record().generation > before

    paired.done("rollback", snapshot="s1")
    assert paired.record().generation == before


def test_a_number_is_new_also_after_a_rollback(paired: Acting[Played]) -> None:
    paired.done("boot", "destroy")
    number = paired.record().generation
    paired.done("rollback", "boot", snapshot="s1")

    assert paired.record().generation > number


def test_who_starts_it_after_a_rollback_makes_it_stale(paired: Acting[Played]) -> None:
    paired.done("rollback", snapshot="s1")
    paired.dialect.intrude()

    assert paired.fails("restore") == "stale_image"


@pytest.mark.parametrize("verb", ["snapshot", "rollback"])
def test_a_running_guest_is_neither_kept_nor_rolled_back(paired: Acting[Played], verb: str) -> None:
    paired.done("boot")

    answer = paired.do(verb, snapshot="s1" if verb == "rollback" else "s2")
    assert answer["state"] == "refused"


def test_a_paused_guest_is_kept_and_not_rolled_back(played: Acting[Played]) -> None:
    played.done("pause", "snapshot", snapshot="s1")

    assert played.dialect.show().state == PAUSED
    assert played.fails("rollback", snapshot="s1") == "already_runs"


def test_a_name_is_used_once(paired: Acting[Played]) -> None:
    assert paired.fails("snapshot", snapshot="s1") == "wrong_state"


def test_a_snapshot_needs_a_name(played: Acting[Played]) -> None:
    played.dialect.stop()

    assert played.fails("snapshot") == "no_snapshot"


def test_what_was_never_kept_is_not_rolled_back(paired: Acting[Played]) -> None:
    assert paired.fails("rollback", snapshot="s2") == "no_snapshot"


def test_a_dropped_snapshot_is_gone_and_costs_the_image_nothing(paired: Acting[Played]) -> None:
    paired.done("drop-snapshot", "drop-snapshot", snapshot="s1")
    assert paired.fails("rollback", snapshot="s1") == "no_snapshot"

    paired.done(*BACK)
    assert paired.dialect.hurt() == []


def test_keeping_a_disk_hides_no_intruder(played: Acting[Played]) -> None:
    played.done("save", "verify")
    played.dialect.intrude()
    played.done("snapshot", "drop-snapshot", snapshot="s1")

    assert played.fails("restore") == "stale_image"


def test_a_torn_guest_is_neither_booted_nor_restored(played: Acting[Played]) -> None:
    count, torn = 0, 0
    paths = two_disks(played)
    before = [path.read_bytes() for path in paths]

    played.dialect.intrude("g2")
    while killed(played.doing("rollback", guest="g2", snapshot="s1"), CALLS, count := count + 1):
        now = [path.read_bytes() for path in paths]
        mixed = now[0] == before[0], now[1] == before[1]
        if mixed[0] != mixed[1]:
            torn += 1
            assert played.fails("boot", guest="g2") == "wrong_state"
            assert played.fails("restore", guest="g2") == "wrong_state"
        played.done("rollback", guest="g2", snapshot="s1")
        played.dialect.intrude("g2")
    assert torn > 0


def test_a_torn_guest_is_whole_once_its_rollback_was_repeated(played: Acting[Played]) -> None:
    paths = two_disks(played)
    before = [path.read_bytes() for path in paths]
    played.dialect.intrude("g2")
    renames = ((os, "rename"),)
    assert killed(played.doing("rollback", guest="g2", snapshot="s1"), renames, 2)
    image = played.image(guest="g2").manifest
    assert image
    assert played.record("g2").generation != image.generation
    played.done("rollback", guest="g2", snapshot="s1")

    assert [path.read_bytes() for path in paths] == before
    played.done(*BACK, guest="g2")
    assert played.dialect.hurt() == []


def test_a_killed_rollback_fits_no_image_until_it_is_repeated(paired: Acting[Played]) -> None:
    paired.done("boot", "destroy")
    count = 0
    while killed(paired.doing("rollback", snapshot="s1"), CALLS, count := count + 1):
        if paired.do("restore", again=True)["error"] == "":
            paired.done("spend", "unpause")
            assert paired.dialect.hurt() == []
            paired.done("destroy")
        paired.done("rollback", snapshot="s1")
        paired.done("boot", "destroy")
    assert count > 3


@pytest.mark.skipif(QEMU_IMG is None, reason="qemu-img is not here")
def test_a_pair_of_a_disk_that_changes_by_it_costs_the_image_nothing(
    played: Acting[Played],
) -> None:
    path = played.dialect.folder / "g1.raw"
    path.unlink()
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(path), "1M"], check=True)
    host = Acting(played.settings, Qcow(played.dialect.folder))
    host.done("save", "verify")
    before = path.read_bytes()
    host.done("snapshot", snapshot="s1")
    assert path.read_bytes() != before

    host.done("restore", "destroy")
    host.done("drop-snapshot", snapshot="s1")
    host.done(*BACK)
    assert host.dialect.show().state != OFF


def test_a_snapshot_of_a_paused_guest_fits_no_memory_of_later(played: Acting[Played]) -> None:
    played.done("pause", "snapshot", "unpause", "save", "verify", "rollback", snapshot="s1")

    assert played.fails("restore") == "stale_image"


def test_a_snapshot_fits_no_memory_of_who_was_started_by_hand(played: Acting[Played]) -> None:
    played.done("shutdown", "snapshot", snapshot="s1")
    played.dialect.start()
    played.done("save", "verify", "rollback", snapshot="s1")

    assert played.fails("restore") == "stale_image"


def test_nor_of_who_was_started_by_hand_before_it(played: Acting[Played]) -> None:
    played.done("pause", "snapshot", "destroy", snapshot="s1")
    played.dialect.start()
    played.done("save", "verify", "rollback", snapshot="s1")

    assert played.fails("restore") == "stale_image"
