"""Reading answers, however they are cut into packets."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.transport.conversation import Conversation, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence


class Wire(asyncio.Transport):
    """A connection that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: object) -> None:
        self.written = data

    def is_closing(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.ended = True

    abort = close


async def read(packets: Sequence[bytes], answers: int) -> list[Reply]:
    talk = Conversation(Wire())
    talk.ask(b"", answers)
    for packet in packets:
        talk.data_received(packet)
    return [await talk.reply(0.01) for _ in range(answers)]


STREAM = b"250-one\r\n250 two\r\n354 go\r\n550 5.1.1 no\r\n"
REPLIES = [Reply(250, "one\ntwo"), Reply(354, "go"), Reply(550, "5.1.1 no")]


@given(st.sets(st.integers(1, len(STREAM) - 1)))
def test_answers_are_read_however_they_are_cut(cuts: set[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    packets = [STREAM[a:b] for a, b in pairwise(ends)]
    assert asyncio.run(read(packets, 3)) == REPLIES


@pytest.mark.parametrize(
    "line", [b"", b"what", b"25", b"2500 x", b"999 x", b"250x", b"250-a\r\n550 b", b"\xff"]
)
async def test_what_is_no_answer_has_no_code(line: bytes) -> None:
    (reply,) = await read([line + b"\r\n"], 1)
    assert reply.code == 0


async def test_an_answer_without_text_is_one() -> None:
    assert await read([b"250\r\n"], 1) == [Reply(250, "")]


async def test_a_bare_line_feed_ends_a_line() -> None:
    assert await read([b"250 ok\n"], 1) == [Reply(250, "ok")]


@pytest.mark.parametrize("flood", [b"x" * 70_000, b"250-x\r\n" * 300])
async def test_an_answer_without_end_is_cut_off(flood: bytes) -> None:
    wire = Wire()
    Conversation(wire).data_received(flood)
    assert wire.ended


async def test_an_answer_that_nobody_asked_for_interrupts() -> None:
    talk = Conversation(Wire())
    talk.data_received(b"250 surprise\r\n")
    assert talk.interruption() == Reply(0, "surprise")


async def test_an_answer_that_came_before_the_end_counts() -> None:
    talk = Conversation(Wire())
    talk.ask(b"")
    talk.data_received(b"250 ok\r\n")
    talk.connection_lost(None)
    assert [await talk.reply(1), await talk.reply(1)] == [Reply(250, "ok"), Reply(0, "lost")]
