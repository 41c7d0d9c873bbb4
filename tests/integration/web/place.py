"""The real program on the demo fleet, serving its pages; and the links of its customers."""

from __future__ import annotations

import email
import http.client
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from functools import cached_property
from pathlib import Path

from bot.maintenance.customers.links import Links
from bot.rules.fleet import Fleet, Role
from bot.settings import load, shipped
from tests.integration.patience import free_port, until_now
from tests.integration.program import ROOT

KEY = "the key of links, of a test that guards nothing"
WORLD = datetime(2021, 8, 26, tzinfo=UTC)  # the day on which the demo plays
FIXED = "3.10.0-1160*.el7.x86_64"  # what the configuration says is mended by its distributor
_PATH = re.compile(r"https?://[^/\s]+(/(?:optin|undo|unsubscribe)/[\w.-]+)")
_UNCHANGING = ("opt_in", "trial_wish", "link_generation", "mail_campaign", "mail_suppression")


@dataclass(kw_only=True)
class Place:
    """One daemon over a data folder of its own."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        """Return where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def fleet(self) -> Fleet:
        """Return the fleet of the demo."""
        return load(shipped("config") / "demo", data=self.folder).fleet

    @cached_property
    def guests(self) -> Iterator[str]:
        """Return customers' guests that are opted in, one after the other, each once."""
        guests = [g for g in self.fleet.guests.values() if g.role is Role.CUSTOMER]
        return iter([g.name for g in guests if g.contact and g.opted_in])

    def link(self, guest: str, age: timedelta = timedelta(0)) -> str:
        """Return the personal link of *guest*, made so long ago."""
        links = Links(self.address, KEY.encode(), self.fleet)
        return links.of(guest, 0, WORLD - age)

    def contact(self, guest: str) -> str:
        """Return the address of the contact of *guest*."""
        return self.fleet.contacts[self.fleet.guests[guest].contact].address

    def mails(self, to: str) -> list[str]:
        """Return the texts of the mails that went to *to*, oldest first."""
        files = sorted((self.folder / "mail").rglob("*.eml"), key=lambda path: path.stat().st_mtime)
        mails = [
            email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in files
        ]
        bodies = [(str(mail["To"]), mail.get_body(("plain",))) for mail in mails]
        return [body.get_content() for whom, body in bodies if to in whom and body]

    def paths(self, guest: str, kind: str, number: int = 1) -> list[str]:
        """Return the links of a *kind* that mails about *guest* have, once there are *number*."""
        found: list[str] = []

        def look() -> bool:
            mails = [mail for mail in self.mails(self.contact(guest)) if guest in mail]
            every = (path for mail in mails for path in _PATH.findall(mail))
            found[:] = [path for path in every if path.startswith(f"/{kind}/")]
            return len(found) >= number

        until_now(look)
        return found

    def rows(self) -> dict[str, int]:
        """Return how many rows the tables have that customers can change."""
        path = self.folder / "maint.sqlite"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
            counts = {
                table: database.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608
                for table in _UNCHANGING
            }
        database.close()
        return counts

    def ask(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Send one request; return status, headers in small letters, and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        try:
            connection.request(method, path, body or None, {**kind, **headers})
            answer = connection.getresponse()
            known = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, known, answer.read().decode()
        finally:
            connection.close()

    def command(self, *words: str) -> str:
        """Let a person of staff type a command; return what is said."""
        outcome = subprocess.run(
            self._words(*words),
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        return outcome.stdout + outcome.stderr

    @contextmanager
    def working(self, *words: str) -> Iterator[None]:
        """Let a person of staff type a command that goes on until the end of the block."""
        with (self.folder / "staff").open("ab") as said:
            process = subprocess.Popen(
                self._words(*words),
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)

    @contextmanager
    def served(self) -> Iterator[Path]:
        """Serve until the end of the block; yield the file of the log."""
        log = self.folder / "log"
        self.folder.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as said:
            process = subprocess.Popen(
                self._words("serve"),
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        try:
            until_now(self._answers)
            yield log
        finally:
            process.terminate()
            process.wait(60)

    def _answers(self) -> bool:
        with suppress(OSError):
            return self.ask("GET", "/healthz")[0] == http.client.OK
        return False

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot", "--demo", "--data", str(self.folder), *words]

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "USER": "anna",
            "MAINT_SECRETS__KEY": KEY,
            "MAINT_WEB__PORT": str(self.port),
            "MAINT_WEB__PROXIES": json.dumps(["127.0.0.1"]),
            "MAINT_POLICY__FIXED_KERNELS": json.dumps([FIXED]),
        }
