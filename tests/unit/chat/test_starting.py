"""From `start HOST` to the run: the plan, its questions, and a plan that changes meanwhile."""

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.replies import Wants
from bot.chat.starting import Asking
from bot.rules.plan.terms import PlanOptions, Remark
from notifications import Problem as MailProblem
from notifications import StoreAway
from tests.unit.chat.memory import CLOSED, Closed, Counted, MemoryDesk, Person, said

NAME = Asking(confirm="name", reason=False)
YES = Asking(confirm="yes", reason=False)
REASON = Asking(confirm="name", reason=True)


async def test_the_plan_is_the_first_answer() -> None:
    assert "vps31" in said(await Person(asking=NAME).types("start hobgoblin"))


async def test_nothing_is_asked_where_nothing_is_to_be_confirmed() -> None:
    anna = Person()

    reply = await anna.types("start hobgoblin --no-suspend")

    assert len(anna.desk.starts) == 1
    assert reply.follow == "hobgoblin"


@pytest.mark.parametrize(("asking", "answer"), [(NAME, "hobgoblin"), (YES, "yes")])
async def test_the_run_starts_at_the_right_answer(asking: Asking, answer: str) -> None:
    anna = Person(asking=asking)

    await anna.types("start hobgoblin")
    reply = await anna.types(answer)

    assert [start["host"] for start in anna.desk.starts] == ["hobgoblin"]
    assert reply.follow == "hobgoblin"


@pytest.mark.parametrize("answer", ["clockwork", "no", "", "/maint start hobgoblin", "hobgoblin 2"])
async def test_any_other_answer_refuses(answer: str) -> None:
    anna = Person(asking=NAME)

    await anna.types("start hobgoblin")
    reply = await anna.types(answer)

    assert (anna.desk.starts, reply.exit_status, reply.pending) == ([], 1, None)


async def test_a_confirmed_start_is_recorded_as_it_was_asked_for() -> None:
    anna = Person(asking=NAME)

    await anna.types("start hobgoblin --guard")
    await anna.types("hobgoblin")

    assert anna.desk.store.results() == [("start hobgoblin --guard", "done")]


async def test_the_reason_is_asked_before_the_confirmation() -> None:
    anna = Person(asking=REASON)

    wants = [(await anna.types(line)).pending for line in ("start hobgoblin", "new kernel")]
    await anna.types("hobgoblin")

    assert [pending and pending.wants for pending in wants] == [Wants.REASON, Wants.NAME]
    assert [start["reason"] for start in anna.desk.starts] == ["new kernel"]


async def test_a_start_that_says_all_is_asked_nothing() -> None:
    anna = Person(asking=REASON)

    await anna.types('start hobgoblin --reason "new kernel" --confirm hobgoblin --plan aaaa')

    assert len(anna.desk.starts) == 1


@pytest.mark.parametrize("option", ["--confirm clockwork", "--plan bbbb", "--dry-run"])
async def test_a_start_is_not_made_by(option: str) -> None:
    anna = Person()

    await anna.types(f"start hobgoblin {option}")

    assert anna.desk.starts == []


async def test_a_plan_with_problems_is_shown_and_not_asked_about() -> None:
    problems = (Remark(code="no_image_space", fields={"need": 2, "have": 1}),)
    anna = Person(desk=MemoryDesk(problems=problems), asking=NAME)

    reply = await anna.types("start hobgoblin")

    assert (reply.pending, reply.exit_status) == (None, 1)


async def test_a_plan_that_changed_is_asked_about_anew_by_its_difference() -> None:
    anna = Person(asking=NAME)

    await anna.types("start hobgoblin")
    anna.desk.hash = "bbbb"
    reply = await anna.types("hobgoblin")

    assert anna.desk.starts == []
    assert reply.pending is not None
    assert "was aaaa, it is bbbb" in said(reply)


async def test_the_changed_plan_starts_when_it_is_confirmed_too() -> None:
    anna = Person(asking=NAME)

    await anna.types("start hobgoblin")
    anna.desk.hash = "bbbb"
    await anna.types("hobgoblin")
    await anna.types("hobgoblin")

    assert len(anna.desk.starts) == 1
    assert [result for _, result in anna.desk.store.results()] == ["plan_changed", "done"]


async def test_the_right_is_asked_for_again_at_the_confirmation() -> None:
    anna = Person(asking=NAME)

    await anna.types("start hobgoblin")
    anna.actor = "os:bob"
    await anna.types("hobgoblin")

    assert anna.desk.starts == []


# ---- as it was planned -----------------------------------------------------------------------


@pytest.mark.parametrize("line", ["plan hobgoblin --guard", "start hobgoblin --guard --dry-run"])
async def test_the_start_that_is_offered_has_the_options_of_the_plan(line: str) -> None:
    anna = Person()

    (offered,) = (await anna.types(line)).messages[0].acts
    await anna.types(offered.command)

    assert [start["options"] for start in anna.desk.starts] == [PlanOptions(guard=True)]


async def test_a_start_by_an_old_plan_names_the_new_one_with_its_options() -> None:
    reply = await Person().types("start hobgoblin --no-suspend --plan bbbb")

    assert said(reply).endswith("start hobgoblin --no-suspend --plan aaaa")


# ---- outside a window ------------------------------------------------------------------------


class Unreadable(Closed):
    async def untold(self, host: str) -> Counted:
        raise StoreAway(MailProblem.STORE, detail=host)


OUTSIDE = "Outside a window: 31 of 31 contacts were not told of a maintenance now."


async def test_outside_a_window_the_first_line_says_who_was_not_told() -> None:
    reply = await Person(asking=REASON).types("start hobgoblin")

    assert [message.text.splitlines()[0] for message in reply.messages] == [OUTSIDE, OUTSIDE]


async def test_where_no_reason_is_required_nothing_is_said_of_windows() -> None:
    reply = await Person(asking=NAME).types("start hobgoblin")

    assert "window" not in said(reply)


async def test_mail_that_cannot_be_read_keeps_no_start() -> None:
    notices: Any = Unreadable()
    anna = Person(asking=REASON, office=replace(CLOSED, notices=notices))

    reply = await anna.types('start hobgoblin --reason "new kernel" --confirm hobgoblin')

    assert len(anna.desk.starts) == 1
    assert "is not known: the campaigns cannot be read" in said(reply).splitlines()[0]
