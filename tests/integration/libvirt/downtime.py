"""Benchmark: how long five real guests are away, with the bot and with libvirt-guests.

`make bench-libvirt` runs it in the guests' own network. Both ways save and restore the same five
guests in one session, with nothing done to the host between, and both are measured by the guests'
heartbeats as they arrive: the longest silence of each, less the second between two beats.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.integration.libvirt import host, lab
from tests.integration.libvirt.bot import bot
from tests.integration.libvirt.host import NAME, RealHost, real_host

TARGET = 0.6
ROUNDS = int(os.environ.get("ROUNDS", "2"))
_LOOKS_EVERY = 0.05
_STOCK = Path("/usr/lib/libvirt/libvirt-guests.sh")


class Hearts(threading.Thread):
    """Hears every beat of every guest when it arrives."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._over = threading.Event()
        self._beats: dict[str, list[float]] = {guest: [] for guest in lab.GUESTS}
        self._marks = {guest: lab.console(guest).stat().st_size for guest in lab.GUESTS}

    def run(self) -> None:
        while not self._over.wait(_LOOKS_EVERY):
            for guest in lab.GUESTS:
                size = lab.console(guest).stat().st_size
                if size > self._marks[guest] and lab.last_beat(guest, self._marks[guest]):
                    self._beats[guest].append(time.monotonic())
                    self._marks[guest] = size

    def silences(self) -> dict[str, float]:
        """Stop listening; return each guest's longest silence, less what is between two beats."""
        self._over.set()
        self.join()
        pairs = {guest: pairwise(beats) for guest, beats in self._beats.items()}
        return {g: max(after - before for before, after in pairs[g]) - 1 for g in pairs}


def measured(way: Callable[[], None]) -> dict[str, float]:
    """Return how long each guest was away while *way* was gone."""
    lab.all_up()
    before = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    hearts = Hearts()
    hearts.start()
    for guest in lab.GUESTS:
        lab.beats_anew(guest)
    way()
    after = {guest: lab.beats_anew(guest) for guest in lab.GUESTS}
    assert all(after[guest].goes_on_from(before[guest]) for guest in lab.GUESTS)
    return hearts.silences()


def stock(folder: Path) -> None:
    """Save and restore as Debian's own script does, told to suspend."""
    told = folder / "told"
    told.write_text("URIS=default\nON_BOOT=start\nON_SHUTDOWN=suspend\n", encoding="ascii")
    go = f"mount --bind {told} /etc/default/libvirt-guests && {_STOCK} stop && {_STOCK} start"
    private = ["unshare", "--mount", "--", "sh", "-c", f"mkdir -p /var/lib/libvirt && {go}"]
    subprocess.run(private, check=True, stdout=subprocess.DEVNULL)


def ours(real: RealHost) -> None:
    """Save and restore by a run of the bot."""
    with tempfile.TemporaryDirectory() as folder:
        host.clear(real)
        staff = bot(real, Path(folder), lab.GUESTS)
        run = staff.run("start", NAME, "--confirm", NAME)
        assert run.returncode == 0, run.stdout + run.stderr


def main() -> int:
    """Measure both ways, turn by turn, and print the table."""
    sums: dict[str, list[float]] = {"libvirt-guests": [], "maintbot": []}
    with tempfile.TemporaryDirectory() as folder, real_host(Path(folder)) as real:
        ways = {"libvirt-guests": lambda: stock(Path(folder)), "maintbot": lambda: ours(real)}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                away = measured(way)
                sums[name].append(sum(away.values()))
                each = "  ".join(f"{guest} {seconds:5.1f}" for guest, seconds in away.items())
                print(f"{name:15} {each}  sum {sum(away.values()):6.1f} s", flush=True)
    ratio = min(sums["maintbot"]) / min(sums["libvirt-guests"])
    print(f"ratio of the best sums: {ratio:.2f} (at most {TARGET})")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
