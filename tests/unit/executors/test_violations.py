"""The simulator counts what physically happened, whatever anybody believes."""

from __future__ import annotations

import pytest

from bot.executors.simulator import GuestWorld, HostWorld, Simulator, VirtualClock
from bot.rules.fleet import GuestState
from bot.rules.operation import Verb
from tests.unit.executors.world import HOST, Bench, guest


async def unchecked(bench: Bench) -> Bench:
    bench.begin().simulator.inject(HOST, "no_checks")
    await bench.save()
    return bench


async def test_a_clean_restore_counts_nothing(bench: Bench) -> None:
    await bench.begin().save()
    await bench.reboot()
    await bench.restore()
    assert bench.violations() == []


async def test_unpausing_twice_from_one_image_is_p1(bench: Bench) -> None:
    await unchecked(bench)
    await bench.restore()
    await bench.do(Verb.DESTROY)
    await bench.restore()
    assert "P1" in bench.violations()


async def test_unpausing_again_after_a_rollback_is_allowed(bench: Bench) -> None:
    await bench.begin().save()
    await bench.do(Verb.SNAPSHOT, snapshot="s1")
    await bench.restore()
    await bench.do(Verb.DESTROY)
    await bench.do(Verb.ROLLBACK, snapshot="s1")
    await bench.restore(again=True)
    assert bench.violations() == []
    assert (await bench.seen()).state is GuestState.RUNNING


async def test_unpausing_from_before_a_boot_is_p2(bench: Bench) -> None:
    await unchecked(bench)
    await bench.do(Verb.BOOT)
    await bench.do(Verb.DESTROY)
    await bench.restore()
    assert bench.violations() == ["P2"]


async def test_a_rollback_to_another_snapshot_does_not_make_an_image_fit(bench: Bench) -> None:
    await bench.begin().do(Verb.SHUTDOWN)
    await bench.do(Verb.SNAPSHOT, snapshot="old")
    await bench.do(Verb.BOOT)
    await bench.save()
    await bench.do(Verb.ROLLBACK, snapshot="old")
    await bench.do(Verb.BOOT)
    bench.simulator.inject(HOST, "no_checks")
    await bench.do(Verb.DESTROY)
    await bench.restore()
    assert bench.violations() == ["P2"]


async def test_a_second_start_is_p3(bench: Bench) -> None:
    bench.begin().simulator.hand(HOST, "boot", "vps1")
    assert bench.violations() == ["P3"]
    assert (await bench.seen()).instances == 2


async def test_a_boot_beside_a_restored_guest_is_p3(bench: Bench) -> None:
    await unchecked(bench)
    await bench.restore()
    await bench.do(Verb.BOOT)
    assert bench.violations() == ["P3"]


async def test_a_reboot_with_a_guest_in_memory_is_p7(bench: Bench) -> None:
    bench.begin().simulator.inject(HOST, "no_checks")
    await bench.reboot()
    assert bench.violations() == ["P7"]


async def test_a_reboot_over_an_unverified_image_is_p7(bench: Bench) -> None:
    await bench.begin().do(Verb.SAVE, image="i1")
    await bench.reboot()
    assert bench.violations() == ["P7"]


async def test_a_reboot_over_a_condemned_image_is_none(bench: Bench) -> None:
    bench.begin().simulator.inject(HOST, "truncated")
    await bench.do(Verb.SAVE, image="i1")
    await bench.do(Verb.VERIFY, image="i1")
    await bench.reboot()
    assert bench.violations() == []


async def test_a_guest_on_two_hosts_at_once_is_p3(bench: Bench) -> None:
    clock = VirtualClock()
    simulator = Simulator(bench.folder, clock)
    twin = {"uuid": "u1", "also_on": ["a", "b"]}
    for name, state in (("a", GuestState.RUNNING), ("b", GuestState.OFF)):
        moved = GuestWorld(name="vps1", state=state, **twin)  # type: ignore[arg-type]
        simulator.add(HostWorld(name=name, guests={"vps1": moved}))
    clock.advance(5)
    simulator.hand("b", "boot", "vps1")
    assert [(v.kind, v.host) for v in simulator.violations()] == [("P3", "b")]


async def test_a_move_from_one_host_to_another_is_none(bench: Bench) -> None:
    simulator = Simulator(bench.folder, bench.clock)
    for name, state in (("a", GuestState.RUNNING), ("b", GuestState.OFF)):
        moved = GuestWorld(name="vps1", uuid="u1", also_on=["a", "b"], state=state)
        simulator.add(HostWorld(name=name, guests={"vps1": moved}))
    bench.clock.advance(5)
    simulator.hand("a", "stop", "vps1")
    simulator.hand("b", "boot", "vps1")
    assert simulator.violations() == ()


async def test_a_violated_guest_boots_into_an_emergency_shell(bench: Bench) -> None:
    bench.begin().simulator.hand(HOST, "boot", "vps1")
    await bench.do(Verb.DESTROY)
    mark = (await bench.seen()).console_end
    await bench.do(Verb.BOOT)
    bench.clock.advance(60)
    lines = (await bench.host.console("vps1", mark)).lines
    assert any("UNEXPECTED INCONSISTENCY" in line for line in lines)


async def test_a_rollback_to_a_good_snapshot_heals_the_disk(bench: Bench) -> None:
    await bench.begin().do(Verb.SHUTDOWN)
    await bench.do(Verb.SNAPSHOT, snapshot="s1")
    await bench.do(Verb.BOOT)
    bench.simulator.hand(HOST, "boot", "vps1")
    await bench.do(Verb.DESTROY)
    await bench.do(Verb.ROLLBACK, snapshot="s1")
    assert bench.simulator.world(HOST).guests["vps1"].integrity == "good"


async def test_what_root_did_is_told_apart(bench: Bench) -> None:
    bench.begin().simulator.hand(HOST, "boot", "vps1")
    assert [v.by_hand for v in bench.simulator.violations()] == [True]


@pytest.mark.parametrize("verb", [Verb.BOOT, Verb.RESTORE, Verb.UNPAUSE, Verb.REBOOT])
async def test_a_checking_host_lets_no_single_verb_break_a_promise(
    bench: Bench, verb: Verb
) -> None:
    await bench.begin(guest(), guest("vps2")).save()
    await bench.do(Verb.BOOT)
    await bench.do(verb, image="i1")
    assert bench.violations() == []
