"""Every fault of a host, by name, does what it says."""

from __future__ import annotations

from typing import Any

import pytest

from bot.executors.simulator import FAULTS, NOT_MODELLED
from bot.rules.errors import BadRequest, ContactLost
from bot.rules.fleet import Check, GuestState
from bot.rules.operation import Done, Fault, NeverSeen, Refused, Running, Verb
from tests.unit.executors.world import HOST, Bench, guest

ON, SUSPENDED, OFF = GuestState.RUNNING, GuestState.SUSPENDED, GuestState.OFF


def inject(bench: Bench, fault: str, **params: Any) -> Bench:  # noqa: ANN401 - any field
    bench.simulator.inject(HOST, fault, **params)
    return bench


async def answers(bench: Bench) -> bool:
    return await bench.simulator.prober().answers("vps1", "", Check())


async def error_of(bench: Bench, verb: Verb, **fields: Any) -> str:  # noqa: ANN401 - any field
    outcome = await bench.do(verb, **fields)
    assert isinstance(outcome, Done | Refused), outcome
    return outcome.error


def test_every_line_about_hosts_is_a_fault_or_says_why_not() -> None:
    covered = {number for kind in FAULTS.values() for number in kind.numbers}
    assert covered | set(NOT_MODELLED) == set(range(1, 40))
    assert not covered & set(NOT_MODELLED)


@pytest.mark.parametrize("names", [{"fault": "nothing"}, {"guest": "nobody"}, {"verb": "fly"}])
def test_a_fault_of_unknown_names_is_refused(bench: Bench, names: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        inject(bench.begin(), **({"fault": "no_space"} | names))


@pytest.mark.parametrize(
    ("fault", "error", "left", "partial"),
    [
        ("no_space", Fault.NO_SPACE, ON, False),
        ("save_timed_out", Fault.TIMED_OUT, SUSPENDED, True),
        ("save_killed", Fault.KILLED, SUSPENDED, True),
        ("not_acknowledged", Fault.NOT_ACKNOWLEDGED, ON, False),
        ("freeze_hang", Fault.TIMED_OUT, ON, False),
        ("cannot_save", Fault.CANNOT_SAVE, ON, False),
        ("crash_on_save", Fault.CRASHED, OFF, True),
        ("fails", Fault.TOOL_FAILED, ON, True),
    ],
)
async def test_a_save_that_fails_leaves(
    bench: Bench,
    fault: str,
    error: Fault,
    left: GuestState,
    partial: bool,  # noqa: FBT001
) -> None:
    inject(bench.begin(), fault)
    assert await error_of(bench, Verb.SAVE, image="i1") == error
    seen = await bench.seen()
    assert seen.state is left
    assert [i.complete for i in seen.images] == ([False] if partial else [])


async def test_a_guest_left_suspended_is_saved_again_and_restored(bench: Bench) -> None:
    inject(bench.begin(), "save_killed")
    await bench.do(Verb.SAVE, image="i1")
    began = bench.clock.now()
    await bench.save(image="i2")
    assert (bench.clock.now() - began).total_seconds() > 60
    await bench.restore(image="i2")
    assert await answers(bench)
    assert bench.violations() == []


async def test_a_fault_strikes_as_often_as_it_was_told(bench: Bench) -> None:
    inject(bench.begin(), "cannot_save", times=2)
    found = [await error_of(bench, Verb.SAVE, image=f"i{n}") for n in range(3)]
    assert found == [Fault.CANNOT_SAVE, Fault.CANNOT_SAVE, ""]


async def test_a_fault_without_a_count_strikes_always(bench: Bench) -> None:
    inject(bench.begin(), "cannot_save", times=0)
    found = [await error_of(bench, Verb.SAVE, image=f"i{n}") for n in range(3)]
    assert found == [Fault.CANNOT_SAVE] * 3


async def test_a_fault_strikes_its_guest_only(bench: Bench) -> None:
    inject(bench.begin(guest(), guest("vps2")), "no_space", guest="vps2")
    assert await error_of(bench, Verb.SAVE, image="i1") == ""


@pytest.mark.parametrize(("fault", "error"), [("truncated", "truncated"), ("corrupt", "corrupt")])
async def test_only_verification_tells_of_a_bad_image(bench: Bench, fault: str, error: str) -> None:
    inject(bench.begin(), fault)
    assert await error_of(bench, Verb.SAVE, image="i1") == ""
    assert await error_of(bench, Verb.VERIFY, image="i1") == error
    assert isinstance(await bench.do(Verb.RESTORE, image="i1"), Refused)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("no_memory", Fault.NO_MEMORY),
        ("incompatible_cpu", Fault.INCOMPATIBLE),
        ("hvm_mismatch", Fault.INCOMPATIBLE),
        ("config_drifted", Fault.TOOL_FAILED),
        ("disk_missing", Fault.NO_DISK),
        ("bridge_missing", Fault.NO_BRIDGE),
        ("boot_storm", Fault.TIMED_OUT),
        ("restore_fails", Fault.TOOL_FAILED),
    ],
)
async def test_a_restore_that_fails_leaves_the_image_good(
    bench: Bench, fault: str, error: Fault
) -> None:
    await bench.begin().save()
    inject(bench, fault)
    assert await error_of(bench, Verb.RESTORE, image="i1") == error
    assert (await bench.seen()).state is OFF
    await bench.restore()
    assert bench.violations() == []


