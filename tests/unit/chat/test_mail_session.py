"""Following campaigns: what a session tells while one is sent, and how it ends."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.mail_following import MailFollowing
from bot.chat.screen import Screen
from bot.settings.people import Roles
from notifications import CampaignState, ChangeEvent, DeliveryState
from notifications.records import changes
from tests.unit.chat.mailroom import Room, mailroom
from tests.unit.chat.table import Table, given
from tests.unit.notifications.clock import START
from tests.unit.notifications.front import ANNA, BORIS
from tests.unit.notifications.planting import move

A, B = "a@example.org", "b@example.org"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with mailroom(tmp_path) as made:
        yield made


def table(room: Room, folder: Path, *, prompt: bool = False, prefix: str = "maint") -> Table:
    person = room.person
    return Table(
        folder=folder,
        desk=person.desk,
        office=person.office,
        roles=Roles(operate=("os:anna",), approve=("os:anna",)),
        prompt=prompt,
        prefix=prefix,
    )


async def approved(room: Room) -> None:
    await room.front.previewed()
    await room.front.campaigns.approve(1, BORIS)


def ends(room: Room, state: CampaignState, event: ChangeEvent, last: DeliveryState) -> None:
    """Let the sender have come to an end, whose last mail became *last*."""
    room.front.become(1, A, DeliveryState.SENT, at=START)
    room.front.become(1, B, last, at=START)
    room.front.database.writes(lambda c: move(c, 1, state))
    room.front.database.writes(lambda c: changes.add(c, 1, START, event))


DONE = (CampaignState.DONE, ChangeEvent.DONE)


@pytest.mark.parametrize(
    ("end", "last", "status"),
    [
        (DONE, DeliveryState.SENT, 0),
        (DONE, DeliveryState.REFUSED, 0),
        (DONE, DeliveryState.UNCERTAIN, 3),
        ((CampaignState.PAUSED, ChangeEvent.STOPPED), DeliveryState.PENDING, 3),
        ((CampaignState.CANCELLED, ChangeEvent.CANCELLED), DeliveryState.CANCELLED, 1),
    ],
)
async def test_a_campaign_is_followed_until_it_rests(
    room: Room,
    tmp_path: Path,
    end: tuple[CampaignState, ChangeEvent],
    last: DeliveryState,
    status: int,
) -> None:
    await approved(room)
    sitting = table(room, tmp_path)
    sitting.at_look = {3: lambda: ends(room, *end, last)}

    assert await sitting.run("campaign send 1", once=True) == status
    assert sitting.looks == 3


async def test_only_what_happens_from_the_command_on_is_told(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved(room)
    sitting = table(room, tmp_path)
    sitting.at_look = {1: lambda: ends(room, *DONE, DeliveryState.SENT)}

    await sitting.run("campaign send 1", once=True)

    assert capsys.readouterr().out.splitlines() == [
        "> campaign send 1",
        "Campaign 1: sending, begun by os:anna. To stop for a while: campaign pause 1",
        "Campaign 1: done, 2 recipients: 2 sent",
        "  → campaign report 1  Report",
    ]


async def test_what_a_stopped_campaign_waits_for_is_the_last_line(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved(room)
    sitting = table(room, tmp_path)
    stop = (CampaignState.PAUSED, ChangeEvent.STOPPED, DeliveryState.PENDING)
    sitting.at_look = {1: lambda: ends(room, *stop)}

    await sitting.run("campaign send 1", "campaign list")

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Campaign 1 (notice) waits for a person: ")
    assert last.endswith("To go on, type: maint campaign resume 1")


async def test_a_prompt_does_not_wait_and_says_at_the_end_what_goes_on(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved(room)

    assert await table(room, tmp_path, prompt=True).run("campaign send 1", "quit") == 3
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (
        "Campaign 1 (notice) is not over: 0 of 2 sent. 2 still go out while the bot runs: maint"
        " chat (or: maint serve)."
    )


async def test_a_stop_ends_the_waiting_and_says_what_goes_on(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved(room)
    sitting = table(room, tmp_path)
    sitting.at_look = {2: sitting.stop.set}
    session = sitting.session()

    await session.run(given(("campaign send 1",)), once=True)

    assert await session.farewell() == 3
    assert capsys.readouterr().out.count("is not over: 0 of 2 sent") == 1


async def test_a_world_that_ends_promises_nothing(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved(room)

    await table(room, tmp_path, prompt=True, prefix="").run("campaign send 1", "quit")

    assert capsys.readouterr().out.splitlines()[-1].endswith("with KEEP=1 it would be kept.")


async def test_a_database_that_is_away_for_a_moment_does_not_end_the_waiting(
    room: Room, tmp_path: Path
) -> None:
    await approved(room)
    database, sitting = room.front.database, table(room, tmp_path)
    sitting.at_look = {
        1: lambda: setattr(database, "away", True),
        3: lambda: setattr(database, "away", False),
        5: lambda: ends(room, *DONE, DeliveryState.SENT),
    }

    assert await sitting.run("campaign send 1", once=True) == 0


async def test_a_test_mail_is_followed_too(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await room.front.previewed()
    sitting = table(room, tmp_path)

    def sent() -> None:
        room.front.become(2, "boss@example.net", DeliveryState.SENT, at=START)
        room.front.database.writes(lambda c: move(c, 2, CampaignState.DONE))

    sitting.at_look = {1: sent}

    assert await sitting.run("campaign test 1 boss@example.net", once=True) == 0
    assert "A test of campaign 1 goes to boss@example.net now" in capsys.readouterr().out


async def test_settling_the_last_doubt_ends_the_waiting(room: Room, tmp_path: Path) -> None:
    await room.front.sending()
    ends(room, *DONE, DeliveryState.UNCERTAIN)

    assert await table(room, tmp_path).run(f"campaign settle 1 {B} sent") == 0


async def test_a_refused_command_is_not_followed(room: Room, tmp_path: Path) -> None:
    await room.front.drafted()
    sitting = table(room, tmp_path)

    assert await sitting.run("campaign send 1") == 1
    assert sitting.looks == 0


async def test_a_post_is_told_only_from_the_command_on(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await room.front.drafted("offer", announce=True)
    await room.front.campaigns.preview(2, ANNA)
    sitting = table(room, tmp_path)
    sitting.at_look = {1: sitting.stop.set}

    await sitting.run("announce post 1", once=True)

    assert [line.split(":")[1].split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == [
        "approved",
        "sending,",
    ]


async def test_where_nothing_is_live_a_line_says_now_and_then_how_far_it_is(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await room.front.sending()
    sitting, stop = table(room, tmp_path), asyncio.Event()
    seconds = iter(range(0, 1000, 4))

    async def pause() -> None:
        now = next(seconds)
        if now > 60:
            room.front.become(1, A, DeliveryState.SENT, at=START)
        if now > 120:
            stop.set()

    following = MailFollowing(
        sitting.handler(), Screen(name="t", files=None), pause, machine=lambda: next(seconds)
    )
    await following.until_rest(1, stop)

    shown = capsys.readouterr().out.splitlines()
    assert "  Campaign 1 (notice): 0 of 2 sent, 2 to go; 0 a minute, about 2 s left" in shown
    assert len([line for line in shown if "to go" in line]) == 2  # none where nothing has changed


def defers(room: Room) -> None:
    """Let the sender have come to where all that is left waits for its next attempt."""
    room.front.become(1, A, DeliveryState.SENT, at=START)
    due = START + timedelta(minutes=5)
    room.front.become(1, B, DeliveryState.DEFERRED, at=START, due=due)


@pytest.mark.parametrize("once", [True, False])
async def test_what_is_deferred_is_not_waited_for(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, once: bool
) -> None:
    await approved(room)
    sitting = table(room, tmp_path)
    sitting.at_look = {1: lambda: defers(room)}

    assert await sitting.run("campaign send 1", once=once) == 3
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Campaign 1 (notice) is not over: 1 of 2 sent. 1 still goes out while the bot runs"
        " (deferred by the other side, the next attempt is at 08:05 UTC):"
        " maint chat (or: maint serve)."
    )


@pytest.mark.parametrize("line", [f"campaign resend 1 {A}", f"campaign settle 1 {B} unsent"])
async def test_who_sends_one_again_is_answered_and_does_not_wait(
    room: Room, tmp_path: Path, line: str
) -> None:
    await room.front.sending()
    ends(room, *DONE, DeliveryState.UNCERTAIN)
    sitting = table(room, tmp_path)

    assert await sitting.run(line, once=True) == 0
    assert sitting.looks == 0


@pytest.mark.parametrize("prompt", [True, False])
async def test_who_comes_while_a_campaign_is_sent_is_told_of_it(
    room: Room,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    prompt: bool,  # noqa: FBT001 - a row of the table
) -> None:
    await room.front.sending()

    await table(room, tmp_path, prompt=prompt).run("campaign list", "quit")

    assert capsys.readouterr().out.splitlines()[:3] == [
        "Campaign 1 (notice) is sending: 0 of 2 sent, 2 to go",
        "  → campaign report 1  Report",
        "  → campaign pause 1   Pause sending",
    ]


async def test_a_prompt_is_told_of_what_another_one_sends(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved(room)
    following = following_of(room, tmp_path)
    await following.greet(follow=True)
    await room.front.campaigns.send(1, ANNA)
    await following.watch()
    ends(room, *DONE, DeliveryState.SENT)
    await following.tell_all()

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Campaign 1 (notice) is sending: 0 of 2 sent, 2 to go"
    assert said[3] == "Campaign 1: done, 2 recipients: 2 sent"


async def test_what_this_one_sends_is_told_from_its_beginning_and_greeted_by_nobody(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved(room)
    following = following_of(room, tmp_path)
    await following.skip_past(1)
    await room.front.campaigns.send(1, ANNA)
    await following.watch()
    await following.tell_all()

    assert capsys.readouterr().out.startswith("Campaign 1: sending, begun by os:anna.")


def following_of(room: Room, folder: Path) -> MailFollowing:
    async def pause() -> None: ...

    screen = Screen(name="t", files=None)
    return MailFollowing(table(room, folder).handler(), screen, pause)
