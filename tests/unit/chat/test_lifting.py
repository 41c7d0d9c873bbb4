"""Lifting holds: with a reason; the global one after the evidence, and by two where configured."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.replies import Reply
from bot.chat.starting import Asking
from bot.ports import Audience
from bot.rules.fleet import Fleet, Guest, Role
from bot.rules.hold import Hold, Scope
from bot.rules.optin import OptIn
from bot.rules.policy.evidence import RestoreOutcome
from bot.settings.people import Roles
from tests.unit.chat.memory import FLEET, NOW, MemoryDesk, Person, Records, said
from tests.unit.chat.test_judging import OLD, trial

PLAIN = Asking(confirm="none", reason=False)
SECOND = replace(PLAIN, second_person=True)
ROLES = Roles(
    look=("os:guard",), operate=("os:anna", "os:dora"), approve=("os:carl", "os:dora", "os:anna")
)
DAMAGE = Hold(
    scope=Scope.GLOBAL,
    value="",
    reason="breaker_damage",
    opened_by="breaker",
    opened_at=NOW,
    because=("hobgoblin/vps31: damage",),
    id=1,
)
LIFT = 'unhold "tested on all"'


def staff(asking: Asking = PLAIN, *holds: Hold) -> Person:
    guests = {
        **FLEET.guests,
        "ours": Guest(
            name="ours", uuid="u-o", host="hobgoblin", role=Role.INFRASTRUCTURE, suspend=True
        ),
        "left": Guest(
            name="left", uuid="u-l", host="hobgoblin", role=Role.INFRASTRUCTURE, suspend=False
        ),
    }
    wish = OptIn(guest="vps31", wanted=True, at=NOW, who="os:anna", how="chat")
    store = Records(
        standing=[*(holds or (DAMAGE,))],
        trials=[trial(RestoreOutcome.DAMAGE, OLD)],
        wishes={"vps31": wish},
    )
    desk = MemoryDesk(fleet=Fleet(hosts=FLEET.hosts, guests=guests), store=store)
    return Person(desk=desk, asking=asking, roles=ROLES)


async def types(person: Person, actor: str, line: str) -> Reply:
    person.actor = actor
    return await person.types(line)


async def proposed(person: Person, actor: str = "os:anna") -> Reply:
    await types(person, actor, LIFT)
    return await types(person, actor, "yes")


def lifted(person: Person) -> list[tuple[str, str]]:
    return [(actor, reason) for _, actor, reason in person.desk.store.lifted]


@pytest.mark.parametrize("line", ["unhold", "unhold host hobgoblin"])
async def test_lifting_needs_a_reason(line: str) -> None:
    person = staff(PLAIN, replace(DAMAGE, scope=Scope.HOST, value="hobgoblin"))

    reply = await person.types(line)

    assert '"reason" is missing. Nothing was done. Type: unhold [host HOST' in said(reply)
    assert lifted(person) == []


async def test_a_hold_that_is_not_everywhere_is_lifted_at_once() -> None:
    person = staff(SECOND, replace(DAMAGE, scope=Scope.HOST, value="hobgoblin"))

    await person.types('unhold host hobgoblin "tested"')

    assert lifted(person) == [("os:anna", "tested")]


async def test_the_global_hold_is_lifted_only_after_the_evidence_was_shown_and_a_yes() -> None:
    person = staff()

    asked = said(await person.types(LIFT))
    assert lifted(person) == []
    reply = await person.types("yes")

    assert "banned, xen/pv/linux-3.16" in asked
    assert "by breaker: a restore damaged a disk; opened by hobgoblin/vps31: damage" in asked
    assert "up to 2 guests can be suspended again" in asked
    assert lifted(person) == [("os:anna", "tested on all")]
    assert "The hold everywhere is lifted" in said(reply)


@pytest.mark.parametrize("answer", ["no", "", "hobgoblin"])
async def test_any_other_answer_lifts_nothing(answer: str) -> None:
    person = staff()
    await person.types(LIFT)

    reply = await person.types(answer)

    assert lifted(person) == []
    assert 'in one line: unhold "…" --confirm' in said(reply)


async def test_it_can_be_confirmed_in_one_line() -> None:
    person = staff()

    await person.types(f"{LIFT} --confirm")

    assert lifted(person) == [("os:anna", "tested on all")]


async def test_where_none_stands_nothing_is_asked() -> None:
    person = staff(PLAIN, replace(DAMAGE, scope=Scope.HOST, value="hobgoblin"))

    reply = await person.types(LIFT)

    assert (reply.pending, reply.exit_status) == (None, 1)
    assert "No hold stands on global" in said(reply)


async def test_what_changed_since_it_was_shown_is_not_lifted() -> None:
    person = staff()
    await person.types(LIFT)
    person.desk.store.trials.append(trial(RestoreOutcome.DAMAGE, OLD))

    reply = await person.types("yes")

    assert lifted(person) == []
    assert "Nothing was lifted" in said(reply)


# ---- a second person ---------------------------------------------------------------------------


async def test_a_yes_only_proposes_where_a_second_person_is_needed() -> None:
    anna = staff(SECOND)

    reply = await proposed(anna)

    assert (lifted(anna), reply.exit_status) == ([], 3)
    assert anna.desk.store.results() == [(LIFT, "proposed")]
    (message,) = reply.messages
    assert "Anybody with the role approve but os:anna may approve it, until 2021-08-25 20:15" in (
        message.text
    )
    assert [act.command.split(" --seen")[0] for act in message.acts] == [
        "approve unhold",
        "refuse unhold",
    ]


async def test_another_person_approves_and_sees_the_evidence() -> None:
    person = staff(SECOND)
    await proposed(person)

    reply = await types(person, "os:carl", "approve unhold")

    assert lifted(person) == [("os:anna, os:carl", "tested on all")]
    assert "banned, xen/pv/linux-3.16" in said(reply)
    assert person.desk.store.lifts == {}
    rows = person.desk.store.audited.values()
    assert [(row.actor, row.text, row.result) for row in rows] == [
        ("os:anna", LIFT, "proposed"),
        ("os:carl", "approve unhold", "done"),
    ]


async def test_nobody_approves_what_they_have_proposed() -> None:
    person = staff(SECOND)
    await proposed(person)

    assert "somebody else must approve it" in said(await person.types("approve unhold"))
    assert (lifted(person), len(person.desk.store.lifts)) == ([], 1)


async def test_who_may_not_approve_lifts_nothing() -> None:
    person = staff(SECOND)
    await proposed(person)
    person.roles = replace(ROLES, approve=())

    assert "it needs the role approve" in said(await types(person, "os:dora", "approve unhold"))
    assert lifted(person) == []


@pytest.mark.parametrize("comes", ["damage", "hold"])
async def test_what_has_changed_since_it_was_proposed_is_not_approved(comes: str) -> None:
    person = staff(SECOND)
    await proposed(person)
    if comes == "hold":
        await types(person, "os:dora", 'hold "another look"')
    else:
        person.desk.store.trials.append(trial(RestoreOutcome.DAMAGE, OLD))

    reply = await types(person, "os:carl", "approve unhold")

    assert (lifted(person), person.desk.store.lifts) == ([], {})
    assert "changed since this was proposed" in said(reply)
    assert person.desk.store.results()[-1] == ("approve unhold", "lift_changed")


async def test_it_cannot_be_approved_for_ever() -> None:
    person = staff(SECOND)
    await proposed(person)
    person.desk.clock.later = timedelta(minutes=15)

    reply = await types(person, "os:carl", "approve unhold")

    assert (lifted(person), person.desk.store.lifts) == ([], {})
    assert 'Propose it again: unhold "reason"' in said(reply)


async def test_what_one_proposed_who_may_no_more_is_not_approved() -> None:
    person = staff(SECOND)
    await proposed(person)
    person.roles = replace(ROLES, operate=("os:dora",))

    assert "has the role operate no more" in said(await types(person, "os:carl", "approve unhold"))
    assert lifted(person) == []


async def test_a_button_of_an_older_proposal_does_not_approve_a_newer_one() -> None:
    person = staff(SECOND)
    older = (await proposed(person)).messages[0].acts[0].command
    newer = await proposed(person, "os:dora")

    reply = await types(person, "os:carl", older)

    assert "What os:anna had proposed waits no more" in said(newer)
    assert "another lifting of the global hold than the one you mean" in said(reply)
    assert lifted(person) == []


@pytest.mark.parametrize("actor", ["os:anna", "os:carl", "os:dora"])
async def test_it_is_refused_or_taken_back(actor: str) -> None:
    person = staff(SECOND)
    await proposed(person)

    reply = await types(person, actor, "refuse unhold")

    assert (lifted(person), person.desk.store.lifts) == ([], {})
    assert reply.messages[0].text.endswith("the hold stands.")


async def test_a_proposer_without_any_role_left_can_take_it_back() -> None:
    person = staff(SECOND)
    await proposed(person)
    person.roles = Roles(approve=("os:carl",))

    await person.types("refuse unhold")

    assert person.desk.store.lifts == {}


@pytest.mark.parametrize("line", ["approve unhold", "refuse unhold"])
async def test_where_nothing_waits_nothing_is_decided(line: str) -> None:
    reply = await types(staff(SECOND), "os:carl", line)

    assert (reply.exit_status, "waits for a second person" in said(reply)) == (1, True)


@pytest.mark.parametrize("line", ["approve unhold", "refuse unhold", f"{LIFT} --confirm"])
async def test_each_outcome_is_for_everybody_and_settles_what_waited(line: str) -> None:
    person = staff(SECOND)
    await proposed(person)

    message = (await types(person, "os:dora", line)).messages[-1]

    assert "lift:global" in dict(message.settles)
    assert message.audience is Audience.CHANNEL


async def test_the_holds_show_what_waits_until_it_is_too_late() -> None:
    person = staff(SECOND)
    await proposed(person)

    (shown,) = (await types(person, "os:guard", "holds")).messages
    person.desk.clock.later = timedelta(hours=1)
    (later,) = (await person.types("holds")).messages

    assert "os:anna proposes to lift" in shown.text
    assert len(shown.acts) == 2
    assert (later.acts, "proposes" in later.text) == ((), False)


# ---- where holds are shown ---------------------------------------------------------------------


@pytest.mark.parametrize("line", ["hosts", "guests hobgoblin", "status", "status hobgoblin"])
async def test_a_hold_is_shown_where_it_matters_with_who_since_and_why(line: str) -> None:
    shown = said(await staff().types(line))

    assert (
        "On hold everywhere since 2021-08-25 20:00 UTC, by breaker: a restore damaged a disk"
        in shown
    )


async def test_a_hold_on_another_host_is_not_shown() -> None:
    person = staff(PLAIN, replace(DAMAGE, scope=Scope.HOST, value="clockwork"))

    assert "On hold" not in said(await person.types("guests hobgoblin"))
    assert "On hold for host clockwork" in said(await person.types("hosts"))


async def test_of_much_evidence_the_question_has_the_counts_alone() -> None:
    person = staff()
    many = (replace(OLD, family=f"xen/pv/linux-5.{n}") for n in range(30))
    person.desk.store.trials += [trial(RestoreOutcome.RESTORED, each) for each in many]

    shown = (await person.types(LIFT)).messages[0].text

    assert shown.startswith("Evidence: 31 combinations: 1 banned, 0 untrusted, 30 canary, 0 trust")
