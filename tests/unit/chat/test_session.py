"""A session from its first line to its exit status."""

import os
from pathlib import Path

import pytest

from bot.chat.piped import lines_of
from bot.chat.starting import Asking
from bot.ports import RunRecord
from bot.rules.errors import BadConfiguration, BadRequest, Code
from bot.rules.run.journal import Event, Row
from tests.unit.chat.memory import NOW, MemoryDesk, Standing
from tests.unit.chat.table import Table, given

MOVING = Standing(resting=False, exit_status=3)
WELL = Standing()
DAMAGED = Standing(exit_status=1)
ASKS = Standing(exit_status=3, commands=("choose hobgoblin boot",))


async def test_a_line_is_shown_before_its_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await Table(folder=tmp_path).run("/maint start hobgoblin")

    assert capsys.readouterr().out.splitlines()[0] == "> /maint start hobgoblin"


async def test_a_run_is_followed_until_it_rests(tmp_path: Path) -> None:
    table = Table(folder=tmp_path, desk=MemoryDesk(rests=[MOVING, MOVING, WELL]))

    assert await table.run("start hobgoblin") == 0
    assert table.looks == 2


async def test_the_next_line_waits_for_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table(folder=tmp_path, desk=MemoryDesk(rests=[MOVING, WELL]))

    await table.run("start hobgoblin", "holds")

    shown = capsys.readouterr().out
    assert shown.index("told of the run") < shown.index("> holds")


@pytest.mark.parametrize(
    ("rests", "lines", "status"),
    [
        ([WELL], ["start hobgoblin"], 0),
        ([DAMAGED], ["start hobgoblin"], 1),
        ([ASKS], ["start hobgoblin"], 3),
        ([ASKS], ["start hobgoblin", "nonsense"], 3),
        ([ASKS, WELL], ["start hobgoblin", "choose hobgoblin boot"], 0),
        ([ASKS, DAMAGED], ["start hobgoblin", "choose hobgoblin boot"], 1),
        ([WELL], ["nonsense", "start hobgoblin"], 1),
        ([WELL], ["", "  ", "holds"], 0),
        ([WELL], ["holds", "quit", "nonsense"], 1),
    ],
)
async def test_the_exit_status_is_that_of_the_worst_line_or_of_what_waits(
    tmp_path: Path, rests: list[Standing], lines: list[str], status: int
) -> None:
    assert await Table(folder=tmp_path, desk=MemoryDesk(rests=list(rests))).run(*lines) == status


async def test_what_a_run_waits_for_is_the_last_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await Table(folder=tmp_path, desk=MemoryDesk(rests=[ASKS])).run("start hobgoblin", "holds")

    assert capsys.readouterr().out.splitlines()[-1].endswith("choose hobgoblin boot")


SECOND = Asking(confirm="none", reason=False, second_person=True)


@pytest.mark.parametrize("once", [True, False])
async def test_a_start_that_waits_for_a_second_person_exits_3_with_what_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, once: bool
) -> None:
    table = Table(folder=tmp_path, asking=SECOND)

    assert await table.run("start hobgoblin", once=once) == 3
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("To go on, type: maint approve hobgoblin --plan aaaa")


async def test_a_start_that_was_taken_back_waits_for_nobody(tmp_path: Path) -> None:
    table = Table(folder=tmp_path, asking=SECOND)

    assert await table.run("start hobgoblin", "refuse hobgoblin") == 0


async def test_a_question_is_answered_by_the_next_line(tmp_path: Path) -> None:
    table = Table(folder=tmp_path, asking=Asking(confirm="name", reason=False))

    assert await table.run("start hobgoblin", "hobgoblin") == 0
    assert len(table.desk.starts) == 1


async def test_an_empty_line_refuses_a_question(tmp_path: Path) -> None:
    table = Table(folder=tmp_path, asking=Asking(confirm="name", reason=False))

    assert await table.run("start hobgoblin", "", "hobgoblin") == 1
    assert table.desk.starts == []


async def test_a_question_at_the_end_of_input_counts_as_refused(tmp_path: Path) -> None:
    table = Table(folder=tmp_path, asking=Asking(confirm="name", reason=False))

    assert await table.run("start hobgoblin") == 1
    assert table.desk.starts == []


