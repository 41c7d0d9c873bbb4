"""Disks that are plain files: copied, copied back, and nothing half done."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.executors.host_helper import durable, snapshots
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING
from tests.unit.executors.host_helper.keeper import MIB, Keeper, killed

CALLS = ((os, "replace"), (os, "rename"), (os, "unlink"), (os, "rmdir"), (os, "fsync"))


@pytest.fixture
def host(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


def kills(act: object, host: Keeper) -> Iterator[int]:
    """Give a number for each call at which *act* was killed, until it ends by itself."""
    count = 1
    while killed(getattr(host, str(act)), CALLS, count):
        yield count
        count += 1


def test_a_disk_is_rolled_back_as_often_as_wanted(host: Keeper) -> None:
    disk = host.add_file("g1.raw")
    before = disk.read_bytes()
    host.take()
    for _ in range(2):
        disk.write_bytes(b"after")
        host.roll_back()
        assert disk.read_bytes() == before
    assert host.names() == ["s1"]


def test_a_disk_keeps_its_path_owner_and_mode(host: Keeper) -> None:
    disk = host.add_file("g1.raw")
    host.take()
    before = disk.stat()
    host.roll_back()
    after = disk.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert sorted(path.name for path in host.folder.iterdir()) == ["g1.raw", "snapshots"]


def test_holes_stay_holes(host: Keeper) -> None:
    disk = host.add_file("g1.raw")
    os.truncate(disk, 64 * MIB)
    host.take()
    host.roll_back()
    assert (disk.stat().st_size, disk.stat().st_blocks * 512 < 4 * MIB) == (64 * MIB, True)


def test_all_disks_are_rolled_back(host: Keeper) -> None:
    one, two = host.add_file("a.raw", b"one"), host.add_file("b.raw", b"two")
    host.take()
    one.write_bytes(b"")
    two.write_bytes(b"")
    host.roll_back()
    assert (one.read_bytes()[:3], two.read_bytes()[:3]) == (b"one", b"two")


def test_a_disk_that_is_missing_leaves_no_snapshot_of_the_others(host: Keeper) -> None:
    host.add_file("a.raw")
    host.disks.append(str(host.folder / "none.raw"))
    host.fails("no_disk", host.take)
    assert host.names() == []
    assert not list(host.folder.glob("snapshots/g1/*"))


def test_a_copy_that_is_gone_touches_no_disk(host: Keeper) -> None:
    disks = [host.add_file("a.raw"), host.add_file("b.raw")]
    host.take()
    min(host.folder.glob("snapshots/g1/s1/maint.*")).unlink()
    for disk in disks:
        disk.write_bytes(b"after")
    host.fails("no_snapshot", host.roll_back)
    assert [disk.read_bytes() for disk in disks] == [b"after", b"after"]
    assert host.names() == []


def test_a_running_guest_is_neither_kept_nor_rolled_back(host: Keeper) -> None:
    host.add_file("g1.raw")
    host.take()
    host.state = RUNNING
    host.fails("wrong_state", host.roll_back)
    host.fails("wrong_state", lambda: host.take("s2"))


def test_a_paused_guest_is_kept_and_not_rolled_back(host: Keeper) -> None:
    host.add_file("g1.raw")
    host.state = PAUSED
    host.take()
    host.fails("wrong_state", host.roll_back)
    assert host.names() == ["s1"]


def test_a_name_is_used_once(host: Keeper) -> None:
    host.add_file("g1.raw")
    host.take()
    host.fails("wrong_state", host.take)


@pytest.mark.parametrize("name", ["", "..", ".x", "a/b", "a\nb", "-x"])
def test_names_that_are_none_are_refused(host: Keeper, name: str) -> None:
    host.add_file("g1.raw")
    host.fails("no_snapshot", lambda: host.take(name))


def test_a_dropped_snapshot_leaves_nothing(host: Keeper) -> None:
    host.add_file("g1.raw")
    host.take()
    host.drop()
    host.drop()
    host.fails("no_snapshot", host.roll_back)
    assert not list(host.folder.glob("snapshots/g1/*"))


def test_another_guest_of_the_name_gets_nobodys_disk(host: Keeper) -> None:
    host.add_file("g1.raw")
    host.take()
    host.uuid = "00000002-0000-4000-8000-000000000002"
    host.fails("no_snapshot", host.roll_back)


def test_a_guest_with_another_disk_is_not_rolled_back(host: Keeper) -> None:
    host.add_file("a.raw")
    host.take()
    host.add_file("b.raw")
    host.fails("no_snapshot", host.roll_back)


def test_links_in_the_folder_are_not_followed(host: Keeper) -> None:
    host.add_file("g1.raw")
    elsewhere = host.folder / "elsewhere"
    elsewhere.mkdir()
    (host.folder / "snapshots").mkdir()
    (host.folder / "snapshots" / "g1").symlink_to(elsewhere)
    for act in (host.take, host.roll_back, host.drop):
        host.fails("tool_failed", act)
    assert (host.names(), list(elsewhere.iterdir())) == ([], [])


def test_a_copy_that_became_a_link_is_not_read(host: Keeper) -> None:
    disk = host.add_file("g1.raw")
    secret = host.folder / "secret"
    secret.write_text("secret")
    host.take()
    copy = next(host.folder.glob("snapshots/g1/s1/maint.*"))
    copy.unlink()
    copy.symlink_to(secret)
    host.fails("no_snapshot", host.roll_back)
    assert disk.read_bytes().startswith(b"before")


def test_a_broken_record_is_no_snapshot(host: Keeper) -> None:
    host.add_file("g1.raw")
    host.take()
    next(host.folder.glob("snapshots/g1/s1/manifest.json")).write_text('{"guest": ')
    assert host.names() == []
    host.fails("tool_failed", host.roll_back)


def test_the_folder_is_nobody_elses(host: Keeper) -> None:
    host.add_file("g1.raw")
    host.take()
    made = [*host.folder.glob("snapshots/g1"), *host.folder.glob("snapshots/g1/s1")]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700, 0o700]
    assert [path.stat().st_mode & 0o77 for path in made[1].iterdir()] == [0, 0]


def test_a_killed_take_is_no_snapshot_and_in_nobodys_way(host: Keeper) -> None:
    host.add_file("a.raw")
    host.add_file("b.raw")
    for _ in kills("take", host):
        assert set(host.names()) <= {"s1"}
        if not host.names():
            host.fails("no_snapshot", host.roll_back)
        host.drop()
    assert host.names() == ["s1"]


def test_a_killed_rollback_is_finished_by_the_next(host: Keeper) -> None:
    disks = [host.add_file("a.raw"), host.add_file("b.raw")]
    host.take()
    for _ in kills("roll_back", host):
        assert host.names() == ["s1"]
        mixed = {disk.read_bytes()[:6] for disk in disks} == {b"before", b"after"}
        assert host.unfinished() == ["s1"] or not mixed
        host.roll_back()
        assert [disk.read_bytes()[:6] for disk in disks] == [b"before", b"before"]
        for disk in disks:
            disk.write_bytes(b"after")


def test_a_killed_drop_is_finished_by_the_next(host: Keeper) -> None:
    host.add_file("a.raw")
    host.take()
    for _ in kills("drop", host):
        assert not host.names() or host.state == OFF
        host.drop()
        assert not list(host.folder.glob("snapshots/g1/*"))
        host.take()


def test_a_rollback_torn_over_two_disks_is_not_dropped(host: Keeper) -> None:
    host.add_file("a.raw")
    host.add_file("b.raw")
    host.take()
    count = 1
    while killed(host.roll_back, ((durable, "rename"),), count) and count < 2:
        count += 1
    host.fails("wrong_state", host.drop)
    assert host.unfinished() == ["s1"]


def test_old_snapshots_are_told(host: Keeper) -> None:
    host.add_file("g1.raw")
    host.take()
    now = time.time()
    assert snapshots.older(host.settings, host.domain, now + 1) == ["s1"]
    assert snapshots.older(host.settings, host.domain, now - 60) == []


def test_files_are_kept_as_thin_snapshots_are(host: Keeper) -> None:
    host.add_file("g1.raw")
    assert snapshots.kind(host.settings, [host.domain]) == "thin"
    assert snapshots.space_mib(host.settings, [host.domain]) > 0


def test_a_host_without_disks_keeps_none(host: Keeper) -> None:
    host.disks.append(str(host.folder / "none.raw"))
    assert snapshots.kind(host.settings, [host.domain]) == "none"
    assert snapshots.space_mib(host.settings, [host.domain]) == 0
