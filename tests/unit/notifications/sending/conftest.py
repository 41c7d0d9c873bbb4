"""Fixtures of the sender's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.notifications.scripted import ScriptedTransport
from tests.unit.notifications.sending.office import FAST, Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from notifications.settings import Pace


@pytest.fixture
async def opened(
    tmp_path: Path,
) -> AsyncIterator[Callable[[ScriptedTransport, Pace], Office]]:
    """Open an office with a transport and a pace; it is closed at the end."""
    offices: list[Office] = []

    def opened(transport: ScriptedTransport, pace: Pace = FAST) -> Office:
        offices.append(Office(tmp_path, transport, pace))
        return offices[-1]

    yield opened
    for each in offices:
        each.database.close()


@pytest.fixture
def office(opened: Callable[..., Office]) -> Office:
    """An office whose relay accepts everything."""
    return opened(ScriptedTransport())
