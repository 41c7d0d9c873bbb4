"""What every store promises about runs and their journals."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import DBAPIError, StatementError

from bot.ports import Effects, Store
from bot.rules.errors import Code, Precondition, TryAgain
from bot.rules.run.journal import Draft, Event, Row
from tests.contract.store_values import (
    NOTHING,
    T0,
    Sql,
    begun,
    claimed,
    draft,
    ended,
    hold,
    later,
    run_record,
    trial,
    wish,
)


class BeginClaims:
    async def test_a_begun_run_is_open_and_has_its_first_row(self, store: Store) -> None:
        row = await store.begin(run_record(), Draft(event=Event.BEGUN), {"vps31": "planned"})

        assert row == Row(number=1, at=T0, event=Event.BEGUN)
        assert await store.runs(open_only=True) == (run_record(),)
        assert await store.states("r1") == {"vps31": "planned"}

    async def test_a_second_run_on_a_host_is_refused_with_who_and_since(self, store: Store) -> None:
        await begun(store)

        with pytest.raises(Precondition) as refused:
            await store.begin(run_record("r2"), Draft(event=Event.BEGUN), {})

        assert refused.value.code is Code.HOST_BUSY
        assert refused.value.fields == {"host": "hobgoblin", "who": "os:anna", "since": T0}
        assert await store.rows("r2") == ()

    async def test_the_database_itself_refuses_a_second_open_run(
        self, store: Store, sql: Sql
    ) -> None:
        await begun(store)

        with pytest.raises(DBAPIError, match=r"(?i)unique"):
            sql(
                "INSERT INTO run (id, host, actor, started, status, rest, last, digest)"
                " SELECT 'r2', host, actor, started, status, rest, last, digest FROM run"
            )

    async def test_a_host_whose_run_has_ended_can_begin_another(self, store: Store) -> None:
        lease = await begun(store)
        await store.append(lease, "r1", [], Effects(run=ended(run_record())))

        await store.begin(run_record("r2", started=later(99)), Draft(event=Event.BEGUN), {})

        assert [run.id for run in await store.runs(host="hobgoblin")] == ["r2", "r1"]

    async def test_an_ended_run_is_reopened_by_what_a_person_does_next(self, store: Store) -> None:
        lease = await begun(store)
        await store.append(lease, "r1", [], Effects(run=ended(run_record())))

        await store.append(lease, "r1", [draft()], Effects(run=run_record()))

        assert await store.runs(open_only=True) == (run_record(),)

    async def test_an_ended_run_is_not_reopened_beside_an_open_one(self, store: Store) -> None:
        lease = await begun(store)
        await store.append(lease, "r1", [], Effects(run=ended(run_record())))
        await store.begin(run_record("r2"), Draft(event=Event.BEGUN), {})

        with pytest.raises(Precondition) as refused:
            await store.append(lease, "r1", [draft()], Effects(run=run_record()))

        assert refused.value.code is Code.HOST_BUSY
        assert len(await store.rows("r1")) == 1

    async def test_runs_are_found_by_host_and_by_being_open(self, store: Store) -> None:
        lease = await begun(store)
        await begun(store, "r2", "clockwork")
        await store.append(lease, "r1", [], Effects(run=ended(run_record())))

        assert [run.id for run in await store.runs(host="clockwork")] == ["r2"]
        assert [run.id for run in await store.runs(open_only=True)] == ["r2"]
        assert len(await store.runs()) == 2

    async def test_an_ended_run_is_due_when_its_time_has_come(self, store: Store) -> None:
        lease = await begun(store)
        head = ended(run_record(), due=later(3600))
        await store.append(lease, "r1", [], Effects(run=head))

        assert await store.due(later(3599)) == ()
        assert await store.due(later(3600)) == (head,)


class AppendClaims:
    async def test_rows_are_numbered_on_and_read_as_they_were_returned(self, store: Store) -> None:
        lease = await begun(store)

        rows = await store.append(lease, "r1", [draft(n=(1, 2)), draft(n=3)], NOTHING)

        assert [row.number for row in rows] == [2, 3]
        assert rows[0].data == {"n": [1, 2]}
        assert await store.rows("r1", after=1) == rows

    async def test_rows_and_all_effects_are_committed_together(self, store: Store) -> None:
        lease = await begun(store)
        await store.wish(wish())
        effects = Effects(
            states={"vps31": "saving"}, wishes=("k1",), holds=(hold(),), evidence=(trial(),)
        )

        await store.append(lease, "r1", [draft()], effects)

        assert await store.states("r1") == {"vps31": "saving"}
        news = await store.news("hobgoblin")
        assert (news.wishes, len(news.holds)) == ((), 1)
        assert await store.evidence() == (trial(),)

    async def test_effects_may_come_without_rows(self, store: Store) -> None:
        lease = await begun(store)

        assert await store.append(lease, "r1", [], Effects(states={"vps31": "up"})) == ()
        assert await store.states("r1") == {"vps31": "up"}

    async def test_a_new_state_replaces_only_its_own_guest(self, store: Store) -> None:
        lease = await begun(store)
        await store.append(lease, "r1", [], Effects(states={"a": "saving", "b": "saving"}))

        await store.append(lease, "r1", [], Effects(states={"a": "saved"}))

        assert await store.states("r1") == {"a": "saved", "b": "saving"}

    async def test_an_append_under_a_lost_lease_records_nothing(self, store: Store) -> None:
        old = await begun(store)
        await store.free(old)
        await claimed(store, owner="berta")

        with pytest.raises(TryAgain) as refused:
            await store.append(old, "r1", [draft()], Effects(states={"a": "b"}, holds=(hold(),)))

        assert refused.value.code is Code.LEASE_LOST
        assert refused.value.fields == {"host": "hobgoblin", "owner": "berta"}
        assert len(await store.rows("r1")) == 1
        assert (await store.states("r1"), await store.holds()) == ({}, ())

    async def test_a_lease_does_not_cover_a_run_of_another_host(self, store: Store) -> None:
        await begun(store, "r1", "hobgoblin")
        other = await begun(store, "r2", "clockwork")

        with pytest.raises(TryAgain) as refused:
            await store.append(other, "r1", [draft()], NOTHING)

        assert refused.value.code is Code.LEASE_LOST
        assert len(await store.rows("r1")) == 1

    async def test_a_row_that_cannot_be_written_leaves_no_other_behind(self, store: Store) -> None:
        lease = await begun(store)

        with pytest.raises(TypeError):
            await store.append(lease, "r1", [draft(), draft(what=object())], NOTHING)

        assert len(await store.rows("r1")) == 1

    async def test_any_text_of_a_console_comes_back(self, store: Store) -> None:
        lease = await begun(store)
        lines = ["grant \x00 \ud800 \x1b[31m", "é 🐧", "'; DROP TABLE journal; --"]

        await store.append(lease, "r1", [draft(lines=lines)], NOTHING)

        (row,) = await store.rows("r1", after=1)
        assert row.data == {"lines": lines}

    async def test_instants_come_back_aware_and_in_utc(self, store: Store) -> None:
        zone = timezone(timedelta(hours=1))
        local = datetime(2021, 8, 25, 22, 0, 0, 123456, tzinfo=zone)

        await store.begin(run_record(started=local), Draft(event=Event.BEGUN), {})

        (row,) = await store.rows("r1")
        assert row.at == local
        assert row.at.utcoffset() == timedelta(0)

    async def test_an_instant_without_a_zone_is_refused(self, store: Store) -> None:
        naive = T0.replace(tzinfo=None)

        with pytest.raises(StatementError, match="timezone"):
            await store.begin(run_record(started=naive), Draft(event=Event.BEGUN), {})

        assert await store.runs() == ()
