"""A whole maintenance of a real Xen host, which is restarted in the middle of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.patience import until_now
from tests.integration.program import Program
from tests.integration.xen import lab
from tests.integration.xen.bot import bot
from tests.integration.xen.host import NAME, XenHost

SUSPENDED = ("g1", "g2")
SHUT_DOWN = ("g3", lab.DEAF)
RUN_SECONDS = 1500
START = ("start", NAME, "--confirm", NAME)
KILL_AT = (3, 8, 14, 20, 26, 32, 40)  # rows of the journal


def assert_well(before: dict[str, lab.Beat]) -> None:
    """Every guest is up, and those that were suspended have kept their memory."""
    after = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    for guest in SUSPENDED:
        assert after[guest].goes_on_from(before[guest]), (guest, before, after)
    for guest in SHUT_DOWN:
        assert after[guest].boot != before[guest].boot, (guest, before, after)
    for guest in lab.GUESTS:
        assert lab.written(guest).boot == after[guest].boot, guest


@pytest.mark.timeout(RUN_SECONDS)
def test_guests_go_on_after_their_host_was_restarted(real: XenHost, tmp_path: Path) -> None:
    before, boot_id = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}, lab.boot_id()
    staff = bot(real, tmp_path, SUSPENDED)

    run = staff.started(*START)

    assert run.wait(RUN_SECONDS) == 0, staff.log.read_text()
    assert lab.boot_id() != boot_id
    assert_well(before)


@pytest.mark.failure(32)
@pytest.mark.timeout(2 * RUN_SECONDS)
def test_a_bot_that_is_killed_again_and_again_loses_no_guest(real: XenHost, tmp_path: Path) -> None:
    before = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    staff = bot(real, tmp_path, SUSPENDED)

    killed = sum(_killed(staff, rows) for rows in KILL_AT)
    last = staff.started("serve")
    try:
        until_now(lambda: staff.ended, seconds=RUN_SECONDS)
    finally:
        last.terminate()
        last.wait()

    assert killed >= len(KILL_AT) - 2, staff.rows()
    assert_well(before)


def _killed(staff: Program, rows: int) -> bool:
    """Let the bot work until its journal has so many rows, and kill it; False if it had ended."""
    process = staff.started(*(("serve",) if staff.rows() else START))

    def far_enough() -> bool:
        return len(staff.rows()) >= rows or staff.ended or process.poll() is not None

    until_now(far_enough, seconds=RUN_SECONDS)
    ended = staff.ended
    process.kill()
    process.wait()
    return not ended
