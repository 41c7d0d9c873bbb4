"""Requests from Slack: recorded, then done once; what a dead process has left is taken up."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.commands import VERBS
from bot.chat.handlers import Handler
from bot.chat.slack.answers import Answers
from bot.chat.slack.drawing import Drawing
from bot.chat.slack.front import Front
from bot.chat.slack.starts import DISMISS, Starts
from bot.chat.starting import Asking
from bot.maintenance.telling import card_of
from bot.ports import Act, Asked, AuditRow, Message
from bot.rules.hold import Hold, Scope
from bot.settings.people import Roles
from bot.storage import open_store
from tests.slack_server import shown
from tests.unit.chat.memory import CLOSED, NO_WINDOWS, NOW, VIEWS, MemoryDesk
from tests.unit.chat.slack.stage import EPOCH, WORDS, Stage, staged

WENDY = "slack:U00000001"


@dataclass(kw_only=True)
class Counter:
    """A front over real parts, with a desk that remembers wishes."""

    folder: Path
    stage: Stage
    desk: MemoryDesk
    front: Front
    now: list[float] = field(default_factory=lambda: [time.time()])

    def asked(self, text: str = "pause hobgoblin", key: str = "slack:t1") -> Asked:
        where = {"place": self.stage.channel.id}
        return Asked(
            key=key,
            delivery=key,
            chat=self.stage.board.name,
            actor=WENDY,
            text=text,
            at=self.now[0],
            where=where,
        )

    async def left(self, asked: Asked) -> None:
        """Leave a request behind, as a process does that dies before it begins it."""
        gone = open_store(self.folder / "maint.sqlite", "gone")
        await gone.asked(asked)
        await gone.close()

    def typed(self, text: str, trigger: str = "t1") -> dict[str, Any]:
        place = self.stage.channel.id
        return {"user_id": "U00000001", "trigger_id": trigger, "text": text, "channel_id": place}

    @property
    def whispers(self) -> list[str]:
        return [shown(message) for message in self.stage.slack.world.ephemerals]


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with staged(tmp_path) as stage:
        desk = MemoryDesk(store=stage.store)  # type: ignore[arg-type]
        roles = Roles(operate=(WENDY,))
        handler = Handler(
            desk, VIEWS, roles, Asking(confirm="name", reason=True), CLOSED, NO_WINDOWS
        )
        drawing = Drawing(WORDS)
        answers = Answers(stage.board, stage.web, drawing, WORDS)
        starts = Starts(handler, stage.store, stage.board, stage.web, drawing, WORDS, reason=True)
        now = [time.time()]
        front = Front(handler, stage.store, answers, starts, stage.board.name, now=lambda: now[0])
        yield Counter(folder=tmp_path, stage=stage, desk=desk, front=front, now=now)
        await front.close()


async def test_a_request_is_recorded_before_it_is_done(counter: Counter) -> None:
    assert await counter.front.command(counter.typed("pause hobgoblin")) is None

    await counter.front.close()

    assert [wish.verb for wish in counter.desk.wishes] == ["pause"]
    assert await counter.stage.store.orphaned(counter.stage.board.name) == ()


async def test_a_cancellation_that_is_typed_is_of_a_window(counter: Counter) -> None:
    await counter.front.command(counter.typed("cancel 7"))

    await counter.front.close()

    assert "There is no window #7." in counter.whispers[0]


async def pressed_on_a_card(counter: Counter, command: str) -> list[str]:
    """Press the button of *command* on a card; return what the card offers then."""
    stage = counter.stage
    act = Act(label="Cancel", command=command, about=card_of("hobgoblin"))
    number = await stage.board.post(Message(text="the plan", acts=(act,)))
    await stage.show()
    card = await stage.store.posting(stage.board.name, int(number))
    assert card
    await counter.front.press(
        {
            "user": {"id": "U00000001"},
            "trigger_id": "t9",
            "container": {"channel_id": stage.channel.id, "message_ts": card.reference},
            "actions": [{"value": json.dumps({"c": command, "n": "1"})}],
        }
    )
    await counter.front.close()
    card = await stage.store.posting(stage.board.name, int(number))
    assert card
    return [each.command for each in card.message.acts]


async def test_the_button_that_lifts_the_global_hold_knows_what_was_shown(counter: Counter) -> None:
    await counter.stage.store.hold(
        Hold(scope=Scope.GLOBAL, value="", reason="why", opened_by="os:anna", opened_at=EPOCH)
    )

    await counter.front.command(counter.typed('unhold "tested"'))
    await counter.front.close()

    offered = json.dumps(counter.stage.slack.world.ephemerals[-1].blocks)
    assert re.search(r"unhold ..*tested.* --confirm --seen [0-9a-f]{8}", offered)
    assert len(await counter.stage.store.holds()) == 1


@pytest.mark.parametrize("word", ["dismiss", "cancel"])
async def test_a_card_is_dismissed_also_if_it_is_of_before(counter: Counter, word: str) -> None:
    assert await pressed_on_a_card(counter, f"{word} hobgoblin") == []
    assert counter.whispers == []


async def test_a_button_that_cancels_a_window_is_the_command(counter: Counter) -> None:
    assert await pressed_on_a_card(counter, "cancel 7") == ["cancel 7"]
    assert "There is no window #7." in counter.whispers[0]


def test_what_dismisses_a_card_is_no_command() -> None:
    assert DISMISS not in VERBS


@pytest.mark.failure(55)
async def test_a_request_that_is_delivered_again_is_not_done_again(counter: Counter) -> None:
    for _ in range(3):
        await counter.front.command(counter.typed("pause hobgoblin"))

    await counter.front.close()

    assert len(counter.desk.wishes) == 1


async def test_a_click_that_failed_may_be_made_again(counter: Counter) -> None:
    counter.desk.refuses = RuntimeError("a defect")
    press = {
        "user": {"id": "U00000001"},
        "container": {"channel_id": counter.stage.channel.id, "message_ts": "1.2"},
        "actions": [{"value": '{"c":"pause hobgoblin","n":"1"}'}],
    }
    await counter.front.press({**press, "trigger_id": "t1"})
    await counter.front.close()
    counter.desk.refuses = None

    await counter.front.press({**press, "trigger_id": "t2"})
    await counter.front.close()

    assert len(counter.desk.wishes) == 1


async def test_what_a_dead_process_has_not_begun_is_done(counter: Counter) -> None:
    await counter.left(counter.asked())
    counter.now[0] += 60

    await counter.front.catch_up()
    await counter.front.close()

    assert len(counter.desk.wishes) == 1


async def test_what_a_living_process_is_at_is_left_to_it(counter: Counter) -> None:
    await counter.stage.store.asked(counter.asked())
    counter.now[0] += 60

    await counter.front.catch_up()
    await counter.front.close()

    assert counter.desk.wishes == []


async def test_what_was_asked_long_ago_is_not_done_but_told(counter: Counter) -> None:
    await counter.left(counter.asked())
    counter.now[0] += 3600

    await counter.front.catch_up()
    await counter.front.close()

    assert counter.desk.wishes == []
    assert "Nobody has done" in counter.whispers[0]


@pytest.mark.parametrize(("result", "words"), [("", "or not"), ("done", "was carried out")])
async def test_what_a_dead_process_had_begun_is_not_done_again_but_told(
    counter: Counter, result: str, words: str
) -> None:
    asked = counter.asked()
    await counter.left(asked)
    row = AuditRow(at=NOW, actor=WENDY, text=asked.text, key=asked.key)
    await counter.stage.store.audit(replace(row, result=result))
    counter.now[0] += 60

    await counter.front.catch_up()
    await counter.front.close()

    assert counter.desk.wishes == []
    assert words in counter.whispers[0]


async def test_a_database_that_is_away_is_said_with_the_acknowledgement(counter: Counter) -> None:
    await counter.stage.store.close()

    said = await counter.front.command(counter.typed("pause hobgoblin"))

    assert said is not None
    assert counter.desk.wishes == []
