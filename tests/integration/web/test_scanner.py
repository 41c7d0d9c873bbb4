"""Whoever follows every link of every page and mail changes nothing; nor does another page."""

from __future__ import annotations

import re
import socket

import pytest

from tests.integration.web.conftest import Visit
from tests.integration.web.deeds import opt_in, opt_out
from tests.integration.web.place import Place

pytestmark = pytest.mark.timeout(300)

_LEADS = re.compile(r'(?:href|action)="(/[^"]*)"')


def test_a_scanner_that_looks_at_everything_changes_nothing(
    place: Place, visit: Visit, guest: str
) -> None:
    page = visit(place.link(guest))
    opt_out(page)
    opt_in(page, "6.1.0-13-amd64")
    (undo,) = place.paths(guest, "undo")
    before, seen = place.rows(), set[str]()
    path = place.link(guest).removeprefix(place.address)
    ahead = {path, f"{path}/progress", f"{path}/out", undo, "/", "/links", "/unsubscribe/x"}

    while ahead:
        looked = ahead.pop()
        seen.add(looked)
        for method in ("HEAD", "OPTIONS"):
            place.ask(method, looked)
        _, headers, text = place.ask("GET", looked)
        ahead |= {*_LEADS.findall(text), *filter(None, [headers.get("location")])} - seen

    assert {f"{path}/in", f"{path}/trial", "/status.json"} <= seen
    assert place.rows() == before


def test_a_page_of_somebody_else_cannot_send_our_form(
    place: Place, visit: Visit, guest: str
) -> None:
    page = visit(place.link(guest), script=True)
    seal = page.locator("input[name=seal]").first.input_value()
    path, before = place.link(guest).removeprefix(place.address), place.rows()

    status, _, _ = place.ask("POST", f"{path}/out", f"seal={seal}", Origin="https://evil.example")

    assert (status, place.rows()) == (403, before)


def test_the_server_says_nothing_of_itself_and_every_answer_is_dressed(place: Place) -> None:
    for path in ("/status", "/optin/x", "/healthz", "/style.css"):
        _, headers, _ = place.ask("GET", path)
        assert "server" not in headers
        assert headers["content-security-policy"].startswith("default-src 'none'")


def test_what_is_no_request_is_refused_and_not_logged(place: Place) -> None:
    with socket.create_connection(("127.0.0.1", place.port), timeout=30) as connection:
        connection.sendall(b"GET /optin/to\x01ken HTTP/1.1\r\nHost: x\r\n\r\n")
        said = connection.recv(1000)

    assert said.startswith(b"HTTP/1.1 400")
