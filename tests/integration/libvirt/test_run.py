"""A whole maintenance of a real host, undisturbed and disturbed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.libvirt import lab
from tests.integration.libvirt.bot import bot
from tests.integration.libvirt.host import NAME, RealHost
from tests.integration.patience import until_now
from tests.integration.program import Program

SUSPENDED = ("vg1", "vg2", "vg3")
SHUT_DOWN = ("vg4", lab.DEAF)
KILLS = 15


def assert_well(before: dict[str, lab.Beat], folder: Path) -> None:
    """Every guest is up with a clean disk, and those that were suspended have kept their memory."""
    after = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    for guest in SUSPENDED:
        assert after[guest].goes_on_from(before[guest]), guest
    for guest in SHUT_DOWN:
        assert after[guest].boot == before[guest].boot + 1, guest
    assert [guest for guest in lab.GUESTS if not lab.is_clean(guest, folder)] == []


@pytest.mark.timeout(300)
def test_a_whole_run_keeps_the_memory_of_who_opted_in(real: RealHost, tmp_path: Path) -> None:
    before = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    staff = bot(real, tmp_path, SUSPENDED)
    run = staff.run("start", NAME, "--confirm", NAME)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "unpacking" in staff.run("log", NAME).stdout
    assert_well(before, tmp_path)


@pytest.mark.failure(6)
@pytest.mark.timeout(300)
def test_a_guest_that_others_start_beside_its_image_is_never_restored(
    real: RealHost, tmp_path: Path
) -> None:
    before = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    intrude = real.etc / "work.d" / "intrude"
    intrude.write_text("#!/bin/sh\nexec virsh -c qemu:///system start vg1\n", encoding="ascii")
    intrude.chmod(0o700)
    staff = bot(real, tmp_path, SUSPENDED, work="intrude")
    run = staff.run("start", NAME, "--confirm", NAME)
    verbs = {(event, guest, '"restore"' in data) for event, guest, data in staff.rows()}
    assert ("intended", "vg2", True) in verbs
    assert ("intended", "vg1", True) not in verbs, run.stdout
    assert lab.beats_anew("vg1").boot > before["vg1"].boot
    assert lab.beats_anew("vg2").goes_on_from(before["vg2"])
    assert [image.suffix for image in (real.images / "vg1").glob("*.img")] == []
    assert [guest for guest in lab.GUESTS if not lab.is_clean(guest, tmp_path)] == []


@pytest.mark.timeout(400)
def test_fifteen_kills_of_the_bot_cost_no_guest_anything(real: RealHost, tmp_path: Path) -> None:
    before = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    staff = bot(real, tmp_path, SUSPENDED)
    kill_at = [2, 3, 5, 8, 11, 14, 17, 20, 23, 26, 29, 32, 35, 38, 41]
    killed = sum(_killed(staff, rows) for rows in kill_at)
    last = staff.started("serve")
    try:
        until_now(lambda: staff.ended, seconds=240)
    finally:
        last.terminate()
        last.wait()
    assert killed >= KILLS - 2, staff.rows()
    assert_well(before, tmp_path)


def _killed(staff: Program, rows: int) -> bool:
    """Let the bot work until its journal has so many rows, and kill it; False if it had ended."""
    begun = bool(staff.rows())
    words = ("serve",) if begun else ("start", NAME, "--confirm", NAME)
    process = staff.started(*words)
    until_now(lambda: len(staff.rows()) >= rows or staff.ended or process.poll() is not None)
    ended = staff.ended
    process.kill()
    process.wait()
    return not ended
