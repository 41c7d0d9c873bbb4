"""Several processes at one data folder, and what ends them: the real program, on a fast clock."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.executors.simulator import violations
from bot.settings import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]
FACTOR = 200  # world seconds in a second


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """Make a fleet with a fast clock; return the options by which a process finds it."""
    return fleet(tmp_path, FACTOR)


@pytest.fixture
def slow(tmp_path: Path) -> list[str]:
    """Make a fleet on which a run lasts longer than a process needs to start on a busy machine."""
    return fleet(tmp_path, 20)


def fleet(folder: Path, factor: int) -> list[str]:
    config = folder / "config"
    shutil.copytree(shipped("config") / "demo", config)
    settings = config / "maint.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("port = 8021", "port = 0"), encoding="utf-8")  # many at once
    world = config / "world.toml"
    text = world.read_text(encoding="utf-8")
    assert "factor = 30" in text
    world.write_text(text.replace("factor = 30", f"factor = {factor}"), encoding="utf-8")
    return ["--config", str(config), "--data", str(folder / "data")]


@contextmanager
def maint(place: list[str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start the program; it does not outlive the block."""
    with subprocess.Popen(
        [*PROGRAM, *place, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], text: str) -> str:
    """Read what it says up to the line that holds *text*, and return that line."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        if text in line:
            return line
    message = f"it ended without saying {text!r}: {''.join(said)}"
    raise AssertionError(message)


def world_of(place: list[str]) -> Path:
    """Return the folder of the simulated hosts."""
    return Path(place[-1]) / "world"


def worker_of(place: list[str], host: str) -> str:
    """Return the number of the process that holds the lease of *host*, or an empty string."""
    with closing(sqlite3.connect(f"{place[-1]}/maint.sqlite")) as database:
        found = database.execute("SELECT owner FROM lease WHERE host = ?", [host]).fetchone()
    return found[0].split("-")[1] if found and found[0] else ""


def has_ended(place: list[str]) -> bool:
    """Say whether no run is open."""
    with closing(sqlite3.connect(f"{place[-1]}/maint.sqlite")) as database:
        return database.execute("SELECT 1 FROM run WHERE ended IS NULL").fetchone() is None


def wait_for(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Return once *true* says so; *process*, which is to bring that about, must live."""
    while not true():
        assert process.poll() is None
        os.sched_yield()


def test_a_second_process_follows_the_one_that_works(slow: list[str]) -> None:
    with maint(slow, "start", "clockwork") as first:
        until(first, " saved: ")
        with maint(slow, "abort", "clockwork") as second:
            followed, _ = second.communicate()
        worked, _ = first.communicate()

    assert (first.returncode, second.returncode) == (0, 0)
    assert "clockwork: ended " in followed
    assert followed.splitlines()[-1].endswith("-log.txt")
    assert "clockwork: ended " in worked
    assert violations(world_of(slow)) == ()


def test_a_daemon_goes_on_at_once_where_a_killed_one_was(place: list[str]) -> None:
    with maint(place, "start", "clockwork") as starter:
        until(starter, " saved: ")
        starter.kill()
    with maint(place, "serve") as first:
        wait_for(lambda: worker_of(place, "clockwork") == str(first.pid), first)
        first.kill()
    assert not has_ended(place)
    with maint(place, "serve") as second:
        wait_for(lambda: has_ended(place), second)
        second.send_signal(signal.SIGTERM)
        said, _ = second.communicate()

    assert (second.returncode, len(said.splitlines())) == (0, 1), said
    assert "the pages are served at http://127.0.0.1:" in said
    assert violations(world_of(place)) == ()


def test_a_status_says_when_no_process_works_on_a_run(place: list[str]) -> None:
    with maint(place, "start", "clockwork") as starter:
        until(starter, " saved: ")
        starter.kill()
    with maint(place, "status", "clockwork") as asker:
        said, _ = asker.communicate()

    assert asker.returncode == 0
    assert (
        "No process of the bot works on this run at this moment. If that stays so, start one, and "
        "it goes on from where the host is: maint serve (or: maint chat)"
    ) in said.splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_what_is_in_flight_end_and_says_how_it_goes_on(
    place: list[str], number: signal.Signals
) -> None:
    with maint(place, "start", "clockwork") as start:
        until(start, " saved: ")
        start.send_signal(number)
        said, _ = start.communicate()

    assert start.returncode == 3
    assert said.splitlines()[-1] == (
        "clockwork: stopped here, and the run is not over. What was in flight has ended; nothing "
        "is lost, and nothing will be done twice. "
        f"To go on, type: {shlex.join(['maint', *place, 'chat'])}"
    )
    assert worker_of(place, "clockwork") == ""


def test_a_second_signal_ends_it_without_a_traceback(place: list[str]) -> None:
    with maint(place, "start", "clockwork") as start:
        until(start, " saved: ")
        start.send_signal(signal.SIGINT)
        start.send_signal(signal.SIGTERM)
        said, _ = start.communicate()

    assert start.returncode in {3, 130}
    assert "Traceback" not in said


@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_a_closed_stream_does_no_harm(place: list[str], descriptor: int) -> None:
    def close() -> None:
        os.close(descriptor)

    done = subprocess.run(
        [*PROGRAM, *place, "holds"],
        preexec_fn=close,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
