"""At whichever commit a process that keeps windows dies, the next one does what is due once.

The process dies before or after each call that changes the database or the mail; then another one
looks, twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.window.terms import WindowEvent
from tests.unit.maintenance.windows.keeping import Keeping, keeping

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

_WRITES = frozenset(
    {
        "audit",
        "cancel",
        "change_windows",
        "move",
        "preview",
        "record",
        "settle",
    }
)
LEAST = 2  # boundaries that each of these acts has
WEEK, HALF, MINUTE = timedelta(days=7), timedelta(hours=12), timedelta(minutes=1)
REMINDER, CHANGED, OVERRUN = (f"maintenance-{each}" for each in ("reminder", "changed", "overrun"))


class Killed(BaseException):
    """The process is no more: nothing catches this."""


@dataclass
class Fate:
    """Strikes when so many boundaries have been passed, and ever after."""

    left: int

    def near(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise Killed


class Mortal:
    """A part whose every change of the world is a boundary before and one after it."""

    def __init__(self, part: object, fate: Fate) -> None:
        self._part, self._fate = part, fate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        found = getattr(self._part, name)
        return self._mortal(found) if name in _WRITES else found

    def _mortal(self, change: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def changing(*given: Any, **known: Any) -> Any:  # noqa: ANN401 - as it takes and gives
            self._fate.near()
            done = await change(*given, **known)
            self._fate.near()
            return done

        return changing


async def dies(k: Keeping, boundary: int) -> bool:
    """Let a process look that dies at a boundary; False: it had come to its end before."""
    fate = Fate(boundary)
    parts = {name: Mortal(getattr(k.kit, name), fate) for name in ("store", "mail", "letters")}
    try:
        await k.another(**parts).look()
    except Killed:
        return True
    return False


async def shown(k: Keeping) -> None:
    await k.tell()
    k.night.clock.set(k.start - WEEK - HALF)


async def reminded(k: Keeping) -> None:
    await shown(k)
    await k.look()
    k.night.clock.set(k.start - WEEK)


async def reminded_anew(k: Keeping) -> None:
    await shown(k)
    await k.look()
    await k.office.say("a", wanted=False)
    k.night.clock.set(k.start - WEEK)


async def started(k: Keeping) -> None:
    await k.tell()
    k.night.clock.set(k.start)


async def overrun(k: Keeping) -> None:
    await k.tell()
    k.night.clock.set(k.end - MINUTE)
    await k.run()
    k.night.clock.set(k.end)


async def surprised(k: Keeping) -> None:
    await k.tell()
    await k.hold()


async def surprised_anew(k: Keeping) -> None:
    await surprised(k)
    await k.look()
    await k.lift()


#: What leads to an act, its one entry, and the mails of its kind that are not cancelled then.
_ACTS: dict[str, tuple[Callable[[Keeping], Awaitable[None]], WindowEvent, str, int]] = {
    "shown": (shown, WindowEvent.SHOWN, REMINDER, 1),
    "reminded": (reminded, WindowEvent.REMINDED, REMINDER, 1),
    "reminded anew": (reminded_anew, WindowEvent.REMINDED, REMINDER, 1),
    "started": (started, WindowEvent.STARTED, REMINDER, 0),
    "overrun": (overrun, WindowEvent.OVERRUN, OVERRUN, 1),
    "changed": (surprised, WindowEvent.CHANGED, CHANGED, 1),
    "unchanged": (surprised_anew, WindowEvent.UNCHANGED, CHANGED, 0),
}


async def wrong(k: Keeping, act: str) -> list[str]:
    """Let the next process look, twice; return what was not done once."""
    for _ in range(2):
        await k.another().look()
    _, event, kind, mails = _ACTS[act]
    told = await k.entries(event)
    standing = [each for each in await k.campaigns(kind) if each.state != "cancelled"]
    found = {
        "entries": len(told) == 1,
        "mails": len(standing) == mails,
        "runs": await k.runs() == (act in {"started", "overrun"}),
        "trouble": k.trouble == [],
    }
    return [name for name, well in found.items() if not well]


@pytest.mark.parametrize("act", _ACTS)
async def test_at_whichever_commit_it_dies_it_is_done_once(tmp_path: Path, act: str) -> None:
    boundary, died = 0, True
    while died:
        boundary += 1
        async with keeping(tmp_path / str(boundary), auto=True) as k:
            await _ACTS[act][0](k)
            died = await dies(k, boundary)
            assert (boundary, await wrong(k, act)) == (boundary, [])

    assert boundary > LEAST
