"""A private Mailman 3 core on loopback, behind the private Postfix: LMTP in, SMTP out, REST."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.patience import free_port, until_now
from tests.integration.postfix_server import LIST_DOMAIN, Postfix

# Its own environment, which .ci/run makes: it needs another SQLAlchemy than ours.
PROGRAM = Path(__file__).parents[2] / ".venv" / "mailman" / "bin" / "master"
USER, PASSWORD = "restadmin", "restpass"
MODERATOR = "open sesame"

CONFIGURATION = """\
[mailman]
layout: here
site_owner: owner@example.net
[paths.here]
var_dir: {folder}/var
[mta]
incoming: mailman.mta.null.NullMTA
smtp_host: 127.0.0.1
smtp_port: {sink}
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
[webservice]
hostname: 127.0.0.1
port: {rest}
admin_user: {user}
admin_pass: {password}
workers: 1
[runner.nntp]
start: no
[runner.archive]
start: no
[runner.digest]
start: no
[runner.command]
start: no
[runner.bounces]
start: no
"""
# An announce list as its owner sets it up, without the mails that are not what is tested.
SETTINGS = {
    "default_nonmember_action": "hold",
    "default_member_action": "hold",
    "admin_immed_notify": "false",
    "respond_to_post_requests": "false",
    "send_welcome_message": "false",
    "moderator_password": MODERATOR,
}


@dataclass(frozen=True, kw_only=True)
class AnnounceList:
    """One list, with one subscriber."""

    mailman: Mailman
    name: str

    @property
    def id(self) -> str:
        """Its name on REST."""
        return f"{self.name}.{LIST_DOMAIN}"

    @property
    def address(self) -> str:
        """Where posts go."""
        return f"{self.name}@{LIST_DOMAIN}"

    def held(self) -> list[dict[str, Any]]:
        """Return what waits for a moderator."""
        found: list[dict[str, Any]] = self.mailman.ask(f"lists/{self.id}/held").get("entries", [])
        return found

    def moderate(self, action: str) -> None:
        """Do *action* with all that waits."""
        for entry in self.held():
            path = f"lists/{self.id}/held/{entry['request_id']}"
            self.mailman.ask(path, "POST", action=action)

    def trust(self, address: str) -> None:
        """Publish what *address* posts, though it is no member."""
        self.mailman.ask("members", "POST", list_id=self.id, subscriber=address, role="nonmember")
        found = self.mailman.ask("members/find", "POST", list_id=self.id, subscriber=address)
        member = found["entries"][0]["member_id"]
        self.mailman.ask(f"members/{member}", "PATCH", moderation_action="accept")


@dataclass(frozen=True, kw_only=True)
class Mailman:
    """A Mailman that runs."""

    rest: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def address(self) -> str:
        """Of its REST, as it is configured."""
        return f"http://127.0.0.1:{self.rest}/3.1"

    def ask(self, path: str, method: str = "GET", **values: str) -> dict[str, Any]:
        """Return the answer to a request that succeeds."""
        status, body = _ask(self.rest, method, path, values)
        assert status < 300, body
        return dict(json.loads(body)) if body else {}

    def announce_list(self, subscriber: str) -> AnnounceList:
        """Make a list."""
        made = AnnounceList(mailman=self, name=f"announce{next(self.numbers)}")
        self.ask("lists", "POST", fqdn_listname=made.address, style_name="legacy-announce")
        self.ask(f"lists/{made.id}/config", "PATCH", **SETTINGS)
        yes = dict.fromkeys(("pre_verified", "pre_confirmed", "pre_approved"), "true")
        self.ask("members", "POST", list_id=made.id, subscriber=subscriber, **yes)
        return made


@contextmanager
def running(postfix: Postfix) -> Iterator[Mailman]:
    """Run Mailman until the end of the block; skip where it is not installed."""
    if not PROGRAM.exists():
        pytest.skip("no Mailman is installed in .venv/mailman (.ci/run does it)")
    folder = Path(tempfile.mkdtemp(prefix="mailman"))
    mailman = Mailman(rest=free_port())
    file = folder / "mailman.cfg"
    file.write_text(
        CONFIGURATION.format(
            folder=folder,
            sink=postfix.sink,
            lmtp=postfix.lmtp,
            rest=mailman.rest,
            user=USER,
            password=PASSWORD,
        )
    )
    try:
        with _process(file, folder):
            _await_answers(mailman, postfix.lmtp)
            mailman.ask("domains", "POST", mail_host=LIST_DOMAIN)
            yield mailman
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _process(file: Path, folder: Path) -> Iterator[None]:
    with (
        (folder / "output").open("wb") as output,
        subprocess.Popen(
            [PROGRAM, "-C", file], cwd=folder, stdout=output, stderr=subprocess.STDOUT
        ) as master,
    ):
        try:
            yield
        finally:
            master.terminate()  # it ends its runners, and waits for them
            master.wait(60)


def _await_answers(mailman: Mailman, lmtp: int) -> None:
    """Wait for REST, and for LMTP: they are two processes, and either may be the later one.

    Postfix tries a post that finds nobody on LMTP again minutes later only.
    """

    def answers() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", lmtp), timeout=30) as door:
                greeted = door.recv(64).startswith(b"220")
            return greeted and _ask(mailman.rest, "GET", "system/versions", {})[0] == 200
        except OSError:
            return False

    until_now(answers)


def _ask(port: int, method: str, path: str, values: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {login}"}
    if values:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, f"/3.1/{path}", urlencode(values) or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
