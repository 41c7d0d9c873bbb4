"""A trial of real guests on a real host: they keep their memory, and nobody else notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.libvirt import lab
from tests.integration.libvirt.bot import bot
from tests.integration.libvirt.host import NAME, RealHost

TRIED = ("vg1", "vg2")


@pytest.mark.timeout(300)
def test_real_guests_pass_their_trial_and_the_rest_of_the_host_runs_on(
    real: RealHost, tmp_path: Path
) -> None:
    before = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    staff = bot(real, tmp_path, TRIED)
    run = staff.run("trial", ",".join(TRIED), "--confirm", NAME)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("PASSED") == len(TRIED)

    verbs = [(g, "snapshot") for e, g, data in staff.rows() if e == "done" and "snapshot" in data]
    assert verbs == [(guest, "snapshot") for guest in TRIED]
    after = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    assert [guest for guest in lab.GUESTS if not after[guest].goes_on_from(before[guest])] == []
    assert [guest for guest in TRIED if not lab.is_clean(guest, tmp_path)] == []
