"""Windows in a calendar: read back by the library, and as they arrive by mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import icalendar
import pytest

from bot.maintenance.notices.filters import FILTERS
from bot.maintenance.notices.kinds import KINDS
from bot.maintenance.windows.calendar import CALENDAR, Entry, calendar, event
from bot.maintenance.words import Words
from notifications import Campaign, CampaignState, House, Recipient
from notifications.compose.letters import Composer, dated
from notifications.compose.mailbox import parse
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from notifications.order import understood
from notifications.terms import Draft
from notifications.values import given
from tests.smtpd import Smtpd
from tests.unit.notifications.transport.relays import envelope, session

TEMPLATES = Path(__file__).parents[4] / "templates"
HOUSE = House(name="Example Hosting", address="support@example.net", domain="example.net")
START = datetime(2026, 12, 5, 1, tzinfo=UTC)
ENTRY = Entry(
    number=7,
    revision=0,
    changed=datetime(2026, 11, 28, 14, 30, 1, 999_999, tzinfo=UTC),
    start=START,
    end=START + timedelta(hours=2),
    hosts=("hobgoblin.example.net", "clockwork.example.net"),
    summary="Maintenance of hobgoblin.example.net and clockwork.example.net",
    description="We work on it.\n\nExample Hosting",
)
LINES = 75  # octets, RFC 5545, 3.1


def whole(text: str) -> icalendar.Calendar:
    found = icalendar.Calendar.from_ical(text)
    assert isinstance(found, icalendar.Calendar)
    return found


def altered(field: str, value: object) -> Entry:
    fields: dict[str, Any] = {field: value}
    return replace(ENTRY, **fields)


def read(text: str) -> icalendar.Event:
    (found,) = whole(text).events
    return found


def described(reason: str = "updates", *, cancelled: bool = False) -> str:
    fields = {"hosts": ENTRY.hosts, "reason": reason, "cancelled": cancelled, "page": ""}
    house = {"house": HOUSE.name, "address": HOUSE.address}
    return Words(TEMPLATES / "chat").say("calendar", "description", **fields, **house)


def test_a_window_is_published_with_its_times_in_utc() -> None:
    lines = event(ENTRY, HOUSE).split("\r\n")

    assert lines[0] == "BEGIN:VCALENDAR"
    assert {
        "METHOD:PUBLISH",
        "UID:window-7@example.net",
        "SEQUENCE:0",
        "DTSTAMP:20261128T143001Z",
        "LAST-MODIFIED:20261128T143001Z",
        "DTSTART:20261205T010000Z",
        "DTEND:20261205T030000Z",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
    } <= set(lines)


def test_a_window_says_where_and_whom_to_ask_and_invites_nobody() -> None:
    found = read(event(replace(ENTRY, page="https://status.example.net/7,8;a"), HOUSE))

    assert found["location"] == "hobgoblin.example.net, clockwork.example.net"
    assert found["organizer"] == "mailto:support@example.net"
    assert found["organizer"].params["CN"] == "Example Hosting"
    assert found["url"] == "https://status.example.net/7,8;a"
    assert "attendee" not in found


def test_a_change_is_the_same_window_with_a_higher_number() -> None:
    later = replace(ENTRY, revision=1, start=START + timedelta(days=7))

    first, second = read(event(ENTRY, HOUSE)), read(event(later, HOUSE))

    assert first["uid"] == second["uid"]
    assert (first["sequence"], second["sequence"]) == (0, 1)
    assert second.start == START + timedelta(days=7)


def test_a_cancelled_window_takes_the_event_back() -> None:
    text = event(replace(ENTRY, revision=2, cancelled=True), HOUSE)

    found = read(text)
    assert whole(text)["method"] == "CANCEL"
    assert (found["uid"], found["sequence"]) == ("window-7@example.net", 2)
    assert found["status"] == "CANCELLED"


def test_the_same_window_gives_the_same_text_in_whatever_zone_it_comes() -> None:
    there = timezone(timedelta(hours=10, minutes=30))
    zoned = replace(ENTRY, start=START.astimezone(there), changed=ENTRY.changed.astimezone(there))

    assert event(zoned, HOUSE) == event(ENTRY, HOUSE) == event(replace(ENTRY), HOUSE)


def test_several_windows_are_one_calendar_with_a_name() -> None:
    gone = replace(ENTRY, number=8, cancelled=True)

    made = calendar([ENTRY, gone], HOUSE, "Example, Hosting: maintenance")

    found = whole(made)
    # The name is a text, with its comma escaped; the library takes it as it stands.
    assert "\r\nX-WR-CALNAME:Example\\, Hosting: maintenance\r\n" in made
    assert found["method"] == "PUBLISH"
    assert [each["uid"] for each in found.events] == [
        "window-7@example.net",
        "window-8@example.net",
    ]
    assert [each["status"] for each in found.events] == ["CONFIRMED", "CANCELLED"]


def test_a_calendar_may_have_no_window() -> None:
    assert whole(calendar([], HOUSE, "none")).events == []


@pytest.mark.parametrize(
    "text",
    [
        "a, b; c: d \\n \\, \"e\" 'f' ^n",
        "METHOD:CANCEL",
        "x" * 200,
        "👩‍💻" * 60,
        "Größe " * 40,
        " ends with spaces " * 20,
    ],
)
def test_what_people_write_comes_back_and_steers_nothing(text: str) -> None:
    entry = replace(ENTRY, summary=text, description=f"{text}\nEND:VEVENT\nMETHOD:CANCEL\n{text}")

    made = event(entry, HOUSE)
    found = read(made)

    assert (found["summary"], found["description"]) == (text, entry.description)
    assert whole(made)["method"] == "PUBLISH"
    assert max(len(line.encode()) for line in made.split("\r\n")) <= LINES


@pytest.mark.parametrize("hostile", ["a\rb", "a\0b", "a\tb", "a\x7fb", "a\u2028b", "a\ud800b"])
@pytest.mark.parametrize("field", ["summary", "description", "page"])
def test_controls_and_halves_of_characters_are_refused(field: str, hostile: str) -> None:
    with pytest.raises(ValueError, match=r"^a"):
        event(altered(field, hostile), HOUSE)


@pytest.mark.parametrize("field", ["summary", "page"])
def test_only_the_description_has_lines(field: str) -> None:
    with pytest.raises(ValueError, match="METHOD"):
        event(altered(field, "a\nMETHOD:CANCEL"), HOUSE)
    with pytest.raises(ValueError, match="METHOD"):
        calendar([], HOUSE, "a\nMETHOD:CANCEL")


@pytest.mark.parametrize("field", ["start", "end", "changed"])
def test_a_time_without_a_zone_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="2026"):
        event(altered(field, START.replace(tzinfo=None)), HOUSE)


def test_a_house_with_any_letters_can_be_written_to() -> None:
    house = replace(HOUSE, name='Bücher & "Söhne"; GmbH', address="büro?a&b%@bücher.example")

    found = read(event(ENTRY, house))["organizer"]

    assert found == "mailto:b%C3%BCro%3Fa%26b%25@b%C3%BCcher.example"
    assert found.params["CN"] == house.name


def test_the_words_of_a_hostile_reason_make_an_event() -> None:
    reason = "a\r\nMETHOD:CANCEL, b; c\\n\0\ud800 👩‍💻"

    found = read(event(replace(ENTRY, description=described(reason)), HOUSE))

    assert "for a  METHOD:CANCEL, b; c\\n 👩💻, at some point" in found.description


def test_the_words_of_an_unknown_reason_give_none() -> None:
    assert described("").startswith(
        "We work on hobgoblin.example.net and clockwork.example.net, at some point in this window."
    )
    assert "updates" not in described(cancelled=True)


@pytest.mark.parametrize(("cancelled", "method"), [(False, "PUBLISH"), (True, "CANCEL")])
async def test_what_arrives_by_mail_is_the_window(cancelled: bool, method: str) -> None:  # noqa: FBT001
    reason = "Größe 👩‍💻; " + "updates, " * 30
    entry = replace(ENTRY, description=described(reason), cancelled=cancelled)
    made = event(entry, HOUSE)

    (part,) = message_from_bytes(
        await delivered(lettered(made)), policy=policy.default
    ).iter_attachments()

    assert (part.get_filename(), part.get_param("method")) == ("maintenance.ics", method)
    assert part.get_content() == made
    assert read(part.get_content()).description == entry.description


def lettered(made: str) -> bytes:
    """Return a letter that carries *made*."""
    kind = KINDS["maintenance-cancelled"]
    values = {"start": ENTRY.start, "end": ENTRY.end, "hosts": list(ENTRY.hosts), CALENDAR: made}
    draft = Draft(kind=kind.name, actor="x", request_key="x", values=values)
    campaign = Campaign(
        number=1,
        kind=kind.name,
        state=CampaignState.DRAFT,
        actor="x",
        created=START,
        values=given(understood(draft, KINDS, HOUSE).kept),
    )
    items = ({"guest": "aster", "host": ENTRY.hosts[0], "action": "suspend"},)
    anna = Recipient(address="anna@example.org", name="Anna", items=items)
    composer = Composer(Wording(TEMPLATES, FILTERS), Tokens(b"k"), HOUSE)
    return composer.letter(kind, campaign, anna, parse(anna.address))


async def delivered(content: bytes) -> bytes:
    """Return what a relay gets of *content*."""
    async with Smtpd() as relay, session(relay) as opened:
        await opened.offer(envelope())
        await opened.deliver(dated(content, START))
    return relay.mails[0].content


def test_kinds_that_name_a_date_carry_a_calendar() -> None:
    carrying = {name.removeprefix("maintenance-") for name, kind in KINDS.items() if kind.calendar}

    assert carrying == {"scheduled", "reminder", "rescheduled", "cancelled"}