async def test_a_failed_restore_may_leave_the_guest_paused(bench: Bench) -> None:
    await bench.begin().save()
    inject(bench, "restore_fails", leftover=True)
    assert await error_of(bench, Verb.RESTORE, image="i1") == Fault.TOOL_FAILED
    assert (await bench.seen()).state is GuestState.PAUSED


async def test_a_dead_guest_makes_no_progress(bench: Bench) -> None:
    await bench.begin().save()
    await inject(bench, "dead").restore()
    before = await bench.seen()
    bench.clock.advance(60)
    after = await bench.seen()
    assert after.cpu_seconds == before.cpu_seconds
    assert not after.devices_connected
    assert not await answers(bench)


@pytest.mark.parametrize("cure", [Verb.ANNOUNCE, Verb.REPLUG])
async def test_a_lost_network_has_its_cure(bench: Bench, cure: Verb) -> None:
    await bench.begin().save()
    await inject(bench, "no_network", cure=cure).restore()
    assert not await answers(bench)
    await bench.do(cure)
    assert await answers(bench)


async def test_a_network_without_a_cure_stays_lost(bench: Bench) -> None:
    await bench.begin().save()
    await inject(bench, "no_network", cure="").restore()
    await bench.do(Verb.ANNOUNCE)
    await bench.do(Verb.REPLUG)
    assert not await answers(bench)


async def test_a_clock_that_jumps_keeps_the_guest_busy(bench: Bench) -> None:
    await bench.begin().save()
    await inject(bench, "clock_jump", seconds=40).restore()
    assert not await answers(bench)
    bench.clock.advance(40)
    assert await answers(bench)


async def test_damage_can_come_late(bench: Bench) -> None:
    await bench.begin().save()
    await inject(bench, "damage", seconds=20).restore()
    bench.clock.advance(19)
    assert bench.simulator.world(HOST).guests["vps1"].integrity == "good"
    bench.clock.advance(2)
    assert bench.simulator.world(HOST).guests["vps1"].integrity == "destroyed"


async def test_a_boot_may_check_its_file_system(bench: Bench) -> None:
    await inject(bench.begin(), "fsck", seconds=100).do(Verb.DESTROY)
    await bench.do(Verb.BOOT)
    bench.clock.advance(60)
    assert not await answers(bench)
    assert any("fsck: " in line for line in (await bench.host.console("vps1", 0)).lines)
    bench.clock.advance(80)
    assert await answers(bench)


@pytest.mark.parametrize(
    ("fault", "text", "up"),
    [
        ("emergency_shell", "emergency mode", False),
        ("read_only_root", "Remounting filesystem read-only", True),
        ("boot_stalls", "Linux version", False),
    ],
)
async def test_a_boot_may_end_badly(bench: Bench, fault: str, text: str, up: bool) -> None:  # noqa: FBT001
    await inject(bench.begin(), fault).do(Verb.DESTROY)
    mark = (await bench.seen()).console_end
    await bench.do(Verb.BOOT)
    bench.clock.advance(600)
    assert any(text in line for line in (await bench.host.console("vps1", mark)).lines)
    assert await answers(bench) is up


@pytest.mark.parametrize("verb", [Verb.DESTROY, Verb.SHUTDOWN])
async def test_a_zombie_holds_its_disks(bench: Bench, verb: Verb) -> None:
    inject(bench.begin(), "zombie")
    assert await error_of(bench, verb) == Fault.TOOL_FAILED
    assert (await bench.seen()).state is GuestState.ZOMBIE
    assert await error_of(bench, Verb.BOOT) == Fault.WRONG_STATE
    assert await error_of(bench, Verb.REBOOT) == Fault.GUESTS_RUN


