from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.policy.evidence import (
    Combination,
    Exploration,
    Explore,
    RestoreOutcome,
    Standing,
    Trial,
    may_explore,
    standing,
    under,
)
from bot.rules.policy.terms import PolicySettings

START = datetime(2021, 8, 24, 20, 0, tzinfo=UTC)
SHIPPED = PolicySettings()
FIVE_TEN = Combination(
    saved_on="4.19.181",
    saved_hypervisor="xen-4.14.2",
    restored_on="5.10.46",
    restored_hypervisor="xen-4.14.2",
    family="xen/pv/linux-5.10",
)


def trials(spelled: str, hosts: int = 2, combination: Combination = FIVE_TEN) -> tuple[Trial, ...]:
    """Make one trial per letter: `.` restored, `D` damage, `x` dead, `u` unreachable."""
    meaning = {
        ".": RestoreOutcome.RESTORED,
        "D": RestoreOutcome.DAMAGE,
        "x": RestoreOutcome.DEAD,
        "u": RestoreOutcome.UNREACHABLE,
    }
    return tuple(
        Trial(
            at=START + timedelta(minutes=number),
            run="r1",
            host=f"host{number % hosts}",
            guest=f"vps{number}",
            combination=combination,
            outcome=meaning[letter],
        )
        for number, letter in enumerate(spelled)
    )


@pytest.mark.parametrize(
    ("spelled", "hosts", "expected"),
    [
        ("", 2, Standing.UNTRUSTED),
        ("u", 2, Standing.UNTRUSTED),
        ("x", 2, Standing.UNTRUSTED),
        (".", 2, Standing.CANARY),
        ("." * 19, 2, Standing.CANARY),
        ("." * 20, 2, Standing.TRUSTED),
        ("." * 20, 1, Standing.CANARY),
        ("." * 10 + "u" * 9 + "." * 9, 2, Standing.CANARY),
        ("." * 10 + "u" * 9 + "." * 10, 2, Standing.TRUSTED),
        ("." * 19 + "x" + ".", 2, Standing.CANARY),
        ("." * 20 + "x", 2, Standing.UNTRUSTED),
        ("x" + "." * 19, 2, Standing.CANARY),
        ("x" + "." * 20, 2, Standing.TRUSTED),
        ("D", 2, Standing.BANNED),
        ("D" + "." * 99, 2, Standing.BANNED),
        ("." * 99 + "D", 2, Standing.BANNED),
    ],
)
def test_standing_follows_from_the_outcomes(spelled: str, hosts: int, expected: Standing) -> None:
    assert standing(trials(spelled, hosts), FIVE_TEN, SHIPPED) is expected


def test_the_order_in_which_trials_are_given_does_not_matter() -> None:
    given = trials("." * 20 + "x" + "." * 5)

    assert standing(reversed(given), FIVE_TEN, SHIPPED) is standing(given, FIVE_TEN, SHIPPED)


@pytest.mark.parametrize(
    "family", ["xen/pv/unknown", "xen/pv/linux-3.16", "xen/pv/linux-2.6.32", "xen/pv/linux-4.10+"]
)
def test_unknown_and_old_families_stay_canaries_whatever_their_successes(family: str) -> None:
    combination = replace(FIVE_TEN, family=family)

    found = standing(trials("." * 500, 9, combination), combination, SHIPPED)

    assert found is Standing.CANARY


@pytest.mark.parametrize(
    "other",
    [
        replace(FIVE_TEN, saved_on="5.10.46"),
        replace(FIVE_TEN, saved_hypervisor="xen-4.11"),
        replace(FIVE_TEN, restored_on="5.10.47"),
        replace(FIVE_TEN, restored_hypervisor="xen-4.17"),
        replace(FIVE_TEN, family="xen/pvh/linux-5.10"),
    ],
)
def test_trials_of_another_combination_prove_nothing(other: Combination) -> None:
    assert standing(trials("." * 50), other, SHIPPED) is Standing.UNTRUSTED


def test_the_counts_that_trust_needs_are_settings() -> None:
    settings = PolicySettings(trust_count=2, trust_hosts=1)

    assert standing(trials("..", hosts=1), FIVE_TEN, settings) is Standing.TRUSTED


# ---- one host at a time ------------------------------------------------------------------------


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


def explored(
    host: str, begun: float, ended: float | None = None, *, clean: bool = True
) -> Exploration:
    return Exploration(
        host=host,
        started=hours(begun),
        ended=None if ended is None else hours(ended),
        clean=clean,
        combinations=frozenset({FIVE_TEN}),
    )


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((), 0, Explore.FREE),
        ((explored("clockwork", 0),), 1, Explore.ELSEWHERE),
        ((explored("clockwork", 0),), 999, Explore.ELSEWHERE),
        ((explored("hobgoblin", 0),), 1, Explore.FREE),
        ((explored("clockwork", 0, 1),), 12.9, Explore.COOLING),
        ((explored("clockwork", 0, 1),), 13, Explore.FREE),
        ((explored("clockwork", 0, 1, clean=False),), 999, Explore.NOT_CLEAN),
        ((explored("hobgoblin", 0, 1, clean=False),), 1.1, Explore.FREE),
        (
            (explored("clockwork", 0, 1, clean=False), explored("clockwork", 2, 3)),
            15,
            Explore.FREE,
        ),
        (
            (explored("clockwork", 2, 3, clean=False), explored("leopard", 0, 1)),
            99,
            Explore.NOT_CLEAN,
        ),
        ((explored("hobgoblin", 2, 3), explored("clockwork", 0)), 4, Explore.ELSEWHERE),
    ],
)
def test_one_host_explores_and_the_next_waits_for_a_clean_end_and_a_cool_down(
    before: tuple[Exploration, ...], now: float, expected: Explore
) -> None:
    permit = may_explore("hobgoblin", hours(now), before, SHIPPED)

    assert permit.code is expected
    assert permit.allowed is (expected is Explore.FREE)


def test_a_host_that_waits_is_told_for_whom_and_until_when() -> None:
    permit = may_explore("hobgoblin", hours(2), (explored("clockwork", 0, 1),), SHIPPED)

    assert permit.fields == {"host": "clockwork", "until": "2021-08-25T09:00:00+00:00"}


def test_explorations_can_be_asked_for_one_combination() -> None:
    here, elsewhere = (
        explored("clockwork", 0),
        replace(explored("leopard", 0), combinations=frozenset()),
    )

    assert under([here, elsewhere], FIVE_TEN) == (here,)
