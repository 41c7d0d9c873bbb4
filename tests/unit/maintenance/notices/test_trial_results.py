"""What customers are told of a trial when it ends, and what becomes of their wish for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.maintenance.trials import Trials
from bot.rules.fleet import Role
from bot.rules.optin import TrialWish
from bot.rules.plan.terms import PlanOptions
from tests.failures.begun import strike
from tests.failures.test_trials import trial
from tests.night import HOST, START
from tests.unit.maintenance.notices.office import after

if TYPE_CHECKING:
    from pathlib import Path

    from tests.night import Night
    from tests.unit.maintenance.notices.office import Office

OURS: dict[str, dict[str, object]] = {"b": {"role": Role.INFRASTRUCTURE}}


async def told(desk: Office) -> list[tuple[str, object, object]]:
    """Return what is drafted: kind, guest and result."""
    campaigns = [each.campaign for each in await desk.mail.campaigns()]
    return sorted((c.kind, c.values.get("guest"), c.values.get("result", "")) for c in campaigns)


async def over(n: Night) -> Office:
    """Let the trial end, twice over: whoever dies at its end is caught up with."""
    await n.until("ended")
    desk = after(n)
    await desk.incidents.ended(n.run)
    await desk.incidents.catch_up()
    assert desk.trouble == []
    return desk


async def test_who_passed_is_told_so_once(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        desk = await over(n)

        assert await told(desk) == [("trial-result", g, "passed") for g in ("a", "b")]
        assert "came back well" in " ".join((await desk.text(1)).split())


async def test_who_was_rolled_back_is_told_that_and_not_of_an_incident(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        strike(n, "damage")

        assert await told(await over(n)) == [("trial-result", "a", "rolled_back")]


async def test_who_came_back_otherwise_gets_an_incident(tmp_path: Path) -> None:
    async with trial(tmp_path, "a") as n:
        strike(n, "restore_fails", times=0)

        assert await told(await over(n)) == [("incident", "a", "")]


async def test_our_own_guests_are_written_to_nobody_about(tmp_path: Path) -> None:
    async with trial(tmp_path, records=OURS) as n:
        assert await told(await over(n)) == [("trial-result", "a", "passed")]


async def test_a_wish_is_carried_out_once(tmp_path: Path) -> None:
    async with trial(tmp_path, out=("a", "b", "c")) as n:
        await over(n)

        said = [(w.guest, w.wanted, w.how, w.who) for w in await n.store.trial_statements(2)]
        assert said == [(g, False, "trial", "maintbot") for g in ("a", "b")]


@pytest.mark.parametrize("guest", ["a", "b"])
async def test_a_wish_that_is_newer_than_the_trial_stands(tmp_path: Path, guest: str) -> None:
    async with trial(tmp_path) as n:
        at = START + timedelta(seconds=30)
        again = TrialWish(guest=guest, wanted=True, at=at, who="c", how="link")
        await n.store.wish_trials([again])
        await over(n)

        assert (await n.store.trial_wishes())[guest].wanted


async def test_who_was_not_tried_is_told_nothing_and_still_asks(tmp_path: Path) -> None:
    async with trial(tmp_path, out=("a", "b", "c")) as n:
        strike(n, "damage")
        desk = await over(n)

        assert [each[1] for each in await told(desk)] == ["a"]
        assert (await n.store.trial_wishes())["b"].wanted


async def test_staff_see_what_became_of_each_guest(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        strike(n, "damage")
        await n.until("ended")
        trials = Trials(fleet=n.fleet, store=n.store, clock=n.clock, policy=n.policy)

        found = [(t.guest, t.outcome, t.reason) for t in await trials.outcomes()]
        assert found == [("a", "rolled_back", "opted_in"), ("b", "not_tried", "held")]


async def test_a_person_may_draft_the_result_anew_after_the_first_is_over(tmp_path: Path) -> None:
    async with trial(tmp_path, "a") as n:
        desk = await over(n)
        await desk.mail.cancel(1, "os:ann")
        await desk.new("trial-result", "a", "passed")

        assert await told(desk) == [("trial-result", "a", "passed")] * 2


async def test_what_failed_in_a_trial_is_not_told_as_of_maintenance(tmp_path: Path) -> None:
    async with trial(tmp_path, "a") as n:
        strike(n, "snapshot_fails", times=2)
        await n.until("asked")
        await n.until("ended")
        desk = after(n)
        await desk.incidents.ended(n.run)

        (told,) = await desk.mail.campaigns()
        assert (told.campaign.kind, told.campaign.values["trial"]) == ("incident", True)


async def test_a_trial_is_caught_up_with_though_another_has_begun_since(tmp_path: Path) -> None:
    async with trial(tmp_path, "a") as n:
        await n.until("ended")
        assert n.runner is not None
        await n.store.free(n.runner.lease)
        n.desk._name = lambda: "r2"  # as the next run is called
        one = PlanOptions(trial=("b",))
        await n.desk.start(HOST, one, actor="x", key="k2", plan_hash="", reason="")
        desk = after(n)
        await desk.incidents.catch_up()

        assert await told(desk) == [("trial-result", "a", "passed")]
