"""The second person: a start waits for one, begins once, and never by the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.replies import Reply
from bot.chat.starting import Asking
from bot.ports import Audience
from bot.rules.errors import Code, Precondition
from bot.rules.plan.terms import PlanOptions
from bot.settings.people import Roles
from tests.unit.chat.memory import Person, said

SECOND = Asking(confirm="none", reason=False, second_person=True)
ALONE = replace(SECOND, alone=True)
ROLES = Roles(
    look=("os:guard",), operate=("os:anna", "os:dora"), approve=("os:carl", "os:dora", "os:anna")
)


def staff(asking: Asking = SECOND) -> Person:
    """Who types here is os:anna, until somebody else does."""
    return Person(asking=asking, roles=ROLES)


async def proposed(person: Person, line: str = "start hobgoblin") -> Reply:
    return await person.types(line)


async def types(person: Person, actor: str, line: str) -> Reply:
    person.actor = actor
    return await person.types(line)


async def test_a_complete_start_waits_for_a_second_person() -> None:
    anna = staff()

    reply = await proposed(anna)

    assert (anna.desk.starts, reply.exit_status, reply.proposed) == ([], 3, "hobgoblin")
    assert anna.desk.store.results() == [("start hobgoblin", "proposed")]


async def test_a_start_is_proposed_only_when_nothing_else_is_missing() -> None:
    anna = staff(replace(SECOND, confirm="name", reason=True))

    for line in ("start hobgoblin", "new kernel"):
        await anna.types(line)
        assert anna.desk.store.proposals == {}
    await anna.types("hobgoblin")

    assert anna.desk.store.proposals["hobgoblin"].reason == "new kernel"


async def test_a_proposal_says_who_may_and_until_when_and_offers_both_ways() -> None:
    message = (await proposed(staff())).messages[-1]

    assert "Anybody with the role approve but os:anna may approve it" in message.text
    assert "until 2021-08-25 20:15 UTC" in message.text
    offered = [(act.command, act.about) for act in message.acts]
    assert offered == [
        ("approve hobgoblin --plan aaaa", "start:hobgoblin"),
        ("refuse hobgoblin", "start:hobgoblin"),
    ]


async def test_an_approved_start_begins_as_its_proposers() -> None:
    person = staff()
    await proposed(person, "start hobgoblin --guard")

    reply = await types(person, "os:carl", "approve hobgoblin")

    begun = {"host": "hobgoblin", "actor": "os:anna", "approver": "os:carl"}
    assert person.desk.starts == [begun | {"options": PlanOptions(guard=True)}]
    assert reply.follow == "hobgoblin"


async def test_both_persons_are_recorded() -> None:
    person = staff()
    await proposed(person)
    await types(person, "os:carl", "approve hobgoblin")

    rows = person.desk.store.audited.values()

    assert [(row.actor, row.text, row.result) for row in rows] == [
        ("os:anna", "start hobgoblin", "proposed"),
        ("os:carl", "approve hobgoblin", "done"),
    ]


async def test_nobody_approves_what_they_have_proposed() -> None:
    person = staff()
    await proposed(person)

    reply = await person.types("approve hobgoblin")

    assert "somebody else must approve it" in said(reply)
    assert (person.desk.starts, list(person.desk.store.proposals)) == ([], ["hobgoblin"])


async def test_who_may_only_operate_cannot_approve() -> None:
    person = Person(asking=SECOND, roles=replace(ROLES, approve=("os:carl",)))
    await proposed(person)

    reply = await types(person, "os:dora", "approve hobgoblin")

    assert "it needs the role approve" in said(reply)
    assert person.desk.starts == []


async def test_what_is_approved_twice_begins_once() -> None:
    person = staff()
    await proposed(person)
    await types(person, "os:carl", "approve hobgoblin")

    reply = await types(person, "os:dora", "approve hobgoblin")

    assert len(person.desk.starts) == 1
    assert "No start of hobgoblin waits" in said(reply)


@pytest.mark.parametrize("actor", ["os:anna", "os:carl", "os:dora"])
async def test_a_start_is_refused_by_its_proposer_or_who_may_operate_or_approve(actor: str) -> None:
    person = staff()
    await proposed(person)

    reply = await types(person, actor, "refuse hobgoblin")

    assert person.desk.store.proposals == {}
    assert reply.messages[0].text.endswith("nothing is started.")


async def test_who_may_only_look_refuses_nothing() -> None:
    person = staff()
    await proposed(person)

    await types(person, "os:guard", "refuse hobgoblin")

    assert list(person.desk.store.proposals) == ["hobgoblin"]


async def test_a_proposer_without_any_role_left_can_take_it_back() -> None:
    person = staff()
    await proposed(person)
    person.roles = Roles(approve=("os:carl",))

    reply = await person.types("refuse hobgoblin")

    assert person.desk.store.proposals == {}
    assert "os:anna takes back the start" in said(reply)


async def test_an_expired_start_is_refused_and_begins_anew() -> None:
    person = staff()
    await proposed(person, "start hobgoblin --guard")
    person.desk.clock.later = timedelta(minutes=15)

    reply = await types(person, "os:carl", "approve hobgoblin")

    assert person.desk.starts == []
    assert said(reply).endswith("Start again: start hobgoblin --guard")
    assert person.desk.store.results()[-1] == ("approve hobgoblin", "proposal_expired")


async def test_a_plan_that_changed_is_not_approved_and_its_difference_is_shown() -> None:
    person = staff()
    await proposed(person)
    person.desk.hash = "bbbb"

    reply = await types(person, "os:carl", "approve hobgoblin")

    assert (person.desk.starts, person.desk.store.proposals, reply.pending) == ([], {}, None)
    assert len(reply.messages) == 1
    assert "was aaaa, it is bbbb" in said(reply)


async def test_the_newer_of_two_proposals_waits_and_says_whom_it_replaces() -> None:
    person = staff()
    await proposed(person)

    reply = await types(person, "os:dora", "start hobgoblin --no-suspend")

    assert person.desk.store.proposals["hobgoblin"].actor == "os:dora"
    assert "What os:anna had proposed for hobgoblin waits no more." in said(reply)


async def test_a_button_of_an_older_proposal_does_not_approve_a_newer_one() -> None:
    person = staff()
    await proposed(person)
    person.desk.hash = "bbbb"
    await types(person, "os:dora", "start hobgoblin")

    reply = await types(person, "os:carl", "approve hobgoblin --plan aaaa")

    assert person.desk.starts == []
    assert "is another start than the one you mean" in said(reply)


async def test_a_refused_plan_leaves_what_waits() -> None:
    person = staff()
    await proposed(person)
    person.desk.refuses = Precondition(Code.PLAN_REFUSED, host="hobgoblin", problems=("full",))

    reply = await types(person, "os:carl", "approve hobgoblin")

    assert reply.exit_status == 1
    assert list(person.desk.store.proposals) == ["hobgoblin"]


@pytest.mark.parametrize("line", ["approve hobgoblin", "refuse hobgoblin"])
async def test_where_nothing_waits_nothing_is_decided(line: str) -> None:
    reply = await types(staff(), "os:carl", line)

    assert (reply.exit_status, "waits for a second person" in said(reply)) == (1, True)


@pytest.mark.parametrize("line", ["approve hobgoblin", "refuse hobgoblin", "start hobgoblin"])
async def test_each_outcome_is_for_everybody_and_settles_what_waited(line: str) -> None:
    person = staff()
    await proposed(person)

    message = (await types(person, "os:dora", line)).messages[-1]

    assert "start:hobgoblin" in dict(message.settles)
    assert message.audience is Audience.CHANNEL


async def test_a_start_alone_needs_nobody_where_that_is_allowed() -> None:
    anna = staff(replace(ALONE, reason=True))

    await anna.types('start hobgoblin --alone "disk is failing"')

    (begun,) = anna.desk.starts
    assert (begun["alone"], begun["reason"]) == (True, "disk is failing")


@pytest.mark.parametrize("asking", [SECOND, replace(SECOND, second_person=False)])
async def test_a_start_alone_is_refused_elsewhere_with_what_to_type(asking: Asking) -> None:
    anna = staff(asking)

    reply = await anna.types('start hobgoblin --guard --alone "disk is failing"')

    assert (anna.desk.starts, reply.exit_status) == ([], 1)
    assert "Type: start hobgoblin --guard" in said(reply)


@pytest.mark.parametrize(
    "line", ['hold "careful"', "pause hobgoblin", "abort hobgoblin", "choose hobgoblin boot"]
)
async def test_nothing_but_a_start_needs_a_second_person(line: str) -> None:
    anna = staff()

    await anna.types(line)

    assert len(anna.desk.wishes) + len(anna.desk.store.standing) == 1
    assert anna.desk.store.proposals == {}


async def test_the_status_of_a_host_shows_what_waits() -> None:
    person = staff()
    await proposed(person)

    (message,) = (await types(person, "os:guard", "status hobgoblin")).messages

    assert "os:anna proposes a start" in message.text
    assert "approve hobgoblin --plan aaaa" in [act.command for act in message.acts]


async def test_the_status_of_a_host_does_not_show_what_has_expired() -> None:
    person = staff()
    await proposed(person)
    person.desk.clock.later = timedelta(hours=1)

    assert "proposes" not in said(await person.types("status hobgoblin"))
