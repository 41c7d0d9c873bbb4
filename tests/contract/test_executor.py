"""What every HostExecutor promises, whoever keeps the port."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.executors.helper_file import version as helper_version
from bot.executors.remote import RemoteHost
from bot.executors.simulator import GuestWorld, HostWorld, Simulator, VirtualClock, Work
from bot.executors.system_clock import SystemClock
from bot.rules.errors import Code, ContactLost, TryAgain
from bot.rules.fleet import GuestState
from bot.rules.operation import (
    Done,
    Fault,
    NeverSeen,
    Operation,
    OperationId,
    Refused,
    Running,
    Verb,
)
from tests.helper_host import HelperHost
from tests.ssh_host import SshHost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from bot.ports import Clock, HostExecutor
    from bot.rules.fleet import GuestFacts, HostFacts
    from bot.rules.operation import Outcome

TOKEN = 5
_SECOND = timedelta(seconds=1)
_MOMENT = timedelta(milliseconds=20)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One implementation: host "h1" with guests "g1" and "g2", which run, and "off", which is off.

    `reopen` gives the executor as another process would have it; `lose` makes the next
    submission lose contact "before" or "after" it was heard.
    """

    executor: HostExecutor
    clock: Clock
    reopen: Callable[[], HostExecutor]
    lose: Callable[[str], None]


@asynccontextmanager
async def simulated(folder: Path) -> AsyncIterator[Subject]:
    clock = VirtualClock()
    simulator = Simulator(folder, clock)
    off = GuestWorld(name="off", state=GuestState.OFF)
    guests = {"g1": GuestWorld(name="g1"), "g2": GuestWorld(name="g2"), "off": off}
    work = {"upgrade": Work(seconds=4, output=["one", "two"])}
    simulator.add(HostWorld(name="h1", guests=guests, work=work))
    yield Subject(
        executor=simulator.executor("h1"),
        clock=clock,
        reopen=lambda: Simulator(folder, clock).executor("h1"),
        lose=lambda when: simulator.inject("h1", f"lost_{when}"),
    )


class Soon(SystemClock):
    """The machine's time, for who cannot wait: a second is over at once."""

    async def wait_until(self, instant: datetime) -> None:
        await super().wait_until(min(instant, self.now() + _MOMENT))


@asynccontextmanager
async def remote(folder: Path) -> AsyncIterator[Subject]:
    """Give the real helper over SSH, on a pretended libvirt."""
    helper = HelperHost(folder=folder / "host")
    helper.hypervisor.contract_guests()
    async with SshHost(folder=folder / "bot", talk=helper.talk) as host:
        way, executors = host.way(), list[RemoteHost]()
        helper.cut = host.cut

        def opened() -> RemoteHost:
            executors.append(RemoteHost(way, helper_version()))
            return executors[-1]

        yield Subject(
            executor=opened(),
            clock=Soon(),
            reopen=opened,
            lose=lambda when: setattr(helper, "lose", when),
        )
        for executor in executors:
            await executor.close()


@pytest.fixture(params=[simulated, remote])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    async with request.param(tmp_path) as made:
        yield made


def asked(verb: Verb, guest: str = "g1", attempt: int = 1, **fields: str) -> Operation:
    image = fields.pop("image", "i1")
    id_ = OperationId(run="r1", guest=guest, verb=verb, attempt=attempt)
    return Operation(id=id_, image=image, **fields)  # type: ignore[arg-type]  # texts only


async def ended(subject: Subject, operation: Operation, token: int = TOKEN) -> Outcome:
    """Wait until *operation* has ended, for at most an hour of world time."""
    for _ in range(3600):
        outcome = await subject.executor.outcome(operation.id, token)
        if not isinstance(outcome, Running):
            return outcome
        now = subject.clock.now()
        await subject.clock.wait_until(now.replace(microsecond=0) + _SECOND)
    raise AssertionError(operation)


async def done(subject: Subject, *operations: Operation) -> None:
    for operation in operations:
        await subject.executor.submit(operation, TOKEN)
        outcome = await ended(subject, operation)
        assert isinstance(outcome, Done), outcome
        assert not outcome.error, outcome


async def seen(executor: HostExecutor) -> tuple[HostFacts, list[GuestFacts]]:
    """Return what *executor* sees, without what goes on by itself from one look to the next."""
    facts, guests = await executor.facts(), await executor.guests()
    still = replace(facts, memory_free_mib=0, image_space_mib=0, snapshot_space_mib=0)
    return still, [replace(guest, cpu_seconds=0.0, console_end=0) for guest in guests]


