"""What is not let in: too much, too often, of another kind, from another page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.web.terms import Rates
from tests.unit.web.conftest import pages
from tests.unit.web.memory import Memory
from tests.unit.web.reader import Answer, Reader

IN = "/optin/link-mulberry/in"
GOOD = {"seal": "seal-mulberry-0", "kernel": "6.1.0-13-amd64", "read": "yes"}
CLICK = b"List-Unsubscribe=One-Click"


def _refused(answer: Answer, memory: Memory, status: int) -> None:
    assert (answer.status, memory.changes) == (status, [])
    assert "<h1>" in answer.text  # in the style of the pages


@pytest.mark.parametrize(
    "content", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]
)
async def test_only_the_kind_that_forms_send_is_taken(
    reader: Reader, memory: Memory, content: str
) -> None:
    _refused(await reader.post(IN, GOOD, content_type=content), memory, 415)


async def test_a_form_that_says_its_charset_is_one(reader: Reader) -> None:
    kind = "application/x-www-form-urlencoded; charset=UTF-8"

    assert (await reader.post(IN, GOOD, content_type=kind)).status == 303


async def test_a_body_of_more_than_8_kib_is_refused(reader: Reader, memory: Memory) -> None:
    form = {**GOOD, "kernel": "6" * 8192}

    _refused(await reader.post(IN, form), memory, 413)
    _refused(await reader.post(IN, GOOD, content_length="8193"), memory, 413)
    _refused(await reader.post(IN, GOOD, content_length="9" * 30), memory, 413)


@pytest.mark.parametrize(
    "body",
    [
        b"&".join(b"f%d=1" % number for number in range(11)),
        b"seal=a&seal=b",
        b"kernel=%ff%fe",
        b"kernel=\xff",
    ],
)
async def test_a_body_that_is_no_form_of_ours_is_refused(
    reader: Reader, memory: Memory, body: bytes
) -> None:
    _refused(await reader.post(IN, body), memory, 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://panel.example.net.evil.example"},
        {"origin": "https://panel.example.net:444"},
        {"sec_fetch_site": "cross-site", "origin": "null"},
        {"sec_fetch_site": "same-site"},
    ],
)
async def test_what_another_page_sends_is_refused(
    reader: Reader, memory: Memory, headers: dict[str, str]
) -> None:
    _refused(await reader.post(IN, GOOD, **headers), memory, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://panel.example.net"},
        {"origin": "http://panel.example.net"},  # as the server was asked, behind no proxy
        {"origin": "null", "sec_fetch_site": "same-origin"},  # as browsers send our own forms
        {"sec_fetch_site": "none"},
    ],
)
async def test_what_our_own_page_sends_is_taken(reader: Reader, headers: dict[str, str]) -> None:
    assert (await reader.post(IN, GOOD, **headers)).status == 303


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_are_refused_in_the_same_style(
    reader: Reader, memory: Memory, method: str
) -> None:
    _refused(await reader.ask(method, "/optin/link-mulberry"), memory, 405)


async def test_a_mail_program_stops_offers_by_one_click(reader: Reader, memory: Memory) -> None:
    done = await reader.post("/unsubscribe/offers", CLICK, origin="https://mail.example")

    assert (done.status, memory.changes) == (200, [("no offers",)])
    assert "set-cookie" not in done.headers


async def test_one_click_may_come_in_parts_and_nothing_else_stops_offers(
    reader: Reader, memory: Memory
) -> None:
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
        b"One-Click\r\n--x--\r\n"
    )

    empty = await reader.post("/unsubscribe/offers", b"")
    assert (empty.status, memory.changes) == (400, [])
    kind = "multipart/form-data; boundary=x"
    done = await reader.post("/unsubscribe/offers", parts, content_type=kind)

    assert (done.status, memory.changes) == (200, [("no offers",)])


RATES = Rates(gets=3, posts=3, asks=2)


async def test_who_asks_too_often_is_told_when_to_try_again(memory: Memory) -> None:
    reader = Reader(application=pages(memory, RATES).application())
    for _ in range(3):
        assert (await reader.get("/status")).status == 200
    late = await reader.get("/status")

    assert (late.status, late.headers["retry-after"]) == (429, "20")
    assert "Please try again in 20 seconds." in late.plain
    assert (await replace(reader, address="192.0.2.8").get("/status")).status == 200


async def test_forms_and_wishes_for_links_have_limits_of_their_own(memory: Memory) -> None:
    reader = Reader(application=pages(memory, RATES).application())
    asked = [await reader.post("/links", {"address": f"{n}@example.net"}) for n in range(3)]
    sent = [await reader.post(IN, GOOD) for _ in range(2)]

    assert [answer.status for answer in asked] == [200, 200, 429]
    assert asked[2].headers["retry-after"] == "300"
    assert [answer.status for answer in sent] == [303, 429]


async def test_a_whole_network_of_ipv6_is_one_client(memory: Memory) -> None:
    application = pages(memory, RATES).application()
    hosts = [f"2001:db8:1:2::{n:x}" for n in range(4)]
    answers = [await Reader(application=application, address=h).get("/status") for h in hosts]

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    other = await Reader(application=application, address="2001:db8:1:3::1").get("/status")
    assert other.status == 200
