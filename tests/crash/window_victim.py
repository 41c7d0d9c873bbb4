"""One life of a process that keeps windows, as the daemon does, and nothing else: no run goes on.

It may be doomed to kill itself with SIGKILL at the n-th boundary of its database.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import AppOptions, open_app
from tests.crash import mail_victim

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

    from bot.rules.errors import MaintError


@dataclass(frozen=True, kw_only=True)
class Life:
    """Where it lives, where its words go, and at which boundary it dies; 0: at none."""

    folder: Path
    log: Path
    boundary: int = 0


def bear(life: Life) -> ForkServerProcess:
    """Begin a life, in a process of its own."""
    process = mail_victim._NURSERY.Process(target=_live, args=(life,))
    process.start()
    return process


def options(folder: Path) -> AppOptions:
    """Return where everything is."""
    return AppOptions(config=folder / "config", data=folder / "data")


def _live(life: Life) -> None:
    log = os.open(life.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    for target in (1, 2):
        os.dup2(log, target)
    never = mail_victim._Fate(0, signal.SIGSTOP)
    mail_victim._watch(mail_victim._Fate(life.boundary, signal.SIGKILL), never)
    asyncio.run(_serve(life.folder))


async def _serve(folder: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_app(options(folder), _complain) as app:
        await app.keeper.serve(stop)


def _complain(error: MaintError) -> None:
    print(error.code, error, file=sys.stderr, flush=True)  # noqa: T201 - the log of the victim
