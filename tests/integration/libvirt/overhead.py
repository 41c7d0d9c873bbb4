"""Benchmark: what an operation costs beside the hypervisor's own time.

The same thing is done to a real guest by virsh and by the helper over SSH, turn by turn in one
session: stopped and let go many times, saved and restored a few times.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

from bot.executors.remote import RemoteHost
from bot.rules.operation import Verb
from tests.integration.libvirt import host, lab
from tests.integration.libvirt.asking import asked, done
from tests.integration.libvirt.host import real_host

GUEST = "vg1"
_numbers = count(1)


async def timed(act: Callable[[], Awaitable[None]]) -> float:
    begins = time.perf_counter()
    await act()
    return time.perf_counter() - begins


def virsh(*commands: tuple[str, ...]) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        for command in commands:
            await asyncio.to_thread(lab.virsh, *command)

    return act


def helper(executor: RemoteHost, *verbs: Verb) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        run = f"b{next(_numbers)}n{time.time_ns()}"
        await done(executor, *(asked(verb, GUEST, run=run) for verb in verbs))

    return act


async def rows(executor: RemoteHost, folder: Path) -> None:
    image = str(folder / "image")
    saving = (Verb.SAVE, Verb.VERIFY, Verb.RESTORE, Verb.SPEND, Verb.UNPAUSE)
    restore = ("restore", image, "--paused")
    ways = {
        "stop and let go": (
            20,
            virsh(("suspend", GUEST), ("resume", GUEST)),
            helper(executor, Verb.PAUSE, Verb.UNPAUSE),
        ),
        "save, restore, let go": (
            4,
            virsh(("save", GUEST, image), restore, ("resume", GUEST)),
            helper(executor, *saving),
        ),
    }
    print(f"{'median of turns, s':24}  virsh  helper  operations  more for each")
    for name, (turns, direct, ours) in ways.items():
        pairs = [(await timed(direct), await timed(ours)) for _ in range(turns)]
        plain, whole = (statistics.median(side) for side in zip(*pairs, strict=True))
        each = len(saving) if turns < 20 else 2
        print(f"{name:24} {plain:6.2f} {whole:7.2f} {each:11} {(whole - plain) / each:13.2f}")


async def main() -> None:
    """Measure on one guest, and print the table."""
    with tempfile.TemporaryDirectory() as folder, real_host(Path(folder)) as real:
        lab.all_up()
        host.clear(real)
        async with real.reached() as executor:
            await rows(executor, Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
