"""Trials in chat: which host they are on, what is asked before, and what customers ask for."""

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.arguments import parse
from bot.chat.starting import Asking
from bot.chat.trying import placed
from bot.maintenance.telling import start_deed
from bot.rules.errors import BadRequest, Code
from bot.rules.fleet import Fleet, Guest, Host, Role
from bot.rules.optin import OptIn
from bot.rules.plan.terms import PlanOptions
from tests.unit.chat.memory import NOW, MemoryDesk, Person, said

NAME = Asking(confirm="name", reason=True)
NONE = Asking(confirm="none", reason=True)
ALONE = Asking(confirm="none", reason=False, second_person=True)
FLEET = Fleet(
    hosts={name: Host(name=name) for name in ("hobgoblin", "clockwork")},
    guests={
        "vps31": Guest(name="vps31", host="hobgoblin", uuid="u-31"),
        "vps32": Guest(name="vps32", host="hobgoblin", uuid="u-32"),
        "vps7": Guest(name="vps7", host="clockwork", uuid="u-7"),
        "ours": Guest(name="ours", host="hobgoblin", uuid="u-o", role=Role.INFRASTRUCTURE),
    },
)


def anna(asking: Asking = NONE) -> Person:
    return Person(desk=MemoryDesk(fleet=FLEET), asking=asking)


def options(person: Person) -> list[object]:
    return [start["options"] for start in person.desk.starts]


@pytest.mark.parametrize(
    "line", ["trial vps32,vps31", "trial vps32, vps31", "trial vps32,vps31,vps32"]
)
async def test_guests_are_tried_in_the_order_they_are_typed(line: str) -> None:
    person = anna()
    reply = await person.types(line)

    assert options(person) == [PlanOptions(trial=("vps32", "vps31"))]
    assert (person.desk.starts[0]["host"], reply.follow) == ("hobgoblin", "hobgoblin")


async def test_guests_of_several_hosts_get_a_command_each() -> None:
    person = anna()
    text = said(await person.types("trial vps31,vps7,vps32"))

    assert "trial vps31,vps32; trial vps7" in text
    assert person.desk.starts == []


async def test_a_guest_that_is_not_there_is_named_with_the_nearest() -> None:
    assert 'Did you mean "vps3' in said(await anna().types("trial vps3l"))


async def test_a_trial_is_confirmed_by_the_name_of_its_host_and_needs_no_reason() -> None:
    person = anna(NAME)
    await person.types("trial vps31")
    assert person.desk.starts == []

    await person.types("hobgoblin")
    assert options(person) == [PlanOptions(trial=("vps31",))]


async def test_a_dry_run_only_shows_the_plan() -> None:
    person = anna()
    await person.types("trial vps31 --dry-run")

    assert person.desk.starts == []


async def test_where_a_second_person_is_needed_a_trial_waits_for_one() -> None:
    person = anna(ALONE)
    reply = await person.types("trial vps31")

    (proposal,) = person.desk.store.proposals.values()
    assert (proposal.options.trial, reply.proposed) == (("vps31",), "hobgoblin")
    assert "trial vps31" in said(reply)


def test_the_deed_of_a_trial_is_what_is_typed() -> None:
    deed = start_deed("hobgoblin", PlanOptions(trial=("vps31", "vps32")), "3f9a")

    assert parse(deed.command).trial == ("vps31", "vps32")
    assert parse(deed.command).plan == "3f9a"


def test_who_is_on_several_hosts_is_told_which() -> None:
    with pytest.raises(BadRequest) as refused:
        placed(MemoryDesk(fleet=FLEET), parse("trial vps31,vps7"))

    assert refused.value.code is Code.TRIAL_HOSTS
    assert refused.value.fields["hosts"] == ("hobgoblin", "clockwork")


async def test_what_a_customer_asked_for_in_a_mail_is_recorded() -> None:
    person = anna()
    reply = await person.types('trial request vps31 "any evening"')

    (wish,) = person.desk.store.asked_trials
    assert (wish.guest, wish.wanted, wish.how, wish.note) == ("vps31", True, "chat", "any evening")
    assert [act.command for message in reply.messages for act in message.acts] == ["trial vps31"]


async def test_a_trial_asked_for_is_listed_until_it_is_withdrawn() -> None:
    person = anna()
    await person.types("trial request vps31")
    assert "vps31 on hobgoblin" in said(await person.types("trial list"))

    await person.types("trial withdraw vps31")
    assert "No trial is asked for." in said(await person.types("trial list"))


@pytest.mark.parametrize(
    "line", ["trial request ours", "trial request nobody", "trial withdraw vps31", "trial"]
)
async def test_what_cannot_be_asked_for_is_refused(line: str) -> None:
    person = anna()
    reply = await person.types(line)

    assert (reply.exit_status, person.desk.store.asked_trials) == (1, [])


async def test_a_kernel_known_to_be_too_old_is_refused() -> None:
    person = anna()
    said_before: dict[str, Any] = {"wanted": False, "at": NOW, "who": "c", "how": "link"}
    old = OptIn(guest="vps31", kernel="3.16.0-11-amd64", **said_before)
    person.desk.store.wishes["vps31"] = old
    reply = await person.types("trial request vps31")
    assert "3.16.0-11-amd64" in said(reply)

    person.desk.store.wishes["vps31"] = replace(old, kernel="5.10.0-8-amd64")
    assert (await person.types("trial request vps31")).exit_status == 0


async def test_a_time_that_was_agreed_is_recorded_and_listed() -> None:
    person = anna()
    await person.types('trial request vps31 "any evening"')
    text = said(await person.types("trial schedule vps31 2030-09-09T20:00+01:00"))

    assert "agreed for 2030-09-09 19:00 UTC" in text
    assert "agreed for 2030-09-09 19:00 UTC" in said(await person.types("trial list"))
    assert person.desk.store.asked_trials[-1].note == "any evening"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("trial schedule vps31 2030-09-09T20:00+01:00", "vps31"),  # nobody asks for one
        ("trial schedule vps31 1999-01-01T00:00Z", "1999"),
        ("trial schedule vps31 sat 01:00 for 2h", "for"),
    ],
)
async def test_a_time_that_cannot_be_agreed_is_refused(line: str, words: str) -> None:
    person = anna()
    reply = await person.types(line)

    assert reply.exit_status == 1
    assert words in said(reply)
    assert person.desk.store.asked_trials == []
