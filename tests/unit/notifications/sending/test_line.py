from __future__ import annotations

import asyncio
import logging

import pytest

from notifications.sending.stop import LONGEST, Failure, after_failure
from tests.unit.notifications.clock import START, turn
from tests.unit.notifications.sending.office import Office


async def test_after_a_stop_nobody_waits_any_more_for_the_relay_to_calm(office: Office) -> None:
    line, _ = office.sender._lines
    for _ in range(LONGEST):
        line._trouble = after_failure(line._trouble, Failure(phase="connect", costs=True), START)
    waiting = asyncio.create_task(line.calm())
    await turn()

    line._stopped()
    await waiting

    assert office.clock.now() == START


async def test_a_stop_is_one_line_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    line, _ = office.sender._lines
    for _ in range(3):
        line.failed(Failure(phase="auth", code=535, detail="5.7.8 no"))

    warned = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    name = line.means.transport.name
    assert warned == [f"{name} takes no mail, its campaigns pause: auth 535 5.7.8 no"]
