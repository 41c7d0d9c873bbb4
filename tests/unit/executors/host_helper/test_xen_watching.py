"""Who takes away a Xen guest that has shut down, and that nobody else watches over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from bot.executors.host_helper import tools
from bot.executors.host_helper.dialects import xen_watching
from bot.executors.host_helper.dialects.xen_looking import Looking
from bot.executors.host_helper.dialects.xen_parsing import Row
from bot.executors.host_helper.domain import ToolFailed


class OneThatIsShut:
    """A look at a host on which the guest 7 has shut down."""

    def rows(self) -> dict[int, Row]:
        return {7: Row(domid=7, name="g1", memory_mib=32, flags="---s--", cpu_seconds=0.0, uuid="")}


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    tools.HELD.append(descriptor)
    yield descriptor
    tools.HELD.clear()


def test_who_watches_holds_nobodys_lock_and_hands_none_to_a_tool(
    held: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolFailed) as caught:  # it comes as far as to `xl`, which is not here
        xen_watching._watch(7, cast("Looking", OneThatIsShut()))
    assert (caught.value.fault, tools.HELD) == ("tool_missing", [])
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(held)
