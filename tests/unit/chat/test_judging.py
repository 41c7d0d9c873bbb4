"""Evidence by chat: the matrix, one cell, and what staff say of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.replies import Reply
from bot.maintenance.shapes import RunView
from bot.ports import RunRecord
from bot.rules.plan.combinations import combination_of
from bot.rules.policy.evidence import Combination, RestoreOutcome, Trial, Verdict
from bot.settings.people import Roles
from tests import builders
from tests.unit.chat.memory import NOW, MemoryDesk, Person, Records, said
from tests.unit.rules import plans

FIVE_TEN = Combination(
    saved_on="4.19.181",
    saved_hypervisor="xen-4.14.2",
    restored_on="5.10.46",
    restored_hypervisor="xen-4.14.2",
    family="xen/pv/linux-5.10",
)
OLD = replace(FIVE_TEN, family="xen/pv/linux-3.16")
UNKNOWN = replace(FIVE_TEN, family="xen/pv/unknown")
NAME = "e98e33"  # of FIVE_TEN
PLANNED = "16b21f"  # of which only a plan speaks
ROLES = Roles(look=("os:bob",), operate=("os:anna",), approve=("os:carl",))


def trial(outcome: RestoreOutcome, combination: Combination = FIVE_TEN) -> Trial:
    return Trial(
        at=NOW, run="r1", host="hobgoblin", guest="vps31", combination=combination, outcome=outcome
    )


def staff(*trials: Trial, actor: str = "os:anna") -> Person:
    return Person(desk=MemoryDesk(store=Records(trials=[*trials])), roles=ROLES, actor=actor)


async def types(person: Person, actor: str, line: str) -> Reply:
    person.actor = actor
    return await person.types(line)


def verdicts(person: Person) -> list[tuple[str, Verdict, str]]:
    return [(each.actor, each.verdict, each.reason) for each in person.desk.store.said]


async def test_the_matrix_has_a_line_for_each_cell_and_fits_the_screen() -> None:
    person = staff(trial(RestoreOutcome.RESTORED), trial(RestoreOutcome.DAMAGE, OLD))

    lines = said(await person.types("evidence")).splitlines()

    assert lines[0] == "Saved under 4.19.181 xen-4.14.2, restored under 5.10.46 xen-4.14.2:"
    rows = [line.split() for line in lines[2:4]]
    assert [NAME, *"10001", "2021-08-25", "canary,", "xen/pv/linux-5.10"] in rows
    assert max(map(len, lines)) <= 90


async def test_below_the_matrix_stands_what_was_said_by_whom_and_why() -> None:
    person = staff(trial(RestoreOutcome.RESTORED))
    await person.types(f'evidence ban {NAME} "it hangs"')

    lines = said(await types(person, "os:bob", "evidence")).splitlines()

    assert f"{NAME}: banned by os:anna, 2021-08-25 20:00 UTC: it hangs" in lines


async def test_one_cell_is_shown_whole() -> None:
    person = staff(trial(RestoreOutcome.RESTORED))
    await person.types(f'evidence ban {NAME} "it hangs"')
    await types(person, "os:carl", f'evidence withdraw {NAME} "mended"')

    text = said(await person.types(f"evidence {NAME[:4]}"))

    assert "It is canary: 1 restore without a failure on 1 host; to be trusted it lacks " in text
    assert "lacks 19 more and another host." in text
    assert "r1   hobgoblin  vps31  restored" in text
    assert [line.split()[2:4] for line in text.splitlines()[-2:]] == [
        ["os:anna", "ban"],
        ["os:carl", "withdraw"],
    ]


@pytest.mark.parametrize(
    ("actor", "verdict", "now"),
    [("os:anna", Verdict.BAN, "banned"), ("os:carl", Verdict.TRUST, "trusted")],
)
async def test_a_judgement_is_recorded_and_says_what_comes_of_it(
    actor: str, verdict: Verdict, now: str
) -> None:
    person = staff(trial(RestoreOutcome.RESTORED))

    reply = await types(person, actor, f'evidence {verdict} {NAME} "so we saw"')
    reply = await person.types("yes") if reply.pending else reply

    assert verdicts(person) == [(actor, verdict, "so we saw")]
    assert f"It is now {now}: {actor}" in said(reply)
    assert person.desk.store.results() == [(f'evidence {verdict} {NAME} "so we saw"', "done")]


async def test_trust_is_given_only_after_the_cell_was_shown_and_a_yes() -> None:
    person = staff(trial(RestoreOutcome.RESTORED), actor="os:carl")
    line = f'evidence trust {NAME[:4]} "mistyped"'

    asked = said(await person.types(line))
    refused = said(await person.types("no"))

    assert f"{NAME}: xen/pv/linux-5.10, saved under" in asked
    assert f"Trust {NAME}? 1 restore under it is recorded" in asked
    assert f'in one line: evidence trust {NAME} "…" --confirm' in refused
    assert verdicts(person) == []


@pytest.mark.parametrize("verdict", Verdict)
async def test_a_cell_is_judged_by_four_digits_of_its_name_at_least(verdict: Verdict) -> None:
    person = staff(trial(RestoreOutcome.RESTORED))
    await person.types(f'evidence ban {NAME} "it hangs"')
    actor = "os:carl" if verdict != Verdict.BAN else "os:anna"

    reply = await types(person, actor, f'evidence {verdict} {NAME[:3]} "mistyped"')

    assert f"begins so is {NAME} (xen/pv/linux-5.10). Nothing was changed" in said(reply)
    assert len(verdicts(person)) == 1


class Underway(MemoryDesk):
    """A desk of a host whose run has saved a guest."""

    async def run(self, host: str) -> RunView:
        step = builders.step("vps31", "saved", planned=plans.step("vps31", family=OLD.family))
        run = builders.run(replace(step, image="r1-vps31"), phase="drain")
        return RunView(
            record=RunRecord(id="r1", host=host, actor="", started=NOW), run=run, now=NOW
        )


async def test_a_ban_names_the_guests_that_are_saved_under_it_already() -> None:
    run = (await Underway().run("hobgoblin")).run
    cell = trial(RestoreOutcome.RESTORED, combination_of(run.plan, OLD.family))
    head = RunRecord(id="r1", host="hobgoblin", actor="", started=NOW)
    person = Person(desk=Underway(store=Records(trials=[cell], heads=[head])), roles=ROLES)
    name = (await person.desk.cells())[0].name

    text = said(await person.types(f'evidence ban {name} "it hangs"'))

    assert "restored all the same: vps31. To have them wait" in text
    assert f'hold kernel {OLD.family} "reason"' in text


async def test_what_was_never_restored_can_be_banned_by_the_name_its_plan_says() -> None:
    person = staff()

    await person.types(f'evidence ban {PLANNED} "never with these"')

    assert verdicts(person) == [("os:anna", Verdict.BAN, "never with these")]
    assert PLANNED in said(await person.types("evidence"))


@pytest.mark.parametrize(
    ("outcome", "combination", "why"),
    [
        (RestoreOutcome.RESTORED, OLD, "its kernel is not known for sure, or older than 4.2"),
        (RestoreOutcome.RESTORED, UNKNOWN, "its kernel is not known for sure, or older than 4.2"),
        (RestoreOutcome.DAMAGE, FIVE_TEN, "a restore under it has damaged a disk"),
    ],
)
async def test_what_can_never_be_trusted_is_refused(
    outcome: RestoreOutcome, combination: Combination, why: str
) -> None:
    person = staff(trial(outcome, combination), actor="os:carl")
    name = (await person.desk.cells())[0].name

    reply = await person.types(f'evidence trust {name} "I am sure"')

    assert (reply.exit_status, verdicts(person)) == (1, [])
    assert why in said(reply)


@pytest.mark.parametrize(
    ("actor", "line"),
    [
        ("os:bob", 'evidence ban {} "x"'),
        ("os:anna", 'evidence trust {} "x"'),
        ("os:bob", 'evidence withdraw {} "x"'),
    ],
)
async def test_who_may_not_judge_is_refused(actor: str, line: str) -> None:
    person = staff(trial(RestoreOutcome.RESTORED), actor=actor)

    reply = await person.types(line.format(NAME))

    assert "it needs the role" in said(reply)
    assert verdicts(person) == []


@pytest.mark.parametrize(("verdict", "may"), [("ban", "os:carl"), ("trust", "os:anna")])
async def test_a_judgement_is_withdrawn_by_who_may_say_the_contrary(verdict: str, may: str) -> None:
    person = staff(trial(RestoreOutcome.RESTORED))
    says, other = ("os:anna", "os:anna") if verdict == "ban" else ("os:carl", "os:carl")
    confirmed = " --confirm" if verdict == "trust" else ""
    await types(person, says, f'evidence {verdict} {NAME} "x"{confirmed}')

    refused = await types(person, other, f'evidence withdraw {NAME} "y"')
    done = await types(person, may, f'evidence withdraw {NAME} "y"')

    assert "it needs the role" in said(refused)
    assert done.exit_status == 0
    assert "It is now canary" in said(done)


async def test_where_nothing_was_said_there_is_nothing_to_withdraw() -> None:
    person = staff(trial(RestoreOutcome.RESTORED))

    assert "nothing to withdraw; it is canary" in said(
        await person.types(f'evidence withdraw {NAME} "y"')
    )


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("evidence e98e34", f'Did you mean "{NAME}"'),
        ('evidence ban zzz "x"', 'There is no cell "zzz"'),
        (f"evidence ban {NAME}", '"reason" is missing'),
        ("evidence trust", "CELL is missing"),
    ],
)
async def test_a_mistake_is_answered_with_what_was_meant(line: str, meant: str) -> None:
    person = staff(
        trial(RestoreOutcome.RESTORED), actor="os:anna" if "trust" not in line else "os:carl"
    )

    assert meant in said(await person.types(line))
    assert verdicts(person) == []
