from __future__ import annotations

import pytest

from bot.rules.hold import Scope
from bot.rules.policy.breaker import Bad, Opened, openings
from bot.rules.policy.evidence import RestoreOutcome, Standing
from bot.rules.policy.terms import PolicySettings

SHIPPED = PolicySettings()
OLD, NEW = "xen/pv/linux-3.16", "xen/pv/linux-5.10"
DAMAGE, DEAD, UNREACHABLE = (
    RestoreOutcome.DAMAGE,
    RestoreOutcome.DEAD,
    RestoreOutcome.UNREACHABLE,
)


def bad(
    guest: str,
    outcome: RestoreOutcome,
    family: str = NEW,
    standing: Standing = Standing.TRUSTED,
) -> Bad:
    return Bad(host="hobgoblin", guest=guest, family=family, outcome=outcome, standing=standing)


DAMAGED_TWICE = (bad("vps1", DAMAGE), bad("vps2", DAMAGE))
DEAD_TWICE = (bad("vps1", DEAD), bad("vps2", DEAD))


@pytest.mark.parametrize(
    ("bads", "expected"),
    [
        ((), []),
        ((bad("vps1", UNREACHABLE), bad("vps2", UNREACHABLE)), []),
        ((bad("vps1", RestoreOutcome.RESTORED),), []),
        ((bad("vps1", DAMAGE),), [(Scope.GLOBAL, "")]),
        (DAMAGED_TWICE, [(Scope.GLOBAL, "")]),
        ((bad("vps1", DEAD),), [(Scope.GUEST, "vps1")]),
        ((bad("vps1", DEAD), bad("vps1", DEAD)), [(Scope.GUEST, "vps1")]),
        (
            (bad("vps1", DEAD, OLD), bad("vps2", DEAD, NEW)),
            [(Scope.GUEST, "vps1"), (Scope.GUEST, "vps2")],
        ),
        (DEAD_TWICE, [(Scope.KERNEL, NEW), (Scope.GUEST, "vps1"), (Scope.GUEST, "vps2")]),
        (
            (bad("vps1", DEAD), bad("vps2", DAMAGE)),
            [(Scope.GLOBAL, ""), (Scope.GUEST, "vps1")],
        ),
    ],
)
def test_bad_restores_open_holds_as_wide_as_their_cause(
    bads: tuple[Bad, ...], expected: list[tuple[Scope, str]]
) -> None:
    assert [(each.scope, each.value) for each in openings(bads, SHIPPED)] == expected


@pytest.mark.parametrize("standing", [Standing.UNTRUSTED, Standing.CANARY])
def test_two_dead_under_a_combination_not_trusted_hold_the_host_too(standing: Standing) -> None:
    dead = [bad(guest, DEAD, standing=standing) for guest in ("vps1", "vps2")]

    opened = {each.code: each.value for each in openings(dead, SHIPPED)}

    assert opened[Opened.DEAD_HOST] == "hobgoblin"
    assert opened[Opened.DEAD_FAMILY] == NEW


def test_a_hold_names_the_outcomes_that_opened_it() -> None:
    (opening,) = openings((bad("vps31", DAMAGE), bad("vps2", UNREACHABLE)), SHIPPED)

    assert opening.because == ("hobgoblin/vps31: damage",)


@pytest.mark.parametrize(
    ("bads", "opens"),
    [(DAMAGED_TWICE[:1], False), (DAMAGED_TWICE[:1] * 3, False), (DAMAGED_TWICE, True)],
)
def test_the_policy_of_2021_opens_at_the_second_damaged_guest(
    bads: tuple[Bad, ...], *, opens: bool
) -> None:
    assert bool(openings(bads, PolicySettings(breaker_damage=2))) is opens


def test_more_bad_restores_never_open_less() -> None:
    before = openings(DEAD_TWICE[:1], SHIPPED)

    assert set(before) <= set(openings(DEAD_TWICE, SHIPPED))
