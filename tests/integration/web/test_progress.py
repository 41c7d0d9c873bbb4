"""A customer follows a maintenance: the page shows itself anew, without script."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.integration.patience import until_now
from tests.integration.web.conftest import Visit
from tests.integration.web.deeds import violations
from tests.integration.web.place import Place

pytestmark = pytest.mark.timeout(300)

GUEST = "ambrose"  # on the host that is maintained
ELSEWHERE = "fable"
AGREED = ("2021-08-29", "20:00")  # of the demo's time, in UTC
LONG = 120_000  # milliseconds; a night of the demo takes half a minute


def test_a_guest_is_followed_until_it_is_up_again(place: Place, visit: Visit) -> None:
    page = visit(f"{place.link(GUEST)}/progress")
    assert "Nothing is going on" in page.locator("main").inner_text()

    with place.working("start", "clockwork"):
        page.reload()
        while "going on now" not in page.locator("main").inner_text():
            page.reload()
        page.get_by_text("we found it well").wait_for(timeout=LONG)  # nobody loads it anew

    other = visit(f"{place.link(ELSEWHERE)}/progress")
    assert "Nothing is going on" in other.locator("main").inner_text()


def test_a_window_that_was_announced_is_public_and_names_no_guest(
    place: Place, visit: Visit, axe: str, shots: Path
) -> None:
    said = [place.command("schedule", "hobgoblin", "from", *AGREED, "for", "4h")]
    assert not windows(place)
    said += [place.command("campaign", verb, "1") for verb in ("preview", "approve", "send")]
    until_now(lambda: bool(windows(place)))

    page = visit(f"{place.address}/status", script=True)
    shown = page.locator("main").inner_text()

    assert "hobgoblin.example.net" in shown, said
    assert "Sunday 29 August 2021, 20:00 UTC (21:00 BST)" in shown
    assert place.fleet.guests.keys() & set(re.findall(r"[\w-]+", page.content())) == set()
    page.screenshot(path=shots / "status-window.png", full_page=True)
    assert violations(page, axe) == []
    page.goto(place.link(ELSEWHERE))
    assert "Planned: Sunday 29 August 2021" in page.locator("main").inner_text()
    page.screenshot(path=shots / "guest-window.png", full_page=True)
    assert violations(page, axe) == []


def windows(place: Place) -> list[object]:
    """Return the windows that programs are told of."""
    known: list[object] = json.loads(place.ask("GET", "/status.json")[2])["windows"]
    return known
