"""Pages that are reached from mail: links, undo, offers."""

from __future__ import annotations

import asyncio

import pytest

from bot.rules.errors import Code, TryAgain
from bot.web.errands import TRIES, WAITING, Errands
from bot.web.site import Site
from tests.unit.web.memory import Memory
from tests.unit.web.reader import Reader

IN = "/optin/link-rookery/in"
GOOD = {"seal": "seal-rookery-0", "kernel": "6.1.0-13-amd64", "read": "yes"}


async def _errands_done(place: Site) -> None:
    serving = asyncio.create_task(place.errands.serve())
    await place.errands.done()
    serving.cancel()


async def test_the_answer_is_the_same_for_everybody_and_comes_before_the_mail(
    reader: Reader, place: Site, memory: Memory
) -> None:
    given = ("anna@example.net", "nobody@example.com", "no address", "", "a" * 5000)
    answers = [await reader.post("/links", {"address": each}) for each in given]

    assert len({(a.status, a.body, tuple(a.headers.items())) for a in answers}) == 1
    assert memory.sent == []
    await _errands_done(place)
    assert memory.sent[:2] == ["anna@example.net", "nobody@example.com"]
    assert len(memory.sent[-1]) == 254


async def test_an_address_gets_one_mail_in_ten_minutes_and_the_same_answer(
    reader: Reader, place: Site, memory: Memory
) -> None:
    first = await reader.post("/links", {"address": "anna@example.net"})
    second = await reader.post("/links", {"address": " Anna@example.net"})
    await _errands_done(place)

    assert (first.status, first.body) == (second.status, second.body)
    assert memory.sent == ["anna@example.net"]


async def test_what_does_not_fit_into_the_queue_is_dropped_and_counted() -> None:
    counted: list[str] = []

    async def send(address: str) -> None:
        del address

    errands = Errands(send, counted.append)
    for number in range(WAITING + 1):
        errands.send(f"{number}@example.net", 0.0)

    assert counted == ["asked"] * WAITING + ["dropped"]


async def test_a_mail_that_fails_does_not_stop_the_next_nor_name_the_address(
    reader: Reader, place: Site, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    memory.away = ValueError("anna@example.net is not known")
    await reader.post("/links", {"address": "anna@example.net"})
    await reader.post("/links", {"address": "bob@example.net"})
    await _errands_done(place)

    assert memory.sent == ["anna@example.net", "bob@example.net"]
    assert caplog.text.count("links could not be sent") == 2
    assert "example.net" not in caplog.text


async def test_who_got_no_mail_may_ask_again_at_once(
    reader: Reader, place: Site, memory: Memory
) -> None:
    memory.away = TryAgain(Code.STORE_UNREACHABLE)
    for _ in range(2):
        await reader.post("/links", {"address": "anna@example.net"})
        await _errands_done(place)

    assert memory.sent == ["anna@example.net"] * 2 * TRIES


async def test_undo_shows_what_it_would_do_and_does_it(reader: Reader, memory: Memory) -> None:
    await reader.post(IN, GOOD)
    page = await reader.get("/undo/undo-rookery")
    assert "Now: opted in . Afterwards it is opted out again" in page.plain.replace("in.", "in .")

    done = await reader.post("/undo/undo-rookery", {"seal": "seal-rookery-1"})

    assert (done.status, done.headers["location"]) == (303, "/optin/link-rookery")
    assert not memory.pages["rookery"].wanted


async def test_undo_of_an_old_page_is_shown_anew(reader: Reader, memory: Memory) -> None:
    await reader.post(IN, GOOD)

    page = await reader.post("/undo/undo-rookery", {"seal": "x"})

    assert (page.status, memory.pages["rookery"].wanted) == (409, True)
    assert 'role="alert"' in page.text


async def test_what_was_taken_back_already_is_said(reader: Reader) -> None:
    page = await reader.get("/undo/undo-mulberry")

    assert (page.status, "/links" in page.links) == (410, True)


@pytest.mark.parametrize("path", ["/optin/link-mulberry", "/status", "/undo/undo-mulberry"])
async def test_without_a_database_everybody_is_asked_to_try_again(
    reader: Reader, memory: Memory, path: str
) -> None:
    memory.away = TryAgain(Code.STORE_UNREACHABLE)

    answer = await reader.get(path)

    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert "Nothing was recorded" in answer.plain
