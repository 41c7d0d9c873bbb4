"""What a window may not be beside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.rules.errors import Code, Precondition
from bot.rules.window.clashes import refuse_clash, windows_in
from tests.unit.rules.window.windows import freeze, hours, window

MINE = window("hobgoblin", "clockwork", start=10, length=2, number=1)


@pytest.mark.parametrize(
    ("start", "length", "meets"),
    [
        (8, 2, False),  # it ends as mine begins
        (8, 2.01, True),
        (10, 2, True),
        (10.5, 1, True),
        (9, 5, True),
        (11.99, 1, True),
        (12, 1, False),
    ],
)
def test_two_windows_of_a_host_meet_or_touch(start: float, length: float, meets: bool) -> None:  # noqa: FBT001 - of a table
    other = window("clockwork", "east", start=start, length=length, number=2, reason="new disk")
    if not meets:
        refuse_clash(MINE, [other], [])
        return

    with pytest.raises(Precondition) as refused:
        refuse_clash(MINE, [other], [])

    assert refused.value.code is Code.WINDOW_OVERLAPS
    assert refused.value.fields == {
        "hosts": ["clockwork"],
        "number": 2,
        "start": hours(start),
        "end": hours(start + length),
        "who": "os:anna",
        "reason": "new disk",
    }


def test_windows_of_other_hosts_do_not_meet() -> None:
    refuse_clash(MINE, [window("east", start=10, number=2)], [])


def test_a_window_does_not_meet_itself() -> None:
    refuse_clash(replace(MINE, start=hours(11)), [MINE], [])


@pytest.mark.parametrize(
    ("start", "end", "meets"),
    [(0, 10, False), (0, 10.1, True), (11, 11.5, True), (0, 99, True), (12, 20, False)],
)
def test_in_a_freeze_nothing_is_scheduled(start: float, end: float, meets: bool) -> None:  # noqa: FBT001 - of a table
    known = freeze(start, end)
    if not meets:
        refuse_clash(MINE, [], [known])
        return

    with pytest.raises(Precondition) as refused:
        refuse_clash(MINE, [], [known])

    assert refused.value.code is Code.FROZEN
    assert refused.value.fields == {"start": hours(10), "freeze": known}


def test_a_new_freeze_names_the_windows_that_stand_in_it() -> None:
    before, after = window(start=5, length=1), window(start=12, length=1)

    assert windows_in(freeze(6, 12), [before, MINE, after]) == (MINE,)
