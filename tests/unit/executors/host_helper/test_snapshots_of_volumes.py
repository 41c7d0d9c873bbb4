"""Disks that are volumes of LVM, thin and thick, on a pretended LVM; killed at every command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.executors.host_helper import snapshots, tools
from bot.executors.host_helper.snapshots.lvm import Lvm
from tests.unit.executors.host_helper.keeper import MIB, Keeper, killed

BEFORE = ((tools, "run"),)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    made = Keeper(tmp_path)
    monkeypatch.setenv("PATH", made.lvm.env["PATH"])
    made.forget()
    return made


def kills(host: Keeper) -> Iterator[int]:
    """Give a number for each command at which a rollback was killed, until it ends by itself."""
    count = 1
    while killed(host.roll_back, BEFORE, count):
        yield count
        count += 1


@pytest.mark.parametrize("thin", [True, False])
def test_a_volume_is_rolled_back_as_often_as_wanted(host: Keeper, thin: bool) -> None:  # noqa: FBT001
    host.add_volume("d", thin=thin)
    host.take()
    for _ in range(2):
        host.lvm.write("d", "after")
        host.roll_back()
        assert host.lvm.read("d") == "before"
    assert host.names() == ["s1"]
    host.drop()
    assert host.lvm.volumes() == ["d"]


def test_a_thin_volume_keeps_its_tags(host: Keeper) -> None:
    host.add_volume("d", thin=True)
    host.lvm.change("d", tags=["owner"])
    host.take()
    host.roll_back()
    known = Lvm().volume("vg", "d", fresh=True)
    assert known is not None
    assert known.tags == ("owner",)


def test_a_killed_thin_rollback_is_finished_by_the_next(host: Keeper) -> None:
    host.add_volume("d", thin=True)
    host.take()
    for _ in kills(host):
        host.roll_back()
        assert (host.lvm.read("d"), len(host.lvm.volumes())) == ("before", 2)
        host.lvm.write("d", "after")
    assert host.names() == ["s1"]


def test_a_killed_thick_rollback_leaves_the_earlier_disk_and_says_if_that_is_all(
    host: Keeper,
) -> None:
    host.add_volume("d", thin=False)
    host.take()
    for _ in kills(host):
        used_up = host.lvm.volumes() == ["d"]
        if used_up and host.lvm.read("d") == "before" and host.unfinished():
            host.fails("no_snapshot", host.roll_back)
            host.drop()
            host.take()
        else:
            host.roll_back()
        assert (host.lvm.read("d"), host.names()) == ("before", ["s1"])
        host.lvm.write("d", "after")


def test_a_rollback_of_two_kinds_killed_anywhere_never_stays_half(host: Keeper) -> None:
    host.add_volume("thin", thin=True)
    disk = host.add_file("g1.raw")
    host.take()
    for _ in kills(host):
        host.roll_back()
        assert (host.lvm.read("thin"), disk.read_bytes()[:6]) == ("before", b"before")
        host.lvm.write("thin", "after")
        disk.write_bytes(b"after")


def test_a_thick_snapshot_that_overflowed_is_not_promised(host: Keeper) -> None:
    host.add_volume("d", thin=False)
    host.take()
    kept = next(name for name in host.lvm.volumes() if name != "d")
    host.lvm.change(kept, data=100.0)
    assert host.names() == []
    host.fails("snapshot_full", host.roll_back)
    assert host.unfinished() == []


def test_a_thick_snapshot_that_somebody_removed_touches_no_disk(host: Keeper) -> None:
    for name, thin in (("d", True), ("k", False)):
        host.add_volume(name, thin=thin)
    host.take()
    kept = [name for name in host.lvm.volumes() if name not in {"d", "k"}]
    host.lvm.remove(kept[1])
    host.lvm.write("d", "after")
    host.fails("no_snapshot", host.roll_back)
    assert (host.lvm.read("d"), host.names(), host.unfinished()) == ("after", [], [])


def test_no_room_in_the_group_is_told_before_anything_is_done(host: Keeper) -> None:
    host.add_volume("d", thin=False)
    host.lvm.configure(free=MIB)
    assert "volume group vg" in host.fails("no_space", host.take)
    assert (host.names(), host.lvm.volumes()) == ([], ["d"])


def test_a_full_pool_is_told_before_anything_is_done(host: Keeper) -> None:
    host.add_volume("d", thin=True)
    host.lvm.change("pool", data=96.0)
    assert "thin pool vg/pool" in host.fails("no_space", host.take)
    host.forget()
    assert snapshots.space_mib(host.settings, [host.domain]) == 0


def test_a_second_disk_that_fails_undoes_the_first(host: Keeper) -> None:
    host.add_volume("d", thin=True)
    host.add_volume("k", thin=False)
    host.lvm.configure(free=MIB)
    host.fails("no_space", host.take)
    assert host.lvm.volumes() == ["d", "k"]


def test_a_rollback_that_cannot_begin_touches_nothing(host: Keeper) -> None:
    host.add_volume("d", thin=True)
    host.take()
    host.lvm.write("d", "after")
    host.lvm.fail("lvcreate", "Free space in pool vg/pool is above threshold")
    host.fails("tool_failed", host.roll_back)
    assert (host.lvm.read("d"), host.names(), host.unfinished()) == ("after", ["s1"], [])


def test_a_volume_that_is_open_is_not_rolled_back(host: Keeper) -> None:
    for name, thin in (("d", True), ("k", False)):
        host.add_volume(name, thin=thin)
    host.take()
    host.lvm.change("k", open=True)
    host.fails("wrong_state", host.roll_back)


def test_a_merge_whose_watcher_died_is_looked_after_again(host: Keeper) -> None:
    host.add_volume("d", thin=False)
    host.take()
    host.lvm.write("d", "after")
    host.lvm.configure(stuck=True)
    host.fails("tool_failed", host.roll_back)
    assert host.unfinished() == ["s1"]
    host.fails("no_snapshot", host.roll_back)
    assert (host.lvm.read("d"), host.names(), host.unfinished()) == ("before", [], [])


def test_a_thick_snapshot_that_finds_no_room_again_is_used_up(host: Keeper) -> None:
    host.add_volume("d", thin=False)
    host.take()
    host.lvm.fail("lvcreate", "insufficient free space")
    host.roll_back()
    assert (host.lvm.read("d"), host.names(), host.unfinished()) == ("before", [], [])


def test_the_kind_is_thick_as_soon_as_one_disk_is(host: Keeper) -> None:
    host.add_volume("d", thin=True)
    assert snapshots.kind(host.settings, [host.domain]) == "thin"
    host.add_volume("k", thin=False)
    host.forget()
    assert snapshots.kind(host.settings, [host.domain]) == "thick"


def test_volume_groups_are_told(host: Keeper) -> None:
    assert snapshots.volume_groups() == ["vg"]
    host.lvm.fail("vgs", "broken")
    host.fails("tool_failed", snapshots.volume_groups)


def test_without_lvm_there_are_no_volume_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert snapshots.volume_groups() == []
