"""Incidents held against the newest journal of their run: what is told must still be true.

A person may choose for a guest, and a snapshot may be dropped, after the mail was drafted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import runs
from bot.maintenance.notices.forms import PARAGRAPH
from bot.maintenance.notices.gathered import Gathered
from bot.rules.errors import Code, Precondition
from bot.rules.run.replay import replay
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.maintenance.notices.gathered import Sources
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run
    from notifications import Campaign

INCIDENT = "incident"
COMPLETED = "maintenance-completed"
_RUN = "run:"  # begins the occasion of what tells of a run
_OPEN = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED})
_OVER = frozenset({CampaignState.CANCELLED, CampaignState.DONE})
_PROGRAM = ""  # who revises: the words are nobody's anew, so their author may still not approve


def incident(rows: Sequence[Row], run: Run, guest: str, sources: Sources) -> Gathered:
    """Return the facts of the incident of *guest*. Raises as `runs.incident`."""
    return Gathered(
        values=runs.incident(rows, run, guest, sources.policy, sources.limits),
        items={guest: {}},
        occasion=occasion(run),
        once=f"{INCIDENT}:{run.id}:{guest}",
    )


def completed(run: Run, sources: Sources) -> Gathered:
    """Return the facts of the notice that *run* is over. Raises as `runs.completed`."""
    values, items = runs.completed(sources.fleet, run)
    return Gathered(
        values=values, items=items, occasion=occasion(run), once=f"{COMPLETED}:{run.id}"
    )


def occasion(run: Run) -> str:
    """Return the occasion of all that tells of *run*."""
    return f"{_RUN}{run.id}"


async def refresh(campaign: Campaign, sources: Sources) -> bool:
    """Revise an incident that is not approved yet, if its facts have changed; say whether.

    Again revises nothing. Campaigns of other kinds, and those that are frozen, stay as they are.

    Raises Precondition: NO_PARAGRAPH: a person has to write first; INCIDENT_OVER: its guest came
    back well after all. Nothing was revised then.
    """
    if campaign.kind != INCIDENT or campaign.state not in _OPEN:
        return False
    if not str(campaign.values.get(PARAGRAPH, "")).strip():
        guest = campaign.values.get("guest", "")
        raise Precondition(Code.NO_PARAGRAPH, number=campaign.number, guest=guest)
    otherwise = await _otherwise(campaign, sources)
    if otherwise:
        await sources.mail.revise(campaign.number, otherwise, _PROGRAM)
    return bool(otherwise)


async def changed(campaign: Campaign, sources: Sources) -> bool:
    """Say whether an incident is not as it is told; of another kind that is never said."""
    try:
        return bool(await _otherwise(campaign, sources))
    except Precondition:
        return True  # there is none any more


async def _otherwise(campaign: Campaign, sources: Sources) -> Mapping[str, Any]:
    """Return the values that differ from those of now. Raises Precondition(INCIDENT_OVER)."""
    told = campaign.values
    if campaign.kind != INCIDENT or "guest" not in told or _RUN not in campaign.occasion:
        return {}
    run_id = campaign.occasion.removeprefix(_RUN)
    rows = await sources.store.rows(run_id)
    run = replay(run_id, rows)
    try:
        now = incident(rows, run, told["guest"], sources).values
    except Precondition as error:
        raise Precondition(Code.INCIDENT_OVER, number=campaign.number, **error.fields) from error
    return {name: value for name, value in now.items() if told.get(name) != value}


def sole(before: Iterable[Campaign], kind: str, facts: Gathered, key: str) -> str:
    """Return the request key for what a person asks for by *key*, after the campaigns *before*.

    Of what is also drafted by itself there is one at a time, whoever comes first.

    Raises Precondition(ALREADY_DRAFTED): it is there, and neither done nor cancelled.
    """
    if not facts.once:
        return key
    same = [each for each in before if _same(each, kind, facts)]
    for each in same:
        if each.state not in _OVER:
            about = facts.values.get("guest") or ", ".join(facts.values["hosts"])
            known = {"about": about, "number": each.number, "state": each.state.value}
            raise Precondition(Code.ALREADY_DRAFTED, kind=kind, **known)
    return key if same else facts.once


def _same(campaign: Campaign, kind: str, facts: Gathered) -> bool:
    if campaign.announce or (campaign.kind, campaign.occasion) != (kind, facts.occasion):
        return False
    return bool(campaign.values.get("guest") == facts.values.get("guest"))
