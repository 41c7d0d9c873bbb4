"""One night on which nearly everything happens, and the world as it was at each of its commits.

The world is kept twice for each commit of the journal: right after it (nothing it intends is
begun yet), and just before the next (everything it intends is begun, and time has passed).
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from bot.rules.fleet import GuestState
from bot.rules.limits import Limits
from bot.rules.policy.terms import PolicySettings
from tests.night import HOST, Night, guest, night

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.executors.simulator import Simulator
    from bot.ports import Lease, RunRecord, Store
    from bot.rules.run.journal import Row

#: Patience that fits a test: questions and deaf guests are given up after minutes.
LIMITS = Limits(shutdown=60.0, dead=150.0, saved=120.0, pair_hours=1.0)
GUESTS = (
    guest("probe", memory_mib=256, canary=True),
    guest("first", memory_mib=512),  # the canary of its family
    guest("dying", memory_mib=2048),
    guest("hurt", memory_mib=3072),
    guest("under-way", memory_mib=3584),  # being restored when the breaker opens
    guest("waiting", memory_mib=4096),
    guest("half-saved", memory_mib=1024),
    guest("stubborn", memory_mib=1536),  # does not suspend, and is shut down
    guest("reluctant"),
    guest("deaf", shutdown_seconds=10_000.0),
    guest("off", state=GuestState.OFF),
    guest("blocked", state=GuestState.OFF, blocked=True),
)
OUT = ("reluctant", "deaf")
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("save_killed", {"guest": "half-saved"}),
    ("not_acknowledged", {"guest": "stubborn"}),
    ("forgets", {"guest": "first", "verb": "save"}),
    ("lost_after", {"guest": "waiting", "verb": "verify"}),
    ("lost_before", {"guest": "first", "verb": "restore"}),
    ("dead", {"guest": "dying"}),
    ("damage", {"guest": "hurt"}),
    ("lost_after", {"guest": "hurt", "verb": "rollback"}),
    ("fails", {"guest": "reluctant", "verb": "boot"}),
)


@dataclass
class Marking:
    """A store that lets the world be copied before and after every commit of the journal."""

    store: Store
    simulator: Simulator
    last: int = 1
    tokens: dict[int, int] = field(default_factory=lambda: {1: 0})  # by each commit's last row
    caches: dict[int, tuple[RunRecord, Mapping[str, str]]] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self.store, name)

    async def append(self, lease: Lease, *rest: Any) -> tuple[Row, ...]:  # noqa: ANN401 - the port's
        self.simulator.mark(after(self.last))
        rows = await self.store.append(lease, *rest)
        if rows:
            self.last = rows[-1].number
            self.tokens[self.last] = lease.token
            record = (await self.store.runs())[0]
            self.caches[self.last] = record, await self.store.states(record.id)
            self.simulator.mark(at(self.last))
        return rows


def at(number: int) -> str:
    """Name the copy of the world right after the commit that ended with row *number*."""
    return f"at {number}"


def after(number: int) -> str:
    """Name the copy of the world just before the commit that followed row *number*."""
    return f"after {number}"


@asynccontextmanager
async def eventful(folder: Path) -> AsyncIterator[tuple[Night, Marking]]:
    """Live through the whole night, and give it as it ended."""
    known = {"policy": PolicySettings(), "limits": LIMITS, "keep_copies": True}
    known["records"] = {"probe": {"canary": True}}
    async with night(folder, *GUESTS, out=OUT, **known) as lived:
        for fault, about in FAULTS:
            lived.simulator.inject(HOST, fault, **about)
        marking = Marking(lived.store, lived.simulator)
        lived.store = cast("Store", marking)
        lived.simulator.mark(at(1))
        await lived.begin()
        await lived.until("ended")
        lived.simulator.mark(after(marking.last))
        yield lived, marking
