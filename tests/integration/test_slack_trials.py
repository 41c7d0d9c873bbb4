"""Trials in Slack: the same card and form as of a start, of guests instead of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.slack_bot import people
from tests.slack_server import shown

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_trial_is_confirmed_in_a_form_by_the_name_of_its_host(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        await bot.slack.command(bot.wendy, "trial probe-jack,spamd-a", channel=bot.channel)
        card = await bot.message("jack: a trial of 2 guests", "Plan ")
        form = await bot.form(card)
        await bot.slack.submit(bot.wendy, form, name="jack")

        begun = await bot.message("jack: TRIAL of probe-jack and spamd-a")
        assert bot.wendy.id in shown(begun)
        await bot.message("jack: TRIAL ended", "spamd-a: PASSED")


async def test_what_a_customer_asks_for_is_offered_as_a_trial(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        await bot.slack.command(bot.wendy, "trial request cedar", channel=bot.channel)
        asked = await bot.message("The trial of cedar on jack is recorded")
        form = await bot.form(asked, button="Start the trial")
        await bot.slack.submit(bot.wendy, form, name="jack")

        await bot.message("jack: TRIAL ended", "cedar: ")
