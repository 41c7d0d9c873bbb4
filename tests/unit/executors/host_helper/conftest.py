"""Hosts for the tests of the helper's core."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.executors.host_helper import witness
from tests.unit.executors.host_helper.acting import Acting, settings_in
from tests.unit.executors.host_helper.played import DEVICE, Played


@pytest.fixture
def played(tmp_path: Path) -> Acting[Played]:
    """Return a host with the guest g1, which runs."""
    dialect = Played(tmp_path)
    dialect.add()
    return Acting(settings_in(tmp_path), dialect)


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files whose names end with `.device` stand for block devices.

    What the kernel would count of one is the length of the file.
    """
    real = witness._disk

    def seen(path: str) -> witness.Mark:
        if not path.endswith(DEVICE) or not Path(path).exists():
            return real(path)
        return [path, "device", witness.boot_id(), Path(path).stat().st_size]

    monkeypatch.setattr(witness, "_disk", seen)
