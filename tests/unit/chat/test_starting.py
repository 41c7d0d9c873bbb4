"""From `start HOST` to the run: the plan, its questions, and a plan that changes meanwhile."""

import pytest

from bot.chat.replies import Wants
from bot.chat.starting import Asking
from bot.rules.plan.terms import Remark
from tests.unit.chat.memory import MemoryDesk, Person, said

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
