"""The relay of the benchmarks of mail: it accepts everything and keeps nothing."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration.patience import free_port, until_now

POSTFIX_SINK = Path("/usr/sbin/smtp-sink")
NAME = "smtp-sink" if POSTFIX_SINK.exists() else "tests.smtpd (no smtp-sink here)"
HOST = "127.0.0.1"

_COUNT = re.compile(rb"mesg=(\d+)")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Sink:
    port: int
    process: subprocess.Popen[bytes]
    accepted: int = 0  # mails, if it counts
    changed: threading.Condition = field(default_factory=threading.Condition)

    def cpu(self) -> float:
        """Return the seconds of CPU that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def wait_for(self, mails: int) -> None:
        """Return as soon as so many mails were accepted."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.accepted >= mails, timeout=180)

    def _count(self) -> None:
        assert self.process.stdout
        while told := os.read(self.process.stdout.fileno(), 65536):
            if counts := _COUNT.findall(told):
                with self.changed:
                    self.accepted = int(counts[-1])
                    self.changed.notify_all()


@contextmanager
def sink(*, counting: bool = False) -> Iterator[Sink]:
    """Run a relay in a process of its own; only Postfix's can tell at once what it accepts."""
    port = free_port()
    count = counting and POSTFIX_SINK.exists()
    process = subprocess.Popen(
        _command(port, count=count),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if count else subprocess.DEVNULL,
    )
    relay = Sink(port, process)
    counter = threading.Thread(target=relay._count) if count else None
    try:
        until_now(lambda: _listens(port))
        if counter:
            counter.start()
        yield relay
    finally:
        process.terminate()
        process.communicate() if not counter else process.wait()
        if counter:
            counter.join()


def _command(port: int, *, count: bool) -> list[str]:
    if not POSTFIX_SINK.exists():
        return [sys.executable, "-m", "tests.smtpd", "--port", str(port)]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    return [str(POSTFIX_SINK), *user, *(["-c"] if count else []), f"{HOST}:{port}", "1000"]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
