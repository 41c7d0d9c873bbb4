"""The command `maint` as a shell meets it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.maintenance.windows.keeper import Keeper
from bot.maintenance.worker import Worker


def demo(folder: Path, *words: str) -> int:
    return main(["--demo", "--data", str(folder / "data"), *words])


def maint(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]
    return subprocess.Popen(
        [*command, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def catches(process: int, number: int) -> bool:
    """Say whether a process has taken a signal into its own hands (proc(5): SigCgt)."""
    status = Path(f"/proc/{process}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("maint ")


def test_nothing_at_all_prints_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert "COMMAND" in capsys.readouterr().out


def test_one_command_is_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo(tmp_path, "plan", "hobgoblin") == 0
    assert "hobgoblin" in capsys.readouterr().out


def test_options_of_a_command_are_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo(tmp_path, "start", "clockwork", "--no-suspend", "--dry-run") == 0
    assert "clockwork: started" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["strat", "hobgoblin"], '"start"'),
        (["start"], "HOST is missing"),
        (["plan", "hobgobln"], '"hobgoblin"'),
        (["boot"], "HOST is missing"),
        (["quit"], "quit"),
    ],
)
def test_a_mistake_exits_1_and_says_what_was_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], meant: str
) -> None:
    assert demo(tmp_path, *words) == 1
    assert meant in capsys.readouterr().out


def test_a_broken_configuration_exits_2_with_a_line_for_each_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "maint.toml").write_text("[chat]\nconfirm_start = 'maybe'\ncolour = 1\n")

    status = main(["--config", str(tmp_path), "hosts"])

    faults = [line for line in capsys.readouterr().err.splitlines() if line.startswith("  ")]
    assert status == 2
    assert len(faults) >= 3


def test_a_chat_over_a_pipe_obeys_line_by_line(tmp_path: Path) -> None:
    with maint("--demo", "--data", str(tmp_path / "data"), "chat") as chat:
        shown, _ = chat.communicate("/maint hosts\nnonsense\n")

    lines = shown.splitlines()
    assert lines.index("> /maint hosts") < lines.index("> nonsense")
    assert chat.returncode == 1


def test_a_reader_that_goes_away_leaves_no_traceback(tmp_path: Path) -> None:
    with maint("--demo", "--data", str(tmp_path / "data"), "chat") as chat:
        assert chat.stdin is not None
        assert chat.stdout is not None
        chat.stdout.readline()
        chat.stdout.close()
        chat.stdin.write("hosts\nholds\n")
        chat.stdin.close()

        assert chat.wait() == 0


def test_ctrl_c_stops_the_run_and_says_what_goes_on(tmp_path: Path) -> None:
    shown = []
    with maint("--demo", "--data", str(tmp_path / "data"), "start", "clockwork") as start:
        for line in start.stdout or ():
            shown.append(line)
            if line.startswith("clockwork: started"):
                start.send_signal(signal.SIGINT)

    assert start.returncode == 3
    assert f"--data {tmp_path / 'data'} chat" in shown[-1]


def test_the_daemon_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with maint("--demo", "--data", str(tmp_path / "data"), "serve") as daemon:
        while not catches(daemon.pid, signal.SIGTERM):
            os.sched_yield()
        daemon.send_signal(signal.SIGTERM)
        shown, _ = daemon.communicate()

    assert daemon.returncode == 0
    assert all("the pages are served at" in line for line in shown.splitlines()), shown


@pytest.mark.parametrize(
    ("words", "kept"), [(["start", "clockwork"], 0), (["chat"], 1), (["serve"], 1)]
)
def test_windows_are_kept_only_by_a_process_that_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], kept: int
) -> None:
    served: list[str] = []

    async def over(worker: object, _: asyncio.Event) -> None:
        served.append(type(worker).__name__)

    for worker in (Worker, Keeper):
        monkeypatch.setattr(worker, "serve", over)

    demo(tmp_path, *words)

    assert (served.count("Worker"), served.count("Keeper")) == (1, kept)


@pytest.mark.parametrize("words", [("start", "--help"), ("plan", "-h"), ("chat", "--help")])
def test_each_command_explains_itself(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert main(words) == 0
    assert words[0] in capsys.readouterr().out


def test_answers_that_cannot_be_written_are_not_taken_for_given(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        status = demo(tmp_path, "hosts")
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # what is buffered goes here

    assert status == 1
    assert "could not be written (No space left on device)" in capfd.readouterr().err


def test_a_missing_settings_file_of_the_demo_advises_no_other_folder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--demo", "--settings", "nope.toml", "hosts"]) == 2
    assert "--config" not in capsys.readouterr().err
