"""Header fields: what they look like, and what never gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.compose import headers
from notifications.compose.mailbox import parse
from notifications.errors import BadCampaign, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

ANNA = parse("anna@example.org")
CONTROLS = ["\r\n", "\n", "\r", "\0", "\t", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\ud800"]


def _text(value: str) -> bytes:
    return headers.text("X", value)


def _exact(value: str) -> bytes:
    return headers.exact("X", value)


def _person(value: str) -> bytes:
    return headers.person("X", value, ANNA)


def test_a_plain_subject_stands_as_it_is() -> None:
    assert headers.text("Subject", "Maintenance on hobgoblin") == (
        b"Subject: Maintenance on hobgoblin\r\n"
    )


def test_a_long_subject_is_folded_at_a_space() -> None:
    field = headers.text("Subject", "word " * 30 + "end")

    assert max(map(len, field.split(b"\r\n"))) <= headers.LINE
    assert field.replace(b"\r\n", b"") == b"Subject: " + b"word " * 30 + b"end"


def test_a_subject_that_is_not_ascii_is_encoded_in_short_words() -> None:
    lines = headers.text("Subject", "Überholung " * 20).split(b"\r\n")[:-1]

    assert all(len(line) <= headers.LINE for line in lines)
    assert all(b"=?utf-8?b?" in line for line in lines)


@pytest.mark.parametrize("value", ["=?utf-8?q?a?=", "two  spaces", " a", "a ", "x" * 2000])
def test_what_would_not_come_back_as_it_was_is_encoded(value: str) -> None:
    assert b"=?utf-8?b?" in headers.text("Subject", value)


@pytest.mark.parametrize(
    ("display", "field"),
    [
        ("", b"To: anna@example.org\r\n"),
        ("Anna Berg", b"To: Anna Berg <anna@example.org>\r\n"),
        ("Berg, Anna", b'To: "Berg, Anna" <anna@example.org>\r\n'),
        ('A "B" \\', b'To: "A \\"B\\" \\\\" <anna@example.org>\r\n'),
        ("Jürgen", b"To: =?utf-8?b?SsO8cmdlbg==?= <anna@example.org>\r\n"),
        ("eve@example.org>", b'To: "eve@example.org>" <anna@example.org>\r\n'),
    ],
)
def test_a_name_stands_before_its_address(display: str, field: bytes) -> None:
    assert headers.person("To", display, ANNA) == field


def test_an_address_that_is_not_ascii_is_never_encoded() -> None:
    field = headers.person("To", "Jürgen", parse("jürgen@bücher.example"))

    assert field.endswith(" <jürgen@bücher.example>\r\n".encode())


def test_what_programs_read_is_folded_between_its_words_only() -> None:
    ids = [f"<{number}.abcdefghijklmnopqrstuvwx@example.net>" for number in range(9)]
    lines = headers.exact("References", " ".join(ids)).split(b"\r\n")

    assert max(map(len, lines)) <= headers.LINE
    assert b"".join(lines) == f"References: {' '.join(ids)}".encode()


def test_a_long_link_stays_on_its_line() -> None:
    link = f"<https://panel.example.net/unsubscribe/{'x' * 400}>"

    assert headers.exact("List-Unsubscribe", link) == f"List-Unsubscribe: {link}\r\n".encode()


@pytest.mark.parametrize(("value", "why"), [("ü", "not_ascii"), ("x" * 999, "too_long")])
def test_what_cannot_be_written_exactly_is_refused(value: str, why: str) -> None:
    with pytest.raises(BadCampaign) as refused:
        headers.exact("Message-ID", value)

    assert refused.value.fields == {"name": "Message-ID", "why": why}


@pytest.mark.failure(45)
@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("write", [_text, _exact, _person])
def test_a_control_character_is_refused_in_every_sort_of_field(
    write: Callable[[str], bytes], control: str
) -> None:
    with pytest.raises(BadCampaign) as refused:
        write(f"a{control}Bcc: eve@example.org")

    assert refused.value.problem is Problem.BAD_VALUE
    assert refused.value.fields == {"name": "X", "why": "control"}
