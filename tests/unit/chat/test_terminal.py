"""The prompt: what keys make of a line, and what is remembered."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.chat.terminal import Prompt

CTRL_C, CTRL_D, UP, ENTER = "\x03", "\x04", "\x1b[A", "\r"


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as keys:
        yield keys


async def typed(folder: Path, keyboard: PipeInput, keys: str) -> tuple[list[str], int]:
    """Return the lines that *keys* make, and how often they interrupted."""
    interrupts: list[None] = []
    prompt = Prompt(
        history=folder / "data" / "history",
        words=["status", "hobgoblin"],
        toolbar=lambda: "3 of 17",
        interrupted=lambda: interrupts.append(None),
        streams=(keyboard, DummyOutput()),
    )
    keyboard.send_text(keys)
    async with aclosing(prompt.lines()) as lines:
        return [line async for line in lines], len(interrupts)


async def test_lines_come_as_they_are_entered(tmp_path: Path, keyboard: PipeInput) -> None:
    keys = f"hosts{ENTER}plan hobgoblin{ENTER}{CTRL_D}"

    assert await typed(tmp_path, keyboard, keys) == (["hosts", "plan hobgoblin"], 0)


async def test_ctrl_c_clears_what_was_typed(tmp_path: Path, keyboard: PipeInput) -> None:
    keys = f"abort hobgoblin{CTRL_C}hosts{ENTER}{CTRL_D}"

    assert await typed(tmp_path, keyboard, keys) == (["hosts"], 0)


async def test_ctrl_c_on_an_empty_line_interrupts(tmp_path: Path, keyboard: PipeInput) -> None:
    assert await typed(tmp_path, keyboard, CTRL_C) == ([], 1)


async def test_lines_are_remembered_by_the_next_prompt(tmp_path: Path) -> None:
    with create_pipe_input() as first:
        await typed(tmp_path, first, f"hosts{ENTER}{CTRL_D}")
    with create_pipe_input() as second:
        lines, _ = await typed(tmp_path, second, f"{UP}{ENTER}{CTRL_D}")

    assert lines == ["hosts"]


async def test_signals_stay_with_the_program(tmp_path: Path, keyboard: PipeInput) -> None:
    came = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, came.set)

    await typed(tmp_path, keyboard, f"hosts{ENTER}{CTRL_D}")
    signal.raise_signal(signal.SIGINT)

    async with asyncio.timeout(10):
        await came.wait()


async def test_the_history_is_private(tmp_path: Path, keyboard: PipeInput) -> None:
    await typed(tmp_path, keyboard, CTRL_D)

    assert (tmp_path / "data" / "history").stat().st_mode & 0o777 == 0o600
