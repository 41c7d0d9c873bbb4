"""Failures around windows: a clock that changes, and a bot that was not there when one was due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.maintenance.windows.when import instant
from bot.rules.errors import BadRequest, Code
from bot.rules.window.phrase import read
from bot.rules.window.terms import WindowEvent
from tests.unit.maintenance.windows.keeping import Keeping, keeping

LONDON = "Europe/London"
FRIDAY = datetime(2026, 10, 23, 12, 0, tzinfo=UTC)  # two days before the clocks go back
HOUR = timedelta(hours=1)


def meant(text: str) -> datetime:
    """Return the instant that is scheduled by what was typed."""
    phrase, _ = read(text.split())
    return instant(phrase, FRIDAY, LONDON)


@pytest.mark.failure(56)
def test_on_the_night_that_has_half_past_one_twice_it_is_refused_with_both() -> None:
    with pytest.raises(BadRequest) as refused:
        meant("sun 01:30")

    assert refused.value.code is Code.CLOCK_CHANGE
    readings: tuple[datetime, ...] = refused.value.fields["readings"]  # type: ignore[assignment]
    assert [meant(each.isoformat(timespec="minutes")) for each in readings] == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ]


@pytest.mark.failure(56)
async def test_a_window_in_which_the_clock_changes_is_as_long_as_was_said(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        k.night.clock.set(FRIDAY)
        start = meant("sun 00:30")
        window = await k.schedule_at(start, start + 2 * HOUR, LONDON)

        await k.look(start + 2 * HOUR - timedelta(seconds=1))
        assert await k.state() == "scheduled"
        await k.look(start + 2 * HOUR)

        assert window.end == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert await k.state() == "missed"


async def late(k: Keeping, at: datetime) -> None:
    """Let customers be told, and nobody look until then."""
    await k.tell()
    await k.look_often(k.start - timedelta(days=8), k.start - 12 * HOUR, minutes=12 * 60)
    await k.look(at)
    await k.look(at + timedelta(minutes=1))


@pytest.mark.failure(57)
async def test_away_when_a_window_was_due_it_says_so_and_asks_within_it(tmp_path: Path) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await late(k, k.start + HOUR)

        assert await k.late() == [("ask", 15)]
        asked = await k.the(WindowEvent.ASKED)
        assert (asked["why"], await k.runs()) == ("late", 0)


@pytest.mark.failure(57)
@pytest.mark.parametrize("hours", [0, 24])
async def test_away_until_after_a_window_it_says_so_and_never_starts(
    tmp_path: Path, hours: int
) -> None:
    async with keeping(tmp_path, auto=True) as k:
        await late(k, k.end + hours * HOUR)

        assert await k.late() == [("ask", 15), ("start", 0), ("ending", 30), ("ending", 10)]
        assert (await k.events())[-2:] == ["late", "missed"]
        assert (await k.entries(WindowEvent.ASKED), await k.runs()) == ([], 0)
