"""What is on the board comes to be shown, once and in order, whatever Slack does meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Act, Audience, Message
from tests.slack_server import DROPPED_AFTER, DROPPED_BEFORE, UNAVAILABLE, limited, refused, shown
from tests.unit.chat.slack.stage import Stage, staged

LIVE = Message(text="hobgoblin: emptying the host\nsaved 1 of 3", live=True)
FAILURE = Message(text="mulberry on hobgoblin: DAMAGE", audience=Audience.BOTH, loud=True)
HOUR = 3600.0


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as set_up:
        yield set_up


def detail(number: int) -> Message:
    return Message(text=f"guest{number} saved", audience=Audience.THREAD)


def at(seconds: int, done: int, *, urgent: bool = False) -> Message:
    return Message(text=f"hobgoblin: {seconds} s\nsaved {done} of 3", live=True, urgent=urgent)


async def test_a_message_is_shown_once(stage: Stage) -> None:
    await stage.board.post(LIVE)

    await stage.show()

    assert len(stage.messages) == 1
    assert await stage.store.postings(stage.board.name) == ()


async def test_a_reply_is_in_the_thread_and_a_failure_in_the_channel_too(stage: Stage) -> None:
    head = await stage.board.post(LIVE)
    await stage.board.reply(head, detail(1))
    await stage.board.reply(head, FAILURE)

    await stage.show()

    live, failure, told = stage.messages
    assert {failure.thread_ts, told.thread_ts} == {live.ts}
    assert (failure.reply_broadcast, told.reply_broadcast) == (True, False)


async def test_a_failure_overtakes_details_and_keeps_five_seconds(stage: Stage) -> None:
    head = await stage.board.post(LIVE)
    for number in range(20):
        await stage.board.reply(head, detail(number))
    await stage.show(3.0)
    await stage.board.reply(head, FAILURE)

    await stage.show(5.0)

    assert any("DAMAGE" in text for text in stage.texts)
    assert len(stage.messages) < 12


async def test_edits_coalesce_and_the_last_one_is_what_stands(stage: Stage) -> None:
    head = await stage.board.post(LIVE)
    await stage.show()
    for second in range(10):
        await stage.board.update(head, at(second, done=2))
        await stage.show(0.5)

    await stage.show()

    (live,) = stage.messages
    assert "9 s" in shown(live)
    assert len(live.versions) < 8


async def test_a_turn_of_a_run_is_shown_though_the_process_dies_before(stage: Stage) -> None:
    head = await stage.board.post(LIVE)
    await stage.show()
    await stage.board.update(head, at(60, done=3, urgent=True))

    pump = stage.reborn()
    await pump.turn(pump.lanes[1])

    assert "60 s" in shown(stage.messages[0])


async def test_a_post_that_never_arrived_is_posted_again(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", DROPPED_BEFORE, 2)
    await stage.board.post(FAILURE)

    await stage.show(10.0)

    assert len(stage.messages) == 1


@pytest.mark.failure(52)
async def test_a_post_without_an_answer_is_repeated_and_says_so(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", DROPPED_AFTER)
    await stage.board.post(FAILURE)

    await stage.show(10.0)

    first, again = stage.messages
    assert "may stand here twice" not in shown(first)
    assert "may stand here twice" in shown(again)


@pytest.mark.failure(52)
async def test_slack_is_left_alone_as_long_as_it_asks(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", limited(30))
    await stage.board.post(FAILURE)

    await stage.show(29.0)
    assert stage.messages == []
    await stage.show(5.0)

    assert len(stage.messages) == 1


@pytest.mark.failure(52)
async def test_after_an_hour_without_slack_it_is_told_what_it_missed(stage: Stage) -> None:
    head = await stage.board.post(LIVE)
    await stage.show()
    await stage.slack.outage()
    for number in range(3):
        await stage.board.reply(head, detail(number))
        await stage.board.update(head, at(number, done=number))
        await stage.board.reply(head, FAILURE)
    await stage.show(HOUR, step=10.0)

    await stage.slack.back()
    await stage.show(60.0)

    first, *_, last = (text for text in stage.texts[1:])
    assert "6 messages come late now" in first
    assert ["DAMAGE" in text for text in stage.texts[2:]] == [True] * 3 + [False] * 3
    assert "guest2" in last
    assert "2 s" in shown(stage.messages[0])


@pytest.mark.failure(52)
async def test_a_short_outage_is_not_worth_a_line(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", UNAVAILABLE, 2)
    await stage.board.post(FAILURE)

    await stage.show(15.0)

    assert ["late" in text for text in stage.texts] == [False]


@pytest.mark.failure(52)
async def test_what_an_archived_channel_does_not_take_waits_for_its_return(stage: Stage) -> None:
    stage.slack.archive(stage.channel)
    await stage.board.post(FAILURE)
    await stage.show(HOUR, step=10.0)
    assert stage.messages == []

    stage.slack.archive(stage.channel, archived=False)
    await stage.show(120.0, step=1.0)

    assert ["late" in text for text in stage.texts] == [True, False]


@pytest.mark.failure(52)
async def test_a_live_message_that_somebody_deleted_is_posted_anew(stage: Stage) -> None:
    head = await stage.board.post(LIVE)
    await stage.show()
    stage.slack.delete(stage.messages[0])

    await stage.board.update(head, at(60, done=3))
    await stage.show()
    await stage.board.update(head, at(70, done=3))
    await stage.show()

    (live,) = stage.messages
    assert "70 s" in shown(live)


async def test_what_slack_will_not_have_as_blocks_is_shown_as_text(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", refused("invalid_blocks"))
    await stage.board.post(FAILURE)

    await stage.show()

    (plain,) = stage.messages
    assert (plain.text, plain.blocks) == (FAILURE.text, [])


async def test_what_slack_never_takes_holds_up_nothing_else(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", refused("msg_too_long"), 2)
    await stage.board.post(FAILURE)
    await stage.board.post(LIVE)

    await stage.show()

    assert len(stage.messages) == 1
    assert await stage.store.postings(stage.board.name) == ()


async def test_files_come_after_their_message_into_its_thread(stage: Stage) -> None:
    head = await stage.board.post(LIVE)
    files = (("hobgoblin.csv", b"guest\n"), ("hobgoblin.png", b"\x89PNG"))
    await stage.board.reply(head, Message(text="hobgoblin: ended", files=files))

    await stage.show()

    assert [(file.name, file.content) for file in stage.slack.world.files.values()] == list(files)
    assert {file.thread_ts for file in stage.slack.world.files.values()} == {stage.messages[0].ts}


async def test_what_is_decided_loses_its_buttons_and_says_how(stage: Stage) -> None:
    act = Act(label="Boot", command="boot hobgoblin vps31", about="hobgoblin/vps31")
    await stage.board.post(Message(text="vps31 is down", acts=(act,)))
    await stage.show()

    decided = Message(text="slack:U1 chose for vps31: boot.")
    await stage.board.post(decided.settling("hobgoblin/vps31"))
    await stage.show()

    question = shown(stage.messages[0])
    assert "chose for vps31: boot" in question
    assert "Boot" not in question
