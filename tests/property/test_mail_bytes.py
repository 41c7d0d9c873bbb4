"""Mails as bytes: whatever goes in comes back, and nothing that was not meant gets in."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32, default
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from notifications.compose import headers, mime
from notifications.compose.letters import Composer
from notifications.compose.mailbox import parse
from notifications.compose.packing import pack, unpack
from notifications.errors import BadCampaign
from tests.unit.notifications.compose import parts
from tests.unit.notifications.compose.parts import HOUSE, NOTICE, OFFER, TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from notifications.compose.wording import Wording

few = settings(max_examples=60, deadline=None)

ANNA = parse("anna@example.org")
BOUNCES = "bounces@example.net"
# What no header field may hold.
STEERING: tuple[Literal["Cc", "Cs", "Zl", "Zp"], ...] = ("Cc", "Cs", "Zl", "Zp")

control = st.characters(categories=STEERING)
# Among arbitrary text, what folding and encoding stumble over.
stumbling = st.sampled_from(["=?utf-8?q?a?=", "  ", '"', "\\", "x" * 90, "ü" * 40, "<a@b.c>,"])
heading = st.lists(st.text(st.characters(exclude_categories=STEERING)) | stumbling).map("".join)
body = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(
        ["\r\n", "\n.\n", " \n", "\t\n", "x" * 70, "\nFrom ", "x" * 1100, "--", "=3D", "é" * 80]
    )
).map("".join)
mailbox = st.from_regex(r"[a-z0-9ü]{1,20}@[a-z0-9]{1,20}\.example", fullmatch=True)
delivery = st.integers(1, 10**19 - 1)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)


def lines(text: str) -> str:
    """Return *text* as a mail has it: line ends made equal, the last line ended."""
    equal = text.replace("\r\n", "\n").replace("\r", "\n")
    return equal if equal.endswith("\n") else equal + "\n"


# ---- header injection ----


@pytest.fixture(scope="module")
def wording(tmp_path_factory: pytest.TempPathFactory) -> Wording:
    return parts.wording(tmp_path_factory.mktemp("templates"))


def in_a_name(wording: Wording, evil: str) -> None:
    recipient = parts.recipient(name=evil)
    Composer(wording, TOKENS, HOUSE).letter(NOTICE, parts.campaign(), recipient, ANNA)


def in_a_subject(wording: Wording, evil: str) -> None:
    campaign = parts.campaign(topic=evil)
    Composer(wording, TOKENS, HOUSE).letter(NOTICE, campaign, parts.recipient(), ANNA)


def in_an_address(_: Wording, evil: str) -> None:
    parse(f"anna{evil}@example.org")


def in_a_thread(wording: Wording, evil: str) -> None:
    Composer(wording, TOKENS, HOUSE).post(NOTICE, parts.campaign(), f"<6.abc{evil}@example.net>")


def in_the_house(field: str) -> Callable[[Wording, str], None]:
    def use(wording: Wording, evil: str) -> None:
        changed: dict[str, Any] = {field: f"{getattr(HOUSE, field)}{evil}"}
        house = replace(HOUSE, **changed)
        composer = Composer(wording, TOKENS, house)
        composer.post(NOTICE, parts.campaign(), "")
        composer.letter(OFFER, parts.campaign(), parts.recipient(), ANNA)

    use.__name__ = f"in_the_house_{field}"
    return use


@pytest.mark.failure(45)
@pytest.mark.parametrize(
    "use",
    [
        in_a_name,
        in_a_subject,
        in_an_address,
        in_a_thread,
        *map(in_the_house, ["name", "address", "domain", "links", "list"]),
    ],
)
@few
@given(before=heading, control=control)
def test_no_field_lets_a_control_character_in(
    wording: Wording, use: Callable[[Wording, str], None], before: str, control: str
) -> None:
    with pytest.raises(BadCampaign) as refused:
        use(wording, f"{before}{control}Bcc: eve@example.org")

    assert refused.value.fields["why"] == "control"


# ---- header fields ----


@few
@given(value=heading)
def test_a_subject_comes_back_as_it_was(value: str) -> None:
    assert read(headers.text("Subject", value) + b"\r\n")["Subject"] == value


@few
@given(display=heading)
def test_a_name_comes_back_beside_its_one_address(display: str) -> None:
    # The newer reader puts a space between encoded words of a name, against RFC 2047.
    found = message_from_bytes(headers.person("To", display, ANNA) + b"\r\n", policy=compat32)
    name, address = parseaddr(str(found["To"]).replace("\r\n", ""))

    shown = " ".join(display.split())
    assert (str(make_header(decode_header(name))), address) == (shown, "anna@example.org")


@few
@given(value=heading, address=mailbox)
def test_fields_have_short_lines_and_nothing_encoded_in_an_address(
    value: str, address: str
) -> None:
    found = parse(address)
    fields = headers.text("Subject", value) + headers.person("To", value, found)

    # In characters: an address of another script has more bytes (RFC 6532, section 3.4).
    assert max(map(len, fields.decode().split("\r\n"))) <= headers.LINE
    assert fields.endswith((f" {found.address}\r\n".encode(), f"<{found.address}>\r\n".encode()))


# ---- bodies ----


@few
@given(text=body)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    found = read(mime.mail([], text)).get_content()

    assert found.replace("\r\n", "\n") == lines(text)


@few
@given(text=body, html=body)
def test_text_and_html_come_back_as_they_were(text: str, html: str) -> None:
    found = read(mime.mail([], text, html)).iter_parts()

    assert [lines(part.get_content()) for part in found] == [lines(text), lines(html)]


@few
@given(text=body, html=st.none() | body)
def test_every_line_ends_with_crlf_and_is_short_enough(text: str, html: str | None) -> None:
    content = mime.mail([], text, html)

    assert not set(b"\r\n") & set(content.replace(b"\r\n", b""))
    assert max(map(len, content.split(b"\r\n"))) <= mime.LONGEST


@few
@given(text=body)
def test_lines_of_quoted_printable_have_76_characters_at_most(text: str) -> None:
    head, _, quoted = mime.mail([], text + "é").partition(b"\r\n\r\n")

    assert b"quoted-printable" in head
    assert quoted.isascii()
    assert max(map(len, quoted.split(b"\r\n"))) <= 76


# ---- tokens ----


@pytest.mark.failure(49)
@few
@given(number=delivery, upper=st.booleans())
def test_a_return_path_leads_back_whatever_its_case(number: int, upper: bool) -> None:  # noqa: FBT001 - drawn
    path = TOKENS.return_path(BOUNCES, number)

    assert TOKENS.delivery(path.upper() if upper else path) == number


@pytest.mark.failure(49)
@few
@given(number=delivery, data=st.data())
def test_a_return_path_with_one_other_character_is_forged(number: int, data: st.DataObject) -> None:
    mark = TOKENS.mark(number)
    place = data.draw(st.integers(0, len(mark) - 1))
    other = data.draw(st.characters())
    assume(other.lower() != mark[place])

    forged = mark[:place] + other + mark[place + 1 :]
    assert TOKENS.delivery(f"bounces+{forged}@example.net") is None


@pytest.mark.failure(49)
@few
@given(text=st.text())
def test_no_text_is_a_token(text: str) -> None:
    assert TOKENS.delivery(text) is None
    assert TOKENS.mailbox(text) is None


@few
@given(address=mailbox)
def test_an_unsubscribe_token_leads_back_to_its_mailbox(address: str) -> None:
    same = parse(address).same

    assert TOKENS.mailbox(TOKENS.unsubscribe(same)) == same


@few
@given(address=mailbox, data=st.data())
def test_an_unsubscribe_token_with_one_other_character_is_forged(
    address: str, data: st.DataObject
) -> None:
    token = TOKENS.unsubscribe(address)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters())
    assume(other != token[place])

    assert TOKENS.mailbox(token[:place] + other + token[place + 1 :]) is None


# ---- packing ----


@few
@given(content=st.binary(), base=st.binary(), times=st.integers(1, 300))
def test_what_was_packed_comes_back(content: bytes, base: bytes, times: int) -> None:
    assert unpack(pack(content * times, base * times), base * times) == content * times
