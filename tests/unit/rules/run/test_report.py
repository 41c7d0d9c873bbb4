"""What became of each guest, kept apart; and what a run comes to."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.run.report import downtime, ended, result
from bot.rules.run.states import AT_REST, StepState
from tests.builders import later, run, step
from tests.unit.rules.plans import NOW


@pytest.mark.parametrize(
    ("state", "about", "became"),
    [
        ("up", {"how": "restored"}, "restored"),
        ("up", {"how": "booted"}, "booted"),
        ("up", {"how": "rolled_back"}, "rolled_back"),
        ("up", {}, "restored"),  # paused before, and paused again
        ("unreachable", {"how": "restored"}, "unreachable"),
        ("frozen", {}, "damaged"),
        ("damaged", {}, "damaged"),
        ("broken", {}, "damaged"),
        ("down", {}, "left_down"),
        ("stuck", {}, "stuck"),
        ("untouched", {}, "untouched"),
        ("planned", {}, "untouched"),
        ("left", {}, "left_down"),
        ("left", {"verdict": "damage"}, "damaged"),
        ("left", {"verdict": "broken"}, "damaged"),
        ("watched", {}, None),
        ("saved", {}, None),
    ],
)
def test_a_guest_is_reported_as_what_it_is(
    state: str, about: dict[str, Any], became: str | None
) -> None:
    found = result(step("a", state, **about))

    assert (str(found) if found else None) == became


def test_every_guest_at_rest_has_a_result() -> None:
    assert {s for s in StepState if result(step("a", s)) is not None} == {
        *AT_REST,
        StepState.PLANNED,
    }


@pytest.mark.parametrize(
    ("since", "up", "seconds"), [(0, 90, 90.0), (None, 90, None), (0, None, None)]
)
def test_downtime_is_known_when_it_is_over(
    since: float | None, up: float | None, seconds: float | None
) -> None:
    begun = None if since is None else later(since)
    over = None if up is None else later(up)

    assert downtime(step("a", "up", down_since=begun, up_at=over)) == seconds


@pytest.mark.parametrize(
    ("state", "status"),
    [("up", 0), ("untouched", 0), ("planned", 0)]
    + [(s, 1) for s in ("unreachable", "damaged", "down", "stuck", "left", "broken")],
)
def test_a_run_ends_well_only_if_everybody_is_up_or_untouched(state: str, status: int) -> None:
    assert ended(run(step("b", "up"), step("a", state))).data["exit_status"] == status


def test_the_report_counts_results_and_downtimes() -> None:
    times = {"down_since": NOW, "up_at": later(90.04)}
    done = run(
        step("a", "up", how="restored", **times),
        step("b", "up", how="booted", down_since=NOW, up_at=later(30)),
        step("c", "damaged", down_since=NOW),
    )
    data = ended(done).data

    assert data["counts"] == {"restored": 1, "booted": 1, "damaged": 1}
    assert (data["sum_downtime"], data["worst_downtime"]) == (120.0, 90.0)
