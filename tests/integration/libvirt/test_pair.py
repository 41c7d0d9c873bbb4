"""A pair on real guests: what came back wrong is rolled back to the disk of its save, and boots."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.libvirt import lab
from tests.integration.libvirt.bot import bot
from tests.integration.libvirt.host import NAME, RealHost
from tests.integration.patience import until_now

DAMAGE = "vbd vbd-51712: 16 Backend has not unmapped grant: 1234\n"


@pytest.mark.failure(4)
@pytest.mark.timeout(300)
def test_a_guest_whose_restore_goes_wrong_is_rolled_back_to_its_pair(
    real: RealHost, tmp_path: Path
) -> None:
    before = lab.beats_anew("vg1")
    staff = bot(real, tmp_path, ("vg1",), pairs="auto")
    run = staff.started("start", NAME, "--confirm", NAME)
    until_now(lambda: ("done", "vg1", "unpause") in verbs(staff.rows()), seconds=200)
    with lab.console("vg1").open("a", encoding="ascii") as console:
        console.write(DAMAGE)
    until_now(lambda: ("done", "vg1", "destroy") in verbs(staff.rows()), seconds=60)
    restored = lab.written("vg1", tmp_path)
    until_now(lambda: staff.ended, seconds=200)
    assert run.wait(60) == 0 or run.returncode == 1
    after = lab.beats_anew("vg1")
    lab.virsh("destroy", "vg1")
    rolled_back = lab.written("vg1", tmp_path)
    assert ("done", "vg1", "rollback") in verbs(staff.rows())
    assert after.boot == before.boot + 1
    assert f"boot={before.boot} n={before.n} " in rolled_back  # written before the snapshot
    gone = restored.strip().rsplit("\n", maxsplit=1)[-1]  # written after it was restored
    assert gone not in rolled_back


def verbs(rows: list[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Return event, guest and verb of each row about an operation."""
    known = ("destroy", "rollback", "unpause")
    return {(e, g, verb) for e, g, data in rows for verb in known if f'"{verb}"' in data}
