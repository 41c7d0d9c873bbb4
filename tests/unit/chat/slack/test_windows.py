"""What a channel hears of windows, and what is offered there no longer than it may be done."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from bot.chat.commands import VERBS
from bot.chat.handlers import Handler
from bot.chat.replies import Reply
from bot.chat.slack.answers import Answers
from bot.chat.slack.deliveries import Press
from bot.chat.slack.drawing import Drawing
from bot.chat.slack.news_following import News
from bot.chat.slack.starts import Starts
from bot.chat.starting import Asking
from bot.maintenance.telling import card_of
from bot.maintenance.windows.telling import WindowProjection
from bot.ports import Asked, Message, WindowChange
from bot.rules.plan.data import plan_to_data
from bot.rules.window.terms import Entry, Window, WindowEvent
from bot.settings.people import Roles
from tests.slack_server import shown
from tests.unit.chat.memory import CLOSED, NOW, VIEWS, Silent, plan
from tests.unit.chat.slack.stage import WORDS, Stage, staged
from tests.unit.chat.windowroom import window_room

ASKED = {
    "host": "hobgoblin",
    "minutes": 15,
    "why": "",
    "plan": plan_to_data(plan("hobgoblin", "aaaa")),
    "told": [],
}


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel that is told of windows."""

    stage: Stage
    news: News

    async def happens(self, event: WindowEvent, **data: object) -> None:
        """Let something happen to the one window, and the channel be told."""
        there = await self.stage.store.windows()
        window = there[0] if there else _window()
        entry = Entry(window=window.number, at=NOW, event=event, data=data)
        change = WindowChange(window=window, expected=window.revision, entries=(entry,))
        await self.stage.store.change_windows([change])
        await self.news.tell()
        await self.stage.show()


def _window() -> Window:
    return Window(
        hosts=("hobgoblin",),
        zone="UTC",
        actor="os:anna",
        start=NOW.replace(hour=21),
        end=NOW.replace(hour=23),
        changed=NOW,
    )


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[Channel]:
    async with staged(tmp_path) as stage:
        teller = WindowProjection(store=stage.store, words=WORDS)
        yield Channel(stage=stage, news=News(teller, Silent(), stage.board))


async def test_a_channel_that_is_new_is_told_only_what_happens_from_now_on(
    channel: Channel,
) -> None:
    await channel.stage.store.change_windows([WindowChange(window=_window())])
    await channel.news.skip()

    await channel.happens(WindowEvent.MISSED, missed=["hobgoblin"])

    assert len(channel.stage.messages) == 1
    assert "no work began in it" in shown(channel.stage.messages[0])


async def test_what_was_told_is_not_told_again_by_the_next_process(channel: Channel) -> None:
    await channel.happens(WindowEvent.MISSED, missed=["hobgoblin"])

    again = WindowProjection(store=channel.stage.store, words=WORDS)
    await News(again, Silent(), channel.stage.board).tell()
    await channel.stage.show()

    assert len(channel.stage.messages) == 1


async def test_the_question_at_the_hour_has_the_plan_and_a_button(channel: Channel) -> None:
    await channel.happens(WindowEvent.ASKED, **ASKED)

    [posting] = [await channel.stage.store.posting(channel.stage.board.name, 1)]
    assert posting
    assert posting.message.loud
    assert posting.message.acts[0].command == "start hobgoblin --plan aaaa"
    assert "Plan aaaa." in shown(channel.stage.messages[0])


async def test_the_start_is_offered_no_more_when_the_run_has_begun(channel: Channel) -> None:
    await channel.happens(WindowEvent.ASKED, **ASKED)

    begun = Message(text="hobgoblin: begun by os:anna").settling(card_of("hobgoblin"))
    await channel.stage.board.post(begun)

    posting = await channel.stage.store.posting(channel.stage.board.name, 1)
    assert posting
    assert [act.command for act in posting.message.acts] == ["plan hobgoblin"]
    assert posting.message.settled == ("hobgoblin: begun by os:anna",)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (WindowEvent.MISSED, {"missed": ["hobgoblin"]}),
        (WindowEvent.ASKED, {**ASKED, "minutes": 0}),
        (WindowEvent.OVERRUN, {"rows": [], "campaign": 0, "post": 0, "contacts": 0}),
    ],
)
async def test_the_first_question_is_over_when_it_is_asked_anew_or_the_window_is_over(
    channel: Channel, event: WindowEvent, data: dict[str, object]
) -> None:
    await channel.happens(WindowEvent.ASKED, **ASKED)

    await channel.happens(event, **data)

    posting = await channel.stage.store.posting(channel.stage.board.name, 1)
    assert posting
    assert [act.command for act in posting.message.acts] == ["plan hobgoblin"]


@pytest.mark.parametrize("verb", ["schedule", "reschedule", "cancel"])
async def test_the_echo_is_for_who_asked_since_the_journal_tells_all(
    channel: Channel, verb: str
) -> None:
    stage = channel.stage
    answers = Answers(stage.board, stage.web, Drawing(WORDS), WORDS)
    asked = Asked(
        key="k",
        delivery="k",
        chat=stage.board.name,
        actor="slack:U00000001",
        text=f"{verb} 1",
        at=0.0,
        where={"place": stage.channel.id},
    )

    await answers.give(asked, Reply(messages=(Message(text="echo"),)), VERBS[verb])
    await stage.show()

    assert stage.messages == []
    assert [shown(each) for each in stage.slack.world.ephemerals] == ["echo"]


class Forms:
    """Slack, as far as it shows forms."""

    shown: dict[str, Any]

    async def open_view(self, trigger: str, view: dict[str, Any]) -> str:
        del trigger
        self.shown = view
        return "V1"

    async def update_view(self, number: str, view: dict[str, Any]) -> None:
        del number
        self.shown = view


PRESS = Press(
    person="U1", command="start hobgoblin", nonce="1", place="C1", reference="1.1", trigger="t"
)


async def _nothing() -> None:
    """Refuse nobody."""


@pytest.mark.parametrize(
    ("schedule", "says", "asks"),
    [
        ("schedule hobgoblin in 20m for 2h", "In window #1, ", ["name"]),
        ("schedule hobgoblin in 9h for 2h", "Outside a window: ", ["reason", "name"]),
    ],
)
async def test_the_form_of_a_start_within_a_window_asks_for_no_reason(
    channel: Channel, tmp_path: Path, schedule: str, says: str, asks: list[str]
) -> None:
    async with window_room(tmp_path / "windows") as room:
        await room.types(schedule)
        forms, desk = Forms(), room.person.desk
        roles, asking = Roles(operate=("os:anna",)), Asking()
        handler = Handler(desk, VIEWS, roles, asking, CLOSED, room.person.windows)
        stage, web = channel.stage, cast("Any", forms)
        drawing = Drawing(WORDS)
        starts = Starts(handler, stage.store, stage.board, web, drawing, WORDS, reason=True)

        await starts.open(PRESS, _nothing)

        inputs = [b["block_id"] for b in forms.shown["blocks"] if b["type"] == "input"]
        assert inputs == asks
        assert says in str(forms.shown["blocks"])
