"""A customer on the page of a guest: in a browser without script, on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.integration.web.conftest import Visit
from tests.integration.web.deeds import alert, opt_in, opt_out, opted_in, stated
from tests.integration.web.place import Place

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    "kernel",
    [
        "6.1.0-13-amd64",
        "4.2.0",
        "5.10.0-8-amd64",  # Debian
        "4.18.0-348.el8.x86_64",  # CentOS
        "5.4.0-84-generic",  # Ubuntu
        "3.10.0-1160.42.2.el7.x86_64",  # old, and configured as mended
    ],
)
def test_a_kernel_that_is_new_enough_is_accepted(
    place: Place, visit: Visit, guest: str, kernel: str
) -> None:
    page = visit(place.link(guest))
    before = stated(page)

    opt_in(page, kernel)

    assert (opted_in(page), stated(page), alert(page)) == (True, before + 1, "")
    assert kernel in page.locator("section.state").inner_text()
    assert page.url == place.link(guest)


@pytest.mark.parametrize(
    ("kernel", "why"),
    [
        ("3.16.0-4-amd64", "older than 4.2"),
        ("2.6.32-754.el6.x86_64", "older than 4.2"),
        ("4.1.99", "older than 4.2"),
        ("4.2.0-rc6", "older than 4.2"),
        ("no idea, sorry", "cannot read this"),
        ("5.15.90.1-microsoft-standard-WSL2", "your own computer"),
        ("", "Enter the kernel"),
    ],
)
def test_another_is_refused_with_the_reason_and_what_was_typed(
    place: Place, visit: Visit, guest: str, kernel: str, why: str
) -> None:
    page = visit(place.link(guest))
    before = stated(page)

    opt_in(page, kernel)

    assert why in alert(page)
    assert page.locator("#kernel").input_value() == kernel
    page.get_by_role("alert").locator("a").first.click()  # leads to the field
    expect(page.locator("#kernel")).to_be_focused()
    page.goto(place.link(guest))
    assert stated(page) == before


def test_each_change_is_mailed_with_a_link_that_takes_it_back_once(
    place: Place, visit: Visit, guest: str
) -> None:
    page = visit(place.link(guest))
    opt_out(page)
    assert not opted_in(page)
    opt_in(page, "6.1.0-13-amd64")
    (undo,) = place.paths(guest, "undo")  # only this one: before, no kernel was attested

    page.goto(place.address + undo)
    page.get_by_role("button", name="Take it back").click()

    assert not opted_in(page)
    page.goto(place.address + undo)
    assert "nothing left to take back" in page.locator("h1").inner_text()


def test_who_has_lost_the_link_has_it_mailed(place: Place, visit: Visit, guest: str) -> None:
    page = visit(f"{place.address}/links")
    page.get_by_label("Your address for mail").fill(place.contact(guest))
    page.get_by_role("button", name="Send me my link").click()
    assert (
        "If this is the address of one of our contacts" in page.get_by_role("status").inner_text()
    )

    link = place.paths(guest, "optin")[0]
    page.goto(place.address + link)

    assert "Suspend+restore for" in page.locator("h1").inner_text()


def test_reload_and_the_way_back_repeat_nothing(place: Place, visit: Visit, guest: str) -> None:
    page = visit(place.link(guest))
    opt_in(page, "6.1.0-13-amd64")
    stood = stated(page)

    page.reload()
    page.go_back()
    page.go_forward()
    page.goto(f"{place.link(guest)}/in")

    assert page.url == place.link(guest)
    assert (stated(page), opted_in(page)) == (stood, True)


def test_a_button_that_is_pressed_twice_is_one_statement(
    place: Place, visit: Visit, guest: str
) -> None:
    page = visit(place.link(guest))
    before = stated(page)
    page.locator("#kernel").fill("6.1.0-13-amd64")
    page.get_by_label("I have read").check()

    page.locator("form[action$='/in'] button").dblclick()
    # The page that comes has the same address: only what it lists says that it is there.
    expect(page.locator(".history li")).to_have_count(before + 1)

    assert (opted_in(page), alert(page)) == (True, "")
    page.reload()
    assert stated(page) == before + 1


def test_a_form_that_is_sent_twice_is_one_statement(place: Place, visit: Visit, guest: str) -> None:
    page = visit(place.link(guest))
    before, path = stated(page), place.link(guest).removeprefix(place.address)
    seal = page.locator("input[name=seal]").first.input_value()
    form = f"seal={seal}&kernel=6.1.0-13-amd64&read=yes"

    sent = [place.ask("POST", f"{path}/in", form)[0] for _ in range(2)]
    page.reload()

    assert (sent, stated(page)) == ([303, 303], before + 1)


def test_of_two_tabs_the_late_one_is_shown_what_is_true(
    place: Place, visit: Visit, guest: str
) -> None:
    first, second = visit(place.link(guest)), visit(place.link(guest))
    opt_in(first, "6.1.0-13-amd64")

    opt_in(second, "5.10.0-8-amd64")
    assert "Something was changed meanwhile" in alert(second)
    assert "6.1.0-13-amd64" in second.locator("section.state").inner_text()

    opt_out(second)  # one press, always
    first.reload()
    assert (opted_in(second), opted_in(first)) == (False, False)


def test_an_old_link_a_forged_one_and_another_guests_are_answered_alike(
    place: Place, visit: Visit, guest: str
) -> None:
    link = place.link(guest)
    head, _, tail = link.rpartition(".")
    altered = (
        place.link(guest, timedelta(days=91)),
        link[:-1],
        f"{head}.{tail[::-1]}",
        f"{place.link(next(place.guests)).rpartition('.')[0]}.{tail}",
        f"{place.address}/undo/{link.rpartition('/')[2]}",
        f"{place.address}/optin/nobody",
    )
    page = visit(altered[0])
    answers = set()
    for each in altered:
        answer = page.goto(each)
        assert answer
        answers.add((answer.status, page.content()))

    assert len(answers) == 1
    assert page.get_by_role("link", name="Send me my link").count() == 2


def test_a_trial_is_asked_for_and_withdrawn(place: Place, visit: Visit, guest: str) -> None:
    page = visit(place.link(guest))
    page.get_by_label("for the trial").fill("6.1.0-13-amd64")
    page.get_by_label("When it would suit you").fill("any evening")
    page.get_by_role("button", name="Ask for a trial").click()
    assert "any evening" in page.locator("section[aria-labelledby=trial]").inner_text()

    page.get_by_role("button", name="Withdraw the wish").click()

    assert page.get_by_role("button", name="Ask for a trial").count() == 1


def test_everything_can_be_done_with_the_keyboard(place: Place, visit: Visit, guest: str) -> None:
    page = visit(place.link(guest), width=1100)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for key in ("Tab", "Enter"):  # the first thing in it is the way out
        page.keyboard.press(key)
    page.wait_for_selector("#state:text-is('Not opted in')")
    page.locator("#main").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#kernel")).to_be_focused()
    page.keyboard.type("6.1.0-13-amd64")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")  # the link to the warning
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_selector("#state:text-is('Opted in')")
