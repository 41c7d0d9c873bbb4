"""Bodies: 7bit where relays leave it alone, else quoted-printable."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest

from notifications.compose import mime
from notifications.errors import BadCampaign


def test_a_plain_text_goes_as_it_is_with_crlf() -> None:
    assert mime.mail([b"X: y\r\n"], "Hello,\n.\nbye") == (
        b"X: y\r\n"
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: text/plain; charset="us-ascii"\r\n'
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello,\r\n.\r\nbye\r\n"
    )


@pytest.mark.parametrize(
    "text",
    ["Größe\n", "x" * 999 + "\n", "space \nbye", "a\x00b", "tab\t\nb", "é" + "x" * 69 + " \nb"],
)
def test_what_a_relay_might_change_is_quoted_printable(text: str) -> None:
    content = mime.mail([], text)
    body = content.partition(b"\r\n\r\n")[2]

    assert b"Content-Transfer-Encoding: quoted-printable\r\n" in content
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert not any(line.endswith((b" ", b"\t")) for line in body.split(b"\r\n"))


@pytest.mark.parametrize("text", ["From today on.\n", "a\nFrom today\n", "ü\nFrom " + "x" * 70])
def test_no_line_begins_as_a_mailbox_file_separates_mails(text: str) -> None:
    content = mime.mail([], text)

    assert b"\nFrom " not in content
    read = message_from_bytes(content, policy=default).get_content()
    assert read.split() == text.split()
    assert max(map(len, content.split(b"\r\n"))) <= 76


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_becomes_crlf(end: str) -> None:
    assert mime.mail([], f"one{end}two").endswith(b"\r\n\r\none\r\ntwo\r\n")


def test_html_stands_beside_the_text_and_after_it() -> None:
    found = message_from_bytes(mime.mail([], "Größe", "<p>Größe</p>"), policy=default)

    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in found.iter_parts()] == ["Größe", "<p>Größe</p>"]


def test_the_same_words_give_the_same_bytes() -> None:
    assert mime.mail([], "a", "b") == mime.mail([], "a", "b") != mime.mail([], "a", "c")


def test_half_a_character_is_refused() -> None:
    with pytest.raises(BadCampaign) as refused:
        mime.mail([], "a\ud800b")

    assert refused.value.fields == {"name": "text", "why": "control"}
