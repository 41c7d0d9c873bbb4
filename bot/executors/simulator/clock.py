"""World clocks of a simulated world: accelerated for demonstrations, virtual for tests."""

from __future__ import annotations

import asyncio
import heapq
import json
import os
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from bot.executors.simulator.instants import datetime_of, instant_of, span
from bot.rules.errors import BadConfiguration, Code, TryAgain

if TYPE_CHECKING:
    from pathlib import Path

CLOCK_FILE = "clock.json"
_SHORTEST_NAP = 0.001  # real seconds; the loop breathes even under a large factor


class WorldClock:
    """Runs *factor* times as fast as the machine's clock, also while no process lives.

    World time is the stored epoch plus factor × the real time since; it is kept in the world's
    folder, so that it is the same for every process.
    """

    def __init__(self, folder: Path) -> None:
        """Read the clock of the world in *folder*. Raises BadConfiguration(SIMULATOR)."""
        self._folder = folder
        self._epoch, self._real, self._factor = _read(folder)

    @classmethod
    def create(cls, folder: Path, start: datetime, factor: float = 1.0) -> WorldClock:
        """Let the world in *folder* be at *start* now; a clock that was there is replaced.

        Raises:
            TryAgain: SIMULATOR: it cannot be written.
        """
        fields = {"epoch": instant_of(start), "real": span(time.time()), "factor": factor}
        draft = folder / f"{CLOCK_FILE}.{os.getpid()}.part"
        try:
            draft.write_text(json.dumps(fields), encoding="utf-8")
            draft.rename(folder / CLOCK_FILE)
        except OSError as error:
            raise TryAgain(Code.SIMULATOR, host="", problem=str(error)) from error
        return cls(folder)

    def now(self) -> datetime:
        """Return the instant in the world, aware, UTC."""
        return datetime_of(self._epoch + int((span(time.time()) - self._real) * self._factor))

    def machine_seconds(self, instant: datetime) -> float:
        """Return in how many real seconds the world reaches *instant*; not negative."""
        return max(0.0, (instant - self.now()).total_seconds() / self._factor)

    async def wait_until(self, instant: datetime) -> None:
        """Return when the world has reached *instant*; at once if it has."""
        while (left := (instant - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - it is time
            await asyncio.sleep(max(_SHORTEST_NAP, left / self._factor))

    def set(self, instant: datetime) -> None:
        """Let the world be at *instant* now, for every process that opens it from here on."""
        self.create(self._folder, instant, self._factor)
        self._epoch, self._real, self._factor = _read(self._folder)


class VirtualClock:
    """Stands still until somebody waits, then jumps to the earliest instant waited for."""

    def __init__(self, start: datetime = datetime(2021, 8, 26, 20, tzinfo=UTC)) -> None:
        """Begin at *start*."""
        self._now = start
        self._waits: list[tuple[datetime, int]] = []
        self._numbers = count()

    def now(self) -> datetime:
        """Return the instant in the world, aware, UTC."""
        return self._now

    def machine_seconds(self, instant: datetime) -> float:
        """Return 0: it is there as soon as somebody waits for it."""
        del instant
        return 0.0

    async def wait_until(self, instant: datetime) -> None:
        """Let the others take a turn, then go to *instant* once nobody waits for an earlier one."""
        wait = (instant, next(self._numbers))
        heapq.heappush(self._waits, wait)
        try:
            await asyncio.sleep(0)
            while self._now < instant and self._waits[0] != wait:  # noqa: ASYNC110 - a turn
                await asyncio.sleep(0)
            self._now = max(self._now, instant)
        finally:
            self._waits.remove(wait)
            heapq.heapify(self._waits)

    def set(self, instant: datetime) -> None:
        """Put the hands to *instant*, back or forth."""
        self._now = instant

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self._now += timedelta(seconds=seconds)


def _read(folder: Path) -> tuple[int, int, float]:
    try:
        fields = json.loads((folder / CLOCK_FILE).read_text(encoding="utf-8"))
        return int(fields["epoch"]), int(fields["real"]), float(fields["factor"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"{folder / CLOCK_FILE}: {error}"
        raise BadConfiguration(Code.SIMULATOR, host="", problem=problem) from error
