"""A terminal hears of windows from now on, and not of what was just answered there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bot.chat.following import Following
from bot.chat.screen import Screen
from bot.rules.window.terms import WindowEvent
from bot.settings.people import Roles
from tests.unit.chat.memory import OneLine
from tests.unit.chat.table import Table
from tests.unit.chat.windowroom import WindowRoom, window_room

SAT = "schedule hobgoblin sat 01:00"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[WindowRoom]:
    async with window_room(tmp_path) as made:
        yield made


def table(room: WindowRoom, folder: Path, *, prompt: bool = False) -> Table:
    desk, windows = room.person.desk, room.person.windows
    return Table(folder=folder, desk=desk, windows=windows, prompt=prompt, echo=False)


async def hears(
    room: WindowRoom, folder: Path, happens: Callable[[], Coroutine[Any, Any, object]]
) -> None:
    """Let a terminal open, then something happen, then it look once."""
    stop = asyncio.Event()

    async def pause() -> None:
        stop.set()

    handler = table(room, folder).handler()
    screen = Screen(name="terminal:one", files=folder)
    following = Following(handler, OneLine(), screen, pause)
    await handler.windows.teller.skip(screen)
    await happens()
    await following.keep_telling(stop, "os:anna")


async def test_what_happens_while_it_is_open_is_told(
    room: WindowRoom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await room.types(SAT)

    await hears(room, tmp_path, lambda: room.happens(1, WindowEvent.MISSED))

    shown = capsys.readouterr().out
    assert "no work began in it" in shown
    assert "is scheduled by" not in shown


@pytest.mark.parametrize(("actor", "told"), [("os:anna", False), ("os:dora", True)])
async def test_what_others_schedule_is_told_and_ones_own_is_not(
    room: WindowRoom,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    actor: str,
    told: bool,  # noqa: FBT001 - a row of the table
) -> None:
    room.person.actor = actor
    room.person.roles = Roles(operate=(actor,))

    await hears(room, tmp_path, lambda: room.types(SAT))

    assert ("is scheduled by" in capsys.readouterr().out) == told


async def test_a_session_says_its_own_change_once(
    room: WindowRoom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await table(room, tmp_path, prompt=True).run(SAT, "windows", "holds")

    assert capsys.readouterr().out.count("is scheduled by") == 1


async def test_one_command_hands_out_the_calendar_as_it_is(
    room: WindowRoom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await room.types(SAT)

    await table(room, tmp_path).run("windows --ics", once=True)

    shown = capsys.readouterr().out
    assert shown.startswith("BEGIN:VCALENDAR")
    assert "windows.ics" not in shown


async def test_a_chat_keeps_the_calendar_as_a_file(
    room: WindowRoom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await table(room, tmp_path).run("windows --ics")

    assert str(tmp_path / "windows.ics") in capsys.readouterr().out
    assert (tmp_path / "windows.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
