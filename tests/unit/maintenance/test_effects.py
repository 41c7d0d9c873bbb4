"""What is committed beside rows: caches, holds and evidence, made of the rows alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.maintenance.effects import combination, effects, head, hold_of
from bot.rules.limits import Limits
from bot.rules.run.journal import Event
from bot.rules.run.terms import Run, Work
from tests.builders import later, row, run, step, then
from tests.failures.begun import PAIRED, begun, strike
from tests.unit.rules.courses import after, ways
from tests.unit.rules.plans import NOW

WAYS = ways()


def beside(before: Run, event: Event, name: str = "", **data: object) -> Any:  # noqa: ANN401
    """Return the effects of one row."""
    line = row(before.number + 1, event, name, **data)
    known = then(before, event, name, **data)
    return effects(before, known, [line], rest="", limits=Limits())


def test_only_states_that_changed_are_cached() -> None:
    saving = beside(after([]), Event.INTENDED, "a", verb="save", attempt=1)

    assert saving.states == {"a": "saving"}
    assert beside(after(["save"]), Event.PAUSED).states == {}


def test_a_hold_of_the_breaker_is_opened_with_its_row() -> None:
    line = row(9, Event.HELD, scope="guest", value="a", code="breaker_dead_guest", because=["h/a"])
    hold = hold_of(line)

    assert (str(hold.scope), hold.value, hold.reason) == ("guest", "a", "breaker_dead_guest")
    assert (hold.opened_by, hold.opened_at, hold.because) == ("breaker", later(9), ("h/a",))


@pytest.mark.parametrize(
    ("state", "verdict", "outcomes"),
    [
        ("watched", "up", ["restored"]),
        ("watched", "unreachable", ["unreachable"]),
        ("watched", "damage", ["damage"]),
        ("watched", "dead", ["dead"]),
        ("watched", "fine", []),
        ("started", "up", []),
        ("started", "broken", []),
        ("started", "unreachable", []),
    ],
)
def test_what_a_restore_came_to_is_evidence_and_what_a_boot_came_to_is_not(
    state: str, verdict: str, outcomes: list[str]
) -> None:
    found = beside(after(WAYS[state]), Event.LOOKED, "a", verdict=verdict, look=3)

    assert [str(trial.outcome) for trial in found.evidence] == outcomes


def test_a_guest_that_stays_paused_is_no_evidence() -> None:
    assert beside(after(WAYS["spent"]), Event.LOOKED, "a", verdict="up", look=0).evidence == ()


def test_a_dead_guest_that_is_looked_at_again_counts_once() -> None:
    assert beside(after(WAYS["dead"]), Event.LOOKED, "a", verdict="dead", look=4).evidence == ()


@pytest.mark.parametrize(
    ("about", "kernel"),
    [
        ({}, "5.10.46"),
        ({"gated": False}, "4.19.181"),  # aborted: the host was never another one
        ({"work": Work(kernel="4.19.181")}, "4.19.181"),  # it went back
    ],
)
def test_evidence_is_of_the_kernels_between_which_a_guest_really_went(
    about: dict[str, Any], kernel: str
) -> None:
    moved = run(step("a", "up"), **about)
    found = combination(moved, moved.steps["a"])

    assert (found.saved_on, found.restored_on) == ("4.19.181", kernel)


def test_the_head_says_how_a_run_stands() -> None:
    open_ = run(step("a", "up"))
    over = then(open_, Event.ENDED, exit_status=1)

    assert (head(open_, "asked", Limits()).rest, head(open_, "", Limits()).exit_status) == (
        "asked",
        None,
    )
    record = head(over, "ended", Limits())
    assert (record.status, record.exit_status, record.ended) == ("ended", 1, over.ended)


def test_an_ended_run_is_due_when_the_first_thing_it_keeps_may_go() -> None:
    kept = run(
        step("a", "up", up_at=NOW, pair="p"),
        step("b", "damaged", kept="k"),
        phase="ended",
        ended=NOW,
    )

    assert head(kept, "ended", Limits()).due == later(24 * 3600)
    assert head(run(step("a", "up", pair="p")), "", Limits()).due is None


async def test_the_store_holds_what_the_journal_says(tmp_path: Path) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        strike(n, "dead")
        await n.until("ended")

        assert dict(await n.store.states("r1")) == n.states()
        outcomes = {t.guest: str(t.outcome) for t in await n.store.evidence()}
        assert outcomes == {"a": "dead", "b": "restored"}
