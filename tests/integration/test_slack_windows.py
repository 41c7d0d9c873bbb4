"""A window from Slack: scheduled, asked about at its hour, started by a button, and done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.slack_bot import Bot, labels, people
from tests.slack_server import shown

pytestmark = pytest.mark.timeout(300)

SCHEDULE = 'schedule clockwork in 16m for 1h reason "a new kernel"'
SHORT = "schedule clockwork in 6m for 5m"


async def test_a_window_is_scheduled_asked_about_started_and_done(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        await _scheduled(bot)
        asked = await bot.message("clockwork is to start in 15 min", "Plan ")
        form = await bot.form(asked)
        assert "In window #1, " in str(form.blocks)
        assert [b["block_id"] for b in form.blocks if b["type"] == "input"] == ["name"]

        assert (await bot.slack.submit(bot.wendy, form, name="clockwork")).ok

        await bot.message("clockwork: ended")
        await bot.message("Window #1 (clockwork) is done: clockwork.")
        assert "Start" not in labels(asked)


async def _scheduled(bot: Bot) -> None:
    """Schedule a window: the channel hears of it, the echo is for who asked."""
    await bot.slack.command(bot.wendy, SCHEDULE, channel=bot.channel)
    told = await bot.message("Window #1 (clockwork) is scheduled by", bot.wendy.id)
    assert labels(told) == ["Preview", "Preview the post"]
    assert "Europe/London" not in shown(told)
    await bot.slack.until(lambda: bot.whispers(bot.wendy))
    assert "Europe/London" in bot.whispers(bot.wendy)[0]
    assert len(bot.saying("is scheduled by")) == 1


async def test_an_overrun_is_told_at_one_press(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        await bot.slack.command(bot.wendy, SHORT, channel=bot.channel)
        await bot.message("Window #1 (clockwork) is scheduled by")
        await bot.slack.command(bot.tom, "campaign approve 1 --send", channel=bot.channel)
        await bot.message("Campaign 1: done")
        form = await bot.form(await bot.message("clockwork is to start now", "Plan "))
        await bot.slack.submit(bot.wendy, form, name="clockwork")

        alarm = await bot.message("is over and NOT done")
        await bot.slack.press(bot.tom, alarm, "Approve and send")

        await bot.message("Campaign 3: done")
        assert "Approve and send" not in labels(alarm)
