"""At the hour: the channel is asked, a run starts by itself or says why not, the end comes near."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.maintenance.windows.stopping import Stopped
from bot.ports import WindowChange, Wish
from bot.rules.errors import Code, Precondition
from bot.rules.plan.data import plan_from_data
from bot.rules.plan.terms import Plan, PlanOptions
from bot.rules.window.terms import Window, WindowEvent
from notifications import CampaignState
from tests.night import HOST
from tests.unit.maintenance.windows.keeping import DAY, Keeping, keeping

QUARTER, MINUTE, SECOND = timedelta(minutes=15), timedelta(minutes=1), timedelta(seconds=1)
OVERRUN = "maintenance-overrun"


async def asked(k: Keeping) -> list[tuple[int, str]]:
    """Return how long before the start the channel was asked, and why no run started by itself."""
    entries = await k.entries(WindowEvent.ASKED)
    return [(each.data["minutes"], each.data["why"]) for each in entries]


async def at_the_start(k: Keeping, late: timedelta = timedelta()) -> str:
    """Let the keeper look before the start, and at it; return why no run started by itself."""
    await k.look(k.start - QUARTER)
    await k.look(k.start + late)
    assert len(await k.entries(WindowEvent.STARTED)) == await k.runs()
    why: str = (await asked(k))[-1][1]
    return why


# ---- the question ----


async def test_it_is_asked_a_quarter_before_and_at_the_start(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start - QUARTER - SECOND)
        assert await asked(k) == []

        await k.look_often(k.start - QUARTER, k.start + MINUTE, minutes=1)

        assert await asked(k) == [(15, ""), (0, "")]
        assert await k.runs() == 0


async def test_it_is_asked_with_the_plan_and_with_what_customers_were_told(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.office.say("a", wanted=False)

        await k.look(k.start - QUARTER)

        data = await k.the(WindowEvent.ASKED)
        plan = plan_from_data(data["plan"])
        assert {step.guest: str(step.action) for step in plan.steps} == {
            "a": "shutdown",
            "b": "shutdown",
        }
        assert data["told"] == [{"guest": "a", "was": "suspend", "now": "shutdown"}]


async def test_a_host_that_does_not_answer_is_asked_about_without_a_plan(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        k.night.simulator.inject(HOST, "silence", seconds=1e7)

        await k.look(k.start - QUARTER)

        data = await k.the(WindowEvent.NOT_ASKED)
        assert (data["host"], data["problem"]) == (HOST, "contact_lost")


async def test_when_its_run_has_begun_nothing_is_asked(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start - 2 * QUARTER)
        await k.run()

        await k.look(k.start - QUARTER)
        await k.look(k.start)

        assert await asked(k) == []


# ---- by itself ----


async def test_it_starts_by_itself_once(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True, reason="new kernel") as k:
        await k.tell()
        await k.look(k.start - QUARTER)

        for _ in range(3):
            await k.look(k.start + SECOND)

        assert (await k.the(WindowEvent.STARTED)) == {"host": HOST, "run": "r1"}
        (run,) = await k.store.runs()
        assert (run.id, run.actor) == ("r1", "window:1")
        (begun,) = await k.store.rows("r1")
        assert begun.data["reason"] == "new kernel"
        assert await asked(k) == [(15, "")]


async def test_what_starts_by_itself_is_audited(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await k.tell()

        await k.look(k.start)

        (row,) = await k.store.audits(HOST)
        assert (row.actor, row.text, row.result) == ("window:1", "start hobgoblin", "done")


async def test_a_window_without_auto_never_starts_by_itself(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()

        await k.look_often(k.start - QUARTER, k.end + MINUTE, minutes=10)

        assert await k.runs() == 0


@pytest.mark.parametrize(("seconds", "why"), [(91, "late"), (3600, "late"), (7199, "late")])
async def test_late_it_asks_instead(tmp_path: Path, seconds: float, why: str) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await k.tell()

        assert await at_the_start(k, timedelta(seconds=seconds)) == why
        assert await k.runs() == 0


async def test_a_little_late_it_starts(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await k.tell()

        await k.look(k.start + timedelta(seconds=89))

        assert await k.runs() == 1


async def test_under_a_hold_it_asks_instead(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await k.tell()
        await k.hold()

        assert await at_the_start(k) == "held"
        assert await k.runs() == 0


async def test_where_a_start_needs_a_second_person_it_asks_instead(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True, second_person=True) as k:
        await k.tell()

        assert await at_the_start(k) == "alone"
        assert await k.runs() == 0


async def test_when_nobody_was_told_it_asks_instead(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        assert await at_the_start(k) == "untold"
        assert await k.runs() == 0


async def test_a_host_that_cannot_be_planned_is_not_started_by_itself(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await k.tell()
        k.night.simulator.inject(HOST, "xendomains")

        assert await at_the_start(k) == "problems"
        assert await k.runs() == 0


class Frozen:
    """A store whose process freezes as it is about to begin a run; meanwhile others go on."""

    def __init__(self, k: Keeping) -> None:
        self._k, self._frozen = k, False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self._k.store, name)

    async def claim(self, host: str, owner: str) -> Any:  # noqa: ANN401 - as the store
        lease = await self._k.store.claim(host, owner)
        assert lease
        return lease

    async def change_windows(self, changes: Sequence[WindowChange]) -> tuple[Window, ...]:
        if changes[0].begins and not self._frozen:
            self._frozen = True
            await self._k.another().look()
            await self._k.run_to_its_end()
        return await self._k.store.change_windows(changes)


async def test_a_process_that_froze_does_not_start_what_another_has_brought_to_its_end(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await k.tell()
        k.night.clock.set(k.start)
        k.night.desk._name = iter(["r0", "r1", "r2"]).__next__

        await k.another(store=Frozen(k)).look()

        assert await k.runs() == 1
        assert len(await k.entries(WindowEvent.STARTED)) == 1


class Meanwhile:
    """A desk beside which something happens, once, as soon as it has planned."""

    def __init__(self, k: Keeping, happens: Callable[[], Awaitable[object]]) -> None:
        self._k, self._happens, self.plans = k, happens, 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the desk has
        return getattr(self._k.kit.desk, name)

    async def plan(self, host: str, options: PlanOptions) -> Plan:
        plan = await self._k.kit.desk.plan(host, options)
        self.plans += 1
        if self.plans == 1:
            await self._happens()
        return plan


async def test_under_a_hold_that_comes_while_it_is_planned_it_asks_instead(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await k.tell()
        k.night.clock.set(k.start)

        await k.another(desk=Meanwhile(k, k.hold)).look()

        assert await asked(k) == [(0, "held")]
        assert await k.runs() == 0


async def test_at_a_time_that_customers_were_not_told_it_asks_instead(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await k.tell()
        await k.move(DAY * 20)

        assert await at_the_start(k) == "untold"
        assert await k.runs() == 0


@pytest.mark.parametrize("verb", ["cancel", "reschedule"])
async def test_a_window_whose_run_begins_while_its_mails_are_stopped_stays_as_it_is(
    tmp_path: Path, verb: str
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        stop = k.desk._stopper.stop

        async def stopping(window: Window, actor: str) -> Stopped:
            stopped = await stop(window, actor)
            await k.run()
            return stopped

        k.desk._stopper.stop = stopping  # type: ignore[method-assign]
        k.night.clock.set(k.start)
        with pytest.raises(Precondition) as refused:
            await (k.move(DAY * 20) if verb == "reschedule" else k.desk.cancel(1, "os:anna"))

        assert refused.value.code is Code.WINDOW_BEGUN
        assert await k.state() == "scheduled"


async def test_a_run_that_was_aborted_leaves_the_window_to_another(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start)
        await k.run()
        await k.store.wish(Wish(key="w1", host=HOST, actor="os:anna", verb="abort"))
        await k.run_to_its_end()

        await k.look()
        assert await k.state() == "scheduled"
        await k.look(k.end)

        assert await k.state() == "completed"


# ---- towards the end ----


async def warned(k: Keeping) -> list[tuple[int, str]]:
    """Return how long before the end staff were warned, and how far the run was."""
    entries = await k.entries(WindowEvent.ENDING)
    return [(each.data["minutes"], each.data["rows"][0]["phase"]) for each in entries]


async def overrun(k: Keeping, late: timedelta = timedelta()) -> datetime:
    """Let a run begin shortly before the end and go on after it; return when it is looked at."""
    await k.tell()
    k.night.clock.set(k.end - MINUTE)
    await k.run()
    await k.look(k.end + late)
    return k.end + late


async def test_it_is_warned_of_the_end_while_a_run_is_open(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.end - timedelta(minutes=31))
        await k.run()

        await k.look_often(k.end - timedelta(minutes=30), k.end - MINUTE, minutes=1)

        assert [minutes for minutes, _ in await warned(k)] == [30, 10]
        rows = (await k.entries(WindowEvent.ENDING))[0].data["rows"]
        assert rows[0]["host"] == HOST
        assert datetime.fromisoformat(rows[0]["expected"]) > k.start


async def test_it_is_warned_of_the_end_while_no_run_has_begun(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.look_often(k.start, k.end - MINUTE)

        assert await warned(k) == [(30, ""), (10, "")]


async def test_an_overrun_is_told_with_a_mail_that_waits_for_a_press(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await overrun(k)

        data = await k.the(WindowEvent.OVERRUN)
        campaign = await k.campaign(OVERRUN)
        assert (data["campaign"], data["contacts"]) == (campaign.number, 1)
        assert data["rows"][0]["host"] == HOST
        assert campaign.state is CampaignState.DRAFT
        assert await k.state() == "scheduled"


@pytest.mark.parametrize(
    ("late", "following"), [(0.0, 60), (1.0, 60), (59.0, 60), (61.0, 65), (299.0, 65), (301.0, 70)]
)
async def test_customers_are_told_full_five_minutes_until_they_hear_again(
    tmp_path: Path, late: float, following: int
) -> None:
    async with keeping(tmp_path) as k:
        await overrun(k, timedelta(seconds=late))

        said = (await k.campaign(OVERRUN)).values["next"]
        assert said.timestamp() % 300 == 0
        hears = said - k.end - timedelta(seconds=late)
        assert timedelta(minutes=60) <= hears < timedelta(minutes=65)
        assert said <= k.end + timedelta(minutes=following + 5)


async def test_an_overrun_is_told_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        at = await overrun(k)

        for minutes in range(1, 4):
            await k.look(at + timedelta(minutes=minutes))

        assert len(await k.entries(WindowEvent.OVERRUN)) == 1
        assert len(await k.campaigns(OVERRUN)) == 1


async def test_before_customers_are_to_hear_again_the_next_word_is_drafted_instead(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        at = await overrun(k)

        await k.look(at + timedelta(minutes=50))

        first, newest = await k.campaigns(OVERRUN)
        assert first.state is CampaignState.CANCELLED
        assert newest.values["next"] - first.values["next"] == timedelta(minutes=50)
        assert len(await k.entries(WindowEvent.OVERRUN)) == 2


async def test_where_customers_know_of_nothing_an_overrun_is_told_to_staff_alone(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        k.night.clock.set(k.end - MINUTE)
        await k.run()

        await k.look(k.end)

        assert (await k.the(WindowEvent.OVERRUN))["rows"][0]["host"] == HOST
        assert await k.campaigns(OVERRUN) == []


async def test_after_an_overrun_it_is_completed_late(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await overrun(k)
        await k.run_to_its_end()

        await k.look()

        (run,) = await k.store.runs()
        assert run.ended
        assert await k.the(WindowEvent.COMPLETED) == {
            "done": [HOST],
            "missed": [],
            "late": (run.ended - k.end).total_seconds(),
        }
        assert await k.state() == "completed"


async def test_when_all_runs_have_ended_it_is_completed_early(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start)
        await k.run()
        await k.run_to_its_end()

        await k.look()
        await k.look_often(k.end - QUARTER, k.end + QUARTER)

        assert (await k.the(WindowEvent.COMPLETED))["late"] == 0
        assert (await k.events())[-2:] == ["asked", "completed"]
        assert await k.store.agenda(k.window.number) == ()


async def test_a_run_that_began_and_ended_shortly_before_the_start_is_the_windows(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start - 2 * QUARTER)
        await k.run()
        await k.run_to_its_end()
        assert k.night.clock.now() < k.start

        await k.look()
        assert await k.state() == "scheduled"
        await k.look(k.start)

        assert await k.state() == "completed"
        assert await asked(k) == []


async def test_when_no_run_began_it_is_missed_at_its_end(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look_often(k.start, k.end - SECOND)
        assert await k.state() == "scheduled"

        await k.look(k.end)

        assert await k.the(WindowEvent.MISSED) == {"done": [], "missed": [HOST], "late": 0}
        assert await k.state() == "missed"
        assert await k.campaigns(OVERRUN) == []


async def test_a_run_of_another_time_is_not_the_windows(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start - timedelta(hours=2))
        await k.run()
        await k.run_to_its_end()

        await k.look_often(k.start - QUARTER, k.end)

        assert await k.state() == "missed"


async def test_of_two_windows_that_touch_a_run_is_only_that_in_which_it_began(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        first, second = k.window, await k.schedule(DAY * 14 + 2)
        k.night.clock.set(first.end - QUARTER)
        await k.run()
        await k.run_to_its_end()

        await k.look(second.start)

        states = [str(each.state) for each in await k.store.windows()]
        assert states == ["completed", "scheduled"]
        assert await asked(k) == [(0, "")]


async def test_an_overrun_on_a_host_that_has_left_the_inventory_is_told_to_staff(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        k.night.clock.set(k.end - MINUTE)
        await k.run()
        k.night.fleet.hosts.pop(HOST)  # type: ignore[attr-defined]

        await k.look(k.end)

        assert (await k.the(WindowEvent.OVERRUN))["rows"][0]["host"] == HOST
