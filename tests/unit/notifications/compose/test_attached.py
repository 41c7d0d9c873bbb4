"""A calendar that all letters of a campaign carry: where it stands, and that it comes back."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from notifications import values
from notifications.compose import mime
from notifications.compose.mailbox import parse
from notifications.errors import BadCampaign, Problem
from notifications.order import understood
from notifications.terms import Draft
from tests.unit.notifications.compose.parts import (
    HOUSE,
    NOTICE,
    OFFER,
    campaign,
    composer,
    recipient,
)

if TYPE_CHECKING:
    from pathlib import Path

    from notifications.order import Order
    from notifications.terms import Kind

ANNA = parse("anna@example.org")
KIND = replace(NOTICE, calendar=True)
PLAIN = "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:PUBLISH\nX-A:1\nEND:VCALENDAR\n"
# A value that is folded where a space ends the line, and one that begins as a mail does.
WIDE = PLAIN.replace("X-A:1", "X-A:Größe 👩 \n  of\n  \nFrom :x\nX-B:" + "ü" * 30)


def letter(folder: Path, kind: Kind = KIND, calendar: object = PLAIN) -> EmailMessage:
    about = campaign(calendar=calendar)
    content = composer(folder).letter(kind, about, recipient("aster"), ANNA)
    return message_from_bytes(content, policy=default)


def types(mail: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def carried(calendar: str) -> EmailMessage:
    content = mime.mail([], "Größe", "<p>x</p>", mime.attached(calendar))
    (part,) = message_from_bytes(content, policy=default).iter_attachments()
    assert isinstance(part, EmailMessage)
    return part


def why(calendar: object) -> object:
    with pytest.raises(BadCampaign) as refused:
        mime.attached(calendar)
    assert (refused.value.problem, refused.value.fields["name"]) == (Problem.BAD_VALUE, "calendar")
    return refused.value.fields["why"]


def ordered(kind: Kind, calendar: object) -> Order:
    draft = Draft(kind="hold", actor="x", request_key="x", values={"calendar": calendar})
    return understood(draft, {"hold": kind}, HOUSE)


def test_it_stands_after_the_words(tmp_path: Path) -> None:
    found = letter(tmp_path)

    assert types(found) == ["multipart/mixed", "text/plain", "text/calendar"]
    assert [part.get_content_type() for part in found.iter_attachments()] == ["text/calendar"]


def test_it_stands_after_the_choice_of_text_and_html(tmp_path: Path) -> None:
    found = letter(tmp_path, replace(OFFER, calendar=True))

    inner = ["multipart/alternative", "text/plain", "text/html"]
    assert types(found) == ["multipart/mixed", *inner, "text/calendar"]


def test_it_says_what_it_is() -> None:
    head = mime.attached(PLAIN).partition(b"\r\n\r\n")[0]

    assert head == (
        b"Content-Type: text/calendar; charset=utf-8; method=PUBLISH;\r\n"
        b' name="maintenance.ics"\r\n'
        b'Content-Disposition: attachment; filename="maintenance.ics"\r\n'
        b"Content-Transfer-Encoding: 7bit"
    )


def test_the_method_is_that_of_the_object() -> None:
    cancelled = PLAIN.replace("PUBLISH", "CANCEL")

    assert carried(cancelled).get_param("method") == "CANCEL"


@pytest.mark.parametrize("calendar", [PLAIN, WIDE, WIDE.replace("\n", "\r\n")])
def test_it_comes_back_octet_for_octet_with_crlf(calendar: str) -> None:
    back = carried(calendar).get_payload(decode=True)

    assert back == calendar.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def test_line_ends_are_never_encoded() -> None:
    part = mime.attached(WIDE)

    assert b"Content-Transfer-Encoding: quoted-printable\r\n" in part
    assert b"=0D" not in part
    assert b"=0A" not in part
    assert max(map(len, part.split(b"\r\n"))) <= 76
    assert b"\nFrom " not in part


def test_the_same_calendar_gives_the_same_bytes(tmp_path: Path) -> None:
    twice = [letter(tmp_path, calendar=WIDE).as_bytes() for _ in range(2)]

    assert twice[0] == twice[1] != letter(tmp_path).as_bytes()


@pytest.mark.parametrize(
    ("kind", "calendar"), [(NOTICE, PLAIN), (KIND, ""), (KIND, None)], ids=["kind", "empty", "none"]
)
def test_without_one_a_letter_is_as_ever(tmp_path: Path, kind: Kind, calendar: object) -> None:
    without = composer(tmp_path).letter(NOTICE, campaign(), recipient("aster"), ANNA)

    about = campaign(calendar=calendar)
    assert composer(tmp_path).letter(kind, about, recipient("aster"), ANNA) == without


def test_a_post_never_carries_one(tmp_path: Path) -> None:
    without = composer(tmp_path).post(KIND, campaign(), "")

    assert composer(tmp_path).post(KIND, campaign(calendar=PLAIN), "") == without


def test_a_sample_shows_the_words_and_a_test_mail_carries_it(tmp_path: Path) -> None:
    made = composer(tmp_path)
    content = made.letter(KIND, campaign(calendar=PLAIN), recipient("aster"), ANNA)
    tested = message_from_bytes(made.test(content, 8, ANNA), policy=default)

    assert made.sample_parts(content)[1].startswith("Hello Anna Berg,\n")
    assert (types(tested)[-1], tested["Subject"][:6]) == ("text/calendar", "[Test]")


@pytest.mark.parametrize(
    "calendar",
    [
        7,
        ["x"],
        "x",
        PLAIN.replace("METHOD", "X-M"),
        PLAIN.replace("PUBLISH", "REQUEST"),
        "\n" + PLAIN,
    ],
)
def test_what_is_no_published_calendar_is_refused_when_drafted(calendar: object) -> None:
    assert why(calendar) == "type"
    with pytest.raises(BadCampaign):
        ordered(KIND, calendar)


def test_a_kind_without_calendars_does_not_mind_the_value() -> None:
    assert ordered(NOTICE, "x").kept == {"calendar": "x"}


def test_half_a_character_is_refused() -> None:
    assert why(PLAIN.replace("X-A:1", "X-A:\ud800")) == "control"


def test_a_calendar_is_kept_with_its_lines_and_nothing_else() -> None:
    assert values.kept({"calendar": PLAIN.replace("\n", "\r\n")}) == {"calendar": PLAIN}
    for control in ("\0", "\t", "\r", "\x7f", "\u2028", "\ud800"):
        with pytest.raises(BadCampaign):
            values.kept({"calendar": PLAIN + control})
