"""The real helper at the other end: what the bot makes of a host that is not as it must be."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.executors.helper_file import version
from bot.executors.remote import Problem, RemoteHost
from bot.executors.system_clock import SystemClock
from bot.rules.errors import ContactLost
from bot.rules.operation import Done, Operation, OperationId, Outcome, Running, Verb
from tests.helper_host import HelperHost
from tests.ssh_host import SshHost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SAVE = Operation(id=OperationId(run="r1", guest="g1", verb=Verb.SAVE), image="i1")


@pytest.fixture
def helper(tmp_path: Path) -> HelperHost:
    made = HelperHost(folder=tmp_path / "host")
    made.hypervisor.contract_guests()
    return made


@asynccontextmanager
async def reached(helper: HelperHost, expected: str = "") -> AsyncIterator[RemoteHost]:
    async with SshHost(folder=helper.folder / "bot", talk=helper.talk) as host:
        helper.cut = host.cut
        executor = RemoteHost(host.way(), expected or version())
        try:
            yield executor
        finally:
            await executor.close()


async def lost(executor: RemoteHost) -> tuple[str, str]:
    with pytest.raises(ContactLost) as caught:
        await executor.guests()
    return str(caught.value.fields["problem"]), str(caught.value.fields["detail"])


async def ended(executor: RemoteHost) -> Outcome:
    clock, outcome = SystemClock(), await executor.outcome(SAVE.id, 1)
    while isinstance(outcome, Running):
        await clock.wait_until(clock.now() + timedelta(milliseconds=20))
        outcome = await executor.outcome(SAVE.id, 1)
    return outcome


async def test_a_save_goes_on_when_contact_breaks_off(helper: HelperHost) -> None:
    async with reached(helper) as executor:
        with helper.hypervisor.held("save", "g1"):
            await executor.submit(SAVE, 1)
            helper.hypervisor.wait_for_save("g1")
            helper.cut()
            await lost(executor)
            assert isinstance(await executor.outcome(SAVE.id, 1), Running)
        outcome = await ended(executor)

    assert isinstance(outcome, Done)
    assert not outcome.error


async def test_a_helper_of_another_version_is_not_used(helper: HelperHost) -> None:
    async with reached(helper, expected="0ld") as executor:
        problem, detail = await lost(executor)

    assert (problem, len(detail)) == (Problem.HELPER_OTHER, 12)


async def test_settings_that_cannot_be_used_are_told(helper: HelperHost) -> None:
    (helper.etc / "host.conf").write_text("[host]\nname = h1\n")
    async with reached(helper) as executor:
        problem, detail = await lost(executor)

    assert problem == Problem.HELPER_SETTINGS
    assert detail.endswith("'dialect' is missing")


async def test_the_settings_of_another_host_are_told(helper: HelperHost) -> None:
    conf = helper.etc / "host.conf"
    conf.write_text(conf.read_text().replace("name = h1", "name = h2"))
    async with reached(helper) as executor:
        assert await lost(executor) == (Problem.OTHER_HOST, "h2")


async def test_a_tool_that_is_not_there_is_told_by_name(helper: HelperHost) -> None:
    conf = helper.etc / "host.conf"
    conf.write_text(re.sub("path = .*", f"path = {helper.folder}", conf.read_text()))
    async with reached(helper) as executor:
        assert await lost(executor) == (Problem.TOOL_MISSING, "virsh")


async def test_a_tool_that_fails_is_told_by_what_it_says(helper: HelperHost) -> None:
    helper.hypervisor.kill_daemon()
    async with reached(helper) as executor:
        problem, detail = await lost(executor)

    assert problem == Problem.TOOL_FAILED
    assert "libvirt" in detail


async def test_what_root_has_taken_over_is_looked_at_and_left_alone(helper: HelperHost) -> None:
    state = helper.folder / "state"
    state.mkdir()
    (state / "released").write_text('{"since": "now", "reason": ""}')
    async with reached(helper) as executor:
        with pytest.raises(ContactLost) as caught:
            await executor.submit(SAVE, 1)
        assert len(await executor.guests()) == 3

    assert caught.value.fields["problem"] == Problem.RELEASED
