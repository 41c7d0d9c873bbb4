"""The inventory beside what a host says."""

import tomllib
from pathlib import Path

import pytest

from bot.maintenance.reality import Finding, differences, findings, proposal
from bot.maintenance.words import Words
from bot.rules.fleet import Fleet, Guest, GuestFacts, GuestState, Host, Role

WORDS = Words(Path(__file__).parents[3] / "templates" / "chat")
UUID = "0e0f0b5c-54a3-4d1c-9a55-7f6a3c1d2e0"


def recorded(name: str, number: int, host: str = "imp", **fields: object) -> Guest:
    return Guest(name=name, host=host, uuid=f"{UUID}{number}", **fields)  # type: ignore[arg-type]


def seen(name: str, number: int, **fields: object) -> GuestFacts:
    ordinary = {"uuid": f"{UUID}{number}", "state": GuestState.RUNNING, "memory_mib": 1024}
    return GuestFacts(name=name, **{**ordinary, **fields})  # type: ignore[arg-type]


FLEET = Fleet(
    hosts={name: Host(name=name) for name in ("imp", "hobgoblin")},
    guests={
        guest.name: guest
        for guest in (
            recorded("vps1", 1, opted_in=True),
            recorded("vps2", 2),
            recorded("vps3", 3),
            recorded("vps4", 4, "hobgoblin"),
            recorded("mail", 5, role=Role.INFRASTRUCTURE),
        )
    },
)
SAME = [seen("mail", 5), seen("vps1", 1), seen("vps2", 2), seen("vps3", 3)]
OTHERWISE = [seen("vps1", 1), seen("vps2", 9), seen("vps4", 4), seen("vps7", 7), seen("mail", 5)]


def wrong(found: tuple[Finding, ...]) -> dict[str, object]:
    return {one.code: one.fields["guests"] for one in found if not one.good}


def test_every_kind_of_difference_is_found() -> None:
    found = differences(FLEET, "imp", OTHERWISE)

    assert [guest.name for guest in found.new] == ["vps7"]
    assert found.elsewhere == (("vps4", "hobgoblin"),)
    assert found.gone == ("vps3",)
    assert found.other == (("vps2", f"{UUID}2", f"{UUID}9"),)


def test_a_host_as_it_is_written_down_agrees() -> None:
    assert [one.code for one in findings(FLEET, "imp", SAME, 4096)] == [
        "inventory_agrees",
        "image_space",
    ]


def test_a_check_names_the_guests_of_each_difference() -> None:
    assert wrong(findings(FLEET, "imp", OTHERWISE, 4096)) == {
        "inventory_lacks": ["vps7"],
        "inventory_elsewhere": ["vps4"],
        "inventory_gone": ["vps3"],
        "inventory_uuid": ["vps2"],
    }


@pytest.mark.parametrize(("free", "good"), [(2217, True), (2216, False)])
def test_the_space_must_hold_the_images_of_all_that_would_be_suspended(
    free: int, *, good: bool
) -> None:
    space = findings(FLEET, "imp", SAME, free)[-1]  # vps1 is opted in, mail is ours

    assert (space.code, space.good) == ("image_space", good)
    assert space.fields["needed_mib"] == 2217


def test_what_is_proposed_can_be_read_as_an_inventory() -> None:
    text = proposal(WORDS, FLEET, "imp", [*OTHERWISE, seen("vps8.example", 8)])

    assert tomllib.loads(text) == {
        "guests": {
            "vps7": {"host": "imp", "uuid": f"{UUID}7", "contact": ""},
            "vps8.example": {"host": "imp", "uuid": f"{UUID}8", "contact": ""},
        }
    }


def test_what_else_differs_is_a_comment() -> None:
    comments = [
        line for line in proposal(WORDS, FLEET, "imp", OTHERWISE).split("\n") if line[0] == "#"
    ]

    assert [line.split(":")[0].strip("# ") for line in comments[1:]] == ["vps3", "vps4", "vps2"]


@pytest.mark.parametrize("name", ["two words", 'a" = { host = "x', "x\n[hosts.evil]", "\u202e"])
def test_a_hostile_name_stays_a_comment(name: str) -> None:
    assert tomllib.loads(proposal(WORDS, FLEET, "imp", [seen(name, 7)])) == {}


def test_a_guest_without_a_uuid_cannot_be_proposed() -> None:
    assert tomllib.loads(proposal(WORDS, FLEET, "imp", [seen("vps7", 7, uuid="")])) == {}
