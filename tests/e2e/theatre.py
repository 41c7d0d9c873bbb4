"""Plays lines to the whole program on the demo fleet, on a virtual clock, and keeps what it says.

Everything is the shipped program but the clock, the names of runs, and the way to the screen.
"""

from __future__ import annotations

import asyncio
import getpass
import re
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from itertools import count
from typing import TYPE_CHECKING

from bot.app import World, assemble, welcome
from bot.chat.following import Following
from bot.chat.screen import Screen
from bot.chat.session import Manner, Session
from bot.executors.simulator import Simulator, VirtualClock, create_world
from bot.maintenance.intake import take_in
from bot.settings import load, shipped
from bot.storage import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.app import App
    from bot.executors.simulator import Violation
    from bot.ports import Store


@dataclass(frozen=True, kw_only=True)
class Play:
    """What was said, how it ended, and what the world counted."""

    transcript: str
    exit_status: int
    violations: tuple[Violation, ...]


class PatientClock(VirtualClock):
    """Stands still while every open run waits for a person, however long that person takes."""

    store: Store | None = None

    async def wait_until(self, instant: datetime) -> None:
        """Wait for the person first, then for the instant."""
        while self.store and await _waits(self.store):
            await _let_others_go_on()
        await super().wait_until(instant)


async def _waits(store: Store) -> bool:
    heads = await store.runs(open_only=True)
    return bool(heads) and all(h.rest == "asked" for h in heads) and not await store.wanted()


async def play(folder: Path, lines: Sequence[str], settings_file: str = "maint.toml") -> Play:
    """Pipe *lines* into a terminal chat of the demo; return when all has come to rest."""
    configuration = load(shipped("config") / "demo", settings_file=settings_file, data=folder)
    start = create_world(folder / "world", configuration.settings.world).now()
    clock = PatientClock(start.replace(microsecond=0))
    simulator = Simulator(folder / "world", clock)
    hosts = configuration.fleet.hosts
    world = World(
        executors={host: simulator.executor(host) for host in hosts},
        prober=simulator.prober(),
        clock=clock,
    )
    store = open_store(configuration.settings.data.database, "theatre")
    clock.store = store
    await take_in(store, configuration.fleet, configuration.settings.drop_limit, clock.now())
    numbers = count(1)
    app = assemble(configuration, store, world, name=lambda: f"run{next(numbers)}")
    app = replace(app, welcome=welcome(configuration, app.views, kept=False, pages=False))
    said = StringIO()
    with redirect_stdout(said):
        exit_status = await _perform(app, clock, folder, lines)
    await store.close()
    transcript = _masked(said.getvalue(), folder)
    return Play(transcript=transcript, exit_status=exit_status, violations=simulator.violations())


async def _perform(app: App, clock: PatientClock, folder: Path, lines: Sequence[str]) -> int:
    stop = asyncio.Event()
    screen = Screen(name="theatre", files=folder / "files")
    following = Following(app.handler, app.projection, screen, _pause)
    manner = Manner(actor="os:anna", echo=True, owner="theatre")
    session = Session(app.handler, following, screen, manner, stop)
    assert app.welcome is not None
    await screen.post(app.welcome)
    working = [asyncio.create_task(each.serve(stop)) for each in (app.worker, app.office)]
    try:
        return await session.run(_each(lines))
    finally:
        clock.store = None
        stop.set()
        await asyncio.gather(*working)


async def _pause() -> None:
    """Let the worker take its turns; the virtual clock moves by itself."""
    for _ in range(100):
        await _let_others_go_on()


async def _let_others_go_on() -> None:
    """Come back after everything that is ready now has had its turn of the event loop."""
    loop = asyncio.get_running_loop()
    turn = loop.create_future()
    loop.call_soon(turn.set_result, None)
    await turn


async def _each(lines: Sequence[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line


def _masked(text: str, folder: Path) -> str:
    """Leave out what differs from one machine to the next."""
    text = text.replace(str(folder), "FOLDER").replace(f"os:{getpass.getuser()}", "os:anna")
    text = re.sub(r"digest [0-9a-f]+", "digest DIGEST", text)  # of Message-IDs, too
    text = re.sub(r"20(?!21)\d\d-\d\d-\d\d", "TODAY     ", text)  # machine time
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
