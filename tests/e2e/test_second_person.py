"""A start that needs a second person, through the whole program: one proposes, another approves."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.cli import main
from bot.executors.simulator import violations
from bot.settings import shipped
from tests.e2e.theatre import play

if TYPE_CHECKING:
    from collections.abc import Callable

    Say = Callable[..., tuple[int, str]]

OTHER = pwd.getpwnam("daemon")
US = pwd.getpwuid(os.getuid())


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """Configure a fleet with a fast clock, whose starts need a second person."""
    config = tmp_path / "config"
    shutil.copytree(shipped("config") / "demo", config)
    for name, old, new in [
        ("world", "factor = 30", "factor = 300"),
        ("maint", "[chat]", "[chat]\nsecond_person = true\napprove_minutes = 600"),
    ]:
        file = config / f"{name}.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    return ["--config", str(config), "--data", str(tmp_path / "data")]


@pytest.fixture
def say(place: list[str], capsys: pytest.CaptureFixture[str]) -> Say:
    """Give one command: its exit status, and all that is said."""

    def command(*words: str) -> tuple[int, str]:
        status = main([*place, *words])
        said = capsys.readouterr()
        return status, (said.out + said.err).rstrip("\n")

    return command


def test_the_hold_on_everything_is_lifted_by_two_and_not_by_one(
    place: list[str], say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    say("hold", "a look first")
    status, proposed = say("unhold", "looked at all", "--confirm")
    assert (status, "proposes to lift the hold that is everywhere" in proposed) == (3, True)
    status, own = say("approve", "unhold")
    assert (status, "so somebody else must approve it" in own) == (1, True)
    assert " approve unhold --seen " in proposed.splitlines()[-1]
    assert "a look first" in say("holds")[1]

    monkeypatch.setattr(os, "getuid", lambda: OTHER.pw_uid)
    status, lifted = say("approve", "unhold")

    assert status == 0
    assert lifted.splitlines()[-1].startswith("os:daemon approves what")
    assert say("holds")[1].startswith("No hold stands")
    assert [row[2] for row in audited(place)] == ["done", "proposed", "own_lift", "done"]


def test_a_proposed_start_is_begun_by_another_and_not_by_the_same(
    place: list[str], say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, proposed = say("start", "clockwork")
    waits = proposed.splitlines()[-1]
    assert status == 3
    assert waits.startswith("clockwork waits for a person. To go on, type: maint --config ")
    assert " approve clockwork --plan " in waits

    status, own = say("approve", "clockwork")
    assert status == 1
    assert own.startswith(f"The start of clockwork was proposed by os:{US.pw_name}, so somebody")

    monkeypatch.setattr(os, "getuid", lambda: OTHER.pw_uid)
    status, begun = say(*waits.split(" type: maint ")[1].split())
    assert status == 0
    assert f"started by os:{US.pw_name}, approved by os:daemon. 15 guests to suspend" in begun
    assert violations(Path(place[-1]) / "world") == ()

    assert [row[1:] for row in audited(place)] == [
        ("start clockwork", "proposed"),
        ("approve clockwork", "own_proposal"),
        (" ".join(waits.split()[-4:]), "done"),
    ]


def audited(place: list[str]) -> list[tuple[str, str, str]]:
    """Return who asked for what, and what came of it."""
    with closing(sqlite3.connect(f"{place[-1]}/maint.sqlite")) as database:
        return database.execute("SELECT actor, text, result FROM audit ORDER BY number").fetchall()


def test_a_refused_start_waits_no_more(say: Say) -> None:
    say("start", "clockwork")

    assert "proposes a start" in say("status", "clockwork")[1]
    assert say("refuse", "clockwork")[0] == 0
    assert "proposes a start" not in say("status", "clockwork")[1]


async def test_the_start_that_a_plan_offers_starts_as_it_was_planned(tmp_path: Path) -> None:
    planned = await play(tmp_path / "plan", ["plan clockwork --no-suspend"])
    (offered,) = [line for line in planned.transcript.splitlines() if "  Start" in line]
    command = offered.strip(" →").removesuffix("Start").strip()

    started = await play(tmp_path / "start", [command])

    assert command.startswith("start clockwork --no-suspend --plan ")
    assert started.exit_status == 0
    assert "clockwork: started by os:anna. 0 guests to suspend" in started.transcript
