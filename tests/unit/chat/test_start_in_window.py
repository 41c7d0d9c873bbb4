"""A start within a window: it says which, asks for no reason, and shows what was told otherwise."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.replies import Wants
from bot.chat.starting import Asking
from bot.rules.fleet import Contact, Fleet, Role
from tests.unit.chat.memory import FLEET, NOW, said
from tests.unit.chat.windowroom import WindowRoom, window_room

SOON = 'schedule hobgoblin in 20m for 2h reason "a new kernel"'
START = "start hobgoblin"
ADA = {"ada": Contact(key="ada", name="Ada", address="ada@example.org")}


def known(contact: str = "ada", role: Role = Role.CUSTOMER) -> Fleet:
    """The same fleet, with a contact for vps31."""
    vps31 = replace(FLEET.guests["vps31"], contact=contact, role=role)
    return replace(FLEET, guests={"vps31": vps31}, contacts=ADA)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[WindowRoom]:
    asking = Asking(confirm="name", reason=True)
    async with window_room(tmp_path, asking=asking) as made:
        yield made


def later(room: WindowRoom, minutes: float) -> None:
    room.person.desk.clock.later = timedelta(minutes=minutes)


@pytest.mark.parametrize(("minutes", "begins"), [(0, True), (20, False), (139, False)])
async def test_the_first_line_names_the_window_that_is_now_or_about_to_begin(
    room: WindowRoom,
    minutes: float,
    begins: bool,  # noqa: FBT001 - a row of the table
) -> None:
    await room.types(SOON)
    later(room, minutes)

    first = (await room.types(START)).splitlines()[0]

    assert first.startswith("In window #1, ")
    assert "until 2021-08-25 22:20 UTC" in first
    assert ("which begins at 2021-08-25 20:20 UTC" in first) == begins


async def test_no_reason_is_asked_for_and_that_of_the_window_is_recorded(room: WindowRoom) -> None:
    await room.types(SOON)

    reply = await room.person.types(START)
    await room.person.types("hobgoblin")

    assert reply.pending
    assert reply.pending.wants is Wants.NAME
    assert [start["reason"] for start in room.person.desk.starts] == ["a new kernel"]


@pytest.mark.parametrize(
    ("line", "reason"), [(START, "window #1"), (f"{START} --reason mine", "mine")]
)
async def test_a_window_without_a_reason_is_one_unless_another_is_given(
    room: WindowRoom, line: str, reason: str
) -> None:
    await room.types("schedule hobgoblin in 20m", line, "hobgoblin")

    assert [start["reason"] for start in room.person.desk.starts] == [reason]


@pytest.mark.parametrize(
    "lines",
    [
        ("schedule clockwork in 20m for 2h",),
        ("schedule hobgoblin in 31m for 2h",),
        (SOON, "cancel 1"),
    ],
)
async def test_outside_of_any_window_it_is_as_before(
    room: WindowRoom, lines: tuple[str, ...]
) -> None:
    await room.types(*lines)

    reply = await room.person.types(START)

    assert said(reply).startswith("Outside a window: ")
    assert reply.pending
    assert reply.pending.wants is Wants.REASON


async def test_after_the_window_it_is_outside(room: WindowRoom) -> None:
    await room.types(SOON)
    later(room, 140)

    assert (await room.types(START)).startswith("Outside a window: ")


async def test_what_customers_were_told_otherwise_is_shown_with_the_plan(room: WindowRoom) -> None:
    await room.types(SOON)
    room.letters.knows = {"vps31": {"action": "suspend"}, "gone": {"action": "shutdown"}}

    lines = (await room.types(START)).splitlines()

    assert lines[0].endswith("customers were told otherwise of 1 guest:")
    assert lines[1] == "  ~ vps31: suspended as they were told, now shut down"
    assert lines[2].startswith("hobgoblin: ")


OTHER = {"birch": {"action": "suspend"}}
TOLD = {"vps31": {"action": "shutdown"}}


@pytest.mark.parametrize(
    ("knows", "fleet", "words"),
    [
        (TOLD, known(), "nothing is done otherwise than customers were told."),
        (OTHER, FLEET, "nothing is done otherwise than customers were told."),
        (OTHER, known(contact="gone"), "nothing is done otherwise than customers were told."),
        (OTHER, known(role=Role.INFRASTRUCTURE), "nothing is done otherwise than customers were "),
        (OTHER, known(), "customers were told otherwise, or nothing, of 1 guest:"),
        ({}, known(), "NONE of its customers was told of it: 1 guest with a contact."),
        ({}, FLEET, "nobody had to be told of it."),
    ],
)
async def test_what_customers_know_is_said_in_the_first_line(
    tmp_path: Path, knows: dict[str, dict[str, object]], fleet: Fleet, words: str
) -> None:
    async with window_room(tmp_path, fleet=fleet) as room:
        await room.types(SOON)
        room.letters.knows = knows

        assert f"20 UTC: {words}" in (await room.types(START)).splitlines()[0]


@pytest.mark.parametrize(
    ("knows", "end", "words"),
    [
        (OTHER, None, "  ~ contacts were told nothing of 1 guest: vps31"),
        (TOLD, NOW, "  ~ contacts know another start or end for 1 guest: vps31"),
    ],
)
async def test_a_guest_of_which_nothing_or_another_date_was_told_is_a_difference(
    tmp_path: Path, knows: dict[str, dict[str, object]], end: datetime | None, words: str
) -> None:
    async with window_room(tmp_path, fleet=known()) as room:
        await room.types(SOON)
        room.letters.knows, room.letters.of = knows, (NOW, end) if end else None

        assert (await room.types(START)).splitlines()[1] == words


async def test_mail_in_trouble_keeps_no_start(room: WindowRoom) -> None:
    await room.types(SOON)
    room.letters.unreadable = True

    assert "what its customers were told is not known" in await room.types(START)


async def test_where_no_reason_is_needed_the_window_is_said_all_the_same(room: WindowRoom) -> None:
    room.person.asking = replace(room.person.asking, reason=False)

    assert (await room.types(SOON, START)).startswith("In window #1, ")
