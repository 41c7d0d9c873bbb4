"""The desk: what it begins and refuses, and what it says of hosts, guests and runs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.executors.simulator import HostWorld
from bot.maintenance.desk import goes_on
from bot.ports import Proposal, Wish
from bot.rules.errors import BadRequest, Code, Precondition
from bot.rules.fleet import GuestState, HostWork
from bot.rules.plan.terms import PlanOptions
from bot.rules.run.terms import Question
from tests.builders import run, saved, step
from tests.failures.begun import begun, strike
from tests.night import HOST, START, Night, guest, night

BY_HAND = HostWork(manual=True, kernel="5.10.46")


def wish(verb: str, name: str = "", host: str = HOST) -> Wish:
    return Wish(key=verb, host=host, actor="os:anna", verb=verb, guest=name, at=START)


async def refusal(made: Night, said: Wish) -> BadRequest:
    with pytest.raises(BadRequest) as refused:
        await made.desk.wish(said)
    assert (await made.store.news(HOST)).wishes == ()
    return refused.value


async def test_a_wish_to_a_host_without_a_run_is_refused(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        assert (await refusal(n, wish("pause"))).code is Code.NO_RUN


async def test_a_wish_to_a_run_that_has_ended_is_refused(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until("ended")

        assert (await refusal(n, wish("abort"))).code is Code.NO_RUN


async def test_a_wish_about_a_guest_of_no_step_is_refused(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        assert (await refusal(n, wish("boot", "nobody"))).code is Code.UNKNOWN_GUEST


async def test_a_wish_that_a_guest_cannot_follow_is_refused_with_what_it_can(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "damage")
        await n.until("ended")
        refused = await refusal(n, wish("rollback", "a"))

        assert refused.code is Code.NOT_NOW
        assert (refused.fields["state"], refused.fields["can"]) == ("damaged", ("boot", "leave"))


async def proposed(made: Night, key: str = "k1", *, no_suspend: bool = False) -> Proposal:
    """Let os:anna propose the start of the host."""
    chosen = PlanOptions(no_suspend=no_suspend)
    plan = await made.desk.plan(HOST, chosen)
    proposal = Proposal(
        key=key,
        host=HOST,
        actor="os:anna",
        text=f"start {HOST}",
        reason="new kernel",
        options=chosen,
        plan=plan,
        at=START,
        until=START + timedelta(minutes=15),
    )
    assert await made.desk.propose(proposal) == ""
    return proposal


async def test_an_approved_run_is_its_proposers_and_knows_who_approved_it(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        proposal = await proposed(n, no_suspend=True)
        record = await n.desk.approve(proposal, "os:carl")
        (begun,) = await n.rows()

        assert record.actor == "os:anna"
        known = {name: begun.data[name] for name in ("actor", "approver", "reason", "key")}
        about = {"actor": "os:anna", "approver": "os:carl", "reason": "new kernel", "key": "k1"}
        assert known == about
        assert begun.data["options"] == {"no_suspend": True, "guard": False, "trial": []}


async def test_of_two_who_approve_at_the_same_instant_one_begins_the_run(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        proposal, names = await proposed(n), iter(("r1", "r2"))
        n.desk._name = lambda: next(names)
        outcomes = await asyncio.gather(
            *(n.desk.approve(proposal, who) for who in ("os:carl", "os:dora")),
            return_exceptions=True,
        )

        assert [isinstance(each, Precondition) for each in outcomes].count(True) == 1
        assert len(await n.store.runs()) == 1


async def test_a_proposal_outlives_the_bot_and_waits_until_it_has_begun(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        proposal = await proposed(n)
        await n.die()
        await n.rise()

        assert await n.store.proposal(HOST) == proposal
        await n.desk.approve(proposal, "os:carl")
        assert await n.store.proposal(HOST) is None


async def test_a_plan_that_changed_is_neither_proposed_nor_approved(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        proposal = await proposed(n)
        await n.opt_in(out=["a"])
        for act in (n.desk.propose(proposal), n.desk.approve(proposal, "os:carl")):
            with pytest.raises(Precondition) as refused:
                await act
            assert refused.value.code is Code.PLAN_CHANGED

        assert await n.store.runs() == ()


@pytest.mark.parametrize("alone", [True, False])
async def test_a_run_knows_whether_it_was_started_alone(tmp_path: Path, *, alone: bool) -> None:
    async with night(tmp_path, guest("a")) as n:
        who: dict[str, Any] = {"actor": "os:anna", "key": "k", "plan_hash": "", "reason": "r"}
        await n.desk.start(HOST, PlanOptions(), **who, alone=alone)

        assert ("alone" in (await n.rows())[0].data) == alone


async def test_a_run_that_ended_rests_with_its_exit_status(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        assert not (await n.desk.at_rest(HOST)).resting
        strike(n, "damage")
        await n.until("ended")
        held = await n.desk.at_rest(HOST)
        await let_go(n)
        rest = await n.desk.at_rest(HOST)

        assert not held.resting
        assert (rest.resting, rest.why, rest.exit_status) == (True, "ended", 1)


async def test_a_run_that_waits_says_what_goes_on(tmp_path: Path) -> None:
    async with begun(tmp_path, work=BY_HAND) as n:
        await n.until("asked")
        rest = await n.desk.at_rest(HOST)

        assert (rest.why, rest.exit_status) == ("asked", 3)
        assert f"continue {HOST}" in rest.commands


async def test_a_run_with_a_wish_it_has_not_heard_does_not_rest(tmp_path: Path) -> None:
    async with begun(tmp_path, work=BY_HAND) as n:
        await n.until("asked")
        await n.wish("continue")

        assert not (await n.desk.at_rest(HOST)).resting


async def test_a_host_that_never_ran_is_at_rest(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        rest = await n.desk.at_rest(HOST)

        assert (rest.resting, rest.exit_status, await n.desk.run(HOST)) == (True, 0, None)


@pytest.mark.parametrize(
    ("about", "command"),
    [
        ({"released": True}, 'takeback hobgoblin "reason"'),
        ({"paused": True}, "resume hobgoblin"),
        ({"question": Question(kind="work")}, "continue hobgoblin"),
        ({"question": Question(kind="choose", guests=("a",))}, "choose hobgoblin boot"),
        ({"question": Question(kind="gate")}, "choose hobgoblin boot"),
    ],
)
def test_a_resting_run_names_the_command_that_goes_on(
    about: dict[str, object], command: str
) -> None:
    assert command in goes_on(run(saved(), **about))  # type: ignore[arg-type]


def test_a_stuck_guest_names_what_can_be_done_with_it() -> None:
    stuck = run(step("a", "stuck"), phase="drain")

    assert "boot hobgoblin a" in goes_on(stuck)


async def test_hosts_are_described_with_their_open_runs(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        (view,) = await n.desk.hosts()

        assert (view.guests, view.running, view.suspended_opted_in) == (3, 3, 2)
        assert (view.kernel, view.run and view.run.id) == ("4.19.181", "r1")


async def test_a_host_that_does_not_answer_is_shown_as_such(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "silence", on="")
        (view,) = await n.desk.hosts()

        assert (view.reachable, view.kernel) == (False, "")
        assert view.run is not None


async def test_guests_are_described_as_recorded_observed_and_planned(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), guest("b", state=GuestState.OFF), out=["b"]) as n:
        strangers = {"x": guest("x"), "a": guest("a"), "b": guest("b", state=GuestState.OFF)}
        n.simulator.add(HostWorld(name=HOST, guests=strangers))
        a, b, x = await n.desk.guests(HOST)

    assert [str(each.step and each.step.action) for each in (a, b, x)] == [
        "suspend",
        "untouched",
        "shutdown",
    ]
    assert (b.opt_in and b.opt_in.wanted, x.guest) == (False, None)


async def test_the_log_is_the_journal_of_the_newest_run(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.turn()

        assert await n.desk.log(HOST) == await n.rows()
        assert await n.desk.log("clockwork") == ()


async def let_go(n: Night) -> None:
    """Let the bot do what follows the end of a run, and give up its lease."""
    lease = await n.store.claim(HOST, n.store.owner)
    assert lease is not None
    await n.store.free(lease)
