"""Generations: whoever writes to a guest's disk, no image of before fits it any more."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.executors.host_helper import guests, witness
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, Disk, Domain
from bot.executors.host_helper.guests import Record
from bot.executors.host_helper.witness import Mark, Witness
from tests.unit.executors.host_helper.acting import Acting
from tests.unit.executors.host_helper.played import OTHER_UUID, UUID, Played

KINDS = ("g2.raw", "g2.device", "rbd:pool/g2")
BACK = ("restore", "spend", "unpause")
DISK = ["/x.raw", "file", 100, 5]
DEVICE = ["/dev/x", "device", "boot1", 700]
AWAY: Mark = ["/x.raw", "missing"]
ELSEWHERE: Mark = ["rbd:x", "elsewhere"]
LOG = ["/x.log", "file", 10, 1]
LONGER = ["/x.log", "file", 20, 2]


def seen(*disks: Mark, starts: Mark | None = None) -> Witness:
    return {"disks": list(disks), "starts": [starts or LOG]}


@pytest.fixture(params=KINDS)
def second(played: Acting[Played], devices: None, request: pytest.FixtureRequest) -> Acting[Played]:
    """Return a host with the guest g2 too, whose disk is a file, a device, or neither."""
    del devices
    kind = request.param
    path = kind if ":" in kind else str(played.dialect.folder / kind)
    played.dialect.add("g2", path, uuid=OTHER_UUID)
    return played


# ---- what a witness tells ----


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (seen(DISK), seen([*DISK[:3], 6])),
        (seen(DISK), seen([*DISK[:2], 101, 5])),
        (seen(DEVICE), seen([*DEVICE[:3], 701])),
        (seen(DISK, DEVICE), seen(DISK, [*DEVICE[:3], 701])),
        (seen(DISK), seen(["/y.raw", *DISK[1:]])),
        (seen(DISK), seen(DISK, DISK)),
        (seen(DISK), seen()),
        (seen(DISK), seen(DEVICE)),
        (seen(ELSEWHERE), seen(ELSEWHERE, starts=LONGER)),
        (seen(DISK, ELSEWHERE), seen(DISK, ELSEWHERE, starts=LONGER)),
        (seen(DEVICE), seen([*DEVICE[:2], "boot2", 3], starts=LONGER)),
        (seen(AWAY), seen(DISK, starts=LONGER)),
    ],
)
def test_a_disk_that_may_have_been_written_to_is_another(before: Witness, now: Witness) -> None:
    assert witness.changed(before, now)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (seen(DISK), seen(DISK)),
        (seen(DISK, DEVICE), seen(DISK, DEVICE, starts=LONGER)),
        (seen(DISK), seen(AWAY)),
        (seen(AWAY), seen(DISK)),
        (seen(DEVICE), seen([*DEVICE[:2], "boot2", 3])),
        (seen(ELSEWHERE), seen(ELSEWHERE)),
        (seen(starts=LOG), seen(starts=LOG)),
    ],
)
def test_a_disk_that_nobody_has_written_to_is_the_same(before: Witness, now: Witness) -> None:
    assert not witness.changed(before, now)


@pytest.mark.parametrize(
    ("found", "can"),
    [
        (seen(DISK), True),
        (seen(DEVICE, starts=["/x.log", "missing"]), True),
        (seen(ELSEWHERE), True),
        (seen(ELSEWHERE, starts=["/x.log", "missing"]), False),
        (seen(DISK, ELSEWHERE, starts=["/x.log", "missing"]), False),
        (seen(starts=["/x.log", "missing"]), False),
    ],
)
def test_whether_a_start_could_be_noticed_is_known(found: Witness, *, can: bool) -> None:
    assert witness.can_tell(found) is can


def test_a_block_device_is_judged_by_what_its_kernel_counts(played: Acting[Played]) -> None:
    counted = [path for path in Path("/sys/dev/block").iterdir() if (path / "stat").exists()]
    nodes = [Path("/dev") / path.resolve().name for path in counted]
    there = [str(node) for node in nodes if node.is_block_device()]
    if not there:
        pytest.skip("no block device can be seen here")

    ((path, kind, boot_id, sectors),) = witness.of(
        Domain("g9", UUID, disks=(Disk(there[0]),)), played.dialect
    )["disks"]
    assert (path, kind, boot_id) == (there[0], "device", witness.boot_id())
    assert sectors >= 0


def test_a_disk_that_is_not_there_is_missing(played: Acting[Played]) -> None:
    found = witness.of(Domain("g9", UUID, disks=(Disk("/none/x"), Disk("rbd:x"))), played.dialect)

    assert witness.missing(found) == ["/none/x"]


# ---- what a record becomes ----


def test_a_guest_never_seen_has_the_first_generation(played: Acting[Played]) -> None:
    assert played.record() == Record()


def test_a_number_is_never_given_twice() -> None:
    record = Record(generation=2, last_generation=7)

    assert record.written().generation == 8
    assert record.written().written().generation == 9


def test_a_record_is_kept(played: Acting[Played]) -> None:
    record = Record(uuid=UUID, generation=3, snapshots={"s1": 2}, witness=seen(DISK, ELSEWHERE))
    guests.write(played.settings, "g1", record)

    assert guests.read(played.settings, "g1") == record


def as_it_is(host: Acting[Played], record: Record, **fields: str) -> Record:
    host.dialect.change("g1", **fields)
    return guests.as_it_is(record, host.dialect.show(), host.dialect)


def test_another_guest_of_the_name_has_its_own_generation(played: Acting[Played]) -> None:
    before = Record(uuid=UUID, generation=3, last_generation=5, snapshots={"s1": 2})
    now = as_it_is(played, before, uuid=OTHER_UUID)

    assert (now.uuid, now.generation, now.memory_generation) == (OTHER_UUID, 6, 6)
    assert now.snapshots == {}


def test_a_guest_that_somebody_started_knows_its_disk(played: Acting[Played]) -> None:
    before = Record(uuid=UUID, witness=seen(DISK))
    now = as_it_is(played, before, state=RUNNING)

    assert (now.generation, now.memory_generation, now.witness) == (2, 2, None)


def test_a_restored_guest_that_is_paused_is_as_it_was(played: Acting[Played]) -> None:
    before = Record(uuid=UUID, witness=seen(DISK), came_from="i1")

    assert as_it_is(played, before, state=PAUSED) == before


def test_one_that_is_off_came_from_nowhere(played: Acting[Played]) -> None:
    played.dialect.stop()
    domain = played.dialect.show()
    before = Record(uuid=UUID, witness=witness.of(domain, played.dialect), came_from="i1")

    assert guests.as_it_is(before, domain, played.dialect) == replace(before, came_from="")


def test_looking_remembers_nothing(played: Acting[Played]) -> None:
    played.done("save")
    before = played.record()
    played.dialect.intrude()
    guests.as_it_is(before, played.dialect.show(), played.dialect)

    assert played.record() == before


# ---- somebody else, on disks of every kind ----


def test_a_guest_goes_through_it_unharmed(second: Acting[Played]) -> None:
    second.done("save", "verify", *BACK, guest="g2")

    assert second.dialect.hurt() == []


def test_who_started_it_before_the_save_costs_nothing(second: Acting[Played]) -> None:
    second.dialect.stop("g2")
    second.dialect.start("g2")
    second.done("save", "verify", *BACK, guest="g2")

    assert second.dialect.hurt() == []


def test_who_started_it_after_an_earlier_save_costs_no_later_one(second: Acting[Played]) -> None:
    second.done("save", "verify", "spend", guest="g2")
    second.dialect.start("g2")
    second.done("save", "verify", *BACK, guest="g2", image="i2")

    assert second.dialect.hurt() == []


def test_who_starts_it_after_the_save_makes_the_image_stale(second: Acting[Played]) -> None:
    second.done("save", "verify", guest="g2")
    second.dialect.intrude("g2")

    assert second.fails("restore", guest="g2") == "stale_image"


def test_who_starts_it_while_the_image_is_read_makes_it_stale(second: Acting[Played]) -> None:
    second.done("save", "verify", guest="g2")
    later = {"domains": lambda: second.dialect.intrude("g2")}
    second.dialect.at["domains"] = lambda: second.dialect.at.update(later)

    assert second.fails("restore", guest="g2") == "stale_image"


def test_who_starts_it_while_the_save_is_judged_makes_it_stale(second: Acting[Played]) -> None:
    second.dialect.at["check_image"] = lambda: second.dialect.intrude("g2")

    assert second.fails("save", guest="g2") == "stale_image"


def test_who_starts_it_after_it_was_taken_back_makes_it_stale(second: Acting[Played]) -> None:
    second.done("save", "verify", "restore", "destroy", guest="g2")
    second.dialect.intrude("g2")

    assert second.fails("restore", guest="g2") == "stale_image"


def test_who_lets_a_restored_guest_go_on_makes_it_stale(second: Acting[Played]) -> None:
    second.done("save", "verify", "restore", guest="g2")
    second.dialect.unpause(second.dialect.show("g2"))
    second.done("destroy", guest="g2")

    assert second.fails("restore", guest="g2") == "stale_image"


def test_a_guest_that_was_shut_down_is_as_it_was(second: Acting[Played]) -> None:
    second.done("shutdown", guest="g2")
    before = second.record("g2").generation
    second.done("boot", "destroy", guest="g2")

    assert second.record("g2").generation > before


# ---- the same name, another guest ----


@pytest.mark.parametrize("verb", ["destroy", "boot", "drop-snapshot"])
def test_an_image_fits_nothing_once_another_guest_had_its_name(
    played: Acting[Played], verb: str
) -> None:
    played.done("destroy", "boot", "save", "verify")
    path = played.image().path
    played.dialect.change(uuid=OTHER_UUID)
    played.dialect.intrude()
    played.done(verb, snapshot="s1", image="")
    played.dialect.stop()
    played.dialect.change(uuid=UUID)
    if not path.exists():
        path.with_suffix(".spent").rename(path)

    assert played.fails("restore") == "stale_image"


def test_a_guest_that_was_installed_anew_is_saved_and_restored(played: Acting[Played]) -> None:
    played.done("save", "discard-image")
    played.dialect.change(uuid=OTHER_UUID)
    played.dialect.start()
    played.done("save", "verify", *BACK)

    assert played.dialect.hurt() == []


# ---- nothing that it is worth waiting for ----


def test_a_reboot_of_the_host_makes_no_image_stale(
    second: Acting[Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    second.done("save", "verify", guest="g2")
    monkeypatch.setattr(witness, "boot_id", lambda: "another")
    counted = second.dialect.written(second.dialect.show("g2").disks[0].path)
    if counted.suffix == ".device":
        monkeypatch.setattr(witness, "_disk", lambda path: [path, "device", "another", 0])
    second.done(*BACK, guest="g2")

    assert second.dialect.hurt() == []


def test_disks_are_synced_before_they_are_witnessed(
    played: Acting[Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    played.done("save")
    assert (played.dialect.folder / "g1.raw").stat().st_ino in synced


def test_a_guest_that_is_off_has_no_memory(played: Acting[Played]) -> None:
    played.dialect.stop()

    assert played.dialect.show().state == OFF
    assert played.fails("save") == "wrong_state"
