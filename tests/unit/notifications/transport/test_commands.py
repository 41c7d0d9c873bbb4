"""What goes over the wire for one mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.transport.commands import body, commands, unsendable, xtext
from notifications.verdict import Meaning
from tests.unit.notifications.transport.relays import envelope

ALL = frozenset({"size", "dsn", "smtputf8"})


def lines(offered: frozenset[str], recipient: str = "a@example.org", **fields: object) -> list[str]:
    return [line.decode() for _, line in commands(envelope(recipient, **fields), offered)]


def unstuffed(data: bytes) -> bytes:
    """Read a body as a server does."""
    *kept, end, nothing = data.split(b"\r\n")
    assert (end, nothing) == (b".", b"")
    assert b"." not in kept
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in kept)


def test_nothing_is_said_that_was_not_offered() -> None:
    assert lines(frozenset()) == [
        "MAIL FROM:<bounces+1-a@example.net>\r\n",
        "RCPT TO:<a@example.org>\r\n",
        "DATA\r\n",
    ]


def test_no_sender_is_an_empty_path() -> None:
    assert lines(frozenset(), sender="")[0] == "MAIL FROM:<>\r\n"


def test_what_an_original_recipient_may_not_hold_is_encoded() -> None:
    assert lines(ALL, "a+b=c@example.org")[1].endswith("ORCPT=rfc822;a+2Bb+3Dc@example.org\r\n")


def test_a_recipient_beyond_ascii_gets_smtputf8_and_no_original_recipient() -> None:
    first, second, _ = lines(ALL, "jörg@example.org", utf8=True)
    assert " SMTPUTF8 " in first
    assert second == "RCPT TO:<jörg@example.org> NOTIFY=FAILURE,DELAY\r\n"


def test_a_size_that_is_not_known_is_not_told() -> None:
    assert "SIZE" not in lines(ALL, size=0)[0]


@pytest.mark.parametrize("recipient", ["", "a b@c", "a@c>\r\nRCPT", "a\x00@c", "<a@c", "\udc80@c"])
def test_a_recipient_that_could_say_more_than_an_address_is_refused(recipient: str) -> None:
    verdict = unsendable(envelope(recipient), ALL)
    assert verdict is not None
    assert (verdict.meaning, verdict.text) == (Meaning.REFUSED, "address")


def test_a_sender_that_could_say_more_than_an_address_is_no_recipients_fault() -> None:
    verdict = unsendable(envelope(sender="a> SIZE=1"), ALL)
    assert verdict is not None
    assert verdict.meaning is Meaning.RELAY


@given(st.text(max_size=40))
def test_no_address_makes_a_second_line_or_parameter(address: str) -> None:
    asked = envelope(address)
    if unsendable(asked, ALL) is None:
        assert [line.count("\r") + line.count("\n") for line in lines(ALL, address)] == [2] * 3
        assert lines(frozenset(), address)[1] == f"RCPT TO:<{address}>\r\n"


@given(st.lists(st.text(".a", max_size=4)))
def test_a_body_is_read_back_as_it_was(texts: list[str]) -> None:
    content = "".join(f"{text}\r\n" for text in texts).encode()
    assert unstuffed(body(content)) == content


def test_xtext_leaves_what_it_may() -> None:
    assert xtext("a-b.c/1 +") == "a-b.c/1+20+2B"
