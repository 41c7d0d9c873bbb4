"""Hosts and guests live on by themselves, and by root's hands."""

from __future__ import annotations

import pytest

from bot.rules.errors import BadRequest, ContactLost
from bot.rules.fleet import Check, GuestState
from bot.rules.operation import Done, Fault, Refused, Running, Verb
from tests.unit.executors.world import HOST, Bench, guest

OFF = GuestState.OFF


async def refused(bench: Bench, verb: Verb, image: str = "") -> str:
    outcome = await bench.do(verb, image=image)
    assert isinstance(outcome, Refused), outcome
    return outcome.error


async def test_a_host_is_away_while_it_reboots(bench: Bench) -> None:
    before = (await bench.begin(guest(state=OFF)).host.facts()).boot_id
    id_ = await bench.submit(Verb.REBOOT)
    bench.clock.advance(239)
    with pytest.raises(ContactLost):
        await bench.outcome(id_)
    bench.clock.advance(1)
    assert isinstance(await bench.outcome(id_), Done)
    assert (await bench.host.facts()).boot_id != before


@pytest.mark.parametrize(("asked", "kernel"), [("", "5.10.46"), ("4.19.999", "4.19.999")])
async def test_a_host_boots_the_kernel_asked_for_or_the_next(
    bench: Bench, asked: str, kernel: str
) -> None:
    await bench.begin(guest(state=OFF)).reboot(argument=asked)
    assert (await bench.host.facts()).kernel == kernel


async def test_images_and_records_outlive_a_reboot(bench: Bench) -> None:
    await bench.begin().save()
    ids = set(bench.simulator.world(HOST).ops)
    await bench.reboot()
    assert [i.verified for i in (await bench.seen()).images] == [True]
    assert ids < set(bench.simulator.world(HOST).ops)


async def test_a_deaf_guest_never_shuts_down(bench: Bench) -> None:
    id_ = await bench.begin(guest(shutdown_seconds=float("inf"))).submit(Verb.SHUTDOWN)
    bench.clock.advance(86400)
    assert isinstance(await bench.outcome(id_), Running)
    await bench.do(Verb.DESTROY)
    assert isinstance(await bench.outcome(id_), Done)


async def test_a_guest_takes_its_own_time_to_shut_down(bench: Bench) -> None:
    await bench.begin(guest(shutdown_seconds=33)).submit(Verb.SHUTDOWN)
    bench.clock.advance(32)
    assert (await bench.seen()).state is GuestState.RUNNING
    bench.clock.advance(1)
    assert (await bench.seen()).state is OFF


async def test_a_booted_guest_answers_after_its_time_and_shows_a_prompt(bench: Bench) -> None:
    await bench.begin(guest(state=OFF, boot_seconds=30)).do(Verb.BOOT)
    prober = bench.simulator.prober()
    assert not await prober.answers("vps1", "", Check())
    bench.clock.advance(30)
    assert await prober.answers("vps1", "", Check(port=25))
    assert (await bench.host.console("vps1", 0)).lines[-1] == "vps1 login:"


async def test_only_open_ports_answer(bench: Bench) -> None:
    prober = bench.begin(guest(ports=[22])).simulator.prober()
    found = [await prober.answers("vps1", "", Check(port=port)) for port in (0, 22, 80)]
    assert found == [True, True, False]
    assert not await prober.answers("nobody", "", Check())


async def test_a_guest_being_saved_does_not_answer(bench: Bench) -> None:
    await bench.begin().submit(Verb.SAVE, image="i1")
    assert not await bench.simulator.prober().answers("vps1", "", Check())
    assert (await bench.seen()).state is GuestState.SUSPENDED


async def test_a_blocked_guest_is_not_started(bench: Bench) -> None:
    bench.begin(guest(state=OFF, blocked=True))
    assert await refused(bench, Verb.BOOT) == Fault.BLOCKED


async def test_every_start_has_its_own_domid_and_generation(bench: Bench) -> None:
    before = await bench.begin().seen()
    await bench.do(Verb.SHUTDOWN)
    await bench.do(Verb.BOOT)
    after = await bench.seen()
    assert after.domid != before.domid
    assert after.generation > before.generation


async def test_memory_and_space_are_what_guests_and_images_leave(bench: Bench) -> None:
    bench.begin(guest(), memory_mib=4096, image_space_mib=2048)
    free = (await bench.host.facts()).memory_free_mib
    await bench.save()
    facts = await bench.host.facts()
    assert (free, facts.memory_free_mib, facts.image_space_mib) == (3072, 4096, 1024)


