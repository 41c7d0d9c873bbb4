"""What a customer does on the page of a guest, and what is read of it."""

from __future__ import annotations

from playwright.sync_api import Page


def opt_in(page: Page, kernel: str, *, read: bool = True) -> None:
    """Fill in the form and send it."""
    page.get_by_label("Kernel of", exact=False).first.fill(kernel)
    if read:
        page.get_by_label("I have read").check()
    page.locator("form[action$='/in'] button").click()


def opt_out(page: Page) -> None:
    """Press the one button."""
    page.get_by_role("button", name="Opt out now").click()


def opted_in(page: Page) -> bool:
    """Say whether the page says so at its top."""
    state = page.locator("#state").inner_text()
    assert state in {"Opted in", "Not opted in"}
    return state == "Opted in"


def stated(page: Page) -> int:
    """Return how many statements the page lists."""
    return page.locator(".history li").count()


def alert(page: Page) -> str:
    """Return what the page alerts of; nothing: it does not."""
    found = page.get_by_role("alert")
    return found.inner_text() if found.count() else ""


def violations(page: Page, axe: str) -> list[str]:
    """Return what axe finds; it is asked by the browser's tools, which our pages cannot forbid."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]
    ]
