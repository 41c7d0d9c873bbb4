"""Every line of the list of failures has a test, or a reason why it has none."""

from __future__ import annotations

import re
from pathlib import Path

LINES = range(1, 60)
#: Lines that no test here can show, and where they are shown.
ELSEWHERE = {
    39: "the limits of SSH: tests/unit/executors/remote/test_connection.py",
    52: "a Slack that is away, limits or loses: tests/unit/chat/slack/test_pump.py",
}
_MARK = re.compile(r"pytest\.mark\.failure\(([\d, ]+)\)")


def shown() -> set[int]:
    """Return the numbers that tests in this folder bear."""
    texts = (path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    marks = (mark for text in texts for mark in _MARK.findall(text))
    return {int(number) for mark in marks for number in mark.split(",")}


def test_every_line_has_a_test_or_a_reason() -> None:
    assert set(LINES) - shown() == set(ELSEWHERE)
