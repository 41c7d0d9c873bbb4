"""Notices about a run that was: that it is over, what befell a guest, how a trial went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import anew, places, runs
from bot.maintenance.notices.forms import misfit
from bot.maintenance.notices.gathered import Asked, Gathered, Sources
from bot.rules.errors import BadRequest, Code, Precondition
from bot.rules.run.replay import replay

if TYPE_CHECKING:
    from bot.ports import Store
    from bot.rules.fleet import Guest
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run


async def completed(asked: Asked, sources: Sources) -> Gathered:
    """Tell the customers whose guests the newest run of a host has brought back well.

    Raises BadRequest(NO_RUN), Precondition(NOT_ENDED).
    """
    host = places.host(sources.fleet, asked.about[0])
    run, _ = await newest_run(sources.store, host.name)
    return anew.completed(run, sources)


async def incident(asked: Asked, sources: Sources) -> Gathered:
    """Tell a customer what befell their guest in the newest run of a host.

    Raises BadRequest: NO_RUN, UNKNOWN_GUEST; Precondition(NO_INCIDENT).
    """
    host = places.host(sources.fleet, asked.about[0])
    guest = places.customers_guest(sources.fleet, asked.about[1])
    run, rows = await newest_run(sources.store, host.name)
    return anew.incident(rows, run, guest.name, sources)


async def trial_result(asked: Asked, sources: Sources) -> Gathered:
    """Tell a customer how the trial of their guest went.

    Raises BadRequest(UNKNOWN_GUEST); Precondition: NO_TRIAL, TRIAL_OTHERWISE.
    """
    name, said = asked.about
    if said not in runs.TRIALS:
        raise misfit(asked.kind)
    guest = places.customers_guest(sources.fleet, name)
    run = await _trial(sources.store, guest)
    values: dict[str, Any] = runs.trial_result(run, guest.name, said, sources.policy)
    item = {"link": sources.links.of(guest.name)} if sources.links.address else {}
    return Gathered(values=values, items={guest.name: item}, occasion=anew.occasion(run))


async def _trial(store: Store, guest: Guest) -> Run:
    """Return the newest run of a guest's host. Raises Precondition(NO_TRIAL): it had no part."""
    for record in (await store.runs(host=guest.host))[:1]:
        run = replay(record.id, await store.rows(record.id))
        if guest.name in run.steps:
            return run
    raise Precondition(Code.NO_TRIAL, guest=guest.name, host=guest.host)


async def newest_run(store: Store, host: str) -> tuple[Run, tuple[Row, ...]]:
    """Return the newest run of *host* and its journal. Raises BadRequest(NO_RUN)."""
    for record in (await store.runs(host=host))[:1]:
        rows = await store.rows(record.id)
        return replay(record.id, rows), rows
    raise BadRequest(Code.NO_RUN, host=host, verb="tell")
