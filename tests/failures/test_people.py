"""People, wishes and the bot itself: acts once, honours late opt-outs, goes on after its death."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.handlers import Handler
from bot.chat.starting import Asking
from bot.executors.simulator import HostWorld
from bot.maintenance.intake import take_in
from bot.ports import Request, Wish
from bot.rules.errors import Code, Precondition
from bot.rules.fleet import Fleet, Guest
from bot.rules.hold import Hold, Scope
from bot.rules.optin import OptIn
from bot.rules.plan.terms import PlanOptions
from bot.rules.run.journal import Event
from bot.settings import DropLimit
from bot.settings.people import Roles
from tests.failures.begun import QUIET, begun, of, results
from tests.night import HOST, START, Night, guest, night
from tests.unit.chat.memory import CLOSED, NO_WINDOWS, VIEWS


def statement(name: str, *, wanted: bool) -> OptIn:
    return OptIn(guest=name, wanted=wanted, at=START, who="c", how="link")


def stop(key: str) -> Wish:
    return Wish(key=key, host=HOST, actor="os:anna", verb="pause", at=START)


async def start(made: Night, *, plan_hash: str = "") -> None:
    await made.desk.start(
        HOST, PlanOptions(), actor="os:bert", key="k", plan_hash=plan_hash, reason="again"
    )


@pytest.mark.failure(32)
@pytest.mark.parametrize("every", [1, 7])
async def test_a_bot_that_dies_again_and_again_ends_its_run_as_if_it_had_not(
    tmp_path: Path, every: int
) -> None:
    async with begun(tmp_path) as n:
        for _ in range(0, 90, every):
            for _ in range(every):
                await n.turn()
            await n.die()
            await n.rise()
        await n.until("ended")

        assert results(n) == QUIET
        spent = [r for r in await of(n, "a", Event.INTENDED) if r.data["verb"] == "unpause"]
        assert len(spent) == 1


@pytest.mark.failure(33)
async def test_a_host_in_a_run_is_refused_with_who_and_since_when(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        n.desk._name = lambda: "r2"
        with pytest.raises(Precondition) as refused:
            await start(n)

        assert refused.value.code is Code.HOST_BUSY
        assert (refused.value.fields["who"], refused.value.fields["since"]) == ("os:anna", START)


@pytest.mark.failure(33, 55)
async def test_a_wish_delivered_twice_is_obeyed_once(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        for _ in range(2):
            await n.desk.wish(stop("same"))
            await n.turn()

        said = [r.event for r in await of(n, "") if r.event in {Event.PAUSED, Event.NOT_OBEYED}]
        assert said == [Event.PAUSED]


@pytest.mark.failure(34)
async def test_a_host_that_answers_under_another_name_is_not_touched(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        n.simulator.add(HostWorld(name="clockwork", guests={"a": guest("a")}))
        n.executor = n.simulator.executor("clockwork")
        await n.die()
        await n.rise()
        with pytest.raises(Precondition) as refused:
            await start(n)

    found = refused.value.fields["problems"]
    assert [problem.code for problem in found] == ["host_identity"]  # type: ignore[attr-defined]


@pytest.mark.failure(34)
async def test_a_plan_that_changed_since_it_was_shown_does_not_start(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), guest("b")) as n:
        shown = await n.desk.plan(HOST, PlanOptions())
        await n.store.state_opt_in([statement("a", wanted=False)])
        with pytest.raises(Precondition) as refused:
            await start(n, plan_hash=shown.hash)

        assert refused.value.code is Code.PLAN_CHANGED
        assert await n.store.runs() == ()


@pytest.mark.failure(35)
async def test_an_opt_out_after_the_plan_is_honoured_and_shown(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.store.state_opt_in([statement("b", wanted=False)])
        await n.until("ended")

        assert results(n) == QUIET | {"b": "booted"}
        decided = await of(n, "b", Event.DECIDED)
        assert [row.data["reason"] for row in decided] == ["opted_out_late"]


@pytest.mark.failure(35)
async def test_an_opt_in_after_the_plan_waits_for_the_next_run(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.store.state_opt_in([statement("c", wanted=True)])
        await n.until("ended")

        assert results(n) == QUIET


@pytest.mark.failure(35)
async def test_a_hold_opened_after_the_plan_binds_what_is_not_saved_yet(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        by = {"reason": "careful", "opened_by": "os:anna", "opened_at": START}
        await n.store.hold(Hold(scope=Scope.GUEST, value="b", **by))  # type: ignore[arg-type]
        await n.until("ended")

        assert results(n) == QUIET | {"b": "booted"}
        assert [r.data["reason"] for r in await of(n, "b", Event.DECIDED)] == ["held"]


@pytest.mark.failure(54)
@pytest.mark.parametrize(
    ("now", "result"),
    [
        (Roles(operate=("os:bert",), approve=("os:carl",)), "proposer_gone"),
        (Roles(operate=("os:anna", "os:carl")), "not_permitted"),
        (Roles(operate=("os:anna",), approve=("os:carl",)), "done"),
    ],
    ids=["who proposed", "who approves", "nobody"],
)
async def test_who_lost_their_role_between_asking_and_approving_starts_nothing(
    tmp_path: Path, now: Roles, result: str
) -> None:
    async with night(tmp_path, guest("a")) as n:
        before = Roles(operate=("os:anna",), approve=("os:carl",))
        await says(n, before, "os:anna", f"start {HOST}")
        await says(n, now, "os:carl", f"approve {HOST}")

        newest = (await n.store.audits())[0]
        assert (newest.actor, newest.result) == ("os:carl", result)
        assert len(await n.store.runs()) == (result == "done")
        assert (await n.store.proposal(HOST) is None) == (result != "not_permitted")


async def says(made: Night, roles: Roles, actor: str, line: str) -> None:
    """Let somebody ask for something, as any chat does, while people have *roles*."""
    asking = Asking(confirm="none", reason=False, second_person=True)
    handler = Handler(made.desk, VIEWS, roles, asking, CLOSED, NO_WINDOWS)
    await handler.handle(Request(actor=actor, text=line, key=line))


@pytest.mark.failure(58)
async def test_an_inventory_that_lost_many_guests_is_not_taken_in_unconfirmed(
    tmp_path: Path,
) -> None:
    async with night(tmp_path, guest("a")) as n:
        many = {f"g{i}": Guest(name=f"g{i}", host=HOST, uuid=f"u{i}") for i in range(90)}
        whole = replace(n.fleet, guests=many)
        await take_in(n.store, whole, DropLimit(), START)
        few = Fleet(hosts=whole.hosts, guests={k: many[k] for k in list(many)[:10]})
        with pytest.raises(Precondition) as refused:
            await take_in(n.store, few, DropLimit(), START + timedelta(hours=1))

        assert (refused.value.code, len(await n.store.known())) == (Code.INVENTORY_SHRANK, 90)
        await take_in(n.store, few, DropLimit(), START + timedelta(hours=1), accept=True)
        assert len(await n.store.known()) == 10
