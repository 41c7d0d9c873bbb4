"""What is told of a campaign while it is sent, against the real front door."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.maintenance.notices.mail_news import portions
from bot.maintenance.notices.telling import GATHER, LIVE_PACE, MailProjection
from bot.maintenance.words import Words
from bot.ports import Audience, Cursor, Message
from bot.rules.errors import BadRequest, Code, TryAgain
from notifications import ChangeEvent, DeliveryState
from notifications.records import changes
from tests.unit.notifications.clock import START
from tests.unit.notifications.front import ANNA, Front, front

WORDS = Words(Path(__file__).resolve().parents[4] / "templates" / "chat")
A, B = "a@example.org", "b@example.org"


@dataclass(kw_only=True)
class Paper:
    """A chat that keeps what it is told; `away` refuses everything."""

    name: str = "paper"
    told: list[Message] = field(default_factory=list)
    live: list[Message] = field(default_factory=list)
    away: bool = False

    async def post(self, message: Message) -> str:
        return await self.reply("", message)

    async def update(self, reference: str, message: Message) -> None:
        assert reference == "live"
        await self.reply("", message)

    async def reply(self, reference: str, message: Message) -> str:
        del reference
        if self.away:
            raise TryAgain(Code.STORE_UNREACHABLE, path="paper", problem="torn")
        (self.live if message.live else self.told).append(message)
        return "live"

    def texts(self) -> list[str]:
        return [message.text for message in self.told]


@dataclass(kw_only=True)
class Desk:
    """A campaign in front of a chat; its machine time stands still until it is moved."""

    front: Front
    paper: Paper = field(default_factory=Paper)
    cursors: dict[tuple[str, str], Cursor] = field(default_factory=dict)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget all but the cursors, as another process would."""
        self.projection = MailProjection(
            self.front.campaigns, self, WORDS, machine=lambda: self.seconds
        )

    async def cursor(self, chat: str, run: str) -> Cursor:
        return self.cursors.get((chat, run), Cursor(chat=chat, run=run, number=0))

    async def move(self, cursor: Cursor) -> None:
        self.cursors[cursor.chat, cursor.run] = cursor

    async def tells(self, number: int = 1) -> list[str]:
        """Tell, and return the lines that are new."""
        before = len(self.paper.told)
        await self.projection.tell(self.paper, number)
        return self.paper.texts()[before:]

    def happens(self, event: ChangeEvent, *each: Mapping[str, Any]) -> None:
        """Add changes as the sender does."""
        rows = [(1, event, fields) for fields in each]
        self.front.database.writes(lambda c: changes.add_all(c, rows, START))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with front(tmp_path) as door:
        yield Desk(front=door)


async def test_there_is_one_live_message_with_the_counts_and_a_bar(desk: Desk) -> None:
    number = await desk.front.sending()
    desk.front.become(number, A, DeliveryState.SENT, at=START)

    await desk.tells()

    assert [message.text.splitlines() for message in desk.paper.live] == [
        [
            "Campaign 1 (notice): sending  [##########----------]",
            "  1 of 2 sent",
            "  60 a minute, about 1 s left",
        ]
    ]


async def test_what_happened_is_told_once_in_order(desk: Desk) -> None:
    await desk.front.sending()

    first = await desk.tells()

    assert [line.split(": ")[1].split()[0] for line in first] == [
        "drafted",
        "previewed",
        "approved",
        "sending,",
    ]
    assert await desk.tells() == []


async def test_another_process_goes_on_where_the_cursor_stands(desk: Desk) -> None:
    await desk.front.sending()
    await desk.tells()
    desk.restart()
    await desk.front.campaigns.pause(1, ANNA)

    assert await desk.tells() == ["Campaign 1: paused by os:anna; nothing more is handed over"]


async def test_what_was_before_is_skipped(desk: Desk) -> None:
    await desk.front.previewed()
    await desk.projection.skip(desk.paper, 1)
    await desk.front.campaigns.approve(1, "os:carl")

    assert await desk.tells() == ["Campaign 1: approved by os:carl"]


async def test_the_live_message_is_edited_at_most_every_two_seconds(desk: Desk) -> None:
    await desk.front.sending()
    await desk.tells()
    desk.front.become(1, A, DeliveryState.SENT, at=START)
    edits = []
    for desk.seconds in (LIVE_PACE - 0.1, LIVE_PACE + 0.1):
        await desk.tells()
        edits.append(len(desk.paper.live))

    assert edits == [1, 2]


async def test_a_change_of_state_is_shown_at_once(desk: Desk) -> None:
    await desk.front.sending()
    await desk.tells()
    await desk.front.campaigns.pause(1, ANNA)
    await desk.tells()

    assert desk.paper.live[-1].text.startswith("Campaign 1 (notice): PAUSED")


