"""boot, shutdown, destroy, announce, replug: what is started, and what is left of its images."""

from __future__ import annotations

import os
from typing import IO

import pytest

from bot.executors.host_helper import durable
from bot.executors.host_helper.domain import (
    OFF,
    PAUSED,
    RUNNING,
    SUSPENDED,
    ZOMBIE,
    Domain,
    ToolFailed,
)
from bot.executors.host_helper.verbs import power
from tests.unit.executors.host_helper.acting import Acting
from tests.unit.executors.host_helper.keeper import killed
from tests.unit.executors.host_helper.played import Played

CALLS = ((os, "replace"), (os, "rename"), (os, "unlink"), (os, "fsync"))
BACK = ("restore", "spend", "unpause")


def fails() -> None:
    raise ToolFailed("no_memory", "cannot allocate memory")


def test_a_boot_spends_what_it_makes_stale(played: Acting[Played]) -> None:
    played.done("save", "verify", "boot")

    assert (played.images(), played.lock()) == ({"i1": "spent"}, False)
    assert played.dialect.show().state == RUNNING
    assert played.fails("restore", again=True) == "already_runs"


def test_a_boot_says_which_start_it_was(played: Acting[Played]) -> None:
    played.done("save")

    assert played.done("boot") == {"domid": played.dialect.show().domid}


def test_images_are_spent_before_the_guest_starts(played: Acting[Played]) -> None:
    played.done("save", "verify")
    seen: list[object] = []
    played.dialect.at["create"] = lambda: seen.append((played.images(), played.lock()))
    played.done("boot")

    assert seen == [({"i1": "spent"}, False)]


def test_a_boot_that_failed_fits_no_image(played: Acting[Played]) -> None:
    played.done("save", "verify")
    played.dialect.at["create"] = fails
    assert played.fails("boot") == "no_memory"

    assert played.fails("restore", again=True) == "stale_image"
    played.done("boot")


def test_a_killed_boot_leaves_no_guest_that_is_hurt(played: Acting[Played]) -> None:
    count = 0
    played.done("save", "verify")
    while killed(played.doing("boot"), CALLS, count := count + 1):
        if played.do("restore", again=True)["error"] == "":
            played.done("spend", "unpause")
        played.done("destroy", "boot", "discard-image", "save", "verify")
        assert played.dialect.hurt() == []
    assert count > 3


@pytest.mark.parametrize(
    ("state", "fault"),
    [(RUNNING, "already_runs"), (PAUSED, "already_runs"), (ZOMBIE, "wrong_state")],
)
def test_only_a_guest_that_is_off_is_booted(played: Acting[Played], state: str, fault: str) -> None:
    played.dialect.change(state=state)

    assert played.fails("boot") == fault


def test_a_blocked_guest_is_not_booted(played: Acting[Played]) -> None:
    played.done("save")
    (played.settings.blocked / "g1").touch()

    assert played.fails("boot") == "blocked"
    assert played.images() == {"i1": "img"}


def test_a_guest_whose_disk_is_not_there_keeps_its_image(played: Acting[Played]) -> None:
    played.done("save", "verify")
    disk = played.dialect.folder / "g1.raw"
    disk.rename(disk.with_suffix(".away"))
    assert played.fails("boot") == "no_disk"

    disk.with_suffix(".away").rename(disk)
    played.done(*BACK)
    assert played.dialect.hurt() == []


def test_a_guest_without_a_uuid_in_its_file_is_booted_as_who_it_was(
    played: Acting[Played],
) -> None:
    seen: list[str] = []
    created = played.dialect.create

    def create(domain: Domain, log: IO[bytes]) -> None:
        seen.append(domain.uuid)
        created(domain, log)

    mine = played.dialect.show().uuid
    played.done("shutdown")
    played.dialect.change(uuid="")
    played.dialect.create = create  # type: ignore[method-assign]
    played.done("boot", uuid=mine)
    assert seen == [mine]


# ---- shutdown ----


def test_a_guest_that_was_asked_to_is_off(played: Acting[Played]) -> None:
    played.done("shutdown")

    assert played.dialect.show().state == OFF


def test_others_may_act_on_a_guest_that_shuts_down(played: Acting[Played]) -> None:
    with durable.holding(played.settings.state / "guests" / "g1.lock"):
        played.done("shutdown")


def test_a_guest_that_booted_again_meanwhile_has_shut_down(played: Acting[Played]) -> None:
    def again(domain: Domain) -> None:
        played.dialect.intrude(domain.name)
        played.dialect.start(domain.name)

    played.dialect.ask_to_shut_down = again  # type: ignore[method-assign]
    played.done("shutdown")
    assert played.dialect.show().state == RUNNING


