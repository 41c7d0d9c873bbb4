"""Lines out of whatever pieces arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.executors.remote.problems import Lost, Problem
from bot.executors.remote.session import KEPT, LONGEST, Lines


@given(st.lists(st.binary(max_size=20).filter(lambda b: b"\n" not in b)), st.data())
async def test_lines_do_not_depend_on_the_pieces_they_come_in(
    lines: list[bytes], data: st.DataObject
) -> None:
    stream, taken = b"".join(line + b"\n" for line in lines), Lines()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        taken.take(stream[:size])
        stream = stream[size:]

    assert [await taken.next() for _ in lines] == lines
    assert not taken.waiting


async def test_the_beginning_of_a_line_is_no_line() -> None:
    lines = Lines()
    lines.take(b'{"id": 1}')
    lines.end()

    with pytest.raises(Lost) as lost:
        await lines.next()
    assert lost.value.problem is Problem.CUT


async def test_what_came_whole_counts_though_the_end_came_with_it() -> None:
    lines = Lines()
    lines.take(b"whole\nha")
    lines.end()

    assert await lines.next() == b"whole"


@pytest.mark.parametrize("piece", [b"x" * 65536, b"line\n" * 13000])
async def test_a_flood_is_not_kept(piece: bytes) -> None:
    lines = Lines()
    for _ in range(2 * LONGEST // len(piece)):
        lines.take(piece)

    assert sum(map(len, lines._whole)) + len(lines._begun) <= LONGEST
    with pytest.raises(Lost) as lost:
        await _all_of(lines)
    assert lost.value.problem is Problem.MALFORMED


async def _all_of(lines: Lines) -> None:
    while True:
        await lines.next()


async def test_of_complaints_the_newest_are_kept() -> None:
    lines = Lines()
    lines.take_error(b"old" * KEPT)
    lines.take_error(b"new")

    assert lines.errors.endswith(b"new")
    assert len(lines.errors) == KEPT
