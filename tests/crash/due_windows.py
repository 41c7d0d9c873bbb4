"""A hundred windows that are due, and the processes that keep them, some of which die."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, select

from bot.app import open_app
from bot.ports import WindowChange
from bot.rules.window.agenda import agenda
from bot.rules.window.terms import DueKind, Entry, Window, WindowEvent
from bot.storage.tables import DUE
from tests.crash.window_victim import Life, bear, options
from tests.night import uuid_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path
    from random import Random

    from bot.app import App

WINDOWS = 100
PROCESSES = 3
_GLANCE = 0.05  # seconds between two looks whether all is done
_PATIENCE = 30.0  # seconds for the end of a process that was told to end
_FARTHEST = 80  # boundaries of the database; one window takes about a dozen
_LATEST = 15  # glances after which one is killed from outside
_DOOMED = 0.7  # share of those that die at a boundary, if nobody kills them before
_HOUR = timedelta(hours=1)

_SETTINGS = """
[roles]
look = ["os:*"]
operate = ["os:*"]
approve = ["os:*"]
[data]
database = "{database}"
[windows]
punctual_seconds = 600.0
"""


@dataclass
class DueWindows:
    """The windows, and those who keep them."""

    folder: Path
    app: App
    killed: int = 0
    living: list[ForkServerProcess] = field(default_factory=list)

    def bear(self, boundary: int = 0) -> ForkServerProcess:
        """Start one more process; it dies at a boundary, if one is given."""
        log = self.folder / "victims.log"
        self.living.append(bear(Life(folder=self.folder, log=log, boundary=boundary)))
        return self.living[-1]

    async def over(self) -> bool:
        """Say whether nothing is due any more."""
        return await self.app.store.dues(self.app.desk.clock.now()) == ()

    async def live_through(self, chance: Random, kills: int) -> None:
        """Let processes keep the windows until nothing is due; so many of them die at most."""
        for _ in range(PROCESSES):
            self.bear(_boundary(chance))
        glances = chance.randint(1, _LATEST)
        while not await self.over():
            if wait([each.sentinel for each in self.living], _GLANCE):
                self._bury()
            glances -= 1
            if glances == 0 and self.killed < kills:
                self._kill(chance.choice(self.living))
                glances = chance.randint(1, _LATEST)
            while len(self.living) < PROCESSES:
                self.bear(_boundary(chance) if self.killed < kills else 0)

    def _kill(self, victim: ForkServerProcess) -> None:
        assert victim.pid
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        self._bury()

    def _bury(self) -> None:
        for each in [each for each in self.living if each.exitcode is not None]:
            each.join()
            assert each.exitcode == -signal.SIGKILL, self.words()
            self.living.remove(each)
            self.killed += 1

    def end(self) -> None:
        """Let those who live end in peace."""
        for each in self.living:
            assert each.pid
            os.kill(each.pid, signal.SIGTERM)
        for each in self.living:
            each.join(_PATIENCE)
            assert each.exitcode in {0, -signal.SIGKILL}, self.words()
        self.living.clear()

    def words(self) -> str:
        """Return what the processes said."""
        log = self.folder / "victims.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    # ---- the account ----

    async def wrong(self) -> list[str]:
        """Return what was done twice, or not at all."""
        runs = Counter(run.host for run in await self.app.store.runs())
        said = await self._said()
        started, missed = WindowEvent.STARTED, WindowEvent.MISSED
        once = dict.fromkeys(_hosts(), 1)
        counts = {
            "runs that began": runs == once,
            "starts that were told": {e: n for e, n in said.items() if e[1] is started}
            == {(number, started): 1 for number in range(1, WINDOWS + 1)},
            "windows that were missed": {e: n for e, n in said.items() if e[1] is missed}
            == {(number, missed): 1 for number in range(WINDOWS + 1, 2 * WINDOWS + 1)},
            "questions": not any(event is WindowEvent.ASKED for _, event in said),
            "reports of what nobody was there for": self._late(said),
            "rows": self._rows() == _expected_rows(),
        }
        return [f"{name} ({said}, {self._rows()})" for name, well in counts.items() if not well]

    def _late(self, said: Counter[tuple[int, WindowEvent]]) -> bool:
        late = {number: n for (number, event), n in said.items() if event is WindowEvent.LATE}
        return late == dict.fromkeys(range(WINDOWS + 1, 2 * WINDOWS + 1), 1)

    async def _said(self) -> Counter[tuple[int, WindowEvent]]:
        counted: Counter[tuple[int, WindowEvent]] = Counter()
        after = 0
        while entries := await self.app.store.entries(after=after):
            counted.update((each.window, each.event) for each in entries)
            after = entries[-1].number
        return counted

    def _rows(self) -> dict[tuple[str, str], int]:
        """Count the rows that were due, by what was due and what became of it."""
        place = str(self.app.settings.data.database)
        engine = create_engine(place if "://" in place else f"sqlite:///{place}")
        now = self.app.desk.clock.now()
        with engine.connect() as connection:
            found = connection.execute(select(DUE.c.kind, DUE.c.state).where(DUE.c.at <= now))
            counted = Counter((str(row.kind), str(row.state)) for row in found)
        engine.dispose()
        return dict(counted)


def _expected_rows() -> dict[tuple[str, str], int]:
    """Return what becomes of all rows: of a window now the start, of one that is over the rest."""
    return {
        (DueKind.START, "done"): WINDOWS,
        (DueKind.START, "missed"): WINDOWS,
        (DueKind.END, "done"): WINDOWS,
    }


def _boundary(chance: Random) -> int:
    return chance.randint(1, _FARTHEST) if chance.random() < _DOOMED else 0


@asynccontextmanager
async def due_windows(folder: Path, database: str = "") -> AsyncIterator[DueWindows]:
    """Let a window start now on each of many hosts, and another one be over; nobody keeps them."""
    _configure(folder, database)
    async with open_app(options(folder)) as app:
        made = DueWindows(folder=folder, app=app)
        await _schedule(app)
        try:
            yield made
        finally:
            for each in made.living:
                each.kill()


async def _schedule(app: App) -> None:
    now = app.desk.clock.now()
    for start, auto in ((timedelta(), True), (-5 * _HOUR, False)):
        for host in _hosts():
            window = Window(
                hosts=(host,),
                start=now + start,
                end=now + start + 3 * _HOUR,
                zone="UTC",
                actor="os:anna",
                changed=now,
                auto=auto,
            )
            dues = agenda(window, app.settings.windows, now).dues
            entry = Entry(window=0, at=now, event=WindowEvent.SCHEDULED)
            await app.store.change_windows(
                [WindowChange(window=window, entries=(entry,), dues=dues)]
            )


def _hosts() -> Iterator[str]:
    return (f"host{number:03}" for number in range(WINDOWS))


def _configure(folder: Path, database: str) -> None:
    config = folder / "config"
    config.mkdir(parents=True)
    settings = _SETTINGS.format(database=database)
    guests = [f'[guests.g{host}]\nhost = "{host}"\nuuid = "{uuid_of(host)}"\n' for host in _hosts()]
    world = [f'[hosts.{host}]\nkernel = "6.1.158"\n' for host in _hosts()]
    hosts = [f"[hosts.{host}]\n" for host in _hosts()]
    (config / "maint.toml").write_text(settings, encoding="utf-8")
    (config / "inventory.toml").write_text("".join(hosts + guests), encoding="utf-8")
    (config / "world.toml").write_text("".join(world + guests), encoding="utf-8")
