"""restore, unpause, pause: memory comes back once, and only to the disk it belongs to."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest

from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, Domain, ToolFailed
from tests.unit.executors.host_helper.acting import Acting
from tests.unit.executors.host_helper.keeper import killed
from tests.unit.executors.host_helper.played import OTHER_UUID, Played

CALLS = ((os, "replace"), (os, "rename"), (os, "unlink"), (os, "fsync"))
BACK = ("restore", "spend", "unpause")


@pytest.fixture
def saved(played: Acting[Played]) -> Acting[Played]:
    """Return a host with the guest g1, which is saved to the image "i1", verified."""
    played.done("save", "verify")
    return played


def no_memory() -> None:
    raise ToolFailed("no_memory", "cannot allocate memory")


def in_its_own_place(host: Acting[Played]) -> None:
    """Be sure that the guest goes on as it was, whatever was done to it."""
    host.done(*BACK)
    assert host.dialect.show().state == RUNNING
    assert (host.dialect.hurt(), host.images(), host.lock()) == ([], {"i1": "spent"}, False)


def test_a_guest_comes_back_paused_and_goes_on_once_its_image_is_spent(
    saved: Acting[Played],
) -> None:
    saved.done("restore")
    assert saved.dialect.show().state == PAUSED
    assert saved.fails("unpause") == "unspent_image"

    saved.done("spend", "unpause")
    assert (saved.dialect.show().state, saved.dialect.hurt()) == (RUNNING, [])


def test_a_restored_guest_is_locked_until_its_image_is_spent(saved: Acting[Played]) -> None:
    saved.done("restore")
    assert saved.lock()

    saved.done("spend")
    assert not saved.lock()


def test_an_image_is_restored_once(saved: Acting[Played]) -> None:
    saved.done(*BACK, "destroy")

    assert saved.fails("restore") == "spent_image"
    assert saved.fails("restore", again=True) == "stale_image"


def test_a_guest_that_never_went_on_is_restored_again(saved: Acting[Played]) -> None:
    saved.done("restore", "spend", "destroy")
    assert saved.fails("restore") == "spent_image"

    saved.done("restore", again=True)
    saved.done("spend", "unpause")
    assert saved.dialect.hurt() == []


def test_a_guest_that_somebody_started_is_not_restored(saved: Acting[Played]) -> None:
    saved.dialect.intrude()

    assert saved.fails("restore") == "stale_image"


def test_a_guest_that_runs_is_not_restored(saved: Acting[Played]) -> None:
    saved.dialect.start()

    assert saved.fails("restore") == "already_runs"


def test_a_guest_that_somebody_started_while_its_image_was_read_is_not_restored(
    saved: Acting[Played],
) -> None:
    second = {"domains": saved.dialect.intrude}
    saved.dialect.at["domains"] = lambda: saved.dialect.at.update(second)

    assert saved.fails("restore") == "stale_image"
    assert (saved.dialect.show().state, saved.images()) == (OFF, {"i1": "img"})


def test_nor_is_one_that_still_runs_by_then(saved: Acting[Played]) -> None:
    second = {"domains": saved.dialect.start}
    saved.dialect.at["domains"] = lambda: saved.dialect.at.update(second)

    assert saved.fails("restore") == "already_runs"


def test_an_intruder_is_remembered_although_a_restore_was_refused(saved: Acting[Played]) -> None:
    second = {"domains": saved.dialect.intrude}
    saved.dialect.at["domains"] = lambda: saved.dialect.at.update(second)
    saved.do("restore")

    assert saved.fails("restore") == "stale_image"


@pytest.mark.parametrize("call", ["restore_paused", "restored"])
def test_a_restore_that_failed_is_tried_again(saved: Acting[Played], call: str) -> None:
    saved.dialect.at[call] = no_memory
    assert saved.fails("restore") == "no_memory"
    saved.done("destroy")

    in_its_own_place(saved)


@pytest.mark.parametrize("disk", ["g2.device", "g2.raw"])
def test_a_restore_that_failed_is_no_start(
    played: Acting[Played], devices: None, disk: str
) -> None:
    del devices
    played.dialect.add("g2", str(played.dialect.folder / disk))
    played.done("save", "verify", guest="g2")
    played.dialect.at["restore_paused"] = no_memory
    assert played.fails("restore", guest="g2") == "no_memory"

    played.done(*BACK, guest="g2")
    assert played.dialect.hurt() == []


def test_a_restored_guest_that_was_taken_back_is_restored_again(
    played: Acting[Played], devices: None
) -> None:
    del devices
    played.dialect.add("g2", str(played.dialect.folder / "g2.device"))
    played.done("save", "verify", "restore", "destroy", guest="g2")

    played.done(*BACK, guest="g2")
    assert played.dialect.hurt() == []


def test_a_killed_restore_loses_nothing(saved: Acting[Played]) -> None:
    count = 0
    while killed(saved.doing("restore"), CALLS, count := count + 1):
        assert saved.images() == {"i1": "img"}
        assert saved.lock()
        saved.done("destroy")
    assert count > 3
    saved.done("destroy")
    in_its_own_place(saved)


def test_a_killed_unpause_never_lets_memory_meet_another_disk(saved: Acting[Played]) -> None:
    saved.done("restore", "spend")
    count = 0
    while killed(saved.doing("unpause"), CALLS, count := count + 1):
        saved.do("unpause")
        assert saved.dialect.show().state == RUNNING
        saved.done("destroy")
        assert saved.fails("restore", again=True) == "stale_image"
        saved.done("boot", "save", "verify", "restore", "spend", image=f"j{count}")
    assert count > 3
    assert saved.dialect.hurt() == []


def test_an_image_that_has_rotted_is_not_restored(saved: Acting[Played]) -> None:
    path = saved.image().path
    path.write_bytes(b"X" + path.read_bytes()[1:])

    assert saved.fails("restore") == "corrupt"
    assert saved.dialect.show().state == OFF


@pytest.mark.parametrize("length", [-1, 1])
def test_an_image_of_another_length_is_not_restored(saved: Acting[Played], length: int) -> None:
    path = saved.image().path
    os.truncate(path, path.stat().st_size + length)

    assert saved.fails("restore") in {"truncated", "corrupt"}


def test_an_image_that_is_not_complete_is_not_restored(saved: Acting[Played]) -> None:
    path = saved.image().path
    path.rename(path.with_suffix(".part"))

    assert saved.fails("restore") == "truncated"


def test_an_image_whose_manifest_is_lost_is_not_restored(saved: Acting[Played]) -> None:
    saved.image().path.with_suffix(".json").unlink()

    assert saved.do("restore")["state"] == "refused"


def test_the_image_of_another_guest_under_the_same_name_is_not_restored(
    saved: Acting[Played],
) -> None:
    saved.dialect.change(uuid=OTHER_UUID)

    assert saved.fails("restore") in {"wrong_identity", "stale_image"}


def test_a_guest_whose_file_names_no_uuid_keeps_its_own(played: Acting[Played]) -> None:
    def nameless() -> None:
        played.dialect.change(uuid="")

    played.dialect.at["saved"] = nameless
    played.done("save", "verify", *BACK)
    assert played.dialect.hurt() == []


def test_a_disk_that_is_not_there_yet_is_waited_for(saved: Acting[Played]) -> None:
    disk = Path(saved.dialect.show().disks[0].path)
    disk.rename(disk.with_suffix(".away"))
    answer = saved.do("restore")
    assert (answer["state"], answer["error"]) == ("refused", "no_disk")

    disk.with_suffix(".away").rename(disk)
    in_its_own_place(saved)


def test_a_guest_that_is_blocked_is_not_restored(saved: Acting[Played]) -> None:
    (saved.settings.blocked / "g1").touch()

    assert saved.fails("restore") == "blocked"


def test_the_pass_of_a_restore_is_held_for_as_long_as_it_lasts(saved: Acting[Played]) -> None:
    passing = saved.settings.state / "locks" / "g1.pass"
    seen: list[object] = []

    def look() -> None:
        seen.append(passing.read_text().strip())
        with passing.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    saved.dialect.at["restore_paused"] = look
    saved.done("restore")
    assert (seen, passing.exists()) == ([str(os.getpid())], False)


def test_a_guest_that_was_only_paused_goes_on_beside_no_image(played: Acting[Played]) -> None:
    played.done("pause", "unpause")

    assert played.dialect.show().state == RUNNING


def test_a_guest_that_was_started_paused_by_somebody_else_came_from_no_image(
    saved: Acting[Played],
) -> None:
    saved.done(*BACK, "destroy", "boot", "pause", "unpause")

    assert saved.record().came_from == ""


@pytest.mark.parametrize("state", [RUNNING, OFF])
def test_only_a_paused_guest_is_let_go_on(played: Acting[Played], state: str) -> None:
    played.dialect.change(state=state)

    assert played.fails("unpause") == "wrong_state"


def test_a_guest_that_stays_paused_has_not_been_let_go(saved: Acting[Played]) -> None:
    saved.done("restore", "spend")

    def nothing(domain: Domain) -> None:
        assert domain.state == PAUSED

    saved.dialect.unpause = nothing  # type: ignore[method-assign]
    assert saved.fails("unpause") == "tool_failed"


@pytest.mark.parametrize("verb", ["unpause", "restore", "save"])
def test_another_start_of_the_guest_is_refused(played: Acting[Played], verb: str) -> None:
    domid = played.dialect.show().domid

    assert played.fails(verb, domid=domid + 1) == "wrong_identity"


def test_a_killed_restore_is_told_as_killed(saved: Acting[Played]) -> None:
    asked = saved.operation("restore")

    answer = saved.settled(asked, accepted=time.time())
    assert answer
    assert answer["error"] == "killed"
