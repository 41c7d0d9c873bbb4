"""What the helper does with real guests of Xen, and what it leaves when it is disturbed."""

from __future__ import annotations

import asyncio
import itertools
import os

import pytest

from bot.executors.remote import RemoteHost
from bot.rules.errors import ContactLost
from bot.rules.fleet import GuestState
from bot.rules.operation import Done, Operation, OperationId, Outcome, Refused, Running, Verb
from tests.integration.patience import SystemWait
from tests.integration.xen import lab
from tests.integration.xen.host import STATE, XenHost

pytestmark = pytest.mark.timeout(900)

TOKEN = 1
_MOMENTS = 20  # between two questions: the host in the emulator is slow to answer
_runs = itertools.count(1)


@pytest.fixture
def run() -> str:
    return f"x{os.getpid()}n{next(_runs)}"


def asked(verb: Verb, *, run: str, attempt: int = 1, **needs: str) -> Operation:
    """Return an operation on g1 and its image RUN-g1, unless *needs* says another."""
    needs.setdefault("image", f"{run}-g1")
    id_ = OperationId(run=run, guest="g1", verb=verb, attempt=attempt)
    return Operation(id=id_, uuid=lab.uuid("g1"), **needs)  # type: ignore[arg-type]  # texts only


async def ended(executor: RemoteHost, operation: Operation) -> Outcome:
    pause = SystemWait()
    while True:
        try:
            outcome = await executor.outcome(operation.id, TOKEN)
        except ContactLost:
            outcome = None
        if outcome is not None and not isinstance(outcome, Running):
            return outcome
        for _ in range(_MOMENTS):
            await pause()


async def outcome_of(executor: RemoteHost, operation: Operation) -> Outcome:
    await executor.submit(operation, TOKEN)
    return await ended(executor, operation)


async def done(
    executor: RemoteHost, run: str, *verbs: Verb, attempt: int = 1, **needs: str
) -> None:
    for verb in verbs:
        outcome = await outcome_of(executor, asked(verb, run=run, attempt=attempt, **needs))
        assert isinstance(outcome, Done), (verb, outcome)
        assert not outcome.error, (verb, outcome)


async def failed(executor: RemoteHost, operation: Operation, error: str) -> None:
    outcome = await outcome_of(executor, operation)
    assert isinstance(outcome, (Done, Refused))
    assert outcome.error == error, outcome


async def state_of(executor: RemoteHost, guest: str = "g1") -> GuestState:
    return next(one.state for one in await executor.guests() if one.name == guest)


BACK = (Verb.VERIFY, Verb.RESTORE, Verb.SPEND, Verb.UNPAUSE)


async def test_a_saved_guest_goes_on_where_it_was(real: XenHost, run: str) -> None:
    before = lab.beats_anew("g1")
    async with real.reached() as executor:
        await done(executor, run, Verb.SAVE, *BACK)
    assert lab.beats_anew("g1").goes_on_from(before)


async def test_facts_and_guests_are_those_of_the_host(real: XenHost) -> None:
    async with real.reached() as executor:
        facts, guests = await executor.facts(), await executor.guests()
    assert facts.hypervisor.startswith("xen-4.")
    assert (facts.bridges, facts.autostart, facts.saves_paused) == (("xenbr0",), (), False)
    assert facts.memory_mib >= facts.memory_free_mib + len(lab.GUESTS) * lab.MEMORY_MIB
    # One that was never restored: the others do not say any more that they can be suspended.
    deaf = next(guest for guest in guests if guest.name == lab.DEAF)
    assert (deaf.uuid, deaf.state, deaf.mode) == (lab.uuid(lab.DEAF), GuestState.RUNNING, "pv")
    assert deaf.kernel_line.startswith("Linux version 6.")
    assert (deaf.feature_suspend, deaf.devices_connected, deaf.memory_mib) == (True, True, 32)


@pytest.mark.failure(14)
async def test_a_save_that_was_killed_is_made_again_without_loss(real: XenHost, run: str) -> None:
    before = lab.beats_anew("g1")
    async with real.reached() as executor:
        await executor.submit(asked(Verb.SAVE, run=run), TOKEN)
        await asyncio.to_thread(_kill_save, run)
        assert isinstance(outcome := await ended(executor, asked(Verb.SAVE, run=run)), Done)
        assert (outcome.error, await state_of(executor)) == ("killed", GuestState.SUSPENDED)

        again = f"{run}-again"
        await done(executor, run, Verb.SAVE, attempt=2, image=again)
        await done(executor, run, *BACK, image=again)
    assert lab.beats_anew("g1").goes_on_from(before)


def _kill_save(run: str) -> None:
    part = f"{STATE}/images/g1/{run}-g1.part"
    wait = f"for i in $(seq 300); do [ -s {part} ] && break; usleep 50000; done"
    lab.dom0(f"{wait}; kill -TERM $(pgrep -f '^/usr/lib/xen.*/xl save')")


