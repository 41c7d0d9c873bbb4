"""A browser, the program with its pages, and axe; what is missing is skipped by name."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.integration.program import ROOT
from tests.integration.web.place import KEY, Place

CHROMIUM = Path("/usr/bin/chromium")
AXE = ROOT / ".venv" / "axe"  # not in the repository: it stands in no list of ours but this
HERE = Path(__file__).parent
PATIENCE = 15_000  # milliseconds, on a machine that has other things to do
_CLIENTS = count(1)

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's browser, for one module: its loop would be in the way of others."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium is installed (the package `chromium`)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return the program, serving; its log may tell nothing by which one could act."""
    place = Place(folder=tmp_path_factory.mktemp("pages"))
    with place.served() as log:
        yield place
    said = log.read_text(encoding="utf-8")
    assert "Traceback" not in said, said
    for secret in (KEY, "/optin/", "seal", "example.org", "203.0.113."):
        assert secret not in said, said


@pytest.fixture
def guest(place: Place) -> str:
    """Return a guest that no other test has."""
    return next(place.guests)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Return what opens a page for a new visitor: without script, on a phone, unless said else.

    Nothing may be asked of others, kept, or complained about by the browser.
    """
    contexts: list[tuple[BrowserContext, list[str], list[str]]] = []

    def opened(address: str, *, width: int = 360, script: bool = False, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 740},
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
            extra_http_headers={"X-Forwarded-For": f"203.0.113.{next(_CLIENTS) % 250}"},
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        asked: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: errors.append(said.text) if _blocked(said.text) else None)
        contexts.append((context, asked, errors))
        page.goto(address)
        return page

    yield opened
    for context, asked, errors in contexts:
        assert context.cookies() == []
        assert {url.split("/")[2].partition(":")[0] for url in asked} == {"127.0.0.1"}
        assert errors == []
        context.close()


def _blocked(text: str) -> bool:
    return "Content Security Policy" in text


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the source of axe, in exactly the version that the lock file names, checked by it."""
    if shutil.which("npm") is None:
        pytest.skip("no npm is installed (the package `npm`)")
    AXE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, AXE / name)
    command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    outcome = subprocess.run(
        command, cwd=AXE, capture_output=True, text=True, check=False, timeout=240
    )
    if outcome.returncode:
        pytest.skip(f"npm could not install axe-core: {outcome.stderr[-300:]}")
    return (AXE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of screenshots: MAINT_ARTIFACTS, or one of the test's."""
    given = os.environ.get("MAINT_ARTIFACTS", "")
    folder = Path(given) if given else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