@pytest.mark.parametrize(
    ("fault", "error"),
    [("reboots_itself", Fault.WRONG_IDENTITY), ("stops_itself", Fault.WRONG_STATE)],
)
async def test_a_guest_changed_before_its_save(bench: Bench, fault: str, error: Fault) -> None:
    domid = (await bench.begin().seen()).domid
    inject(bench, fault, guest="vps1")
    assert await error_of(bench, Verb.SAVE, image="i1", domid=domid) == error


async def test_a_renamed_guest_is_not_found_under_its_name(bench: Bench) -> None:
    inject(bench.begin(), "renamed", to="vps9")
    assert await error_of(bench, Verb.SAVE, image="i1") == Fault.WRONG_IDENTITY
    assert (await bench.seen("vps9")).state is ON


async def test_a_guest_may_stop_at_a_time_of_its_own(bench: Bench) -> None:
    inject(bench.begin(), "stops_itself", guest="vps1", after=30)
    assert (await bench.seen()).state is ON
    bench.clock.advance(30)
    assert (await bench.seen()).state is OFF


async def test_an_intruder_boots_a_saved_guest(bench: Bench) -> None:
    await inject(bench.begin(), "intruder", seconds=8).save()
    assert (await bench.seen()).lock
    bench.clock.advance(8)
    seen = await bench.seen()
    assert seen.state is ON
    assert seen.generation > seen.images[0].generation


async def test_a_double_start_is_seen(bench: Bench) -> None:
    inject(bench.begin(), "double_start", guest="vps1")
    assert (await bench.seen()).instances == 2


async def test_an_overflowed_snapshot_is_gone(bench: Bench) -> None:
    await inject(bench.begin(), "snapshot_overflow", seconds=3).save()
    await bench.do(Verb.SNAPSHOT, snapshot="s1")
    assert (await bench.seen()).snapshots == ("s1",)
    bench.clock.advance(3)
    assert (await bench.seen()).snapshots == ()
    assert await error_of(bench, Verb.ROLLBACK, snapshot="s1") == Fault.SNAPSHOT_FULL


async def test_a_snapshot_may_fail(bench: Bench) -> None:
    await inject(bench.begin(), "snapshot_fails").save()
    assert await error_of(bench, Verb.SNAPSHOT, snapshot="s1") == Fault.TOOL_FAILED
    assert (await bench.seen()).snapshots == ()


async def test_work_may_fail(bench: Bench) -> None:
    inject(bench.begin(), "work_fails")
    assert await error_of(bench, Verb.WORK, argument="upgrade") == Fault.TOOL_FAILED


@pytest.mark.parametrize(
    ("params", "kernel"), [({}, "4.19.181"), ({"kernel": "5.10.40"}, "5.10.40")]
)
async def test_a_host_may_come_back_on_another_kernel(
    bench: Bench, params: dict[str, str], kernel: str
) -> None:
    await bench.begin().do(Verb.SHUTDOWN)
    await inject(bench, "wrong_kernel", **params).reboot()
    assert (await bench.host.facts()).kernel == kernel


async def test_a_host_may_stay_away(bench: Bench) -> None:
    await bench.begin().do(Verb.SHUTDOWN)
    await inject(bench, "no_return", seconds=1000).submit(Verb.REBOOT)
    bench.clock.advance(1200)
    with pytest.raises(ContactLost):
        await bench.host.facts()
    bench.clock.advance(60)
    assert (await bench.host.facts()).kernel == "5.10.46"


async def test_disks_and_bridges_may_be_missing_and_appear(bench: Bench) -> None:
    placed = guest(volume_group="vg0", bridge="br0")
    await bench.begin(placed).do(Verb.SHUTDOWN)
    inject(bench, "no_disk", seconds=30)
    await inject(bench, "no_bridge").reboot()
    assert (await bench.host.facts()).volume_groups == ()
    assert await error_of(bench, Verb.BOOT) == Fault.NO_DISK
    bench.clock.advance(30)
    assert (await bench.host.facts()).volume_groups == ("vg0",)
    assert await error_of(bench, Verb.BOOT) == Fault.NO_BRIDGE


async def test_memory_may_be_less_after_a_reboot(bench: Bench) -> None:
    await bench.begin().do(Verb.SHUTDOWN)
    await inject(bench, "less_memory", less_mib=65000).reboot()
    assert await error_of(bench, Verb.BOOT) == Fault.NO_MEMORY


