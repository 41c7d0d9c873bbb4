"""The Xen host, begun anew for a session; its guests brought to order before each test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.integration.xen import host, lab
from tests.integration.xen.host import XenHost


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XenHost]:
    """Give the host; its guests are defined. With XENLAB_KEEP it is used as it is, and kept."""
    if not os.environ.get("XENLAB_SCRIPTS"):
        pytest.skip("XENLAB_SCRIPTS names no folder of a Xen host in an emulator")
    keep = bool(os.environ.get("XENLAB_KEEP"))
    if not keep:
        lab.script("stop.sh", "--hard")
    lab.script("start.sh", FRESH="1", DOM0_MEM="640", MEM="1664")
    try:
        made = host.set_up(tmp_path_factory.mktemp("host"))
        for guest in lab.GUESTS:
            lab.define(guest)
        yield made
    finally:
        if not keep:
            lab.script("stop.sh")


@pytest.fixture
def real(machine: XenHost) -> XenHost:
    """Give the host with every guest up and nothing left of the test before."""
    host.clear(machine)
    lab.all_up()
    return machine
