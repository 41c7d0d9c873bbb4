"""Every page in every state: nothing that axe finds, no sideways scrolling, room for thumbs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.integration.web.conftest import Visit
from tests.integration.web.deeds import opt_in, opt_out, violations
from tests.integration.web.place import Place

pytestmark = pytest.mark.timeout(600)

LOOKS = [(360, False), (360, True), (1100, False), (1100, True)]
THUMB = 44  # CSS pixels
THINGS = "button, input:not([type=hidden]):not([type=checkbox]), textarea, label.tick, nav a, .go"

Reach = Callable[[Page, Place, str], None]


def _refused(kernel: str, *, read: bool = True) -> Reach:
    def reach(page: Page, place: Place, guest: str) -> None:
        page.goto(place.link(guest))
        opt_in(page, kernel, read=read)
        for more in page.locator("summary").all():
            more.click()

    return reach


def _fresh(page: Page, place: Place, guest: str) -> None:
    page.goto(place.link(guest))


def _out(page: Page, place: Place, guest: str) -> None:
    page.goto(place.link(guest))
    opt_out(page)
    page.goto(place.link(guest))


def _in(page: Page, place: Place, guest: str) -> None:
    page.goto(place.link(guest))
    opt_in(page, "6.1.0-13-amd64")


def _late(page: Page, place: Place, guest: str) -> None:
    page.goto(place.link(guest))
    page.evaluate("document.querySelectorAll('[name=seal]').forEach(e => { e.value = 'x' })")
    opt_in(page, "6.1.0-13-amd64")


def _trial(page: Page, place: Place, guest: str) -> None:
    page.goto(place.link(guest))
    page.get_by_label("for the trial").fill("6.1.0-13-amd64")
    page.get_by_role("button", name="Ask for a trial").click()


def _links_asked(page: Page, place: Place, guest: str) -> None:
    del guest
    page.goto(f"{place.address}/links")
    page.get_by_label("Your address for mail").fill("nobody@example.net")
    page.get_by_role("button", name="Send me my link").click()


def _undo(page: Page, place: Place, guest: str) -> None:
    _out(page, place, guest)
    opt_in(page, "6.1.0-13-amd64")
    page.goto(place.address + place.paths(guest, "undo")[0])
    assert page.get_by_role("button", name="Take it back").count() == 1


def _at(path: str) -> Reach:
    def reach(page: Page, place: Place, guest: str) -> None:
        page.goto(place.address + path.replace("{page}", place.link(guest).split("/", 3)[3]))

    return reach


STATES: dict[str, Reach] = {
    "fresh": _fresh,
    "in": _in,
    "out": _out,
    "old": _refused("3.16.0-4-amd64"),
    "unreadable": _refused("no idea"),
    "unread": _refused("6.1.0-13-amd64", read=False),
    "late": _late,
    "trial": _trial,
    "progress": _at("/{page}/progress"),
    "status": _at("/status"),
    "status-still": _at("/status?still"),
    "links": _at("/links"),
    "links-asked": _links_asked,
    "undo": _undo,
    "unsubscribe": _at("/unsubscribe/x"),
    "link-gone": _at("/optin/x"),
    "nowhere": _at("/nowhere"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_page_is_for_everybody(
    place: Place, visit: Visit, guest: str, axe: str, shots: Path, state: str
) -> None:
    page = visit(f"{place.address}/status", script=True)
    STATES[state](page, place, guest)

    for width, dark in LOOKS:
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.screenshot(
            path=shots / f"{state}-{width}-{'dark' if dark else 'light'}.png", full_page=True
        )
        assert violations(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert _small(page) == []


def test_a_hold_and_a_run_are_for_everybody(
    place: Place, visit: Visit, guest: str, axe: str, shots: Path
) -> None:
    said = place.command("hold", "two guests were damaged")
    assert "hold" in said
    page = visit(place.link(guest), script=True)

    page.screenshot(path=shots / "hold-360-light.png", full_page=True)

    assert "we are not honouring it at present" in page.locator("main").inner_text()
    assert violations(page, axe) == []


def _small(page: Page) -> list[str]:
    boxes = [(thing, thing.bounding_box()) for thing in page.locator(THINGS).all()]
    return [thing.inner_html() for thing, box in boxes if box and box["height"] < THUMB]
