"""save, verify, spend, discard-image: no memory is lost, and none that is not whole is kept."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.executors.host_helper import durable
from bot.executors.host_helper.dialects.libvirt import Libvirt
from bot.executors.host_helper.dialects.xen import Xen
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, ToolFailed
from bot.executors.host_helper.gate import Answer, Unsettled
from bot.executors.host_helper.images import MIB
from tests.unit.executors.host_helper.acting import ANOTHER_BOOT, THIS_BOOT, Acting
from tests.unit.executors.host_helper.keeper import killed
from tests.unit.executors.host_helper.played import Played

CALLS = ((os, "replace"), (os, "rename"), (os, "unlink"), (os, "fsync"))
GONE = "maint-host was killed"


def raises(error: BaseException) -> Callable[[], object]:
    def act() -> None:
        raise error

    return act


def unsettled(host: Acting[Played]) -> None:
    """Save, and be sure that nobody says what came of it yet."""
    with pytest.raises(Unsettled):
        host.do("save")


def settled(host: Acting[Played], boot_id: str = THIS_BOOT) -> Answer | None:
    asked = host.operation("save")
    return host.settled(asked, boot_id, accepted=time.time())


def test_a_save_leaves_a_live_image_with_all_that_belongs_to_it(played: Acting[Played]) -> None:
    values = played.done("save")

    found = played.image()
    assert (found.state, values) == ("img", {"size_mib": 1, "generation": 1})
    assert found.manifest
    assert found.manifest.size == found.path.stat().st_size
    assert found.manifest.configuration == "<domain>g1</domain>"
    assert played.files() == ["i1.img", "i1.json"]


def test_a_saved_guest_is_off_and_locked(played: Acting[Played]) -> None:
    played.done("save")

    assert (played.dialect.show().state, played.lock()) == (OFF, True)


def test_images_are_roots_alone(played: Acting[Played]) -> None:
    played.done("save")

    folder = played.settings.images / "g1"
    assert folder.stat().st_mode & 0o077 == 0


def test_a_save_that_failed_leaves_nothing(played: Acting[Played]) -> None:
    played.dialect.at["save"] = raises(ToolFailed("no_space", "no space left on device"))

    assert played.fails("save") == "no_space"
    assert (played.files(), played.lock()) == ([], False)


def test_a_save_that_goes_on_without_its_tool_is_given_up_by_nobody(
    played: Acting[Played],
) -> None:
    played.dialect.at["save"] = raises(ToolFailed("timed_out", "virsh after 180 s"))
    played.dialect.is_busy = True
    unsettled(played)

    assert played.lock()
    assert settled(played) is None


def test_nor_is_one_of_which_the_hypervisor_says_nothing(played: Acting[Played]) -> None:
    failed = raises(ToolFailed("timed_out", "virsh after 20 s"))
    played.dialect.at.update(save=failed, busy=failed)
    unsettled(played)

    assert (played.lock(), played.files()) == (True, ["i1.json"])


def test_an_image_that_is_not_whole_is_removed(played: Acting[Played]) -> None:
    played.dialect.at["saved"] = lambda: os.truncate(played.settings.images / "g1" / "i1.part", 3)

    assert played.fails("save") == "truncated"
    assert (played.files(), played.lock()) == ([], False)


TOOLS = ("check_image", "domains")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_that_fails_after_the_save_costs_no_memory(
    played: Acting[Played], tool: str
) -> None:
    failed = raises(ToolFailed("timed_out", "after 20 s"))
    played.dialect.at["saved"] = lambda: played.dialect.at.update({tool: failed})
    unsettled(played)

    answer = settled(played)
    assert answer
    assert (answer["state"], answer["error"], played.images()) == ("done", "", {"i1": "img"})
    played.done("verify", "restore", "spend", "unpause")
    assert played.dialect.hurt() == []


def test_a_disk_that_is_full_after_the_save_costs_no_memory(
    played: Acting[Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path), data)

    with monkeypatch.context() as meanwhile:
        played.dialect.at["saved"] = lambda: meanwhile.setattr(durable, "write_json", full)
        unsettled(played)

    answer = settled(played)
    assert answer
    assert (answer["error"], played.images()) == ("", {"i1": "img"})


def test_an_outcome_that_could_not_be_written_costs_no_memory(played: Acting[Played]) -> None:
    played.done("save")

    answer = settled(played)
    assert answer
    assert (answer["error"], answer["values"]) == ("", {"size_mib": 1, "generation": 1})
    assert played.files() == ["i1.img", "i1.json"]


@pytest.mark.parametrize("call", ["saved", "check_image"])
def test_a_guest_that_was_started_while_its_image_was_judged_has_none(
    played: Acting[Played], call: str
) -> None:
    at = played.dialect.at
    at["check_image"] = played.dialect.intrude
    if call == "saved":
        at["saved"] = lambda: at.update(check_image=played.dialect.start)

    assert played.fails("save") in {"stale_image", "wrong_state"}
    assert played.files() == []


def test_a_guest_without_an_image_may_be_booted_by_anybody(played: Acting[Played]) -> None:
    played.dialect.at["check_image"] = played.dialect.intrude
    played.do("save")

    assert not played.lock()


def test_a_killed_save_is_whole_or_never_was(played: Acting[Played]) -> None:
    count, ends = 0, []
    while killed(played.doing("save"), CALLS, count := count + 1):
        answer = settled(played)
        assert answer
        ends.append(answer["error"])
        saved = played.dialect.show().state == OFF
        assert played.images() == ({} if answer["error"] else {"i1": "img"})
        assert saved or answer["error"] == "killed", count
        _begin_anew(played)
    assert {"", "killed"} == set(ends), ends


def _begin_anew(host: Acting[Played]) -> None:
    """Let it run, without an image."""
    if host.images():
        host.done("verify", "restore", "spend", "unpause", "discard-image")
    elif host.dialect.show().state == OFF:
        host.done("boot")
    assert [name for name in host.files() if ".new" not in name] == []
    assert host.dialect.hurt() == []


def test_a_save_that_was_killed_is_not_whole_after_the_host_went_down(
    played: Acting[Played],
) -> None:
    played.dialect.at["saved"] = raises(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        played.do("save")

    answer = settled(played, ANOTHER_BOOT)
    assert answer
    assert (answer["error"], answer["detail"]) == ("killed", "the host went down")
    assert played.files() == []


def test_an_image_that_was_whole_is_kept_although_the_host_went_down(
    played: Acting[Played],
) -> None:
    played.done("save")

    answer = settled(played, ANOTHER_BOOT)
    assert answer
    assert (answer["error"], played.images()) == ("", {"i1": "img"})


def test_a_killed_save_with_a_disk_that_was_written_since_is_not_whole(
    played: Acting[Played],
) -> None:
    played.dialect.at["saved"] = raises(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        played.do("save")
    played.dialect.intrude()
    later = time.time() + 5
    os.utime(played.dialect.folder / "g1.raw", (later, later))

    answer = settled(played)
    assert answer
    assert (answer["error"], played.files()) == ("killed", [])


def test_nothing_is_settled_while_somebody_holds_the_guest(played: Acting[Played]) -> None:
    with durable.holding(played.settings.state / "guests" / "g1.lock"):
        assert settled(played) is None


def test_a_save_whose_guest_is_gone_was_killed(played: Acting[Played]) -> None:
    played.dialect.forget()

    answer = settled(played)
    assert answer
    assert answer["error"] == "killed"


def test_a_running_guest_is_saved_once(played: Acting[Played]) -> None:
    played.done("save")

    assert played.fails("save", image="i2") == "wrong_state"


def test_a_paused_guest_is_saved_on_libvirt_alone(played: Acting[Played]) -> None:
    played.done("pause")
    played.dialect.saves_paused = Xen.saves_paused
    assert played.fails("save") == "wrong_state"

    played.dialect.saves_paused = Libvirt.saves_paused
    assert played.dialect.show().state == PAUSED
    played.done("save")


def test_a_guest_with_a_device_that_cannot_be_saved_goes_on(played: Acting[Played]) -> None:
    played.dialect.change(unsaveable=["pci passthrough"])

    answer = played.do("save")
    assert (answer["state"], answer["error"]) == ("refused", "cannot_save")
    assert played.dialect.show().state == RUNNING


def test_a_guest_that_nobody_could_notice_a_start_of_is_not_saved(
    played: Acting[Played],
) -> None:
    played.dialect.add("g2", "rbd:pool/g2")
    played.dialect.log("g2").unlink()

    assert played.fails("save", guest="g2") == "cannot_save"


def test_a_save_needs_the_space_beforehand(played: Acting[Played]) -> None:
    played.dialect.change(memory_mib=MIB * MIB)

    assert played.fails("save") == "no_space"
    assert (played.dialect.show().state, played.files()) == (RUNNING, [])


@pytest.mark.parametrize("image", ["", "i1"])
def test_a_save_without_a_name_of_its_own_is_refused(played: Acting[Played], image: str) -> None:
    played.done("save", "boot")

    assert played.do("save", image=image)["state"] == "refused"
    assert played.images() == {"i1": "spent"}


def test_a_verified_image_is_known_by_its_hash(played: Acting[Played]) -> None:
    played.done("save", "verify", "verify")

    found = played.image().manifest
    assert found
    assert len(found.sha256) == 64


@pytest.mark.parametrize(
    ("length", "fault"), [(-1, "truncated"), (-10, "truncated"), (1, "corrupt"), (100, "corrupt")]
)
def test_an_image_of_another_length_is_not_verified(
    played: Acting[Played], length: int, fault: str
) -> None:
    played.done("save")
    path = played.image().path
    os.truncate(path, path.stat().st_size + length)

    assert played.fails("verify") == fault


def test_an_image_that_has_rotted_is_not_verified_again(played: Acting[Played]) -> None:
    played.done("save", "verify")
    path = played.image().path
    path.write_bytes(b"X" + path.read_bytes()[1:])

    assert played.fails("verify") == "corrupt"


def test_an_image_without_its_manifest_is_not_verified(played: Acting[Played]) -> None:
    played.done("save")
    played.image().path.with_suffix(".json").unlink()

    assert played.fails("verify") in {"truncated", "corrupt"}


@pytest.mark.parametrize("verb", ["verify", "spend", "restore"])
def test_an_image_that_is_not_there_is_none(played: Acting[Played], verb: str) -> None:
    assert played.fails(verb) == "no_image"


def test_spending_lets_the_guest_go_and_may_be_repeated(played: Acting[Played]) -> None:
    played.done("save", "spend", "spend")

    assert (played.images(), played.lock()) == ({"i1": "spent"}, False)


def test_a_lock_stays_while_another_image_lives(played: Acting[Played]) -> None:
    played.done("save")
    path = played.image().path
    path.with_name("i2.img").write_bytes(path.read_bytes())
    played.done("spend")

    assert played.lock()


def test_discarding_removes_all_of_it_and_may_be_repeated(played: Acting[Played]) -> None:
    played.done("save", "discard-image", "discard-image")

    assert (played.files(), played.lock()) == ([], False)


def test_the_image_of_a_restored_guest_is_not_discarded(played: Acting[Played]) -> None:
    played.done("save", "verify", "restore")

    assert played.fails("discard-image") == "wrong_state"
    assert played.images() == {"i1": "img"}