@pytest.mark.parametrize("state", [OFF, PAUSED, SUSPENDED])
def test_only_a_running_guest_is_asked(played: Acting[Played], state: str) -> None:
    played.dialect.change(state=state)

    assert played.fails("shutdown") == "wrong_state"


# ---- destroy ----


def test_a_guest_is_taken_out_of_memory(played: Acting[Played]) -> None:
    played.done("destroy")
    assert played.dialect.show().state == OFF

    played.done("destroy")


def test_destroying_a_saved_guest_costs_nothing(played: Acting[Played]) -> None:
    played.done("save", "verify", "destroy", *BACK)

    assert played.dialect.hurt() == []


def test_who_started_it_before_it_was_destroyed_is_not_forgiven(played: Acting[Played]) -> None:
    played.done("save", "verify", "restore")
    played.dialect.at["destroy"] = lambda: played.dialect.unpause(played.dialect.show())
    played.done("destroy")

    assert played.fails("restore") == "stale_image"


@pytest.mark.parametrize("disk", ["g2.device", "rbd:pool/g2"])
def test_nor_is_who_let_it_run_for_a_while(
    played: Acting[Played], devices: None, disk: str
) -> None:
    del devices
    path = disk if ":" in disk else str(played.dialect.folder / disk)
    played.dialect.add("g2", path)
    played.done("save", "verify", "restore", guest="g2")
    played.dialect.unpause(played.dialect.show("g2"))
    played.dialect.pause(played.dialect.show("g2"))
    played.done("destroy", guest="g2")

    assert played.fails("restore", guest="g2") == "stale_image"


def test_what_is_gone_and_holds_its_disks_is_not_destroyed(played: Acting[Played]) -> None:
    played.dialect.change(state=ZOMBIE)

    assert played.fails("destroy") == "tool_failed"


def test_destroying_waits_for_nobody_to_begin(
    played: Acting[Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power, "_LOCK_SECONDS", 0.0)
    with durable.holding(played.settings.state / "guests" / "g1.lock"):
        assert played.fails("destroy") == "timed_out"

    assert played.dialect.show().state == OFF


# ---- seen again ----


def test_a_running_guest_is_announced_and_plugged_anew(played: Acting[Played]) -> None:
    played.dialect.announce(played.dialect.show())
    played.done("announce")

    assert played.dialect.announced == ["g1", "g1"]


@pytest.mark.parametrize("verb", ["announce", "replug", "pause"])
def test_a_guest_that_does_not_run_is_not_touched(played: Acting[Played], verb: str) -> None:
    played.dialect.stop()

    assert played.fails(verb) == "wrong_state"


# ---- who may act ----


@pytest.mark.parametrize("verb", ["save", "boot", "restore", "unpause", "spend", "rollback"])
def test_two_never_act_on_one_guest(played: Acting[Played], verb: str) -> None:
    with durable.holding(played.settings.state / "guests" / "g1.lock"):
        answer = played.do(verb, snapshot="s1")

    assert (answer["state"], answer["error"]) == ("refused", "wrong_state")


def test_nobody_acts_on_a_host_that_is_being_rebooted(played: Acting[Played]) -> None:
    with durable.holding(played.settings.state / "host.lock"):
        assert played.do("pause")["state"] == "refused"


def test_a_host_is_not_rebooted_under_an_operation(played: Acting[Played]) -> None:
    played.dialect.stop()
    with durable.holding(played.settings.state / "host.lock"):
        assert played.fails("reboot", guest="", image="") == "guests_run"


def test_a_host_with_a_guest_in_memory_is_not_rebooted(played: Acting[Played]) -> None:
    assert played.fails("reboot", guest="", image="") == "guests_run"


@pytest.mark.parametrize("verb", ["", "reinstall", "__init__", "work/../x"])
def test_a_verb_that_nobody_knows_is_refused(played: Acting[Played], verb: str) -> None:
    assert played.do(verb)["state"] == "refused"


def test_a_guest_that_nobody_knows_is_refused(played: Acting[Played]) -> None:
    assert played.fails("boot", guest="g9") == "wrong_identity"


@pytest.mark.parametrize("name", ["", "..", "none", "/bin/true"])
def test_only_commands_of_root_are_run(played: Acting[Played], name: str) -> None:
    answer = played.do("work", guest="", image="", argument=name)

    assert (answer["state"], answer["error"]) == ("refused", "tool_failed")
