"""Just before a save everything is read again; a guest may lose its suspension, never gain it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.maintenance.recheck import Recheck
from bot.rules.hold import Hold, Scope
from bot.rules.optin import OptIn
from bot.rules.plan.combinations import combination_of
from bot.rules.policy.evidence import Judgement, Verdict
from bot.rules.policy.terms import Decision, PolicySettings
from bot.rules.run.sight import Sight
from tests.night import HOST, START, Night, guest, night

HELD = Hold(scope=Scope.GLOBAL, value="", reason="why", opened_by="os:anna", opened_at=START)
SHIPPED = PolicySettings()


async def see(made: Night, **about: object) -> Sight:
    found = await made.executor.guests()
    facts = await made.executor.facts()
    seen = Sight(now=made.clock.now(), facts=facts, guests={each.name: each for each in found})
    return replace(seen, **about)  # type: ignore[arg-type]


async def decided(made: Night, name: str = "a", **about: object) -> Decision:
    recheck = Recheck(made.fleet, made.store, made.policy, made.limits)
    seen = await see(made, **about)
    book = await recheck.rulebook(made.run, seen)
    assert book.decide is not None
    return book.decide(made.run.steps[name], seen.guests[name])


async def test_who_is_as_planned_is_saved_as_planned(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        await n.begin()

        assert str((await decided(n)).action) == "suspend"


async def test_a_late_opt_out_is_honoured(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        await n.begin()
        out = OptIn(guest="a", wanted=False, at=START, who="c", how="link")
        await n.store.state_opt_in([out])

        assert str((await decided(n)).reason) == "opted_out_late"


async def test_a_late_opt_in_is_not(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), guest("b"), out=["b"]) as n:
        await n.begin()
        late = OptIn(guest="b", wanted=True, at=START, who="c", how="link")
        await n.store.state_opt_in([late])

        assert str((await decided(n, "b")).action) == "shutdown"


async def test_a_hold_that_was_opened_since_is_heeded(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        await n.begin()

        assert str((await decided(n, holds=(HELD,))).reason) == "held"


async def test_a_ban_that_came_since_is_heeded(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        await n.begin()
        combination = combination_of(n.run.plan, n.run.steps["a"].plan.family)
        ban = Judgement(
            at=START, actor="os:anna", combination=combination, verdict=Verdict.BAN, reason="hangs"
        )
        await n.store.judge(ban)

        decision = await decided(n)

        assert (str(decision.action), str(decision.reason)) == ("shutdown", "combination_banned")
        assert (decision.fields["who"], decision.fields["why"]) == ("os:anna", "hangs")


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"unsaveable": ["nvme0"]}, "device_cannot"),
        ({"system": "freebsd"}, "system_cannot"),
        ({"boot_line": "Linux version 3.16.0-4-amd64", "kernel": "3.16.0-4-amd64"}, "kernel_old"),
    ],
)
async def test_what_a_guest_has_become_since_is_seen(
    tmp_path: Path, about: dict[str, object], reason: str
) -> None:
    async with night(tmp_path, guest("a"), policy=SHIPPED) as n:
        await n.begin()
        with n.simulator.edit(HOST) as host:
            vars(host.guests["a"]).update(about)

        assert str((await decided(n)).reason) == reason


async def test_without_contact_or_anybody_to_save_nothing_is_decided(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        await n.begin()
        recheck = Recheck(n.fleet, n.store, n.policy, n.limits)
        silent = await recheck.rulebook(n.run, await see(n, facts=None, guests={}))
        await n.until("ended")
        later = await recheck.rulebook(n.run, await see(n))

        assert (silent.decide, later.decide) == (None, None)
