"""One small night that has begun, for one fault to strike; its promises are judged at its end."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.rules.policy.terms import PolicySettings
from bot.rules.run.journal import Event
from bot.rules.run.report import result
from tests.account import Rules, account_of
from tests.night import HOST, Night, guest, night
from tests.promises import check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from bot.executors.simulator import GuestWorld
    from bot.rules.run.journal import Row

#: Two guests that are suspended, and one that has not opted in and is shut down.
THREE = ("a", "b", "c")
#: What becomes of them when nothing goes wrong.
QUIET = {"a": "restored", "b": "restored", "c": "booted"}
#: Every suspended guest has a pair; its combination is taken for trusted.
PAIRED = PolicySettings(canaries=False, old_kernels="suspend")


@asynccontextmanager
async def begun(
    folder: Path,
    *guests: GuestWorld,
    out: Iterable[str] = ("c",),
    **known: object,
) -> AsyncIterator[Night]:
    """Give a night whose run has begun and has done nothing yet; judge it afterwards.

    Without *guests* there are `a` and `b`, which are suspended, and `c`, which is shut down.
    """
    listed = guests or tuple(guest(name) for name in THREE)
    async with night(folder, *listed, out=out, **known) as made:
        await made.begin()
        yield made
        assert await broken_promises(made) == []


async def broken_promises(made: Night) -> list[str]:
    """Say which promises of the design the run has broken."""
    rules = Rules(fleet=made.fleet, policy=made.policy, limits=made.limits)
    return check(await account_of(made.store, made.simulator, rules, "r1", grace=2.0))  # type: ignore[arg-type]


def strike(made: Night, fault: str, on: str = "a", **params: object) -> None:
    """Let a named fault strike guest *on*; an empty name is the host."""
    made.simulator.inject(HOST, fault, guest=on, **params)  # type: ignore[arg-type]


def results(made: Night) -> dict[str, str]:
    """Return what became of each guest, in the report's words."""
    return {name: str(result(step)) for name, step in made.run.steps.items()}


async def holds(made: Night) -> list[tuple[str, str]]:
    """Return scope and value of each hold that stands."""
    return [(str(hold.scope), hold.value) for hold in await made.store.holds()]


async def of(made: Night, name: str, event: Event | None = None) -> list[Row]:
    """Return a guest's rows (the run's own, if *name* is empty), of one kind or of all."""
    return [r for r in await made.rows() if r.guest == name and event in {None, r.event}]


async def intents(made: Night, name: str) -> list[str]:
    """Return the verbs that were intended for a guest, in order."""
    return [str(row.data["verb"]) for row in await of(made, name, Event.INTENDED)]


async def errors(made: Night, name: str) -> list[str]:
    """Return how a guest's operations failed, in order."""
    return [str(row.data["error"]) for row in await of(made, name, Event.FAILED)]
