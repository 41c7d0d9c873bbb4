"""The loopback relay that tests rely on keeps true account of what it accepted."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from notifications.settings import Relay
from notifications.transport.smtp import SmtpTransport
from notifications.verdict import Meaning
from tests.smtp_faults import Fault, Faults
from tests.unit.notifications.transport.relays import CONTENT, sent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def process(log: Path, *faults: str) -> Iterator[int]:
    """Serve in another process; yield its port."""
    command = [sys.executable, "-m", "tests.smtpd", "--log", str(log), "--durable", "--faults"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([*command, *faults], **pipes) as server:  # type: ignore[call-overload]
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()
            server.wait()


async def test_as_a_process_it_logs_what_it_accepted(tmp_path: Path) -> None:
    with process(tmp_path / "log", "550_rcpt,match=b*", "drop_after_dot,match=c*") as port:
        made = SmtpTransport(Relay(host="127.0.0.1", port=port, security="none", greeting="x"))
        one = await made.connect()
        verdicts = [await sent(one, f"{name}@example.org") for name in "abc"]
        await one.close()
    entries = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [v.meaning for v in verdicts] == [Meaning.ACCEPTED, Meaning.REFUSED, Meaning.UNKNOWN]
    assert [entry["rcpt"] for entry in entries] == ["a@example.org", "c@example.org"]
    assert {entry["message_id"] for entry in entries} == {"<1@example.net>"}
    assert {entry["sha256"] for entry in entries} == {sha256(CONTENT).hexdigest()}


def test_a_fault_is_read_from_its_text() -> None:
    fault = Fault.parse("421:data,match=*@x,times=2,share=0.5")
    assert fault == Fault(name="421", phase="data", match="*@x", times=2, share=0.5)


@pytest.mark.parametrize("text", ["", "no_such_fault", "421,color=red", "421,times=x", "421,x"])
def test_a_text_that_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        Fault.parse(text)


def test_a_share_is_drawn_alike_every_time() -> None:
    faults = (Fault(name="550_rcpt", share=0.3),)
    names = [f"r{n}" for n in range(500)]
    one, other = (
        [name for name in names if Faults(faults=faults, seed=4).strike("rcpt", name)]
        for _ in range(2)
    )
    assert one == other
    assert 100 < len(one) < 200
