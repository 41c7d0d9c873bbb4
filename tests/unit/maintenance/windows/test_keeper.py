"""The keeper: what is due is done once, in time or late, by one process or many, or is reported."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.maintenance.windows import letters
from bot.maintenance.windows.alarm import Alarm
from bot.maintenance.windows.keeper import LOOK, Keeper
from bot.maintenance.windows.patience import FIRST
from bot.ports import Lease, WindowChange
from bot.rules.errors import Code, TryAgain
from bot.rules.window.terms import Due, DueKind, Window, WindowEvent
from bot.storage import open_store
from tests.night import HOST
from tests.unit.maintenance.windows.keeping import BOSS, DAY, Keeping, hours, keeping

HOUR, DAYS, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
REMINDERS = [("show", 7), ("remind", 7), ("show", 1), ("remind", 1)]


async def ready(k: Keeping) -> None:
    """Let customers be told, and all that is due before the day of the window be done."""
    await k.tell()
    await k.look_often(k.start - 8 * DAYS, k.start - 12 * HOUR, minutes=12 * 60)
    assert await k.late() == []


async def counts(k: Keeping) -> dict[str, int]:
    """Count what happened at the hour."""
    wanted = ("asked", "started", "ending", "overrun", "completed", "missed")
    found = await k.events()
    return {each: found.count(each) for each in wanted if each in found}


# ---- who was away ----


async def test_away_for_a_day_over_the_window_it_starts_nothing_and_reports_every_row(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await ready(k)

        await k.look(k.end + 12 * HOUR)

        assert await k.late() == [("ask", 15), ("start", 0), ("ending", 30), ("ending", 10)]
        assert await k.state() == "missed"
        assert (await k.events())[-2:] == ["late", "missed"]
        assert await k.runs() == 0
        assert await k.store.agenda(k.window.number) == ()


async def test_away_until_the_middle_of_the_window_it_asks_once(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await ready(k)

        await k.look(k.start + HOUR)
        await k.look(k.start + HOUR + MINUTE)

        assert await k.late() == [("ask", 15)]
        asked = await k.the(WindowEvent.ASKED)
        assert (asked["minutes"], asked["why"]) == (0, "late")
        assert await k.runs() == 0


async def test_away_until_shortly_before_the_end_it_asks_and_warns_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await ready(k)

        await k.look(k.end - 5 * MINUTE)

        assert await k.late() == [("ask", 15), ("ending", 30)]
        assert await counts(k) == {"asked": 1, "ending": 1}
        assert (await k.the(WindowEvent.ENDING))["minutes"] == 10


async def test_away_while_a_run_goes_on_it_tells_the_overrun_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await ready(k)
        await k.look(k.start)
        await k.run()

        await k.look(k.end + HOUR)
        await k.look(k.end + HOUR + 30 * MINUTE)

        assert await k.late() == [("ask", 15), ("ending", 30), ("ending", 10)]
        assert (await counts(k))["overrun"] == 1


async def test_away_while_a_run_came_to_its_end_it_completes_the_window(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await ready(k)
        k.night.clock.set(k.start + MINUTE)
        await k.run()
        await k.run_to_its_end()

        await k.look(k.end + DAYS)

        assert (await k.the(WindowEvent.COMPLETED))["late"] == 0
        assert await k.state() == "completed"


async def test_what_it_was_not_there_for_is_reported_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        for _ in range(3):
            await k.look(k.start + HOUR)

        assert await k.late() == [*REMINDERS, ("ask", 15)]
        rows = (await k.the(WindowEvent.LATE))["dues"]
        assert rows[-1]["at"] == (k.start - QUARTER).isoformat()


# ---- a clock that jumps ----


async def test_a_clock_that_jumps_over_the_hour_and_back_does_each_row_once(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await ready(k)
        await k.look(k.start - QUARTER)
        await k.look(k.start + HOUR)
        before = await k.events()

        await k.look(k.start - HOUR)
        await k.look_often(k.start - QUARTER, k.start + HOUR, minutes=5)
        assert await k.events() == before

        await k.look_often(k.start + HOUR, k.end + HOUR, minutes=5)
        assert await counts(k) == {"asked": 2, "ending": 2, "missed": 1}
        assert await k.runs() == 0


async def test_a_clock_that_jumps_over_the_window_and_back_ends_it_once(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await ready(k)

        await k.look(k.end + HOUR)
        await k.look(k.start - HOUR)
        await k.look_often(k.start - QUARTER, k.end + HOUR, minutes=15)

        assert await counts(k) == {"missed": 1}
        assert await k.runs() == 0


async def test_a_clock_that_jumps_back_after_the_start_starts_nothing_again(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await ready(k)
        await k.look(k.start)
        await k.run_to_its_end()
        k.night.desk._name = lambda: "r2"

        await k.look_often(k.start - HOUR, k.end + HOUR, minutes=15)

        assert await counts(k) == {"started": 1, "completed": 1}
        assert await k.runs() == 1


# ---- many processes ----


async def test_many_keepers_that_look_at_once_do_each_row_once(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await ready(k)
        stores = [open_store(tmp_path / "maint.sqlite", f"other-{n}") for n in range(3)]
        keepers = [k.another(store=store) for store in stores]

        for at in (k.start - QUARTER, k.start, k.end - 30 * MINUTE, k.end - 10 * MINUTE, k.end):
            k.night.clock.set(at)
            await asyncio.gather(*(each.look() for each in keepers))
        for store in stores:
            await store.close()

        assert k.trouble == []
        assert await counts(k) == {"asked": 1, "started": 1, "ending": 2, "overrun": 1}
        assert await k.runs() == 1


async def test_while_another_process_has_a_window_in_hand_it_is_left_alone(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await ready(k)
        other = open_store(tmp_path / "maint.sqlite", "other")
        lease = await other.claim(f"window {k.window.number}", "other")
        assert lease

        await k.look(k.start - QUARTER)
        assert await counts(k) == {}
        await other.free(lease)
        await other.close()
        k.machine += FIRST
        await k.look(k.start - QUARTER)

        assert await counts(k) == {"asked": 1}


class Through:
    """A database that is as the real one, where a test does not say otherwise."""

    def __init__(self, k: Keeping) -> None:
        self._k = k

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self._k.store, name)


class Away(Through):
    """A database that is away when windows are changed."""

    def __init__(self, k: Keeping, *, committed: bool) -> None:
        super().__init__(k)
        self._committed = committed

    async def change_windows(self, changes: Sequence[WindowChange]) -> tuple[Window, ...]:
        if self._committed:
            await self._k.store.change_windows(changes)
        raise TryAgain(Code.STORE_UNREACHABLE, problem="away")


@pytest.mark.parametrize("committed", [True, False])
async def test_what_could_not_be_committed_is_told_and_done_at_the_next_look(
    tmp_path: Path,
    committed: bool,  # noqa: FBT001 - of a table
) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await ready(k)
        k.night.clock.set(k.start)

        await k.another(store=Away(k, committed=committed)).look()
        told = [error.code for error in k.trouble]
        k.trouble.clear()
        await k.look(k.start)

        assert told
        assert set(told) == {Code.STORE_UNREACHABLE}
        assert await counts(k) == {"started": 1}
        assert await k.runs() == 1


async def test_trouble_with_one_window_keeps_no_other_waiting(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        first = k.window
        await k.schedule(DAY * 14 + 2)
        k.night.clock.set(k.start)
        changed: list[int] = []

        class Refusing(Away):
            async def change_windows(self, changes: Sequence[WindowChange]) -> tuple[Window, ...]:
                if changes[0].window.number == first.number:
                    raise TryAgain(Code.STORE_UNREACHABLE, problem="away")
                changed.append(changes[0].window.number)
                return await self._k.store.change_windows(changes)

        await k.another(store=Refusing(k, committed=False)).look()

        assert k.trouble != []
        assert set(changed) == {k.window.number}


class Unmailable:
    """Letters that gather nothing for a reminder."""

    def __init__(self, k: Keeping) -> None:
        self._letters = k.kit.letters

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever they have
        return getattr(self._letters, name)

    async def gather(self, kind: str, *known: Any) -> Any:  # noqa: ANN401 - as the letters
        if kind == letters.REMINDER:
            raise TryAgain(Code.CONTACT_LOST, host=HOST, problem="")
        return await self._letters.gather(kind, *known)


async def test_a_reminder_in_trouble_keeps_no_question_from_being_asked(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        k.night.clock.set(k.start - QUARTER)

        await k.another(letters=Unmailable(k)).look()

        assert [error.code for error in k.trouble] == [Code.CONTACT_LOST]
        assert (await counts(k))["asked"] == 1


async def test_an_unreachable_database_at_one_window_keeps_no_other_waiting(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        first = k.window
        await k.schedule(DAY * 14 + 2)
        k.night.clock.set(k.start - QUARTER)

        class Claimless(Through):
            async def claim(self, name: str, owner: str) -> Lease | None:
                if name == f"window {first.number}":
                    raise TryAgain(Code.STORE_UNREACHABLE, problem="away")
                return await self._k.store.claim(name, owner)

        await k.another(store=Claimless(k)).look()

        assert {error.code for error in k.trouble} == {Code.STORE_UNREACHABLE}
        assert "asked" in await k.events()


# ---- what does not work ----


class Paced:
    """The clock of the night, where a second takes a second."""

    def __init__(self, k: Keeping) -> None:
        self._clock = k.night.clock

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the clock has
        return getattr(self._clock, name)

    def machine_seconds(self, instant: datetime) -> float:
        return max(0.0, (instant - self._clock.now()).total_seconds())


async def test_what_fails_is_tried_again_after_longer_and_longer_waits(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        k.night.clock.set(k.end)  # so that nothing is due later
        keeper = k.another(store=Away(k, committed=False), clock=Paced(k))

        tried: list[float] = []
        while len(tried) < 8:
            before = len(k.trouble)
            seconds = await keeper._turn()
            tried += [k.machine] if len(k.trouble) > before else []
            assert 0 < seconds <= LOOK
            k.machine += seconds

        assert tried == [0, 2, 6, 14, 30, 60, 90, 120]


async def test_while_something_fails_what_is_due_next_is_waited_for(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        k.night.clock.set(k.start - timedelta(seconds=1))
        keeper = k.another(store=Away(k, committed=False), clock=Paced(k))

        assert await keeper._turn() == 1.0


async def test_while_another_process_has_a_window_in_hand_nobody_spins(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        k.night.clock.set(k.start)
        other = open_store(tmp_path / "maint.sqlite", "other")
        assert await other.claim(f"window {k.window.number}", "other")

        assert await k.another(clock=Paced(k))._turn() == FIRST
        await other.close()


async def test_what_becomes_due_meanwhile_does_not_wait_for_what_failed(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await ready(k)
        k.night.clock.set(k.start - QUARTER)
        away = Away(k, committed=False)
        keeper = k.another(store=away)
        await keeper.look()
        k.night.clock.set(k.start)
        away.change_windows = k.store.change_windows  # type: ignore[method-assign]

        await keeper.look()

        assert await k.late() == [("ask", 15)]
        assert await counts(k) == {"asked": 1}


async def test_however_much_fails_hides_nothing(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        first = k.window
        rows = tuple(Due(kind=DueKind.SHOW, at=hours(n / 100)) for n in range(1200))
        much = WindowChange(window=first, expected=first.revision, dues=rows)
        await k.store.change_windows([much])
        await k.schedule(DAY * 14 + 2)
        k.night.clock.set(k.start)

        class Refusing(Away):
            async def change_windows(self, changes: Sequence[WindowChange]) -> tuple[Window, ...]:
                if changes[0].window.number == first.number:
                    raise TryAgain(Code.STORE_UNREACHABLE, problem="away")
                return await self._k.store.change_windows(changes)

        await k.another(store=Refusing(k, committed=False)).look()

        assert (await counts(k))["asked"] == 1


# ---- mail that goes out ----


async def test_a_notice_that_goes_out_is_written_down_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        other = k.another()
        await k.tell()

        await other.look()
        await k.look()

        campaign = await k.campaign("maintenance-scheduled")
        told = {"campaign": campaign.number, "kind": "maintenance-scheduled"}
        assert await k.the(WindowEvent.TOLD) == told


async def test_a_post_and_a_test_that_go_out_are_not_notices_of_a_window(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        data = await k.the(WindowEvent.SCHEDULED)
        await k.kit.mail.preview(data["campaign"], BOSS)
        await k.kit.mail.test(data["campaign"], "boss@example.net", BOSS)

        await k.look()

        assert await k.entries(WindowEvent.TOLD) == []


# ---- serving ----


async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await ready(k)
        k.night.clock.set(k.start)
        stop = asyncio.Event()
        serving = asyncio.create_task(Keeper(k.kit, Alarm(), k.trouble.append).serve(stop))

        while "asked" not in await counts(k):
            assert not serving.done()
        stop.set()
        await serving

        assert k.trouble == []


class Dead:
    """Looks for surprises at hosts that do not answer."""

    def __init__(self, k: Keeping) -> None:
        self._letters, self.asked = k.kit.letters, asyncio.Event()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever they have
        return getattr(self._letters, name)

    async def gather(self, kind: str, *known: Any) -> Any:  # noqa: ANN401 - as the letters
        if kind == letters.CHANGED:
            self.asked.set()
            await asyncio.Event().wait()
        return await self._letters.gather(kind, *known)


async def test_a_look_for_surprises_at_a_dead_host_keeps_nothing_waiting(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await ready(k)
        dead, alarm, stop = Dead(k), Alarm(), asyncio.Event()
        serving = asyncio.create_task(Keeper(replace(k.kit, letters=dead), alarm).serve(stop))  # type: ignore[arg-type]

        async with asyncio.timeout(60):
            await dead.asked.wait()
            k.night.clock.set(k.start - QUARTER)
            alarm.ring()
            while "asked" not in await counts(k):
                assert not serving.done()
            stop.set()
            await serving


async def test_a_look_for_surprises_keeps_no_other_process_from_what_is_due(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await ready(k)
        dead, other = Dead(k), open_store(tmp_path / "maint.sqlite", "other")
        looking = asyncio.create_task(k.another(letters=dead).look())
        await dead.asked.wait()
        k.night.clock.set(k.start - QUARTER)

        await k.another(store=other).look()

        assert await counts(k) == {"asked": 1}
        looking.cancel()
        await asyncio.wait([looking])
        await other.close()


async def test_what_it_cannot_read_is_told_and_it_goes_on(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:

        class Unreadable(Away):
            async def dues(self, *_: object) -> Any:  # noqa: ANN401 - never
                raise TryAgain(Code.STORE_UNREACHABLE, problem="away")

        keeper = k.another(store=Unreadable(k, committed=False))

        assert await keeper._turn() > 0
        assert [error.code for error in k.trouble] == [Code.STORE_UNREACHABLE]
