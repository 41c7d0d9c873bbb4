"""A guest that was restored has the kernel that it had before, though its console does not say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.maintenance.remembered import remembered
from bot.rules.fleet import Observation
from bot.rules.plan.terms import PlanOptions
from tests.failures.test_trials import trial
from tests.night import HOST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.night import Night

LINE = "Linux version 5.10.0-8-amd64"


async def seen(n: Night) -> Observation:
    facts, guests = await n.executor.facts(), await n.executor.guests()
    return Observation(facts=facts, guests={guest.name: guest for guest in guests})


async def lines(n: Night, now: Observation) -> dict[str, str]:
    found = await remembered(n.store, HOST, now)
    return {name: found.guests[name].kernel_line for name in ("a", "b")}


async def test_a_restored_guest_keeps_its_kernel(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until("ended")
        now = await seen(n)

        assert {now.guests[name].kernel_line for name in ("a", "b")} == {""}
        assert await lines(n, now) == {"a": LINE, "b": LINE}


async def test_its_family_is_the_same_in_the_next_plan(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        before = n.run.steps["a"].plan.family
        await n.until("ended")

        plan = await n.desk.plan(HOST, PlanOptions(trial=("a",)))
        assert plan.steps[0].family == before


async def test_a_guest_that_was_started_anew_since_is_not_taken_for_it(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until("ended")
        now = await seen(n)
        other = replace(now.guests["a"], domid=now.guests["a"].domid + 1)

        assert await lines(n, replace(now, guests={**now.guests, "a": other})) == {
            "a": "",
            "b": LINE,
        }


async def test_on_a_host_that_was_restarted_nothing_is_remembered(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until("ended")
        now = await seen(n)
        anew = replace(now.facts, boot_id="another")

        assert await lines(n, replace(now, facts=anew)) == {"a": "", "b": ""}
