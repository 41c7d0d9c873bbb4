"""Requests and what comes back: permission, names, the audit, and acting once."""

import pytest

from bot.rules.errors import BadRequest, Code, Precondition
from bot.rules.hold import Scope
from bot.rules.plan.terms import Remark
from bot.settings.people import Roles
from tests.unit.chat.memory import MemoryDesk, Person, Records, said

WISHES = ["continue", "pause", "resume", "abort"]
CHOICES = ["retry", "boot", "rollback", "leave", "wait", "destroy"]


@pytest.mark.parametrize("verb", WISHES)
async def test_a_command_for_a_run_becomes_a_wish_and_is_followed(verb: str) -> None:
    anna = Person()

    reply = await anna.types(f"/maint {verb} hobgoblin")

    assert [(w.verb, w.host, w.actor) for w in anna.desk.wishes] == [(verb, "hobgoblin", "os:anna")]
    assert reply.follow == "hobgoblin"


@pytest.mark.parametrize("verb", CHOICES)
async def test_a_command_for_a_guest_names_it_in_the_wish(verb: str) -> None:
    anna = Person()

    await anna.types(f"{verb} hobgoblin vps31")

    assert [(w.verb, w.guest) for w in anna.desk.wishes] == [(verb, "vps31")]


@pytest.mark.parametrize(
    ("line", "argument"),
    [
        ("choose hobgoblin proven", "proven"),
        ('release hobgoblin "by hand now"', "by hand now"),
        ('takeback hobgoblin "all done"', "all done"),
    ],
)
async def test_what_is_said_besides_goes_with_the_wish(line: str, argument: str) -> None:
    anna = Person()

    await anna.types(line)

    assert [w.argument for w in anna.desk.wishes] == [argument]


async def test_a_change_is_recorded_with_its_result() -> None:
    anna = Person()

    await anna.types("pause hobgoblin")

    row = anna.desk.store.audited["key-1"]
    assert (row.actor, row.text, row.host, row.result) == (
        "os:anna",
        "pause hobgoblin",
        "hobgoblin",
        "done",
    )


async def test_a_refused_change_is_recorded_with_the_reason() -> None:
    refusal = BadRequest(Code.NO_RUN, host="hobgoblin", verb="pause")
    anna = Person(desk=MemoryDesk(refuses=refusal))

    reply = await anna.types("pause hobgoblin")

    assert anna.desk.store.results() == [("pause hobgoblin", "no_run")]
    assert reply.exit_status == 1


async def test_the_same_key_acts_once() -> None:
    anna = Person()

    await anna.types("pause hobgoblin", key="same")
    again = await anna.types("pause hobgoblin", key="same")

    assert len(anna.desk.wishes) == 1
    assert "acts once" in said(again)


async def test_looking_is_not_recorded() -> None:
    anna = Person()

    await anna.types("holds")

    assert anna.desk.store.audited == {}


@pytest.mark.parametrize(("actor", "line"), [("os:bob", "pause hobgoblin"), ("os:eve", "hosts")])
async def test_who_may_not_is_refused_and_recorded(actor: str, line: str) -> None:
    person = Person(actor=actor)

    reply = await person.types(line)

    assert person.desk.wishes == []
    assert person.desk.store.results() == [(line, "not_permitted")]
    assert actor in said(reply)


async def test_help_lists_only_what_the_asker_may_do() -> None:
    shown = said(await Person(actor="os:bob").types("help"))

    assert "hosts" in shown
    assert "abort" not in shown


async def test_help_for_one_command_shows_its_whole_form() -> None:
    assert "--no-suspend" in said(await Person().types("help start"))


async def test_leaving_is_offered_only_at_a_prompt() -> None:
    reply = await Person().types("quit")

    assert (reply.leave, reply.exit_status) == (False, 1)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("plan hobgobln", "hobgoblin"),
        ("plan vps31", "hobgoblin"),
        ("boot hobgoblin vps13", "vps31"),
        ("boot clockwork vps31", "no guest"),
        ('hold host clokwork "x"', "clockwork"),
        ('hold guest vps3 "x"', "vps31"),
        ("unhold hobgoblin", "unhold host hobgoblin"),
        ("pause", "HOST is missing"),
        ("puase hobgoblin", "pause"),
    ],
)
async def test_a_mistake_is_answered_with_what_was_meant(line: str, meant: str) -> None:
    anna = Person()

    reply = await anna.types(line)

    assert reply.exit_status == 1
    assert meant in said(reply)
    assert anna.desk.store.audited == {}


async def test_a_hold_stands_until_it_is_lifted() -> None:
    anna = Person()

    await anna.types('hold kernel xen/pv/linux-3.16 "breaks"')
    held = [(h.scope, h.value, h.reason, h.opened_by) for h in anna.desk.store.standing]
    await anna.types('unhold kernel xen/pv/linux-3.16 "tested"')

    assert held == [(Scope.KERNEL, "xen/pv/linux-3.16", "breaks", "os:anna")]
    assert anna.desk.store.standing == []


async def test_lifting_what_does_not_stand_is_refused() -> None:
    reply = await Person().types('unhold host hobgoblin "tested"')

    assert (reply.exit_status, "host hobgoblin" in said(reply)) == (1, True)


async def test_a_bare_answer_reaches_the_one_run_that_asks() -> None:
    anna = Person()
    await anna.types("start hobgoblin")
    await anna.types("start clockwork")
    heads = anna.desk.store.heads
    heads[0] = type(heads[0])(**{**vars(heads[0]), "rest": "asked"})

    await anna.types("boot")

    assert [(w.verb, w.host, w.argument) for w in anna.desk.wishes] == [
        ("choose", "hobgoblin", "boot")
    ]


async def test_a_bare_answer_is_a_mistake_while_nothing_asks() -> None:
    assert (await Person().types("boot")).exit_status == 1


async def test_an_unreachable_store_is_told_and_nothing_is_done() -> None:
    anna = Person(desk=MemoryDesk(store=Records(away=True)))

    reply = await anna.types("pause hobgoblin")

    assert anna.desk.wishes == []
    assert "database" in said(reply)


async def test_a_defect_becomes_an_answer() -> None:
    anna = Person(desk=MemoryDesk(refuses=ZeroDivisionError("0/0")))

    reply = await anna.types("pause hobgoblin")

    assert reply.exit_status == 1
    assert "defect" in said(reply)


async def test_a_plan_that_may_not_be_started_exits_1() -> None:
    problems = (Remark(code="no_image_space", fields={"need": 2, "have": 1}),)
    anna = Person(desk=MemoryDesk(problems=problems))

    assert (await anna.types("plan hobgoblin")).exit_status == 1


async def test_a_busy_host_refuses_the_start() -> None:
    busy = Precondition(Code.HOST_BUSY, host="hobgoblin", who="os:bob", since="20:00")
    anna = Person(desk=MemoryDesk(refuses=busy))

    reply = await anna.types("start hobgoblin")

    assert (reply.exit_status, reply.follow) == (1, "")
    assert anna.desk.store.results() == [("start hobgoblin", "host_busy")]


async def test_everyone_with_a_shell_may_be_given_a_role() -> None:
    person = Person(actor="os:whoever", roles=Roles(operate=("os:*",)))

    assert (await person.types("pause hobgoblin")).exit_status == 0
