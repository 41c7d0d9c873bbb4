"""How much memory a campaign takes, and how soon it goes on after a kill.

As a process: `python -m tests.benchmarks.mail_lives FOLDER PORT RECIPIENTS`: it makes the campaign
unless the folder has one, sends it to the end, and tells in lines of JSON how far it is.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from notifications import CampaignState, Counts, DeliveryState, Office
from tests.benchmarks.mail_house import CONNECTIONS, approved, office, opened
from tests.benchmarks.mail_sink import Sink, sink
from tests.benchmarks.table import Table
from tests.integration.patience import SystemWait

FEW, MANY = (1_000, 10_000), 100_000
MOST_RATIO = 1.3
MOST_SECONDS = 2.0


class Life:
    """A process that sends."""

    def __init__(self, folder: Path, relay: Sink, recipients: int) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.mail_lives", str(folder)]
        self.born = time.monotonic()
        self.process = subprocess.Popen(
            [*command, str(relay.port), str(recipients)], stdout=subprocess.PIPE
        )

    def told(self) -> dict[str, float]:
        """Return the next line that it writes."""
        assert self.process.stdout
        line: dict[str, float] = json.loads(self.process.stdout.readline())
        return line

    def ended(self) -> dict[str, float]:
        """Return the last line that it writes, once it has ended."""
        line = self.told()
        assert self.process.wait() == 0
        return line


def measured() -> Iterator[Table]:
    memory = Table(title="Peak memory of draft, preview and sending", columns=("MiB", "× 1,000"))
    peaks = {f"{count:,} recipients": _whole(count) for count in FEW}
    with TemporaryDirectory() as folder:
        peak, before = _killed(Path(folder))
        peaks[f"{MANY:,} recipients, until it is killed half way"] = peak
        peak, resuming = _resumed(Path(folder), before)
        peaks["the process that resumes them"] = peak
    least = next(iter(peaks.values()))
    for name, peak in peaks.items():
        ratio = peak / least
        memory.add(name, f"{peak:.0f}", f"{ratio:.2f}", met=ratio <= MOST_RATIO)
    yield memory
    yield resuming


def _whole(recipients: int) -> float:
    with TemporaryDirectory() as folder, sink() as relay:
        life = Life(Path(folder), relay, recipients)
        life.told()
        return life.ended()["peak"]


def _killed(folder: Path) -> tuple[float, int]:
    """Kill it half way; return the memory that it had until then, and the mails accepted."""
    with sink(counting=True) as relay:
        life = Life(folder, relay, MANY)
        relay.wait_for(MANY // 2)
        peak = _peak(life.process.pid)
        life.process.kill()
        life.process.communicate()
    return peak, relay.accepted


def _resumed(folder: Path, before: int) -> tuple[float, Table]:
    """Go on in a new process; return the memory that it took, and how it went."""
    table = Table(title=f"{MANY:,} recipients, killed half way", columns=("found", "target"))
    with sink(counting=True) as relay:
        life = Life(folder, relay, MANY)
        began = life.told()["began"]
        relay.wait_for(1)
        seconds = time.monotonic() - began
        end = life.ended()
    goal = f"{MOST_SECONDS:.0f} s"
    table.add("start of the process, its imports", f"{began - life.born:.2f} s", "")
    table.add("until its first mail", f"{seconds:.2f} s", goal, met=seconds < MOST_SECONDS)
    _account(table, end, before + relay.accepted)
    return end["peak"], table


def _account(table: Table, end: dict[str, float], accepted: int) -> None:
    """Compare what the database says with what the relay has accepted from both."""
    sent, uncertain = end["sent"], end["uncertain"]
    table.add("uncertain", f"{uncertain:.0f}", f"≤ {CONNECTIONS}", met=uncertain <= CONNECTIONS)
    table.add(
        "sent, as the database says", f"{sent:.0f}", "the others", met=sent + uncertain == MANY
    )
    goal = f"{sent:.0f} – {MANY}"
    table.add("accepted by the relay", f"{accepted}", goal, met=sent <= accepted <= MANY)


def _peak(process: int | str) -> float:
    """Return the most memory that a process has had so far, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def _live(folder: Path, port: int, recipients: int) -> Counts:
    async with opened(folder, f"life{time.monotonic_ns()}") as store:
        desk, stop = office(store, port, CONNECTIONS), asyncio.Event()
        if not await desk.campaigns.campaigns():
            await desk.campaigns.send(await approved(desk, recipients), "os:ben")
        async with asyncio.TaskGroup() as group:
            group.create_task(desk.serve(stop))
            await _done(desk)
            stop.set()
        (progress,) = await desk.campaigns.campaigns()
        return progress.counts


async def _done(desk: Office) -> None:
    pause = SystemWait()
    while (await desk.campaigns.campaign(1)).state is not CampaignState.DONE:
        await pause()


def _tell(**figures: float) -> None:
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    _tell(began=time.monotonic())
    counts = asyncio.run(_live(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    _tell(
        sent=counts[DeliveryState.SENT],
        uncertain=counts[DeliveryState.UNCERTAIN],
        peak=_peak("self"),
    )
