"""From the hold to the last customer: the story of the mail of 2021, by the program as it ships.

Staff type, customers read their mail and use the links in it; every step is another process.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from tests.e2e.test_processes import FACTOR, fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds until the pages are served
KERNEL = "6.1.0-13-amd64"
_LINK = re.compile(r"http://127\.0\.0\.1:\d+/optin/\S+")
_SEAL = re.compile(r'name="seal" value="([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider whose fleet is simulated, and whose mail goes into a folder."""

    folder: Path  # of configuration and data
    place: tuple[str, ...]  # the options by which a process finds them
    port: int

    def types(self, *words: str, status: int = 0) -> str:
        """Type one command in a shell, and return what it says."""
        done = subprocess.run(
            self._command(*words),
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def sends(self, kind: str, campaign: int) -> None:
        """Draft a campaign with its post (empty: it is drafted), look at it, and send both."""
        if kind:
            self.types("campaign", "new", kind, "--announce")
        self.types("campaign", "preview", str(campaign))
        self.types("campaign", "approve", str(campaign), "--send")

    @contextmanager
    def serves(self) -> Iterator[None]:
        """Let the daemon run, and wait until its pages are served."""
        daemon = subprocess.Popen(
            self._command("serve"), cwd=ROOT, env=self._environment(), stderr=subprocess.DEVNULL
        )
        try:
            self._await_pages()
            yield
        finally:
            daemon.terminate()
            daemon.wait(60)

    def mails(self, subject: str) -> list[str]:
        """Return the texts of the mails with these words in their subject."""
        found = []
        for path in sorted((self.folder / "data" / "mail").rglob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            if subject in mail["Subject"]:
                part = mail.get_body(("plain",))
                assert part
                found.append(part.get_content())
        return found

    def await_mails(self, subject: str, count: int) -> None:
        """Look again and again, as staff would, until so many mails went out."""
        until = time.monotonic() + PATIENCE
        while len(self.mails(subject)) < count:
            assert time.monotonic() < until
            self.types("campaign", "list")
        assert len(self.mails(subject)) == count

    def _command(self, *words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "bot", *self.place, *words)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "MAINT_WEB__PORT": str(self.port)}

    def _await_pages(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                Browser(address="127.0.0.2").read(f"http://127.0.0.1:{self.port}/healthz")
            except OSError:
                assert time.monotonic() < until
            else:
                return


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A browser without script, at an address of its own: others' haste is not held against it."""

    address: str

    def read(self, link: str, **form: str) -> str:
        """Open a page, or send a form; follow where it leads."""
        place = urlsplit(link)
        connection = HTTPConnection(place.netloc, timeout=30, source_address=(self.address, 0))
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        with closing(connection):
            connection.request("POST" if form else "GET", place.path, urlencode(form), kind)
            answer = connection.getresponse()
            if leads := answer.getheader("Location"):
                return self.read(urljoin(link, leads))
            assert answer.status == 200, (answer.status, answer.reason)
            return answer.read().decode()

    def opts_in(self, link: str) -> str:
        """Do what a customer does who wants it: read the page, say the kernel, press the button."""
        seal = _SEAL.search(self.read(link))
        assert seal
        return self.read(f"{link}/in", seal=seal[1], kernel=KERNEL, read="yes")


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    return Provider(folder=tmp_path, place=tuple(fleet(tmp_path, FACTOR)), port=port)


@pytest.mark.timeout(600)
def test_everybody_who_was_set_back_opts_in_again_by_the_link_in_their_mail(
    provider: Provider,
) -> None:
    p = provider
    assert "HOLD opened by the breaker" in p.types("start", "hobgoblin", status=1)
    p.sends("feature-hold", campaign=3)
    p.types("optin", "reset", "--confirm")
    p.sends("", campaign=5)
    assert "up to 35 guests" in p.types("unhold", "4.9 to 6.1 came back", status=1)
    p.types("unhold", "4.9 to 6.1 came back", "--confirm")
    assert "Every guest is as it was before" in p.types("start", "jack")

    with p.serves():
        p.sends("reoptin", campaign=7)
        links = {link for mail in p.mails("you can opt in again") for link in _LINK.findall(mail)}
        for number, link in enumerate(sorted(links), start=1):
            assert "Opted in" in Browser(address=f"127.0.1.{number}").opts_in(link)
        p.await_mails("is opted in to suspend+restore", len(links))

    assert f"{len(links)} of 85 back in" in p.types("optin", "list")
    assert len(links) > 70