async def test_one_command_takes_only_the_answers_it_asks_for(tmp_path: Path) -> None:
    table = Table(folder=tmp_path, asking=Asking(confirm="name", reason=True))

    await table.run("start hobgoblin", "kernel", "hobgoblin", "start clockwork", once=True)

    assert [start["host"] for start in table.desk.starts] == ["hobgoblin"]


async def test_a_prompt_does_not_wait_for_runs(tmp_path: Path) -> None:
    table = Table(folder=tmp_path, desk=MemoryDesk(rests=[MOVING] * 9 + [WELL]), prompt=True)

    assert await table.run("start hobgoblin", "pause hobgoblin") == 0
    assert [wish.verb for wish in table.desk.wishes] == ["pause"]


async def test_who_sits_at_a_prompt_can_leave(tmp_path: Path) -> None:
    table = Table(folder=tmp_path, prompt=True)

    assert await table.run("quit", "start hobgoblin") == 0
    assert table.desk.starts == []


async def test_what_happened_before_a_command_is_not_told_again(tmp_path: Path) -> None:
    table = Table(folder=tmp_path)
    await table.run("start hobgoblin")
    table.desk.store.journal.append(Row(number=7, at=NOW, event=Event.RESUMED))

    await table.run("pause hobgoblin")

    assert [cursor.number for cursor in table.desk.store.cursors.values()] == [7]


async def test_what_goes_on_is_said_as_a_shell_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table(folder=tmp_path, desk=MemoryDesk(rests=[ASKS]), prefix="maint --data x")

    await table.run("start hobgoblin", once=True)

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("type: maint --data x choose hobgoblin boot")


async def test_a_stop_ends_the_waiting_and_says_what_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table(folder=tmp_path, desk=MemoryDesk(rests=[MOVING]))
    table.at_look = {1: table.stop.set}
    session = table.session()

    await session.run(given(("start hobgoblin", "start clockwork")))

    assert await session.farewell() == 3
    assert "maint chat" in capsys.readouterr().out
    assert [start["host"] for start in table.desk.starts] == ["hobgoblin"]


@pytest.mark.parametrize(("owner", "looks"), [("", 1), ("ours", 1), ("others", 0)])
async def test_the_end_of_input_waits_for_runs_that_would_end_with_it(
    tmp_path: Path, owner: str, looks: int
) -> None:
    table = Table(folder=tmp_path, desk=MemoryDesk(rests=[MOVING, WELL]))
    table.desk.store.heads.append(RunRecord(id="r1", host="hobgoblin", actor="x", started=NOW))
    table.desk.store.holders["hobgoblin"] = owner

    await table.run()

    assert table.looks == looks


async def test_a_stop_ends_a_session_whose_input_does_not(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    table = Table(folder=tmp_path)
    table.stop.set()

    assert await table.session().run(lines_of(reader)) == 0
    os.close(writer)


async def test_a_database_that_is_away_for_a_moment_does_not_end_the_waiting(
    tmp_path: Path,
) -> None:
    table = Table(folder=tmp_path, desk=MemoryDesk(rests=[MOVING, WELL]))
    table.at_look = {1: table.desk.store.go_away, 4: table.desk.store.come_back}

    assert await table.run("start hobgoblin") == 0
    assert table.looks == 4


async def test_a_journal_that_cannot_be_read_ends_the_line_not_the_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corrupt = BadConfiguration(Code.CORRUPT_JOURNAL, run="r1", number=7, problem="it is torn")
    table = Table(folder=tmp_path, desk=MemoryDesk(unreadable=corrupt))

    assert await table.run("pause hobgoblin", "holds") == 2
    assert "it is torn" in capsys.readouterr().out


async def test_a_refused_change_is_not_followed(tmp_path: Path) -> None:
    refusal = BadRequest(Code.NO_RUN, host="hobgoblin", verb="pause")
    table = Table(folder=tmp_path, desk=MemoryDesk(refuses=refusal, rests=[MOVING]))

    assert await table.run("pause hobgoblin") == 1
    assert table.looks == 0


async def test_lines_are_read_from_a_pipe_as_they_come() -> None:
    reader, writer = os.pipe()
    lines = lines_of(reader)

    os.write(writer, "start hob\u201cgoblin\nhol".encode()[:-3])
    first = await anext(lines)
    os.write(writer, b"hol\xffds")
    os.close(writer)

    assert [first, *[line async for line in lines]] == ["start hob\u201cgoblin", "hol\ufffdds"]