async def test_processors_may_lose_features(bench: Bench) -> None:
    await bench.begin(cpu_features=["avx"]).save()
    await inject(bench, "cpu_lost").reboot()
    assert (await bench.host.facts()).cpu_features == ()
    assert await error_of(bench, Verb.RESTORE, image="i1") == Fault.INCOMPATIBLE


async def test_the_stock_script_restores_whatever_it_finds(bench: Bench) -> None:
    inject(bench.begin(), "xendomains")
    assert (await bench.host.facts()).autostart == ("xendomains",)
    await bench.save()
    bench.simulator.hand(HOST, "boot", "vps1")
    await bench.do(Verb.DESTROY)
    await bench.reboot()
    assert bench.violations() == ["P2"]


async def test_a_silent_host_answers_nothing(bench: Bench) -> None:
    inject(bench.begin(), "silence", seconds=30)
    with pytest.raises(ContactLost):
        await bench.host.guests()
    bench.clock.advance(30)
    assert await bench.host.guests()


@pytest.mark.parametrize(("fault", "kind"), [("lost_before", NeverSeen), ("lost_after", Done)])
async def test_contact_may_be_lost(bench: Bench, fault: str, kind: type) -> None:
    inject(bench.begin(), fault, verb="pause")
    with pytest.raises(ContactLost):
        await bench.do(Verb.PAUSE)
    id_ = next(iter(bench.simulator.world(HOST).ops), "")
    assert bool(id_) is (kind is Done)
    assert (await bench.seen()).state is (GuestState.PAUSED if kind is Done else ON)


async def test_a_lost_submission_uses_up_no_other_fault(bench: Bench) -> None:
    inject(inject(bench.begin(), "cannot_save"), "lost_before")
    with pytest.raises(ContactLost):
        await bench.submit(Verb.SAVE, image="i1")
    assert await error_of(bench, Verb.SAVE, image="i1") == Fault.CANNOT_SAVE


async def test_an_operation_may_be_slow(bench: Bench) -> None:
    began = inject(bench.begin(), "slow", factor=5).clock.now()
    await bench.do(Verb.SAVE, image="i1")
    assert (bench.clock.now() - began).total_seconds() == pytest.approx(10, abs=0.5)


async def test_an_operation_may_hang_until_its_guest_is_destroyed(bench: Bench) -> None:
    id_ = await inject(bench.begin(), "hangs").submit(Verb.SAVE, image="i1")
    bench.clock.advance(86400)
    assert isinstance(await bench.outcome(id_), Running)
    await bench.do(Verb.DESTROY)
    outcome = await bench.outcome(id_)
    assert isinstance(outcome, Done)
    assert outcome.error == Fault.KILLED


async def test_a_host_may_forget_what_it_did(bench: Bench) -> None:
    id_ = await inject(bench.begin(), "forgets").submit(Verb.PAUSE)
    assert await bench.outcome(id_) == NeverSeen()
    assert (await bench.seen()).state is GuestState.PAUSED


async def test_a_host_may_refuse(bench: Bench) -> None:
    inject(bench.begin(), "refuses", refused="blocked")
    assert await bench.do(Verb.SAVE, image="i1") == Refused(error="blocked", detail="")


async def test_a_host_without_checks_still_cannot_do_the_impossible(bench: Bench) -> None:
    inject(bench.begin(), "no_checks")
    assert await error_of(bench, Verb.RESTORE, image="nothing") == Fault.NO_IMAGE


@pytest.mark.parametrize("verb", [Verb.RESTORE, Verb.BOOT, Verb.SNAPSHOT, Verb.ROLLBACK])
async def test_what_an_intruder_overtakes_fails_and_counts_nothing_more(
    bench: Bench, verb: Verb
) -> None:
    await bench.begin().save()
    await bench.do(Verb.SNAPSHOT, snapshot="s1")
    id_ = await bench.submit(verb, image="i1", snapshot="s2" if verb is Verb.SNAPSHOT else "s1")
    bench.simulator.hand(HOST, "boot", "vps1")
    bench.clock.advance(60)
    outcome = await bench.outcome(id_)
    assert isinstance(outcome, Done)
    assert outcome.error
    assert bench.violations() == []


async def test_a_reboot_that_fails_leaves_the_host_up(bench: Bench) -> None:
    await bench.begin().do(Verb.SHUTDOWN)
    before = (await inject(bench, "fails", verb="reboot").host.facts()).boot_id
    assert await error_of(bench, Verb.REBOOT) == Fault.TOOL_FAILED
    assert (await bench.host.facts()).boot_id == before
