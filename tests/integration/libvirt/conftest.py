"""The libvirt host with its five guests, started once, brought to order before each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.libvirt import host, lab
from tests.integration.libvirt.host import RealHost

_runs = itertools.count(1)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    """Give the host; its guests run."""
    if lab.INSIDE not in os.environ:
        pytest.skip("real guests need their own network: `make integration` enters it")
    with host.real_host(tmp_path_factory.mktemp("host")) as made:
        yield made


@pytest.fixture
def run() -> str:
    """Give a name that no run before had."""
    return f"t{os.getpid()}n{next(_runs)}"


@pytest.fixture
def real(machine: RealHost) -> Iterator[RealHost]:
    """Give the host with every guest up and nothing left of the test before."""
    lab.all_up()
    host.clear(machine)
    yield machine
    libvirtd = Path("/run/libvirtd.pid")
    assert libvirtd.exists()