async def test_a_save_without_space_fails_and_the_guest_runs_on(bench: Bench) -> None:
    outcome = await bench.begin(image_space_mib=512).do(Verb.SAVE, image="i1")
    assert isinstance(outcome, Done)
    assert outcome.error == Fault.NO_SPACE
    assert (await bench.seen()).state is GuestState.RUNNING


async def test_two_restores_do_not_take_the_same_memory(bench: Bench) -> None:
    bench.begin(guest(), guest("vps2"))
    await bench.save()
    await bench.save("vps2")
    with bench.simulator.edit(HOST) as world:
        world.memory_mib = 1500
    first = await bench.submit(Verb.RESTORE, image="i1")
    second = await bench.do(Verb.RESTORE, "vps2", image="i1")
    bench.clock.advance(60)
    ended = await bench.outcome(first)
    assert isinstance(second, Done)
    assert isinstance(ended, Done)
    assert (ended.error, second.error) == ("", Fault.NO_MEMORY)


async def test_a_guest_is_restored_only_when_its_save_has_ended(bench: Bench) -> None:
    await bench.begin().submit(Verb.SAVE, image="i1")
    assert await refused(bench, Verb.RESTORE, image="i1") == Fault.TRUNCATED


async def test_a_paused_guest_is_saved_only_where_that_works(bench: Bench) -> None:
    await bench.begin().do(Verb.PAUSE)
    assert await refused(bench, Verb.SAVE, image="i1") == Fault.WRONG_STATE
    with bench.simulator.edit(HOST) as world:
        world.saves_paused = True
    await bench.save()


@pytest.mark.parametrize("held", [Verb.SAVE, Verb.SNAPSHOT])
async def test_one_thing_at_a_time_is_done_to_a_guest(bench: Bench, held: Verb) -> None:
    await bench.begin().do(Verb.PAUSE)
    with bench.simulator.edit(HOST) as world:
        world.saves_paused = True
    await bench.submit(held, image="i1", snapshot="s1")
    assert await refused(bench, Verb.UNPAUSE) == Fault.WRONG_STATE


async def test_a_paused_guest_keeps_its_image_until_it_is_spent(bench: Bench) -> None:
    await bench.begin().save()
    await bench.do(Verb.RESTORE, image="i1")
    assert await refused(bench, Verb.DISCARD_IMAGE, image="i1") == Fault.WRONG_STATE


async def test_the_boot_lock_lives_as_long_as_the_image(bench: Bench) -> None:
    await bench.begin().save()
    assert (await bench.seen()).lock
    await bench.restore()
    assert not (await bench.seen()).lock


async def test_processor_time_advances_while_a_guest_runs(bench: Bench) -> None:
    before = (await bench.begin().seen()).cpu_seconds
    bench.clock.advance(10)
    running = (await bench.seen()).cpu_seconds
    await bench.do(Verb.PAUSE)
    bench.clock.advance(10)
    assert before < running == (await bench.seen()).cpu_seconds


async def test_a_console_forgets_its_oldest_lines_and_keeps_its_marks(bench: Bench) -> None:
    bench.begin()
    with bench.simulator.edit(HOST) as world:
        one = world.guests["vps1"]
        one.console_base, one.console = 600, [str(n) for n in range(600, 1000)]
    read = await bench.host.console("vps1", 998)
    assert (read.lines, read.end) == (("998", "999"), 1000)
    assert len((await bench.host.console("vps1", 3)).lines) == 400


async def test_autostart_boots_what_no_lock_protects(bench: Bench) -> None:
    bench.begin(guest(autostart=True), guest("vps2", autostart=True, state=OFF))
    await bench.save()
    await bench.reboot()
    assert (await bench.seen()).state is OFF
    assert (await bench.seen("vps2")).state is GuestState.RUNNING


async def test_root_restores_without_being_asked_anything(bench: Bench) -> None:
    await bench.begin().do(Verb.SAVE, image="i1")
    bench.simulator.hand(HOST, "restore", "vps1", "i1")
    assert (await bench.seen()).state is GuestState.RUNNING


@pytest.mark.parametrize(("action", "name"), [("fly", "vps1"), ("boot", "x"), ("restore", "vps1")])
def test_roots_mistakes_do_nothing(bench: Bench, action: str, name: str) -> None:
    before = bench.begin().simulator.world(HOST)
    with pytest.raises(BadRequest):
        bench.simulator.hand(HOST, action, name, "none")
    assert bench.simulator.world(HOST) == before
