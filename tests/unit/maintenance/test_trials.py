"""Trials beside maintenance: they neither stand in its way nor are taken for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.maintenance.explorations import explorations
from bot.maintenance.notices.lately import until_maintenance
from bot.maintenance.windows.standing import runs_of
from bot.ports import RunRecord
from bot.rules.errors import Code, Precondition
from bot.rules.plan.terms import PlanOptions
from bot.rules.window.terms import Window, WindowSettings
from tests.failures.begun import begun, strike
from tests.failures.test_trials import trial
from tests.night import HOST, START

if TYPE_CHECKING:
    from pathlib import Path

ONE = PlanOptions(trial=("b",))


def record(name: str, kind: str) -> RunRecord:
    return RunRecord(id=name, host=HOST, actor="os:anna", started=START, kind=kind)


async def test_a_trial_is_no_exploration_while_it_goes_on_nor_afterwards(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        assert await explorations(n.store, (), (), n.policy, {}) == ()
        await n.until("ended")

        proof = await n.store.evidence()
        assert len(proof) == 2
        assert await explorations(n.store, proof, (), n.policy, {}) == ()


async def test_a_trial_is_not_what_a_window_is_for(tmp_path: Path) -> None:
    end = START + timedelta(hours=1)
    window = Window(hosts=(HOST,), start=START, end=end, zone="UTC", actor="os:anna", changed=START)
    async with trial(tmp_path) as n:
        assert await runs_of(n.store, window, WindowSettings()) == {}


async def test_its_head_says_that_it_is_a_trial_to_the_end(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        begins = (await n.store.runs())[0].kind
        await n.until("ended")

        assert (begins, (await n.store.runs())[0].kind) == ("trial", "trial")


async def test_a_trial_does_not_hide_who_still_waits_for_a_person(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "damage")
        await n.until("ended")
        with pytest.raises(Precondition) as refused:
            await n.desk.plan(HOST, ONE)
        assert refused.value.code is Code.GUESTS_WAIT

        await n.wish("leave", "a")
        await n.turn()
        assert (await n.desk.plan(HOST, ONE)).steps[0].reason == "held"


def test_the_newest_maintenance_is_what_customers_are_told_of() -> None:
    heads = [record("t2", "trial"), record("t1", "trial"), record("r2", "maintenance")]
    newest = until_maintenance([*heads, record("r1", "maintenance")])

    assert [head.id for head in newest] == ["t2", "t1", "r2"]
