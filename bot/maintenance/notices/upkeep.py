"""Notices about maintenance of hosts: planned windows, runs, and what befell a guest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import places, runs
from bot.maintenance.notices.audiences import called, customers
from bot.maintenance.notices.forms import misfit
from bot.maintenance.notices.gathered import Asked, Gathered, Sources
from bot.maintenance.notices.intentions import intention
from bot.rules.errors import BadRequest, Code
from bot.rules.run.replay import replay

if TYPE_CHECKING:
    from bot.ports import Store
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run


async def planned(asked: Asked, sources: Sources) -> Gathered:
    """Tell the customers of the named hosts what is intended with each of their guests."""
    named = places.hosts(sources.fleet, asked.about)
    guests = customers(sources.fleet, [host.name for host in named])
    newest = await sources.store.opt_ins([guest.name for guest in guests])
    holds = await sources.store.holds()
    return Gathered(
        values={"hosts": [called(host) for host in named]},
        items={g.name: intention(g, newest.get(g.name), holds, sources.policy) for g in guests},
        occasion=_window(asked),
    )


async def overrun(asked: Asked, sources: Sources) -> Gathered:
    """Tell the customers of the named hosts that it takes longer."""
    named = places.hosts(sources.fleet, asked.about)
    guests = customers(sources.fleet, [host.name for host in named])
    values = {"hosts": [called(host) for host in named]}
    return Gathered(values=values, items={guest.name: {} for guest in guests})


async def completed(asked: Asked, sources: Sources) -> Gathered:
    """Tell the customers whose guests the newest run of a host has brought back well.

    Raises BadRequest(NO_RUN), Precondition(NOT_ENDED).
    """
    host = places.host(sources.fleet, asked.about[0])
    run, _ = await newest_run(sources.store, host.name)
    values, items = runs.completed(sources.fleet, run)
    return Gathered(values=values, items=items, occasion=_run(run))


async def incident(asked: Asked, sources: Sources) -> Gathered:
    """Tell a customer what befell their guest in the newest run of a host.

    Raises BadRequest: NO_RUN, UNKNOWN_GUEST; Precondition(NO_INCIDENT).
    """
    host = places.host(sources.fleet, asked.about[0])
    guest = places.customers_guest(sources.fleet, asked.about[1])
    run, rows = await newest_run(sources.store, host.name)
    values = runs.incident(rows, run, guest.name, sources.policy)
    return Gathered(values=values, items={guest.name: {}}, occasion=_run(run))


async def trial_result(asked: Asked, sources: Sources) -> Gathered:
    """Tell a customer how the trial of their guest went.

    Raises BadRequest: NO_RUN, UNKNOWN_GUEST; Precondition(TRIAL_OTHERWISE).
    """
    name, said = asked.about
    if said not in runs.TRIALS:
        raise misfit(asked.kind)
    guest = places.customers_guest(sources.fleet, name)
    run, _ = await newest_run(sources.store, guest.host)
    values: dict[str, Any] = runs.trial_result(run, guest.name, said, sources.policy)
    item = {"link": sources.links.of(guest.name)} if sources.links.address else {}
    return Gathered(values=values, items={guest.name: item}, occasion=_run(run))


async def newest_run(store: Store, host: str) -> tuple[Run, tuple[Row, ...]]:
    """Return the newest run of *host* and its journal. Raises BadRequest(NO_RUN)."""
    for record in (await store.runs(host=host))[:1]:
        rows = await store.rows(record.id)
        return replay(record.id, rows), rows
    raise BadRequest(Code.NO_RUN, host=host, verb="tell")


def _window(asked: Asked) -> str:
    start = asked.values.get("start")
    return f"window:{','.join(asked.about)}:{start.isoformat()}" if start else ""


def _run(run: Run) -> str:
    return f"run:{run.id}"
