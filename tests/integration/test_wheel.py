"""The wheel carries all that the program needs: words and configuration too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.executors import helper_file

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "installed")
    return folder / "installed"


def maint(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_program_runs_from_its_wheel_alone(installed: Path, tmp_path: Path) -> None:
    planned = maint(installed, tmp_path, "--demo", "plan", "clockwork")

    assert (planned.returncode, planned.stderr) == (0, "")
    assert "clockwork: 21 guests" in planned.stdout


def test_a_wheel_carries_all_that_sets_a_host_up(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "maint.toml").write_text('[data]\ndirectory = "data"\n')
    (tmp_path / "inventory.toml").write_text('[hosts.imp]\nexecutor = "ssh"\n')

    built = maint(installed, tmp_path, "host", "build")
    script = maint(installed, tmp_path, "--config", ".", "host", "install", "imp", "--print")

    assert (built.returncode, script.returncode) == (0, 0)
    assert (tmp_path / "maint-host").read_bytes() == helper_file.content()
    assert f"VERSION={helper_file.version()}" in script.stdout