async def guest(subject: Subject, name: str = "g1") -> GuestFacts:
    return next(g for g in await subject.executor.guests() if g.name == name)


async def test_guests_are_told_in_order_of_name(subject: Subject) -> None:
    assert [g.name for g in await subject.executor.guests()] == ["g1", "g2", "off"]


async def test_facts_name_the_host_and_its_boot(subject: Subject) -> None:
    facts = await subject.executor.facts()
    assert facts.name == "h1"
    assert facts.boot_id


async def test_reading_changes_nothing(subject: Subject) -> None:
    before = await seen(subject.executor)
    await subject.executor.console("g1", 0)
    assert await seen(subject.executor) == before


async def test_an_operation_nobody_submitted_was_never_seen(subject: Subject) -> None:
    assert await subject.executor.outcome(asked(Verb.SAVE).id, TOKEN) == NeverSeen()


async def test_a_submitted_operation_runs_and_ends(subject: Subject) -> None:
    await subject.executor.submit(asked(Verb.SAVE), TOKEN)
    assert isinstance(await subject.executor.outcome(asked(Verb.SAVE).id, TOKEN), Running)
    assert isinstance(await ended(subject, asked(Verb.SAVE)), Done)


async def test_the_same_id_starts_once(subject: Subject) -> None:
    await done(subject, asked(Verb.PAUSE), asked(Verb.UNPAUSE))
    await subject.executor.submit(asked(Verb.PAUSE), TOKEN)
    assert (await guest(subject)).state is GuestState.RUNNING


async def test_a_refused_id_stays_refused(subject: Subject) -> None:
    await subject.executor.submit(asked(Verb.UNPAUSE), TOKEN)
    assert isinstance(await ended(subject, asked(Verb.UNPAUSE)), Refused)
    await done(subject, asked(Verb.PAUSE))
    await subject.executor.submit(asked(Verb.UNPAUSE), TOKEN)
    assert isinstance(await ended(subject, asked(Verb.UNPAUSE)), Refused)


async def test_an_old_token_starts_nothing(subject: Subject) -> None:
    await subject.executor.outcome(asked(Verb.SAVE).id, TOKEN + 1)
    with pytest.raises(TryAgain) as caught:
        await subject.executor.submit(asked(Verb.SAVE), TOKEN)
    assert caught.value.code is Code.LEASE_LOST
    assert (await guest(subject)).images == ()


async def test_never_seen_is_final_for_lower_tokens(subject: Subject) -> None:
    assert await subject.executor.outcome(asked(Verb.SAVE).id, TOKEN + 1) == NeverSeen()
    with pytest.raises(TryAgain):
        await subject.reopen().submit(asked(Verb.SAVE), TOKEN)
    assert await subject.executor.outcome(asked(Verb.SAVE).id, TOKEN + 1) == NeverSeen()


async def test_an_old_token_learns_no_outcome(subject: Subject) -> None:
    await subject.executor.submit(asked(Verb.SAVE), TOKEN)
    outcome = await subject.executor.outcome(asked(Verb.SAVE).id, TOKEN - 1)
    assert outcome == Refused(error=Fault.OLD_TOKEN)


async def test_another_uuid_is_refused(subject: Subject) -> None:
    await subject.executor.submit(asked(Verb.SAVE, uuid="another"), TOKEN)
    outcome = await ended(subject, asked(Verb.SAVE))
    assert isinstance(outcome, Refused)
    assert outcome.error == Fault.WRONG_IDENTITY


async def test_an_unknown_guest_is_refused(subject: Subject) -> None:
    await subject.executor.submit(asked(Verb.SAVE, guest="nobody"), TOKEN)
    assert isinstance(await ended(subject, asked(Verb.SAVE, guest="nobody")), Refused)


async def test_a_saved_guest_is_off_and_has_an_image(subject: Subject) -> None:
    await done(subject, asked(Verb.SAVE))
    seen = await guest(subject)
    assert seen.state is GuestState.OFF
    assert [(i.name, i.complete, i.verified) for i in seen.images] == [("i1", True, False)]


async def test_a_second_save_needs_a_new_name(subject: Subject) -> None:
    await done(subject, asked(Verb.SAVE), asked(Verb.BOOT))
    await subject.executor.submit(asked(Verb.SAVE, attempt=2), TOKEN)
    assert isinstance(await ended(subject, asked(Verb.SAVE, attempt=2)), Refused)


