"""Personal links and seals: whose they are, for how long, and what makes them useless."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.maintenance.customers.links import SEAL_HOURS, Link, Links, Sealed
from bot.rules.errors import Code, Precondition
from bot.rules.fleet import Contact, Fleet, Guest, Host

AT = datetime(2021, 9, 1, 12, tzinfo=UTC)
FLEET = Fleet(
    hosts={"hobgoblin": Host(name="hobgoblin")},
    guests={
        name: Guest(name=name, host="hobgoblin", uuid=name, contact="ann")
        for name in ("aster", "birch")
    },
    contacts={"ann": Contact(key="ann", name="Ann Archer", address="ann@archer.example")},
)


def links(key: bytes = b"key", fleet: Fleet = FLEET, days: int = 90) -> Links:
    return Links("https://panel.example.net", key, fleet, days)


def token(link: str) -> str:
    return link.rpartition("/")[2]


def opened(link: str, by: Links | None = None, *, days: float = 0) -> Link | None:
    return (by or links()).read(token(link), AT + timedelta(days=days))


def test_a_personal_link_leads_back_to_its_guest() -> None:
    link = links().of("aster", 2, AT)

    assert link.startswith("https://panel.example.net/optin/")
    assert opened(link) == Link(guest="aster", generation=2)


def test_the_links_of_one_day_are_the_same_and_those_of_two_guests_are_not() -> None:
    assert links().of("aster", 0, AT) == links().of("aster", 0, AT + timedelta(hours=3))
    assert links().of("aster", 0, AT) != links().of("birch", 0, AT)


def test_a_link_names_no_other_guest_and_no_contact() -> None:
    signed = (
        links()
        ._signers["opt-in"]
        .load_payload(token(links().of("aster", 0, AT)).split(".")[0].encode())
    )

    assert "birch" not in str(signed)
    assert "archer" not in str(signed)


@pytest.mark.parametrize("spoilt", ["", "aster", "x.y", "€", "WyJhc3RlciIsMV0.AAAA", "a" * 5000])
def test_a_token_that_is_not_ours_is_nobodys(spoilt: str) -> None:
    assert links().read(spoilt, AT) is None
    assert links().read_undo(spoilt, AT) is None
    assert links().unsealed(spoilt, "aster", AT) is None


def test_a_link_that_is_written_otherwise_is_not_the_link() -> None:
    link = token(links().of("aster", 0, AT))

    for other in (f"{link}=", f"{link}==", f"{link[:-3]}*~{link[-3:]}", f" {link}"):
        assert links().read(other, AT) is None


def test_a_token_of_another_key_is_nobodys() -> None:
    assert opened(links(b"another").of("aster", 0, AT)) is None


def test_a_link_is_good_for_its_days_and_no_longer() -> None:
    link = links(days=30).of("aster", 0, AT)

    assert opened(link, links(days=30), days=30)
    assert opened(link, links(days=30), days=31) is None


def test_a_link_is_of_no_use_to_who_is_not_the_contact_any_more() -> None:
    other = Contact(key="ann", name="Ben", address="ben@archer.example")
    moved = replace(FLEET, contacts={"ann": other})

    assert opened(links().of("aster", 0, AT), links(fleet=moved)) is None


def test_a_link_outlives_its_contacts_other_spelling() -> None:
    same = Contact(key="ann", name="Ann", address=" Ann@Archer.Example ")

    assert opened(links().of("aster", 0, AT), links(fleet=replace(FLEET, contacts={"ann": same})))


def test_a_link_of_a_guest_that_has_left_is_nobodys() -> None:
    left = replace(FLEET, guests={"birch": FLEET.guests["birch"]})

    assert opened(links().of("aster", 0, AT), links(fleet=left)) is None


def test_a_token_made_for_one_purpose_is_not_read_for_another() -> None:
    undo, seal = token(links().undo("aster", 0, 3, AT)), links().seal("aster", 3, "w1", AT)

    assert links().read(undo, AT) is None
    assert links().read(seal, AT) is None
    assert links().read_undo(token(links().of("aster", 0, AT)), AT) is None
    assert links().unsealed(undo, "aster", AT) is None


def test_a_seal_says_what_its_page_showed_and_whether_that_was_long_ago() -> None:
    seal = links().seal("aster", 7, "w1", AT)

    assert links().unsealed(seal, "birch", AT) is None
    for seconds, fresh in ((0, True), (1, False)):
        at = AT + timedelta(hours=SEAL_HOURS, seconds=seconds)
        assert links().unsealed(seal, "aster", at) == Sealed(seen=7, words="w1", fresh=fresh)


def test_an_undo_link_says_what_it_takes_back() -> None:
    undo = links().read_undo(token(links().undo("aster", 1, 7, AT)), AT)

    assert undo is not None
    assert (undo.link, undo.before) == (Link(guest="aster", generation=1), 7)


def test_without_an_address_of_pages_there_are_no_links() -> None:
    with pytest.raises(Precondition) as refused:
        Links("", b"key", FLEET).of("aster", 0, AT)

    assert refused.value.code is Code.NO_LINKS
