"""work, reboot, and the tools: what is run is root's own, and keeps the locks it works under."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.executors.host_helper import durable, tools
from bot.executors.host_helper.domain import ToolFailed
from bot.executors.host_helper.verbs import host_work
from tests.unit.executors.host_helper.acting import Acting
from tests.unit.executors.host_helper.played import Played


@pytest.fixture
def command(played: Acting[Played]) -> Path:
    """Return a command that root has placed on the host."""
    played.settings.work.mkdir(parents=True)
    path = played.settings.work / "upgrade"
    path.write_text("#!/bin/sh\necho one\necho two >&2\n")
    path.chmod(0o700)
    return path


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """Hold a lock as a worker does; return where it is."""
    lock = durable.locked(tmp_path / "held")
    assert lock
    tools.HELD[:] = [lock]
    yield tmp_path / "held"
    tools.HELD[:] = []
    os.close(lock)


def work(host: Acting[Played], name: str = "upgrade") -> str:
    return str(host.do("work", guest="", image="", argument=name)["error"])


def test_a_command_prints_into_the_operations_output(played: Acting[Played], command: Path) -> None:
    assert command.exists()
    assert work(played) == ""
    assert (played.settings.state / "printed").read_text() == "one\ntwo\n"


def test_a_command_that_fails_says_how(played: Acting[Played], command: Path) -> None:
    command.write_text("#!/bin/sh\necho 'E: held broken packages'\nexit 100\n")
    answer = played.do("work", guest="", image="", argument="upgrade")

    assert answer["error"] == "tool_failed"
    assert answer["detail"] == "upgrade ended with exit status 100: E: held broken packages"


def _becomes_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _becomes_a_link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


SPOILT: dict[str, Callable[[Path], object]] = {
    "writable": lambda path: path.chmod(0o722),
    "no program": lambda path: path.chmod(0o600),
    "a folder": _becomes_a_folder,
    "a link": _becomes_a_link,
    "gone": Path.unlink,
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_somebody_else_could_change_is_not_run(
    played: Acting[Played], command: Path, how: str
) -> None:
    SPOILT[how](command)

    answer = played.do("work", guest="", image="", argument="upgrade")
    assert answer["state"] == "refused"
    assert "upgrade" not in host_work.commands(played.settings)


def test_a_command_gets_nothing_of_the_callers(
    played: Acting[Played], command: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_PRELOAD", "/tmp/evil.so")  # noqa: S108 - nobody loads it
    command.write_text("#!/bin/sh\necho $LC_ALL $LD_PRELOAD\n")
    work(played)

    assert (played.settings.state / "printed").read_text() == "C\n"


def test_a_reboot_that_fails_is_told(played: Acting[Played]) -> None:
    played.dialect.stop()
    host = Acting(replace(played.settings, reboot=("false",)), played.dialect)

    assert host.fails("reboot", guest="", image="") == "tool_failed"


def test_a_kernel_is_chosen_by_roots_script_alone(played: Acting[Played]) -> None:
    played.dialect.stop()
    host = Acting(replace(played.settings, reboot=("false",)), played.dialect)
    answer = host.do("reboot", guest="", image="", argument="6.1.0-56")

    assert answer["state"] == "refused"
    assert "boot-kernel" in answer["detail"]


# ---- tools ----


def test_a_tool_holds_the_locks_of_who_runs_it(held: Path) -> None:
    said = tools.run(["readlink", f"/proc/self/fd/{tools.HELD[0]}"], seconds=10)

    assert said.out.strip() == str(held)


def test_so_does_one_whose_words_are_kept(held: Path, tmp_path: Path) -> None:
    command = ["readlink", f"/proc/self/fd/{tools.HELD[0]}"]
    with (tmp_path / "log").open("w+b") as log:
        assert tools.run_logged(command, seconds=10, log=log) == (0, str(held))


def test_a_tool_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+b") as log:
        assert tools.run_logged(["sleep", "100"], seconds=0.01, log=log) == (None, "")
    with pytest.raises(ToolFailed) as caught:
        tools.run(["sleep", "100"], seconds=0.01)
    assert caught.value.fault == "timed_out"


def test_a_tool_that_is_missing_is_named() -> None:
    with pytest.raises(ToolFailed) as caught:
        tools.run(["maint-none"], seconds=1)
    assert (caught.value.fault, caught.value.detail) == ("tool_missing", "maint-none")


def test_no_shell_reads_what_a_tool_is_given() -> None:
    assert tools.run(["echo", "$(id); `id`"], seconds=10).out == "$(id); `id`\n"


def test_the_newest_of_what_a_tool_said_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"x" * 5000 + b"\xffend")
    with (tmp_path / "log").open("w+b") as log:
        _, said = tools.run_logged(["cat", str(path)], seconds=10, log=log)
    assert said.endswith("x\\xffend")
    assert len(said) <= tools.KEPT + 3
