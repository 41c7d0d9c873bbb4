"""What a worker has claimed and not yet offered: it is short, so that memory stays flat."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from notifications.outbox.claim import Claimed, Head


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery in hand, and what it shares with the others of its campaign."""

    claimed: Claimed
    head: Head


class Tray:
    """Between the feeder, who fills it, and the lanes, who empty it."""

    def __init__(self, running_low: Callable[[], None]) -> None:
        """Call *running_low* when there are only `low` jobs left."""
        self._jobs: deque[Job] = deque()
        self._running_low = running_low
        self.low = 0
        self.filled = asyncio.Event()  # there is something, or nothing will come any more
        self.closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, jobs: Iterable[Job]) -> None:
        """Add *jobs* at the end."""
        self._jobs.extend(jobs)
        if self._jobs:
            self.filled.set()

    def pop(self) -> Job | None:
        """Return the first job, or None: the tray is empty."""
        if not self._jobs:
            return None
        job = self._jobs.popleft()
        if not self._jobs and not self.closed:
            self.filled.clear()
        if len(self._jobs) <= self.low:
            self._running_low()
        return job

    def clear(self) -> tuple[Job, ...]:
        """Return all jobs, which are not in it any more."""
        jobs = tuple(self._jobs)
        self._jobs.clear()
        if not self.closed:
            self.filled.clear()
        return jobs

    def close(self) -> None:
        """Let nobody wait any longer: nothing will come."""
        self.closed = True
        self.filled.set()