async def test_a_stop_by_the_relay_is_loud_and_says_what_goes_on(desk: Desk) -> None:
    await desk.front.sending()
    desk.happens(ChangeEvent.STOPPED, {"phase": "auth", "code": 535, "detail": "bad password"})

    await desk.tells()
    message = desk.paper.told[-1]

    assert "STOPPED, the relay does not take mail, while logging in" in message.text
    assert "535 bad password. It is paused, and nothing is lost." in message.text
    assert (message.loud, message.audience) == (True, Audience.BOTH)
    assert [act.command for act in message.acts] == ["campaign resume 1", "campaign report 1"]


async def test_refused_recipients_share_a_message(desk: Desk) -> None:
    await desk.front.sending()
    refusals = [{"address": f"c{n}@example.org", "code": "", "reply": "550 no"} for n in range(12)]
    desk.happens(ChangeEvent.REFUSED, *refusals)

    desk.happens(ChangeEvent.DONE, {})

    lines = (await desk.tells())[-2].splitlines()

    assert lines[0] == "Campaign 1: 12 refused, and not sent:"
    assert lines[1] == "  c0@example.org: 550 no"
    assert lines[-2] == "  and 2 more: campaign report 1"
    assert lines[-1].startswith("Correct the contact in the inventory")
    assert not desk.paper.told[-2].loud


@pytest.mark.failure(40)
async def test_an_uncertain_one_is_loud_and_offers_both_verdicts(desk: Desk) -> None:
    await desk.front.sending()
    desk.happens(ChangeEvent.UNCERTAIN, {"address": A, "reply": ""})

    await desk.projection.tell(desk.paper, 1, whole=True)
    message = desk.paper.told[-1]

    assert message.text.startswith("Campaign 1: 1 UNCERTAIN. Handed over, and no answer came back")
    assert message.loud
    assert [act.command for act in message.acts] == [
        f"campaign settle 1 {A} sent",
        f"campaign settle 1 {A} unsent",
    ]


@pytest.mark.failure(40)
async def test_uncertain_ones_of_a_while_share_one_message(desk: Desk) -> None:
    await desk.front.sending()
    await desk.tells()
    during = []
    for desk.seconds, address in ((1.0, A), (2.0, B)):
        desk.happens(ChangeEvent.UNCERTAIN, {"address": address, "reply": ""})
        during += await desk.tells()
    desk.seconds = 1.0 + GATHER

    (text,) = await desk.tells()
    assert (during, text.startswith("Campaign 1: 2 UNCERTAIN.")) == ([], True)
    assert [act.command for act in desk.paper.told[-1].acts] == ["campaign report 1"]


async def test_the_end_is_told_with_what_became_of_all(desk: Desk) -> None:
    await desk.front.sending()
    desk.front.become(1, A, DeliveryState.SENT, at=START)
    desk.front.become(1, B, DeliveryState.REFUSED)
    desk.happens(ChangeEvent.DONE, {})

    assert (await desk.tells())[-1] == (
        "Campaign 1: done, 2 recipients: 1 sent, 1 refused. 1 was not reached"
    )


async def test_who_begins_to_look_while_it_is_sent_sees_the_live_message(desk: Desk) -> None:
    await desk.front.sending()
    await desk.projection.skip(desk.paper, 1)

    assert await desk.tells() == []
    assert len(desk.paper.live) == 1


async def test_a_campaign_rests_when_it_is_not_being_sent(desk: Desk) -> None:
    await desk.front.sending()
    moving = await desk.projection.tell(desk.paper, 1)
    await desk.front.campaigns.pause(1, ANNA)

    assert (moving, await desk.projection.tell(desk.paper, 1)) == (False, True)


async def test_a_chat_that_was_away_is_told_later_and_nothing_twice(desk: Desk) -> None:
    await desk.front.sending()
    desk.paper.away = True
    during = await desk.projection.tell(desk.paper, 1)
    desk.paper.away = False

    assert (during, len(await desk.tells()), await desk.tells()) == (False, 4, [])


async def test_a_database_that_is_away_is_no_rest(desk: Desk) -> None:
    await desk.front.previewed()
    desk.front.database.away = True

    assert await desk.projection.tell(desk.paper, 1) is False


async def test_a_campaign_that_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(BadRequest) as caught:
        await desk.projection.tell(desk.paper, 9)

    assert caught.value.code is Code.MAIL


async def test_neighbours_of_another_fate_are_told_apart(desk: Desk) -> None:
    await desk.front.drafted()
    for event in (ChangeEvent.REFUSED, ChangeEvent.UNCERTAIN, ChangeEvent.REFUSED):
        desk.happens(event, {"address": A, "reply": ""})

    told = [portion.macro for portion in portions(await desk.front.told(1))]

    assert told == ["drafted", "refused", "uncertain", "refused"]
