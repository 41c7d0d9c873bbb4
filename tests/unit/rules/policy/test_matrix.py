"""The matrix of evidence: what a cell says, how it is named, and what no judgement can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.errors import BadRequest, Code
from bot.rules.policy.evidence import (
    Combination,
    Judgement,
    RestoreOutcome,
    Standing,
    Trial,
    Verdict,
    standing,
)
from bot.rules.policy.kernel import can_be_trusted
from bot.rules.policy.matrix import Cell, Lacking, cell_of, found, matrix, name_of
from bot.rules.policy.terms import PolicySettings
from tests.unit.rules.policy.test_evidence import FIVE_TEN, SHIPPED, START, trials

OLD = replace(FIVE_TEN, family="xen/pv/linux-3.16")
UNKNOWN = replace(FIVE_TEN, family="xen/pv/unknown")
LETTERS = {"b": Verdict.BAN, "t": Verdict.TRUST, "w": Verdict.WITHDRAW}


def course(spelled: str, combination: Combination = FIVE_TEN) -> Cell:
    """Make a cell of what happened, in order: outcomes as in `trials`, b, t and w are verdicts."""
    happened = [*enumerate(spelled)]
    outcomes = trials("".join("." if each in LETTERS else each for each in spelled))
    tried = [
        replace(outcomes[at], combination=combination) for at, c in happened if c not in LETTERS
    ]
    said = [judged(at, LETTERS[c], combination) for at, c in happened if c in LETTERS]
    return cell_of(combination, "name", tried, said, SHIPPED)


def judged(minute: int, verdict: Verdict, combination: Combination = FIVE_TEN) -> Judgement:
    return Judgement(
        at=START + timedelta(minutes=minute),
        actor="os:anna",
        combination=combination,
        verdict=verdict,
        reason="why not",
        number=minute + 1,
    )


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("b", Standing.BANNED),
        ("." * 20 + "b", Standing.BANNED),
        ("b" + "." * 40, Standing.BANNED),
        ("bw", Standing.UNTRUSTED),
        ("." * 20 + "bw", Standing.TRUSTED),
        ("t", Standing.TRUSTED),
        ("xt", Standing.TRUSTED),
        ("tu", Standing.TRUSTED),
        ("tx", Standing.UNTRUSTED),
        ("tx.", Standing.CANARY),
        ("txt", Standing.TRUSTED),
        ("t.w", Standing.CANARY),
        ("tb", Standing.BANNED),
        ("bt", Standing.TRUSTED),
        ("tD", Standing.BANNED),
        ("Dt", Standing.BANNED),
        ("Dw", Standing.BANNED),
        ("Dbw", Standing.BANNED),
    ],
)
def test_standing_follows_from_what_came_and_what_was_said(
    spelled: str, expected: Standing
) -> None:
    assert course(spelled).standing is expected


@pytest.mark.parametrize("combination", [OLD, UNKNOWN])
def test_no_word_of_staff_trusts_what_can_never_be_trusted(combination: Combination) -> None:
    assert course("t", combination).standing is Standing.UNTRUSTED
    assert course("." * 40 + "t", combination).standing is Standing.CANARY


def test_a_dead_guest_of_the_very_instant_of_a_trust_counts_after_it() -> None:
    dead = replace(trials("x")[0], at=START)

    assert standing([dead], FIVE_TEN, SHIPPED, [judged(0, Verdict.TRUST)]) is Standing.UNTRUSTED


def test_what_is_said_of_another_combination_counts_for_that_alone() -> None:
    said = [judged(0, Verdict.BAN, OLD)]

    assert standing((), FIVE_TEN, SHIPPED, said) is Standing.UNTRUSTED
    assert standing((), OLD, SHIPPED, said) is Standing.BANNED


@pytest.mark.parametrize(
    ("spelled", "combination", "lacking", "more", "hosts"),
    [
        ("", FIVE_TEN, Lacking.PROOF, 20, 2),
        ("...", FIVE_TEN, Lacking.PROOF, 17, 0),
        (".", FIVE_TEN, Lacking.PROOF, 19, 1),
        ("." * 20, FIVE_TEN, Lacking.NOTHING, 0, 0),
        ("t", FIVE_TEN, Lacking.NOTHING, 20, 2),
        ("b", FIVE_TEN, Lacking.BAN, 20, 2),
        ("bD", FIVE_TEN, Lacking.DAMAGE, 20, 2),
        ("...", OLD, Lacking.KERNEL, 17, 0),
        ("b", OLD, Lacking.BAN, 20, 2),
        ("D", UNKNOWN, Lacking.DAMAGE, 20, 2),
    ],
)
def test_a_cell_says_what_it_lacks_to_be_trusted(
    spelled: str, combination: Combination, lacking: Lacking, more: int, hosts: int
) -> None:
    cell = course(spelled, combination)

    assert (cell.lacking, cell.more, cell.more_hosts) == (lacking, more, hosts)


def test_a_cell_counts_outcomes_hosts_and_knows_its_last_date() -> None:
    cell = course("..uD")

    assert [cell.outcomes[each] for each in RestoreOutcome] == [2, 1, 0, 1]
    assert (cell.hosts, cell.last) == (2, START + timedelta(minutes=3))


def test_the_matrix_has_a_cell_for_all_that_was_tried_judged_or_is_asked_for() -> None:
    cells = matrix(trials("..."), [judged(0, Verdict.BAN, OLD)], SHIPPED, [UNKNOWN])

    assert [(cell.combination, len(cell.trials)) for cell in cells] == [
        (FIVE_TEN, 3),
        (OLD, 0),
        (UNKNOWN, 0),
    ]


# ---- names -------------------------------------------------------------------------------------


def test_a_name_is_six_digits_and_stays_what_it_is() -> None:
    assert name_of(FIVE_TEN, ()) == name_of(FIVE_TEN, [OLD, UNKNOWN]) == "e98e33"


def many(count: int) -> list[Combination]:
    return [replace(FIVE_TEN, family=f"xen/pv/linux-5.{n}") for n in range(count)]


def test_names_are_as_long_as_it_takes_to_tell_them_apart() -> None:
    cells = matrix((), (), SHIPPED, many(6000))

    names = [cell.name for cell in cells]
    assert len({*names}) == 6000
    assert {len(name) for name in names} > {6}
    assert not any(
        a != b and b.startswith(a) for a, b in zip(sorted(names), sorted(names)[1:], strict=False)
    )


def test_a_cell_is_found_by_the_beginning_of_its_name() -> None:
    cells = matrix((), (), SHIPPED, [FIVE_TEN, OLD])

    assert [found(cells, each.name[:4].upper()) for each in cells] == list(cells)


@pytest.mark.parametrize("typed", ["", "zzz", "e98e3399"])
def test_a_name_that_is_not_there_is_a_mistake(typed: str) -> None:
    with pytest.raises(BadRequest) as refused:
        found(matrix((), (), SHIPPED, [FIVE_TEN]), typed)

    assert refused.value.code is Code.UNKNOWN_CELL


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadRequest) as refused:
        found(matrix((), (), SHIPPED, [FIVE_TEN]), "e98e34")

    assert refused.value.fields["nearest"] == "e98e33"


def test_a_beginning_that_two_names_share_is_answered_with_both() -> None:
    cells = matrix((), (), SHIPPED, many(40))

    with pytest.raises(BadRequest) as refused:
        found(cells, _shared(cells))

    assert refused.value.code is Code.AMBIGUOUS_CELL
    names = refused.value.fields["names"]
    assert isinstance(names, Sequence)
    assert len(names) > 1


def _shared(cells: Sequence[Cell]) -> str:
    firsts = [cell.name[0] for cell in cells]
    return next(first for first in firsts if firsts.count(first) > 1)


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        (".btw", Standing.BANNED),  # who takes trust back need not be allowed to lift a ban
        (".btttw", Standing.BANNED),
        (".btww", Standing.CANARY),
        (".bbw", Standing.CANARY),
        (".tbw", Standing.CANARY),  # and lifting the ban does not say the trust before it again
    ],
)
def test_withdrawing_trust_lifts_no_ban_beneath_it(spelled: str, expected: Standing) -> None:
    assert course(spelled).standing is expected


# ---- for all courses ---------------------------------------------------------------------------

FAMILIES = st.sampled_from(
    ["xen/pv/linux-5.10", "xen/pv/linux-3.16", "xen/pv/linux-4.10+", "xen/pv/unknown", "kvm/pv/"]
)


@st.composite
def courses(draw: st.DrawFn) -> tuple[Combination, list[Trial], list[Judgement]]:
    combination = replace(FIVE_TEN, family=draw(FAMILIES))
    spelled = draw(st.text("....uxDbtw", max_size=30))
    cell = course(spelled, combination)
    shuffle = draw(st.permutations(cell.trials)), draw(st.permutations(cell.judgements))
    return combination, [*shuffle[0]], [*shuffle[1]]


@given(courses())
def test_nothing_makes_a_family_trusted_that_cannot_be_nor_lifts_the_ban_of_damage(
    happened: tuple[Combination, list[Trial], list[Judgement]],
) -> None:
    combination, tried, said = happened
    settings = PolicySettings(trust_count=1, trust_hosts=1)

    found_ = standing(tried, combination, settings, said)

    if any(trial.outcome is RestoreOutcome.DAMAGE for trial in tried):
        assert found_ is Standing.BANNED
    elif not can_be_trusted(combination.family):
        assert found_ is not Standing.TRUSTED


@given(courses())
def test_the_newest_word_decides_whatever_came_before(
    happened: tuple[Combination, list[Trial], list[Judgement]],
) -> None:
    combination, tried, said = happened
    last = judged(99, Verdict.BAN, combination)

    assert standing(tried, combination, SHIPPED, [last, *said]) is Standing.BANNED
    withdrawn = [*said, last, judged(100, Verdict.WITHDRAW, combination)]
    assert standing(tried, combination, SHIPPED, withdrawn) is standing(tried, combination, SHIPPED)
