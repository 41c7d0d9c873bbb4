"""What every store promises about windows, their journal, what is due for them, and freezes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.ports import Beginning, Store, WindowChange
from bot.rules.errors import BadRequest, Code, MaintError, Precondition, TryAgain
from bot.rules.run.journal import Draft, Event
from bot.rules.window.terms import (
    FIRST,
    Due,
    DueKind,
    DueState,
    Entry,
    Freeze,
    Window,
    WindowEvent,
    WindowState,
)
from tests.contract.store_values import T0, Open, Sql, hold, run_record


def hours(much: float) -> datetime:
    return T0 + timedelta(hours=much)


def window(*hosts: str, start: float = 24, length: float = 2, **fields: object) -> Window:
    known: dict[str, Any] = {"zone": "Europe/London", "actor": "os:anna", "changed": T0, **fields}
    end = hours(start + length)
    return Window(hosts=hosts or ("hobgoblin",), start=hours(start), end=end, **known)


def frozen(start: float = 20, end: float = 30) -> Freeze:
    return Freeze(start=hours(start), end=hours(end), reason="holidays", actor="os:dora", at=T0)


def entry(event: WindowEvent = WindowEvent.SCHEDULED, **data: object) -> Entry:
    return Entry(window=0, at=T0, event=event, actor="os:anna", data=data)


def due(kind: DueKind = DueKind.START, at: float = 24, about: int = 0) -> Due:
    return Due(kind=kind, at=hours(at), about=about)


def scheduling(
    made: Window,
    *dues: Due,
    entries: Sequence[Entry] = (entry(),),
    **more: Any,  # noqa: ANN401
) -> WindowChange:
    return WindowChange(window=made, entries=tuple(entries), dues=dues, **more)


async def scheduled(store: Store, *dues: Due, made: Window | None = None) -> Window:
    """Schedule a window of hobgoblin, or *made*, for which *dues* are due."""
    return (await store.change_windows([scheduling(made or window(), *dues)]))[0]


def change(made: Window, *events: WindowEvent, **more: Any) -> WindowChange:  # noqa: ANN401 - any
    known = {"expected": made.revision, **more}
    return WindowChange(window=made, entries=tuple(map(entry, events)), **known)


async def refused(store: Store, *changes: WindowChange) -> MaintError:
    with pytest.raises((Precondition, BadRequest, TryAgain)) as error:
        await store.change_windows(changes)
    return error.value


async def events(store: Store) -> list[WindowEvent]:
    return [each.event for each in await store.entries()]


def beginning(name: str = "r1") -> Beginning:
    return Beginning(run=run_record(name), draft=Draft(event=Event.BEGUN), states={"vps31": "x"})


class WindowClaims:
    async def test_a_window_comes_back_whole(self, store: Store) -> None:
        wanted = window("hobgoblin", "clockwork", reason="new kernel", embargo=hours(90), auto=True)

        made = await scheduled(store, made=wanted)

        assert made == replace(wanted, number=made.number)
        assert await store.window(made.number) == made
        assert await store.windows() == (made,)

    async def test_a_window_that_is_not_known_is_refused(self, store: Store) -> None:
        with pytest.raises(BadRequest) as error:
            await store.window(7)

        assert (error.value.code, error.value.fields) == (Code.UNKNOWN_WINDOW, {"number": 7})
        told = await refused(store, change(replace(window(), number=7), WindowEvent.TOLD))
        assert told.code is Code.UNKNOWN_WINDOW

    async def test_windows_are_in_order_of_their_start(self, store: Store) -> None:
        late = await scheduled(store, made=window(start=48))
        soon = await scheduled(store, made=window(start=24))
        gone = await scheduled(store, made=window(start=36))
        await store.change_windows([change(replace(gone, state=WindowState.CANCELLED))])

        assert [each.number for each in await store.windows()] == [
            soon.number,
            gone.number,
            late.number,
        ]
        assert await store.windows(open_only=True) == (soon, late)

    async def test_windows_of_a_series_bear_the_number_of_the_first(self, store: Store) -> None:
        wanted = [window(start=24 * day, series=FIRST) for day in (1, 2, 3)]

        made = await store.change_windows([scheduling(each) for each in wanted])

        assert {each.series for each in made} == {made[0].number}
        assert await store.windows() == made

    # ---- what may not be beside each other ----

    @pytest.mark.parametrize(("start", "length"), [(23, 2), (25, 0.5), (25.9, 4), (20, 9)])
    async def test_a_window_that_meets_another_of_its_host_is_refused(
        self, store: Store, start: float, length: float
    ) -> None:
        first = await scheduled(store, made=window("clockwork", "hobgoblin"))
        second = scheduling(window("hobgoblin", "east", start=start, length=length), due())

        told = await refused(store, second)

        assert told.code is Code.WINDOW_OVERLAPS
        assert (told.fields["number"], told.fields["hosts"]) == (first.number, ["hobgoblin"])
        assert (await store.windows(), await store.next_due()) == ((first,), None)
        assert await events(store) == [WindowEvent.SCHEDULED]

    @pytest.mark.parametrize(
        "beside",
        [window("clockwork"), window(start=26), window(start=22), window(start=21, length=3)],
    )
    async def test_a_window_may_be_of_another_host_or_touch(
        self, store: Store, beside: Window
    ) -> None:
        await scheduled(store)

        assert (await scheduled(store, made=beside)).number

    async def test_where_a_window_was_cancelled_there_is_room(self, store: Store) -> None:
        gone = await scheduled(store)
        await store.change_windows([change(replace(gone, state=WindowState.CANCELLED))])

        assert (await scheduled(store)).number != gone.number

    async def test_a_series_that_meets_itself_is_refused_whole(self, store: Store) -> None:
        wanted = [window(start=start, series=FIRST) for start in (24, 25)]

        told = await refused(store, *map(scheduling, wanted))

        assert told.code is Code.WINDOW_OVERLAPS
        assert (await store.windows(), await store.entries()) == ((), ())

    async def test_a_window_is_not_moved_onto_another(self, store: Store) -> None:
        await scheduled(store)
        other = await scheduled(store, made=window(start=48))
        moved = replace(other, start=hours(25), end=hours(27), revision=1)

        assert (await refused(store, change(moved, expected=0))).code is Code.WINDOW_OVERLAPS
        assert await store.window(other.number) == other

    async def test_a_window_may_be_moved_within_itself(self, store: Store) -> None:
        made = await scheduled(store)
        moved = replace(made, start=hours(25), end=hours(27), revision=1)

        assert await store.change_windows([change(moved, expected=0)]) == (moved,)
        assert await store.window(made.number) == moved

    async def test_of_many_who_schedule_the_same_at_once_one_has_it(self, another: Open) -> None:
        stores = [another(name) for name in ("anna", "berta", "clara", "dora")]

        outcomes = await asyncio.gather(
            *(scheduled(store, due()) for store in stores), return_exceptions=True
        )

        made = [each for each in outcomes if isinstance(each, Window)]
        others = [each.code for each in outcomes if isinstance(each, Precondition)]
        assert (len(made), others) == (1, [Code.WINDOW_OVERLAPS] * 3)
        assert await stores[0].windows() == tuple(made)
        assert len(await stores[0].dues(hours(99))) == 1

    # ---- freezes ----

    @pytest.mark.parametrize(("start", "end"), [(20, 24.1), (25, 25.5), (25.9, 40)])
    async def test_in_a_freeze_nothing_is_scheduled(
        self, store: Store, start: float, end: float
    ) -> None:
        known = await store.freeze(frozen(start, end))

        told = await refused(store, scheduling(window()))

        assert (told.code, told.fields["freeze"]) == (Code.FROZEN, known)
        assert (await store.windows(), await store.entries()) == ((), ())

    async def test_into_a_freeze_nothing_is_moved(self, store: Store) -> None:
        made = await scheduled(store, made=window(start=48))
        await store.freeze(frozen())
        moved = replace(made, start=hours(24), end=hours(26), revision=1)

        assert (await refused(store, change(moved, expected=0))).code is Code.FROZEN

    async def test_a_window_that_stood_before_a_freeze_goes_on(self, store: Store) -> None:
        made = await scheduled(store)
        await store.freeze(frozen())

        await store.change_windows([change(made, WindowEvent.TOLD)])

        assert await events(store) == [WindowEvent.SCHEDULED, WindowEvent.TOLD]

    async def test_beside_a_freeze_and_after_it_was_lifted_there_is_room(
        self, store: Store
    ) -> None:
        known = await store.freeze(frozen(20, 24))
        await store.freeze(frozen(26, 28))
        beside = await scheduled(store)

        assert await store.thaw(known.number, "os:ben", hours(1)) == known
        assert (await scheduled(store, made=window(start=21))).number > beside.number

    async def test_a_freeze_is_lifted_once(self, store: Store) -> None:
        known = await store.freeze(frozen())
        await store.thaw(known.number, "os:ben", T0)

        with pytest.raises(BadRequest) as error:
            await store.thaw(known.number, "os:ben", T0)

        assert error.value.code is Code.UNKNOWN_FREEZE
        assert await store.freezes() == ()

    async def test_freezes_that_stand_are_in_order_and_those_that_are_over_are_left_out(
        self, store: Store
    ) -> None:
        late, soon = await store.freeze(frozen(50, 60)), await store.freeze(frozen(20, 30))
        past = await store.freeze(frozen(0, 10))

        assert await store.freezes() == (past, soon, late)
        assert await store.freezes(hours(10)) == (soon, late)

    async def test_whoever_is_first_freezes_or_schedules(self, another: Open) -> None:
        anna, berta = another("anna"), another("berta")

        made, known = await asyncio.gather(
            scheduled(anna), berta.freeze(frozen()), return_exceptions=True
        )

        assert isinstance(known, Freeze)
        assert len(await anna.windows()) == isinstance(made, Window)

    # ---- changing ----

    async def test_a_change_of_what_has_changed_meanwhile_is_refused(self, store: Store) -> None:
        made = await scheduled(store, due())
        moved = replace(made, end=hours(27), revision=1)
        await store.change_windows([change(moved, expected=0)])

        stale = change(replace(made, reason="mine"), WindowEvent.RESCHEDULED, dues=())
        told = await refused(store, stale)

        assert (told.code, told.fields["number"]) == (Code.WINDOW_CHANGED, made.number)
        assert await store.window(made.number) == moved
        assert len(await store.agenda(made.number)) == 1

    @pytest.mark.parametrize("state", ["completed", "missed", "cancelled"])
    async def test_a_window_that_is_over_is_changed_no_more(self, store: Store, state: str) -> None:
        made = await scheduled(store)
        await store.change_windows([change(replace(made, state=WindowState(state)))])

        told = await refused(store, change(made, WindowEvent.RESCHEDULED))

        assert (told.code, told.fields["state"]) == (Code.WINDOW_OVER, state)
        assert await events(store) == [WindowEvent.SCHEDULED]

    async def test_what_is_still_due_for_a_window_that_is_over_is_settled(
        self, store: Store
    ) -> None:
        made = await scheduled(store, due(DueKind.END), due(DueKind.REVEAL, 99))
        over = replace(made, state=WindowState.COMPLETED)
        kept = replace(change(over), dues=(), keeps=frozenset({DueKind.REVEAL}))
        await store.change_windows([kept])
        (left,) = await store.agenda(made.number)

        settles = {left.id: DueState.DONE}
        await store.change_windows([replace(change(over), settles=settles)])

        assert left.kind is DueKind.REVEAL
        assert await store.agenda(made.number) == ()

    async def test_what_is_due_besides_makes_nothing_void_that_waits(self, store: Store) -> None:
        made = await scheduled(store, due(DueKind.END), due(DueKind.REMIND, 20, about=1))
        remind = (await store.agenda(made.number))[0]
        again = due(DueKind.REMIND, 20.5, about=1)

        settles = {remind.id: DueState.DONE}
        await store.change_windows([replace(change(made), adds=(again,), settles=settles)])

        left = await store.agenda(made.number)
        assert [(each.kind, each.at) for each in left] == [
            (DueKind.REMIND, hours(20.5)),
            (DueKind.END, hours(24)),
        ]

    async def test_of_many_who_change_the_same_revision_one_does(self, another: Open) -> None:
        stores = [another(name) for name in ("anna", "berta", "clara")]
        made = await scheduled(stores[0])
        moves = [
            replace(made, start=hours(30 + n), end=hours(32 + n), revision=1) for n in range(3)
        ]

        outcomes = await asyncio.gather(
            *(
                store.change_windows([change(moved, WindowEvent.RESCHEDULED, expected=0)])
                for store, moved in zip(stores, moves, strict=True)
            ),
            return_exceptions=True,
        )

        lost = [each.code for each in outcomes if isinstance(each, Precondition)]
        assert lost == [Code.WINDOW_CHANGED] * 2
        assert await events(stores[0]) == [WindowEvent.SCHEDULED, WindowEvent.RESCHEDULED]

    async def test_changes_are_made_all_or_none(self, store: Store) -> None:
        made = await scheduled(store)
        changes = [change(made, WindowEvent.TOLD), scheduling(window(start=25))]

        assert (await refused(store, *changes)).code is Code.WINDOW_OVERLAPS
        assert await events(store) == [WindowEvent.SCHEDULED]

    # ---- what is due ----

    async def test_what_is_due_comes_oldest_first_and_no_sooner(self, store: Store) -> None:
        made = await scheduled(
            store, due(DueKind.END, 26), due(DueKind.ASK, 23.75, 15), due(DueKind.START, 24)
        )

        found = await store.dues(hours(24))

        assert [(each.kind, each.at, each.about, each.window) for each in found] == [
            (DueKind.ASK, hours(23.75), 15, made.number),
            (DueKind.START, hours(24), 0, made.number),
        ]
        assert [each.kind for each in await store.agenda(made.number)] == ["ask", "start", "end"]

    async def test_the_next_due_is_the_soonest_that_waits(self, store: Store) -> None:
        assert await store.next_due() is None
        await scheduled(store, due(DueKind.END, 26), made=window("clockwork"))
        made = await scheduled(store, due(DueKind.START, 24))
        assert await store.next_due() == hours(24)

        (start,) = await store.agenda(made.number)
        await store.change_windows([change(made, settles={start.id: DueState.DONE})])

        assert await store.next_due() == hours(26)

    async def test_the_next_due_after_an_instant_is_later_than_it(self, store: Store) -> None:
        await scheduled(store, due(DueKind.ASK, 23), due(DueKind.START, 24))

        assert await store.next_due(hours(22)) == hours(23)
        assert await store.next_due(hours(23)) == hours(24)
        assert await store.next_due(hours(24)) is None

    async def test_rows_that_are_left_alone_hide_no_others(self, store: Store) -> None:
        made = await scheduled(store, *(due(DueKind.SHOW, at=1 + n / 100) for n in range(600)))
        first = [each.id for each in await store.dues(hours(24))]

        rest = await store.dues(hours(24), first)

        assert [each.at for each in rest] == [hours(1 + n / 100) for n in range(500, 600)]
        assert len(await store.agenda(made.number)) == 600

    async def test_a_look_returns_some_hundred_at_most_and_the_next_the_rest(
        self, store: Store
    ) -> None:
        made = await scheduled(store, *(due(DueKind.SHOW, at=n / 100) for n in range(600)))

        first = await store.dues(hours(24))
        done = change(made, settles={each.id: DueState.DONE for each in first})
        await store.change_windows([done])
        rest = await store.dues(hours(24))

        assert [each.at for each in (*first, *rest)] == [hours(n / 100) for n in range(600)]
        assert len(first) == 500

    async def test_other_dues_are_instead_of_those_that_wait(self, store: Store) -> None:
        made = await scheduled(store, due(DueKind.ASK, 23), due(DueKind.START, 24))
        ask, _ = await store.agenda(made.number)
        await store.change_windows([change(made, settles={ask.id: DueState.DONE})])

        await store.change_windows([change(made, dues=(due(DueKind.START, 30),))])

        assert [each.at for each in await store.dues(hours(99))] == [hours(30)]

    async def test_what_was_replaced_is_not_settled_any_more(self, store: Store) -> None:
        made = await scheduled(store, due())
        (old,) = await store.agenda(made.number)
        await store.change_windows([change(made, dues=(due(at=30),))])

        late = change(made, WindowEvent.ASKED, settles={old.id: DueState.DONE})

        assert (await refused(store, late)).code is Code.LEASE_LOST
        assert await events(store) == [WindowEvent.SCHEDULED]

    async def test_a_change_without_dues_leaves_what_is_due(self, store: Store) -> None:
        made = await scheduled(store, due())

        await store.change_windows([change(made, WindowEvent.TOLD)])

        assert len(await store.agenda(made.number)) == 1

    async def test_who_settles_second_has_lost_and_records_nothing(self, store: Store) -> None:
        made = await scheduled(store, due(), due(DueKind.END, 26))
        start, end = await store.agenda(made.number)
        done = change(made, WindowEvent.ASKED, settles={start.id: DueState.DONE})
        await store.change_windows([done])

        again = change(
            replace(made, reason="mine"),
            WindowEvent.ASKED,
            settles={end.id: DueState.DONE, start.id: DueState.DONE},
            begins=beginning(),
        )
        told = await refused(store, again)

        assert told.code is Code.LEASE_LOST
        assert await events(store) == [WindowEvent.SCHEDULED, WindowEvent.ASKED]
        assert await store.agenda(made.number) == (end,)
        assert (await store.window(made.number), await store.runs()) == (made, ())

    async def test_what_must_still_wait_may_be_asked_for(self, store: Store) -> None:
        made = await scheduled(store, due())
        (start,) = await store.agenda(made.number)
        waits = change(made, WindowEvent.STARTED, settles={start.id: DueState.WAITING})
        await store.change_windows([waits])
        await store.change_windows([change(made, settles={start.id: DueState.DONE})])

        assert (await refused(store, waits)).code is Code.LEASE_LOST
        assert await events(store) == [WindowEvent.SCHEDULED, WindowEvent.STARTED]

    async def test_what_is_due_for_another_window_is_not_settled(self, store: Store) -> None:
        mine = await scheduled(store, due())
        other = await scheduled(store, due(), made=window("clockwork"))
        (its,) = await store.agenda(other.number)

        wrong = change(mine, settles={its.id: DueState.DONE})

        assert (await refused(store, wrong)).code is Code.LEASE_LOST

    async def test_of_many_who_settle_at_once_one_does(self, another: Open) -> None:
        stores = [another(name) for name in ("anna", "berta", "clara", "dora")]
        made = await scheduled(stores[0], due())
        (start,) = await stores[0].agenda(made.number)
        done = change(made, WindowEvent.ASKED, settles={start.id: DueState.DONE})

        outcomes = await asyncio.gather(
            *(store.change_windows([done]) for store in stores), return_exceptions=True
        )

        lost = [each.code for each in outcomes if isinstance(each, TryAgain)]
        assert lost == [Code.LEASE_LOST] * 3
        assert await events(stores[0]) == [WindowEvent.SCHEDULED, WindowEvent.ASKED]

    # ---- what goes with a change ----

    async def test_what_more_work_returns_is_in_the_first_entry(self, store: Store) -> None:
        seen: list[Window] = []

        def also(connection: object, made: Window) -> Mapping[str, Any]:
            assert connection
            seen.append(made)
            return {"campaign": 3}

        entries = [entry(too_late=[7]), entry(WindowEvent.TOLD)]
        made = await store.change_windows([scheduling(window(), entries=entries, also=also)])

        assert seen == [made[0]]
        assert [each.data for each in await store.entries()] == [
            {"too_late": [7], "campaign": 3},
            {},
        ]

    async def test_more_work_that_raises_leaves_nothing(self, store: Store) -> None:
        def also(*_: object) -> Mapping[str, Any]:
            raise Precondition(Code.NOTHING_CHANGED)

        made = await scheduled(store, due())
        (start,) = await store.agenda(made.number)
        whole = change(
            replace(made, reason="mine"),
            WindowEvent.TOLD,
            dues=(due(at=30),),
            settles={start.id: DueState.DONE},
            begins=beginning(),
            also=also,
        )

        assert (await refused(store, whole)).code is Code.NOTHING_CHANGED
        assert (await store.window(made.number), await store.runs()) == (made, ())
        assert await store.agenda(made.number) == (start,)
        assert await events(store) == [WindowEvent.SCHEDULED]

    async def test_a_run_does_not_begin_beside_a_hold_that_its_plan_did_not_know(
        self, store: Store
    ) -> None:
        made = await scheduled(store)
        known = await store.hold(hold())
        new = await store.hold(hold(value="clockwork"))

        ignorant = change(made, begins=beginning(), beside=(frozenset({known.id}), None))
        assert (await refused(store, ignorant)).code is Code.PLAN_CHANGED
        assert await store.runs() == ()

        both = frozenset({known.id, new.id})
        await store.change_windows([change(made, begins=beginning(), beside=(both, None))])
        assert len(await store.runs()) == 1

    @pytest.mark.parametrize(("knows", "begun"), [((), 1), (("other",), 2), (None, 2)])
    async def test_a_run_does_not_begin_beside_a_run_that_its_plan_had_to_know(
        self, store: Store, knows: tuple[str, ...] | None, begun: int
    ) -> None:
        made = await scheduled(store)
        first = replace(run_record("other"), host="clockwork")
        await store.begin(first, beginning().draft, {})
        others = None if knows is None else frozenset(knows)

        with suppress(Precondition):
            beside = (frozenset[int](), others)
            await store.change_windows([change(made, begins=beginning(), beside=beside)])

        assert len(await store.runs()) == begun

    async def test_a_window_in_which_a_run_has_begun_is_not_moved_where_that_is_forbidden(
        self, store: Store
    ) -> None:
        made = await scheduled(store, made=window(start=0.2))
        await store.begin(beginning().run, beginning().draft, {})
        moved = replace(made, start=hours(30), end=hours(32), revision=1)

        early = timedelta(minutes=30)
        told = await refused(store, change(moved, expected=0, early=early))

        assert (told.code, told.fields["hosts"]) == (Code.WINDOW_BEGUN, ["hobgoblin"])
        assert await store.window(made.number) == made

    async def test_a_run_begins_with_a_change(self, store: Store) -> None:
        made = await scheduled(store, due())
        (start,) = await store.agenda(made.number)
        begins = {"settles": {start.id: DueState.DONE}, "begins": beginning()}

        await store.change_windows([change(made, WindowEvent.STARTED, **begins)])

        assert await store.runs() == (run_record(),)
        assert [row.event for row in await store.rows("r1")] == [Event.BEGUN]
        assert await store.dues(hours(99)) == ()

    async def test_where_a_run_is_open_already_nothing_is_recorded(self, store: Store) -> None:
        made = await scheduled(store, due())
        (start,) = await store.agenda(made.number)
        await store.begin(run_record("r0"), Draft(event=Event.BEGUN), {})
        begins = {"settles": {start.id: DueState.DONE}, "begins": beginning()}

        told = await refused(store, change(made, WindowEvent.STARTED, **begins))

        assert told.code is Code.HOST_BUSY
        assert await events(store) == [WindowEvent.SCHEDULED]
        assert await store.agenda(made.number) == (start,)
        assert [run.id for run in await store.runs()] == ["r0"]

    # ---- the journal ----

    async def test_entries_come_back_whole_and_in_order(self, store: Store) -> None:
        made = await scheduled(store)
        other = await scheduled(store, made=window("clockwork"))
        wanted = entry(WindowEvent.OVERRUN, rows=[{"host": "hobgoblin", "expected": None}])
        await store.change_windows([WindowChange(window=made, entries=(wanted,))])

        found = await store.entries()

        assert [each.window for each in found] == [made.number, other.number, made.number]
        assert found[2] == replace(wanted, window=made.number, number=found[2].number)
        assert found[0].number < found[1].number < found[2].number

    async def test_of_a_window_with_a_long_journal_the_newest_entries_are_read(
        self, store: Store
    ) -> None:
        made = await scheduled(store)
        await store.change_windows([change(made, *[WindowEvent.CHANGED] * 600)])
        await store.change_windows([change(made, WindowEvent.RESCHEDULED)])

        found = await store.entries(window=made.number)

        assert 100 < len(found) < 600
        assert found[-1].event is WindowEvent.RESCHEDULED
        assert list(found) == sorted(found, key=lambda each: each.number)

    async def test_entries_are_read_from_where_one_stopped_and_of_one_window(
        self, store: Store
    ) -> None:
        made = await scheduled(store)
        other = await scheduled(store, made=window("clockwork"))
        await store.change_windows([change(made, WindowEvent.TOLD)])
        first, second, third = await store.entries()

        assert await store.entries(after=first.number) == (second, third)
        assert await store.entries(window=made.number) == (first, third)
        assert await store.entries(after=first.number, window=other.number) == (second,)

    async def test_a_reader_that_follows_the_journal_misses_nothing_that_many_write(
        self, another: Open
    ) -> None:
        writers = [another(name) for name in ("anna", "berta", "clara")]
        made = [await scheduled(store, made=window(f"host{n}")) for n, store in enumerate(writers)]
        reader, seen = another("reader"), [each.number for each in await writers[0].entries()]

        async def write(store: Store, its: Window) -> None:
            for _ in range(10):
                await store.change_windows([change(its, WindowEvent.TOLD)])

        writing = asyncio.gather(*map(write, writers, made))
        while not writing.done():
            seen += [each.number for each in await reader.entries(after=seen[-1])]
        seen += [each.number for each in await reader.entries(after=seen[-1])]

        assert seen == [each.number for each in await reader.entries()]
        assert len(seen) == 33

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE window_entry SET actor = 'nobody'", "DELETE FROM window_entry"],
    )
    async def test_the_database_refuses_to_change_the_journal(
        self, store: Store, sql: Sql, statement: str
    ) -> None:
        await scheduled(store)

        with pytest.raises(Exception, match="append"):
            sql(statement)

        assert await events(store) == [WindowEvent.SCHEDULED]
