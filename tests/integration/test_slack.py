"""A whole maintenance from Slack: the real daemon, real HTTP and sockets, a Slack that judges."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.chat.slack.door import MENTIONED
from tests.integration.slack_bot import RUN_SECONDS, Bot, labels, people
from tests.slack_server import shown
from tests.slack_server.things import BOT

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_hobgoblin_is_maintained_from_command_form_and_buttons(
    tmp_path: Path, mode: str
) -> None:
    async with people(tmp_path, mode) as bot:
        await bot.rise()
        card = await bot.card("hobgoblin")
        assert shown(card).startswith("*Outside a window: 25 of 25 contacts were not told")
        form = await bot.form(card)
        wrong = await bot.slack.submit(bot.wendy, form, name="clockwork", reason="upgrade")
        assert wrong.errors == {"name": "This is not hobgoblin. Nothing was started."}

        await bot.slack.submit(bot.wendy, form, name="hobgoblin", reason="upgrade")

        await _played_to_its_end(bot)
        assert labels(card) == []
        assert f"started by <@{bot.wendy.id}>" in shown(card)


async def _played_to_its_end(bot: Bot) -> None:
    report = await bot.message("hobgoblin: ended", "2 guests are NOT as before")
    live = (await bot.message("hobgoblin: ended", "restored 20 of 22", seconds=30)).ts
    failures = bot.saying("DAMAGED and stopped")
    assert {message.thread_ts for message in [report, *failures]} == {live}
    assert all(message.reply_broadcast for message in [report, *failures])
    await bot.slack.until(lambda: len(bot.slack.world.files) == 3, seconds=30)
    assert {file.name[-4:] for file in bot.slack.world.files.values()} == {".png", ".csv", ".txt"}

    await bot.slack.press(bot.wendy, report, "Leave mulberry")

    await bot.message("mulberry is left as it is", bot.wendy.id, seconds=30)
    await bot.slack.until(lambda: "Leave mulberry" not in labels(report), seconds=30)
    assert "Leave rookery" in labels(report)
    assert f"mulberry is left as it is (damaged and stopped) by <@{bot.wendy.id}>" in shown(report)


@pytest.mark.failure(32)
async def test_a_daemon_that_is_killed_goes_on_in_the_same_messages(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        await bot.start("hobgoblin")
        await bot.message("mulberry saved")

        await bot.kill()
        await bot.rise()

        await bot.message("hobgoblin: ended", "2 guests are NOT as before")
        await bot.message("hobgoblin: ended", "restored 20 of 22", seconds=30)
        assert len([m for m in bot.messages if len(m.versions) > 3]) == 1
        assert len(bot.saying("mulberry on hobgoblin: DAMAGED and stopped")) == 1


@pytest.mark.failure(52)
async def test_a_night_without_slack_goes_on_and_is_told_afterwards(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        await bot.start("hobgoblin")
        await bot.message("rookery saved")

        await bot.slack.outage()
        await _over(bot, "hobgoblin")
        await bot.slack.back()

        late = await bot.message("messages come late now, failures first")
        await bot.message("hobgoblin: ended", "2 guests are NOT as before")
        after = bot.messages[bot.messages.index(late) + 1 :]
        assert "DAMAGE" in shown(after[0])
        await bot.message("hobgoblin: ended", "restored 20 of 22")


async def _over(bot: Bot, host: str) -> None:
    """Wait until the run of *host* has ended, as a shell sees it, and Slack is missed by now."""
    began, said = time.monotonic(), ""
    while "ended" not in said or time.monotonic() - began < MENTIONED + 5:
        _, said = await bot.run("status", host)


@pytest.mark.failure(33)
async def test_what_slack_delivers_twice_acts_once(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        typed = await bot.slack.command(bot.wendy, "start clockwork", channel=bot.channel)
        card = await bot.message("clockwork:", "Plan ")
        await bot.slack.replay(typed)
        forms = [await bot.form(card), await bot.form(card)]

        for form in forms:
            await bot.slack.submit(bot.wendy, form, name="clockwork", reason="upgrade")

        await bot.message("clockwork: started by")
        await bot.slack.until(
            lambda: any("busy" in w or "in a run" in w for w in bot.whispers(bot.wendy))
        )
        await bot.message("clockwork: ended", "Every guest is as it was before")
        begun = [m for m in bot.messages if m.text.startswith("clockwork: started by")]
        assert len(begun) == 1


async def test_sockets_are_renewed_without_losing_what_is_typed(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()

        await bot.slack.refresh_sockets()
        await bot.slack.until(lambda: bot.slack.connected, seconds=60)
        acknowledged = await bot.slack.command(bot.wendy, "hosts", channel=bot.channel)

        assert acknowledged.ok
        await bot.slack.until(lambda: any("hobgoblin" in w for w in bot.whispers(bot.wendy)))


@pytest.mark.failure(54)
async def test_a_second_person_starts_it_as_long_as_they_are_in_the_group(tmp_path: Path) -> None:
    async with people(tmp_path, MAINT_CHAT__SECOND_PERSON="true") as bot:
        await bot.rise()
        await bot.start("clockwork")
        proposal = await bot.message("clockwork", "second person")
        await bot.slack.press(bot.wendy, proposal, "Approve")
        await bot.slack.until(lambda: any("approve" in w for w in bot.whispers(bot.wendy)))
        members = bot.slack.world.groups[bot.group]
        bot.slack.world.groups[bot.group] = []
        await bot.slack.press(bot.tom, proposal, "Approve")
        await bot.slack.until(lambda: bot.whispers(bot.tom))
        assert not bot.saying("clockwork: started by")

        bot.slack.world.groups[bot.group] = members
        await bot.slack.press(bot.tom, proposal, "Approve")

        begun = await bot.message("clockwork: started by")
        assert bot.tom.id in shown(begun)


async def test_a_mention_in_a_thread_carries_the_whole_grammar(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        await bot.start("clockwork")
        live = await bot.message("clockwork: ", "started", "expected end")

        await bot.slack.mention(
            bot.wendy, 'hold "old blkfront"', channel=bot.channel, thread_ts=live.ts
        )

        await bot.message("Suspend+restore is on hold everywhere")
        await bot.message("clockwork: ended")


async def test_somebody_unknown_is_refused_politely_and_recorded(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()
        mallory = bot.slack.world.person("mallory")

        await bot.slack.command(mallory, "start hobgoblin", channel=bot.channel)

        await bot.slack.until(lambda: bot.whispers(mallory))
        assert bot.messages == []
        assert f"slack:{mallory.id}" in (await bot.run("audit"))[1]


async def test_a_typo_is_answered_to_the_one_who_made_it(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        await bot.rise()

        await bot.slack.command(bot.wendy, "strat hobgoblin", channel=bot.channel)

        await bot.slack.until(lambda: bot.whispers(bot.wendy))
        (said,) = bot.whispers(bot.wendy)
        assert "start" in said
        assert bot.messages == []


async def test_a_campaign_is_previewed_tested_approved_and_sent_by_buttons(tmp_path: Path) -> None:
    everything = '["slack:U00000001", "os:*"]'
    async with people(tmp_path, MAINT_ROLES__APPROVE=everything) as bot:
        await bot.rise()
        await bot.slack.command(bot.wendy, 'hold "two were damaged"', channel=bot.channel)
        await bot.message("on hold")
        await bot.slack.command(bot.wendy, "campaign new feature-hold", channel=bot.channel)
        drafted = await bot.message("Campaign 1", "drafted")
        await bot.slack.press(bot.wendy, drafted, "Preview")
        card = await bot.message("85 guests", "55 contacts")

        await bot.slack.press(bot.wendy, card, "Send test to me")
        await bot.message("wendy@example.net")
        await bot.slack.press(bot.wendy, card, "Approve")
        await bot.slack.press(bot.wendy, await bot.offering("Send"), "Send")

        await bot.message("Campaign 1: done", "55 sent", seconds=RUN_SECONDS)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MAINT_SECRETS__SLACK_BOT_TOKEN", "", "is not set"),
        ("MAINT_SECRETS__SLACK_BOT_TOKEN", "xoxb-wrong", "is refused by Slack (invalid_auth)"),
        ("MAINT_SECRETS__SLACK_APP_TOKEN", "xoxb-1-the-bot", "does not look like"),
    ],
)
async def test_a_token_that_is_missing_or_wrong_is_named_and_nothing_starts(
    tmp_path: Path, variable: str, value: str, words: str
) -> None:
    async with people(tmp_path, **{variable: value}) as bot:
        status, said = await bot.run("serve")

    assert status == 2
    assert f"{variable} {words}" in said
    assert "Traceback" not in said


async def test_config_check_says_what_is_missing(tmp_path: Path) -> None:
    async with people(tmp_path) as bot:
        assert (await bot.run("config", "check"))[0] == 0
        bot.slack.scopes -= {"files:write"}
        bot.channel.members.discard(BOT)

        status, said = await bot.run("config", "check")

    assert status == 2
    assert "the app lacks files:write" in said
