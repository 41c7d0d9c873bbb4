"""Opt-ins by chat: looking, stating for a customer, and setting everyone back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.chat.mailroom import Room, Wish, mailroom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with mailroom(tmp_path) as made:
        yield made


async def test_the_list_has_a_line_for_each_statement_and_counts_the_wishes(room: Room) -> None:
    room.notices.wishes = [
        Wish(guest="vps31", kernel="5.10.0"),
        Wish(guest="vps32", wanted=False, before_reset=True, how="reset"),
        Wish(guest="vps33", wanted=False, since=None, how=""),
    ]

    lines = (await room.types("optin list")).splitlines()

    assert lines[1].split()[:4] == ["vps31", "hobgoblin", "in", "2021-08-25"]
    assert "  was in  " in lines[2]
    assert lines[3].startswith("1 of 3 guests opted in; 1 was in until a reset set them back; ab")


async def test_the_list_may_be_that_of_one_host(room: Room) -> None:
    room.notices.wishes = [Wish(guest="vps31"), Wish(guest="vps41", host="clockwork")]

    lines = (await room.types("optin list hobgoblin")).splitlines()

    assert [line.split()[0] for line in lines[1:-1]] == ["vps31"]
    assert lines[-1].startswith("1 of 1 guest on hobgoblin opted in.")


async def test_a_hold_that_stands_is_said_with_a_wish(room: Room) -> None:
    said = await room.types('hold "it is not safe"', "optin set vps31 on")

    assert "A hold stands, so for now it is shut down and booted" in said


@pytest.mark.parametrize(
    ("line", "wanted", "kernel"),
    [
        ("optin set vps31 on kernel 5.10.0-8-amd64", True, "5.10.0-8-amd64"),
        ("optin set vps31 OFF", False, ""),
    ],
)
async def test_a_wish_is_stated_for_a_customer(
    room: Room,
    line: str,
    wanted: bool,  # noqa: FBT001 - a row of the table
    kernel: str,
) -> None:
    await room.types(line)

    assert [(row.wanted, row.kernel, row.who) for row in room.notices.said] == [
        (wanted, kernel, "os:dora")
    ]


async def test_all_that_was_said_about_a_guest_is_shown(room: Room) -> None:
    lines = await room.types("optin set vps31 on", "optin set vps31 off", "optin show vps31")

    assert [line.split()[2] for line in lines.splitlines()[2:]] == ["in", "out"]


async def test_a_guest_about_which_nothing_was_said_is_no_mistake(room: Room) -> None:
    assert (await room.types("optin show vps31")).startswith("vps31: nobody has opted it in")


@pytest.mark.parametrize("line", ["optin show vps3", "optin set vps3 on", "optin link vps3"])
async def test_a_guest_that_is_not_there_is_a_mistake(room: Room, line: str) -> None:
    assert 'Did you mean "vps31"?' in await room.types(line)


async def test_a_link_is_given_to_staff_and_recorded(room: Room) -> None:
    assert "https://panel.example.net/opt-in/vps31" in await room.types("optin link vps31")
    assert room.person.desk.store.results() == [("optin link vps31", "done")]


@pytest.mark.parametrize("confirm", ["name", "yes", "none"])
async def test_a_reset_always_asks_says_how_many_and_prepares_mail_and_post(
    tmp_path: Path, confirm: str
) -> None:
    with mailroom(tmp_path, confirm=confirm) as room:
        asked = await room.types("optin reset")
        said = await room.types("yes")

        assert asked.startswith("This sets 1 guest back to opted out")
        assert "There is no undo" in asked
        assert said.startswith("1 guest is set back to opted out")
        assert "Drafted: campaign 1 to their contacts and post 2 to the announce list." in said


@pytest.mark.parametrize("answer", ["", "no", "vps31"])
async def test_any_other_answer_resets_nothing(tmp_path: Path, answer: str) -> None:
    with mailroom(tmp_path, confirm="yes") as room:
        said = await room.types("optin reset", answer)

        assert [wish.wanted for wish in room.notices.wishes] == [True]
        assert "in one line: optin reset --confirm" in said


async def test_a_repeated_reset_acts_once(room: Room) -> None:
    for _ in range(2):
        await room.person.types("optin reset --confirm", key="same")

    assert len(await room.front.campaigns.campaigns()) == 2


async def test_only_who_operates_may_reset(room: Room) -> None:
    room.become("os:bob")

    assert "needs the role operate" in await room.types("optin reset --confirm")


async def test_the_holds_over_a_guest_are_shown_with_what_was_said_about_it(room: Room) -> None:
    said = await room.types(
        'hold "a look first"',
        'hold host clockwork "another"',
        'hold kernel xen/pv/linux-3.16 "breaks"',
        "optin show vps31",
    )

    since = "since 2021-08-25 20:00 UTC, by os:dora"
    assert said.splitlines()[-2:] == [
        f"On hold everywhere {since}: a look first",
        f"On hold for kernel family xen/pv/linux-3.16 {since}: breaks",
    ]
