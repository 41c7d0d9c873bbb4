"""Notices about a run that was: that it is over, what befell a guest, how a trial went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.explorations import TRIAL
from bot.maintenance.notices import anew, places, runs
from bot.maintenance.notices.forms import misfit
from bot.maintenance.notices.gathered import Asked, Gathered, Sources
from bot.maintenance.notices.lately import until_maintenance
from bot.rules.errors import BadRequest, Code, Precondition
from bot.rules.run.replay import replay
from bot.rules.run.report import tried

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Store
    from bot.rules.fleet import Guest
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run

TRIAL_RESULT = "trial-result"


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
    run, rows = await newest_run(sources.store, host.name, guest.name)
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
    return await result_of(run, guest.name, said, sources, asked.at)


async def result_of(run: Run, guest: str, said: str, sources: Sources, at: datetime) -> Gathered:
    """Return the facts of how the trial of *guest* went. Raises as `runs.trial_result`."""
    values: dict[str, Any] = runs.trial_result(run, guest, said, sources.policy)
    item = {"link": await sources.link(guest, at)} if sources.links.address else {}
    once = f"{TRIAL_RESULT}:{run.id}:{guest}"
    return Gathered(values=values, items={guest: item}, occasion=anew.occasion(run), once=once)


async def _trial(store: Store, guest: Guest) -> Run:
    """Return the newest trial of a guest that was carried out, else the newest run of its host.

    Raises Precondition(NO_TRIAL): it had no part in that.
    """
    records = await store.runs(host=guest.host)
    for record in [*(each for each in records if each.kind == TRIAL), *records[:1]]:
        run = replay(record.id, await store.rows(record.id))
        step = run.steps.get(guest.name)
        if step and (tried(step) or record.kind != TRIAL):
            return run
    raise Precondition(Code.NO_TRIAL, guest=guest.name, host=guest.host)


async def newest_run(store: Store, host: str, guest: str = "") -> tuple[Run, tuple[Row, ...]]:
    """Return the newest maintenance of *host*, or a trial of *guest* since, and its journal.

    Raises BadRequest(NO_RUN).
    """
    for record in until_maintenance(await store.runs(host=host)):
        rows = await store.rows(record.id)
        run = replay(record.id, rows)
        if record.kind != TRIAL or guest in run.steps:
            return run, rows
    raise BadRequest(Code.NO_RUN, host=host, verb="tell")
