"""The runner: commits before it acts, believes nothing too early, and obeys once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.maintenance.runner import next_turn
from bot.ports import HostExecutor
from bot.rules.errors import Code, TryAgain
from bot.rules.operation import Done, NeverSeen, Operation, OperationId, Outcome, Running, Verb
from bot.rules.run.journal import Event
from bot.storage import open_store
from tests.builders import later, sight
from tests.failures.begun import QUIET, begun, of, results, strike
from tests.night import HOST, Night
from tests.unit.maintenance.watched import WatchedHost
from tests.unit.rules.plans import NOW


async def events(made: Night) -> list[str]:
    return [str(row.event) for row in await made.rows()]


async def test_every_intent_is_committed_before_its_operation_is_submitted(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        host = WatchedHost(n.executor, n.store)
        n.executor = cast("HostExecutor", host)
        await n.take_up()
        await n.until("ended")

        assert len(host.submitted) > 12
        assert set(host.submitted.values()) == {True}


async def test_a_turn_without_news_records_nothing(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        assert n.runner is not None
        assert await n.runner.turn()
        before = await n.rows()

        assert not await n.runner.turn()
        assert await n.rows() == before


async def test_after_a_lost_submit_never_seen_is_believed_under_a_new_token_only(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "lost_before", verb="save")
        assert n.runner is not None
        first = n.runner.lease.token
        await n.turn()
        assert (n.runner.lease.token, await of(n, "a", Event.NEVER)) == (first, [])
        await n.turn()

        assert n.runner.lease.token > first
        assert len(await of(n, "a", Event.NEVER)) == 1
        late = Operation(id=OperationId(run="r1", guest="a", verb=Verb.SAVE), image="r1-a-1")
        with pytest.raises(TryAgain):  # what was cut off may arrive now: it is refused
            await n.executor.submit(late, first)


async def test_a_submit_whose_answer_was_lost_is_not_repeated(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "lost_after", verb="save")
        await n.until_state("a", "saved")

        saves = [r for r in await of(n, "a", Event.INTENDED) if r.data["verb"] == "save"]
        assert len(saves) == 1


async def test_a_closing_turn_begins_nothing(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        assert n.runner is not None
        await n.runner.turn(closing=True)

        assert await events(n) == ["begun"]


async def test_closing_turns_let_what_is_in_flight_end_and_obey(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.turn()
        assert n.runner is not None
        await n.wish("pause")
        for _ in range(30):
            await n.runner.turn(closing=True)
            n.clock.advance(1.0)

        assert n.runner.idle
        assert n.states() == {"a": "imaged", "b": "planned", "c": "off"}
        assert "paused" in await events(n)


async def test_a_wish_is_obeyed_once_and_then_settled(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.wish("pause")
        for _ in range(3):
            await n.turn()

        assert (await events(n)).count("paused") == 1
        assert (await n.store.news(HOST)).wishes == ()


async def test_a_wish_that_does_not_fit_is_answered_and_settled(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.wish("resume")
        await n.turn()

        refused = await of(n, "", Event.NOT_OBEYED)
        assert [row.data["code"] for row in refused] == ["not_paused"]
        assert (await n.store.news(HOST)).wishes == ()


async def test_a_released_run_only_watches_and_goes_on_from_what_is(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "saving")
        await n.wish("release", argument="by hand")
        await n.turn()
        known = len(await n.rows())
        for _ in range(20):
            await n.turn()
        assert (n.rest, len(await n.rows())) == ("released", known)
        await n.wish("takeback")
        await n.until("ended")

        assert results(n) == QUIET


async def test_a_paused_run_rests_when_what_is_in_flight_has_ended(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "saving")
        await n.wish("pause")
        run = await n.until("paused")
        assert {name: str(s.state) for name, s in run.steps.items()} == {
            "a": "saved",
            "b": "planned",
            "c": "off",
        }
        await n.wish("resume")
        await n.until("ended")

        assert results(n) == QUIET


async def test_an_aborted_run_brings_everybody_back(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "saved")
        await n.wish("abort")
        await n.until("ended")

        assert n.simulator.world(HOST).boots == 1
        assert results(n)["a"] == "restored"


async def test_a_runner_whose_lease_was_taken_over_commits_and_begins_nothing(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        assert n.runner is not None
        await n.store.free(n.runner.lease)
        other = open_store(tmp_path / "maint.sqlite", "other")
        assert await other.claim(HOST, "other") is not None
        with pytest.raises(TryAgain) as refused:
            await n.runner.turn()
        await other.close()

        assert refused.value.code is Code.LEASE_LOST
        assert n.simulator.world(HOST).ops == {}


async def test_a_runner_whose_host_has_seen_a_higher_token_submits_nothing(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        newer = OperationId(run="r1", guest="a", verb=Verb.SAVE)
        await n.executor.outcome(newer, 99)
        assert n.runner is not None
        with pytest.raises(TryAgain) as refused:
            await n.runner.turn()

        assert refused.value.code is Code.LEASE_LOST
        assert n.simulator.world(HOST).ops == {}


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (NeverSeen(), 1.0),
        (Done(started=NOW, ended=NOW), 1.0),
        (Running(started=NOW, done=0.0), 1.0),
        (Running(started=NOW, done=0.1), 1.0),
        (Running(started=NOW, done=0.96), 10 / 0.96 - 10),
        (Running(started=NOW, done=1.0), 0.1),
    ],
)
def test_the_next_turn_comes_when_something_is_expected_to_have_ended(
    outcome: Outcome, seconds: float
) -> None:
    seen = sight(outcomes={"x": outcome}, seconds=10.0)
    wait = next_turn(seen, timedelta(seconds=1.0)) - later(10)

    assert wait.total_seconds() == pytest.approx(seconds, abs=1e-5)


async def test_what_does_not_get_through_is_tried_again_more_and_more_seldom(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        n.simulator.inject(HOST, "lost_before", verb="save", times=0)
        pauses = []
        for _ in range(4):
            await n.turn()
            assert n.runner is not None
            pauses.append((n.runner.wake - n.clock.now()).total_seconds())
            n.clock.set(n.runner.wake)

        assert pauses == sorted(pauses)
        assert pauses[-1] > pauses[0]