async def test_an_image_restores_paused_and_goes_on_once_spent(subject: Subject) -> None:
    await done(subject, asked(Verb.SAVE), asked(Verb.VERIFY), asked(Verb.RESTORE))
    assert (await guest(subject)).state is GuestState.PAUSED
    await done(subject, asked(Verb.SPEND), asked(Verb.UNPAUSE))
    assert (await guest(subject)).state is GuestState.RUNNING


async def test_an_unverified_image_is_not_restored(subject: Subject) -> None:
    await done(subject, asked(Verb.SAVE))
    await subject.executor.submit(asked(Verb.RESTORE), TOKEN)
    assert isinstance(await ended(subject, asked(Verb.RESTORE)), Refused)


async def test_a_guest_is_not_unpaused_from_an_unspent_image(subject: Subject) -> None:
    await done(subject, asked(Verb.SAVE), asked(Verb.VERIFY), asked(Verb.RESTORE))
    await subject.executor.submit(asked(Verb.UNPAUSE), TOKEN)
    outcome = await ended(subject, asked(Verb.UNPAUSE))
    assert isinstance(outcome, Refused)
    assert outcome.error == Fault.UNSPENT_IMAGE


async def test_a_spent_image_is_not_restored(subject: Subject) -> None:
    await done(subject, asked(Verb.SAVE), asked(Verb.VERIFY), asked(Verb.SPEND))
    await subject.executor.submit(asked(Verb.RESTORE), TOKEN)
    outcome = await ended(subject, asked(Verb.RESTORE))
    assert isinstance(outcome, Refused)
    assert outcome.error == Fault.SPENT_IMAGE


async def test_a_boot_spends_the_guests_images_first(subject: Subject) -> None:
    await done(subject, asked(Verb.SAVE), asked(Verb.VERIFY), asked(Verb.BOOT))
    assert [i.spent for i in (await guest(subject)).images] == [True]


async def test_a_guest_in_memory_is_not_booted(subject: Subject) -> None:
    await subject.executor.submit(asked(Verb.BOOT), TOKEN)
    outcome = await ended(subject, asked(Verb.BOOT))
    assert isinstance(outcome, Refused)
    assert outcome.error == Fault.ALREADY_RUNS


async def test_a_rollback_gives_the_disk_its_generation_back(subject: Subject) -> None:
    pair = asked(Verb.SNAPSHOT, snapshot="s1")
    await done(subject, asked(Verb.SAVE), pair)
    before = (await guest(subject)).generation
    await done(subject, asked(Verb.BOOT), asked(Verb.DESTROY), asked(Verb.ROLLBACK, snapshot="s1"))
    assert (await guest(subject)).generation == before


async def test_destroying_a_guest_that_is_off_is_done(subject: Subject) -> None:
    await done(subject, asked(Verb.DESTROY, guest="off"))


async def test_a_host_with_guests_is_not_rebooted(subject: Subject) -> None:
    reboot = asked(Verb.REBOOT, guest="", image="")
    await subject.executor.submit(reboot, TOKEN)
    outcome = await ended(subject, reboot)
    assert isinstance(outcome, Refused)
    assert outcome.error == Fault.GUESTS_RUN


async def test_a_command_prints_while_it_runs(subject: Subject) -> None:
    work = asked(Verb.WORK, guest="", image="", argument="upgrade")
    await done(subject, work)
    printed = await subject.executor.output(work.id, 0)
    assert printed.lines == ("one", "two")
    assert (await subject.executor.output(work.id, printed.end)).lines == ()


async def test_a_console_is_read_on_from_its_mark(subject: Subject) -> None:
    mark = (await subject.executor.console("g1", 0)).end
    assert (await subject.executor.console("g1", mark)).lines == ()


async def test_contact_lost_before_leaves_nothing(subject: Subject) -> None:
    subject.lose("before")
    with pytest.raises(ContactLost):
        await subject.executor.submit(asked(Verb.SAVE), TOKEN)
    assert await subject.executor.outcome(asked(Verb.SAVE).id, TOKEN) == NeverSeen()


async def test_contact_lost_after_leaves_the_operation(subject: Subject) -> None:
    subject.lose("after")
    with pytest.raises(ContactLost):
        await subject.executor.submit(asked(Verb.SAVE), TOKEN)
    assert isinstance(await ended(subject, asked(Verb.SAVE)), Done)


async def test_another_process_sees_the_same(subject: Subject) -> None:
    await subject.executor.submit(asked(Verb.SAVE), TOKEN)
    other = subject.reopen()
    await ended(subject, asked(Verb.SAVE))
    assert await seen(other) == await seen(subject.executor)
    assert isinstance(await other.outcome(asked(Verb.SAVE).id, TOKEN), Done)