@pytest.mark.failure(9)
async def test_a_full_disk_leaves_the_guest_running_and_it_can_be_shut_down(
    real: XenHost, run: str
) -> None:
    """Whoever watched over it has gone when it was suspended, and yet it leaves memory."""
    before = lab.beats_anew("g1")
    lab.dom0(f"mount -t tmpfs -o size=32m,mode=0700 tmpfs {STATE}/images")
    try:
        async with real.reached() as executor:
            await failed(executor, asked(Verb.SAVE, run=run), "no_space")
            assert lab.beats_anew("g1").goes_on_from(before)
            await done(executor, run, Verb.SHUTDOWN)
            assert await state_of(executor) is GuestState.OFF
    finally:
        lab.dom0(f"umount {STATE}/images")


@pytest.mark.failure(10)
async def test_an_image_that_is_short_is_never_restored(real: XenHost, run: str) -> None:
    async with real.reached() as executor:
        await done(executor, run, Verb.SAVE)
        lab.dom0(f"truncate -s -100 {STATE}/images/g1/{run}-g1.img")
        await failed(executor, asked(Verb.VERIFY, run=run), "truncated")
        await failed(executor, asked(Verb.RESTORE, run=run), "wrong_state")
        await done(executor, run, Verb.BOOT)
    assert lab.beats_anew("g1").n > 0


@pytest.mark.failure(6)
async def test_others_cannot_boot_a_guest_whose_image_lives(real: XenHost, run: str) -> None:
    before = lab.beats_anew("g1")
    async with real.reached() as executor:
        await done(executor, run, Verb.SAVE)
        refused = lab.said("xl create /etc/xen/g1.cfg")
        assert refused.returncode == 3
        assert "maint-host restore g1" in refused.stderr
        assert lab.flags("g1") == ""
        await done(executor, run, *BACK)
    assert lab.beats_anew("g1").goes_on_from(before)


@pytest.mark.failure(1)
async def test_an_image_is_stale_once_somebody_has_booted_its_guest(
    real: XenHost, run: str
) -> None:
    async with real.reached() as executor:
        await done(executor, run, Verb.SAVE, Verb.VERIFY)
        lab.dom0(f"rm {STATE}/locks/g1 && xl create -q /etc/xen/g1.cfg")
        lab.beats_anew("g1")
        await failed(executor, asked(Verb.RESTORE, run=run), "already_runs")
        lab.dom0("xl destroy g1")
        await failed(executor, asked(Verb.RESTORE, run=run, attempt=2), "stale_image")


@pytest.mark.failure(2)
async def test_an_image_is_restored_once(real: XenHost, run: str) -> None:
    async with real.reached() as executor:
        await done(executor, run, Verb.SAVE, *BACK)
        await done(executor, run, Verb.DESTROY)
        await failed(executor, asked(Verb.RESTORE, run=run, attempt=2), "spent_image")


async def test_a_guest_rolled_back_to_its_pair_has_kept_nothing_newer(
    real: XenHost, run: str
) -> None:
    async with real.reached() as executor:
        await done(executor, run, Verb.SAVE)
        kept = lab.written("g1")
        await done(executor, run, Verb.SNAPSHOT, *BACK, snapshot="pair")
        assert lab.beats_anew("g1").goes_on_from(kept)
        await done(executor, run, Verb.DESTROY, Verb.ROLLBACK, snapshot="pair")
        assert lab.written("g1") == kept
        await done(executor, run, Verb.BOOT)
    assert lab.beats_anew("g1").boot != kept.boot


@pytest.mark.failure(26)
async def test_a_guest_is_announced_and_plugged_into_its_bridge_anew(
    real: XenHost, run: str
) -> None:
    async with real.reached() as executor:
        lab.dom0("ip link set dev vif$(xl domid g1).0 nomaster")
        await done(executor, run, Verb.ANNOUNCE, Verb.REPLUG)
    assert len(lab.dom0("ls -d /sys/class/net/xenbr0/brif/*").split()) == len(lab.GUESTS)
    assert "HB name=g1" in lab.dom0("busybox wget -qO- http://10.77.0.11/hb")


async def test_a_deaf_guest_is_destroyed_while_it_is_asked_to_shut_down(
    real: XenHost, run: str
) -> None:
    def of(verb: Verb) -> Operation:
        return Operation(id=OperationId(run=run, guest=lab.DEAF, verb=verb))

    async with real.reached() as executor:
        await executor.submit(of(Verb.SHUTDOWN), TOKEN)
        lab.beats_anew(lab.DEAF)
        assert isinstance(await executor.outcome(of(Verb.SHUTDOWN).id, TOKEN), Running)
        await done_with(executor, of(Verb.DESTROY), of(Verb.SHUTDOWN))
        assert await state_of(executor, lab.DEAF) is GuestState.OFF


async def done_with(executor: RemoteHost, *operations: Operation) -> None:
    for operation in operations:
        outcome = await outcome_of(executor, operation)
        assert isinstance(outcome, Done), outcome
        assert not outcome.error, outcome
