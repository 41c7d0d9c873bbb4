"""Looking changes nothing, however thoroughly; and every answer is dressed the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.web.headers import ALWAYS, POLICY
from bot.web.site import Site
from tests.unit.web.conftest import HOUSE, pages
from tests.unit.web.memory import Memory
from tests.unit.web.reader import Reader

STARTS = (
    "/",
    "/status",
    "/status.json",
    "/links",
    "/healthz",
    "/style.css",
    "/favicon.ico",
    "/optin/link-mulberry",
    "/optin/link-rookery",
    "/undo/undo-rookery",
    "/unsubscribe/offers",
    "/optin/forged",
    "/nowhere",
)
PERSONAL = ("/optin/link-mulberry", "/undo/undo-rookery", "/unsubscribe/offers", "/optin/forged")


async def _opted_in(reader: Reader, memory: Memory) -> None:
    form = {"seal": "seal-rookery-0", "kernel": "6.1.0-13-amd64", "read": "yes"}
    await reader.post("/optin/link-rookery/in", form)
    memory.changes.clear()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND"])
async def test_a_scanner_that_follows_every_link_and_form_changes_nothing(
    reader: Reader, memory: Memory, method: str
) -> None:
    await _opted_in(reader, memory)
    before, ahead, seen = dict(memory.pages), set(STARTS), set[str]()

    while ahead:
        path = ahead.pop()
        seen.add(path)
        await reader.ask(method, path)
        page = await reader.get(path)
        if page.headers.get("content-type", "").startswith("text/html"):
            ahead |= {each for each in page.links | page.forms if each not in seen}

    assert {"/optin/link-rookery/out", "/undo/undo-rookery", "/unsubscribe/offers"} <= seen
    assert (memory.pages, memory.changes, memory.sent) == (before, [], [])


@pytest.mark.parametrize("path", STARTS)
async def test_every_answer_carries_every_header(reader: Reader, path: str) -> None:
    answer = await reader.get(path)

    assert {name: answer.headers[name] for name in ALWAYS} == dict(ALWAYS)
    assert "script" not in POLICY
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PERSONAL)
async def test_what_is_personal_is_kept_and_found_by_nobody(reader: Reader, path: str) -> None:
    answer = await reader.get(path)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"].startswith("noindex")


async def test_without_https_browsers_are_not_told_to_use_it(memory: Memory) -> None:
    house = replace(HOUSE, links="http://127.0.0.1:8080")
    reader = Reader(application=pages(memory, house=house).application())

    assert "strict-transport-security" not in (await reader.get("/status")).headers


async def test_the_style_is_kept_for_ever_under_its_digest_only(reader: Reader) -> None:
    page = (await reader.get("/links")).text
    (style,) = [word.split('"')[1] for word in page.split() if word.startswith('href="/style')]

    known, bare = await reader.get(style), await reader.get("/style.css")

    assert known.headers["cache-control"].endswith("immutable")
    assert bare.headers["cache-control"] == "no-cache"
    assert known.headers["content-type"].startswith("text/css")


async def test_no_page_has_a_script_or_a_style_of_its_own_or_loads_from_elsewhere(
    reader: Reader,
) -> None:
    for path in STARTS:
        text = (await reader.get(path)).text
        for forbidden in ("<script", "<style", " style=", " src=", "<img", "<iframe", "//"):
            assert forbidden not in text, path


async def test_every_unknown_link_gets_the_same_answer(reader: Reader) -> None:
    tokens = ("x", "link-mulberr", "link-", "a" * 3000, "link-mulberry%00", "..")
    paths = [f"/{kind}/{token}" for kind in ("optin", "undo") for token in tokens]
    answers = [await reader.get(path) for path in paths]
    answers += [await reader.post(f"/optin/{t}/in", {"seal": "s"}) for t in tokens]
    answers.append(await reader.post("/unsubscribe/x", b"List-Unsubscribe=One-Click"))

    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}
    assert "/links" in answers[0].links


async def test_what_another_chat_serves_is_served_beside_the_pages(place: Site) -> None:
    async def taken(request: Request) -> PlainTextResponse:
        del request
        return PlainTextResponse("taken")

    route = Route("/slack/events", taken, methods=["POST"])
    reader = Reader(application=place.application([route]))

    answer = await reader.post("/slack/events", b"x" * 100_000, content_type="application/json")

    assert (answer.status, answer.text) == (200, "taken")
