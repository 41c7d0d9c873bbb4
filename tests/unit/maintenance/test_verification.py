"""Looks: when they are due, which one decides, and what is recorded of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.maintenance.verification import Verifier, age, due, is_last, next_look
from bot.rules.fleet import Check
from bot.rules.limits import Limits
from bot.rules.run.journal import Event
from bot.rules.run.sight import Sight
from tests.builders import flying, later, run, step
from tests.failures.begun import begun, of, strike
from tests.night import HOST, Night
from tests.unit.rules import plans as planned
from tests.unit.rules.plans import NOW


@pytest.mark.parametrize(
    ("state", "about", "seconds"),
    [
        ("watched", {"looks": 0}, 5.0),
        ("watched", {"looks": 1}, 30.0),
        ("watched", {"looks": 2}, 120.0),
        ("watched", {"looks": 3}, 120.0),
        ("watched", {"looks": 0, "let_go": later(60)}, 65.0),
        ("dead", {"looked_at": later(120)}, 150.0),
        ("started", {}, 10.0),
        ("started", {"looked_at": later(40)}, 50.0),
    ],
)
def test_a_guest_is_looked_at_again_in_time(
    state: str, about: dict[str, Any], seconds: float
) -> None:
    assert next_look(step("a", state, **about), Limits()) == later(seconds)


@pytest.mark.parametrize("state", ["planned", "saved", "up", "damaged", "mending", "broken"])
def test_others_are_not_looked_at(state: str) -> None:
    assert next_look(step("a", state), Limits()) is None


@pytest.mark.parametrize(("seconds", "names"), [(4.9, []), (5.0, ["a"]), (10.0, ["a", "b"])])
def test_a_look_is_due_when_its_time_has_come(seconds: float, names: list[str]) -> None:
    flying_one = step("c", "watched", flight=flying("c", "announce"))
    watched = run(step("a", "watched"), step("b", "started"), flying_one)

    assert [each.guest for each in due(watched, later(seconds), Limits())] == names


@pytest.mark.parametrize(
    ("state", "about", "seconds", "last"),
    [
        ("watched", {"looks": 1}, 30.0, False),
        ("watched", {"looks": 2}, 120.0, True),
        ("dead", {"looks": 5}, 300.0, True),
        ("started", {"looks": 50}, 599.0, False),
        ("started", {}, 600.0, True),
    ],
)
def test_the_last_look_decides(
    state: str, about: dict[str, Any], seconds: float, *, last: bool
) -> None:
    assert is_last(step("a", state, **about), later(seconds), Limits()) is last


def test_a_guest_is_as_old_as_its_present_life() -> None:
    assert age(step("a", "watched", let_go=later(60)), later(90)) == 30.0
    assert age(step("a", "shutting", since=NOW), later(90)) == 90.0


async def look(made: Night) -> list[Any]:
    facts, found = await made.executor.facts(), await made.executor.guests()
    guests = {each.name: each for each in found}
    seen = Sight(now=made.clock.now() + timedelta(seconds=5), facts=facts, guests=guests)
    verifier = Verifier(made.executor, made.simulator.prober(), made.limits)
    return await verifier.look(made.run, seen)


async def test_a_look_records_what_was_seen(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "damage", seconds=1.0)
        await n.until("ended")
        first = (await of(n, "a", Event.LOOKED))[0].data

        assert (first["verdict"], first["look"], first["last"]) == ("damage", 1, False)
        assert "unmapped grant" in str(first["lines"])
        assert first["answers"] == 1
        assert float(str(first["age"])) == pytest.approx(5.0, abs=1.0)


async def test_lines_from_before_the_restore_do_not_count(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        with n.simulator.edit(HOST) as host:
            host.guests["a"].console.append("vbd vbd-51712: 16 Backend has not unmapped grant: 1")
        await n.until("ended")

        assert n.states()["a"] == "up"


async def test_a_host_that_falls_silent_at_a_look_yields_none(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "watched")
        facts, found = await n.executor.facts(), await n.executor.guests()
        strike(n, "silence", on="", seconds=30)
        seen = Sight(
            now=n.clock.now() + timedelta(seconds=5),
            facts=facts,
            guests={each.name: each for each in found},
        )
        verifier = Verifier(n.executor, n.simulator.prober(), n.limits)

        assert await verifier.look(n.run, seen) == []


async def test_a_look_that_is_due_is_taken(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "watched")

        assert [draft.guest for draft in await look(n)] == ["a"]


class AllAtOnce:
    """A prober whose guests answer once every check is being asked."""

    def __init__(self, checks: int) -> None:
        self._asked = asyncio.Barrier(checks)

    async def answers(self, guest: str, address: str, check: Check) -> bool:
        del guest, address, check
        await self._asked.wait()
        return True


async def test_a_guest_that_takes_its_time_to_answer_holds_up_no_other(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        found = {each.name: each for each in await n.executor.guests()}
        plans = [replace(planned.step(name), checks=(Check(), Check(port=80))) for name in "ab"]
        watched = run(*(step(plan.guest, "watched", planned=plan) for plan in plans))
        verifier = Verifier(n.executor, AllAtOnce(4), n.limits)
        seen = Sight(now=later(5), facts=await n.executor.facts(), guests=found)

        async with asyncio.timeout(10):
            drafts = await verifier.look(watched, seen)
        assert [draft.data["answers"] for draft in drafts] == [2, 2]
        await n.until("ended")
