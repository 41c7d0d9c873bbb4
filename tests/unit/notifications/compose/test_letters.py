"""Letters and posts: the fields they have, and those they must not have."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from notifications.compose.letters import dated, message_id
from notifications.compose.mailbox import parse
from notifications.errors import BadCampaign, Problem
from tests.unit.notifications.compose.parts import (
    AT,
    HOUSE,
    NOTICE,
    OFFER,
    TOKENS,
    campaign,
    composer,
    recipient,
)

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from notifications.terms import Kind

ANNA = parse("anna@example.org")
FIRST = "<6.abc@example.net>"


def letter(folder: Path, kind: Kind, *guests: str, name: str = "Anna Berg") -> bytes:
    return composer(folder).letter(kind, campaign(), recipient(*guests, name=name), ANNA)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)


@pytest.mark.failure(46)
def test_a_letter_lists_all_items_of_its_recipient(tmp_path: Path) -> None:
    text = composer(tmp_path).sample_parts(letter(tmp_path, NOTICE, "aster", "begonia"))[1]

    assert text == "Hello Anna Berg,\n\n- aster\n- begonia\n\nExample Hosting\n"


def test_a_service_notice_has_these_fields_and_no_others(tmp_path: Path) -> None:
    found = read(letter(tmp_path, NOTICE, "aster"))

    assert dict(found.items()) == {
        "From": "Example Hosting <support@example.net>",
        "Reply-To": "Example Hosting <support@example.net>",
        "To": "Anna Berg <anna@example.org>",
        "Subject": "[Example Hosting] News",
        "Message-ID": TOKENS.message_id(7, ANNA.same, "example.net"),
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="us-ascii"',
        "Content-Transfer-Encoding": "7bit",
    }


def test_an_offer_can_be_stopped_with_one_click(tmp_path: Path) -> None:
    content = letter(tmp_path, OFFER)
    link = f"https://panel.example.net/unsubscribe/{TOKENS.unsubscribe(ANNA.same)}"

    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in content
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content
    assert link in composer(tmp_path).sample_parts(content)[1]


def test_html_stands_beside_the_text_where_the_kind_has_it(tmp_path: Path) -> None:
    html = read(letter(tmp_path, OFFER, name="<script>")).get_body(("html",))

    assert html
    assert html.get_content() == "<p>&lt;script&gt;</p>\r\n"


def test_what_concerns_one_person_is_not_bulk(tmp_path: Path) -> None:
    assert "Precedence" not in read(letter(tmp_path, replace(NOTICE, bulk=False)))


def test_the_same_recipient_gets_the_same_bytes(tmp_path: Path) -> None:
    assert letter(tmp_path, OFFER, "aster") == letter(tmp_path, OFFER, "aster")


@pytest.mark.failure(45)
def test_a_name_that_ends_a_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCampaign) as refused:
        letter(tmp_path, NOTICE, name="Anna\r\nBcc: eve@example.org")

    assert refused.value.problem is Problem.BAD_VALUE
    assert refused.value.fields == {"name": "To", "why": "control"}


@pytest.mark.failure(45)
def test_a_value_that_ends_a_line_of_the_subject_is_refused(tmp_path: Path) -> None:
    about = campaign(topic="News\r\nBcc: eve@example.org")

    with pytest.raises(BadCampaign) as refused:
        composer(tmp_path).post(NOTICE, about, "")

    assert refused.value.fields == {"name": "Subject", "why": "control"}


def test_no_value_takes_the_place_of_the_house(tmp_path: Path) -> None:
    about = campaign(house={"name": "Eve"}, to="", items="")
    content = composer(tmp_path).letter(NOTICE, about, recipient("aster"), ANNA)

    assert b"Eve" not in content


def test_a_post_goes_to_the_list_from_the_house(tmp_path: Path) -> None:
    content = composer(tmp_path).post(NOTICE, campaign(), "")
    found = read(content)

    assert found["To"] == "announce@lists.example.net"
    assert message_id(content) == TOKENS.message_id(7, found["To"], "example.net")
    assert found["In-Reply-To"] is found["References"] is None
    assert found.get_content() == "Campaign 7 of hold\r\n"


def test_a_post_continues_the_thread_of_another(tmp_path: Path) -> None:
    found = read(composer(tmp_path).post(NOTICE, campaign(), FIRST))

    assert found["In-Reply-To"] == found["References"] == FIRST


def test_without_a_list_there_is_no_post(tmp_path: Path) -> None:
    with pytest.raises(BadCampaign) as refused:
        composer(tmp_path, replace(HOUSE, list="")).post(NOTICE, campaign(), "")

    assert refused.value.problem is Problem.NO_ANNOUNCE


def test_a_letter_has_no_date_until_it_is_handed_over(tmp_path: Path) -> None:
    content = letter(tmp_path, NOTICE)

    assert b"\r\nDate:" not in content
    assert dated(content, AT) == b"Date: Sun, 29 Aug 2021 01:02:18 +0000\r\n" + content


def test_an_envelope_bears_the_mark_of_its_delivery(tmp_path: Path) -> None:
    envelope = composer(tmp_path).envelope(12, "Anna@Bücher.example", 3000)

    assert TOKENS.delivery(envelope.sender) == TOKENS.delivery(envelope.id) == 12
    assert envelope.recipient == "Anna@xn--bcher-kva.example"
    assert (envelope.utf8, envelope.size) == (False, 3000)


def test_without_an_address_for_bounces_they_come_back_to_people(tmp_path: Path) -> None:
    without = composer(tmp_path, replace(HOUSE, bounces=""))

    assert without.envelope(12, ANNA).sender == HOUSE.address


def test_a_test_mail_is_marked_and_goes_to_who_tests(tmp_path: Path) -> None:
    content = letter(tmp_path, OFFER)
    found = read(composer(tmp_path).test(content, 8, parse("ben@example.net")))

    assert (found["To"], found["Subject"]) == ("ben@example.net", "[Test] News")
    assert found["Message-ID"] == TOKENS.message_id(8, "ben@example.net", "example.net")


def test_a_test_mail_has_the_body_of_the_sample_and_no_one_click(tmp_path: Path) -> None:
    content = letter(tmp_path, OFFER)
    made = composer(tmp_path).test(content, 8, parse("ben@example.net"))

    assert made.partition(b"\r\n\r\n")[2] == content.partition(b"\r\n\r\n")[2]
    assert b"List-Unsubscribe" not in made.partition(b"\r\n\r\n")[0]
