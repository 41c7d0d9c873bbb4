"""Whether what a campaign says is still true, before anybody reads it: by its kind."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import anew, earlier, proof
from bot.maintenance.notices.feature import global_hold
from bot.maintenance.notices.optins import RESET, last_reset
from bot.rules.errors import Code, Precondition
from bot.rules.window.terms import WindowState
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.maintenance.notices.gathered import Sources
    from notifications import Campaign

    Finding = tuple["Untrue", Mapping[str, object]] | None


class Untrue(StrEnum):
    """Why a campaign must not go out as it is."""

    LIFTED = "lifted"  # since: the hold that it tells of no longer stands
    SET_BACK = "set_back"  # guests: those that it calls opted in, and that a reset has set back
    HELD = "held"  # since, why: nobody is invited under a hold
    RESET_NOT_SENT = "reset_not_sent"  # at; campaign: the reset's mail (0: there is none); state
    NOT_TESTED = "not_tested"  # since: what it calls tested is no longer proved
    CHANGED = "changed"  # guest: it is not as it is told
    PAST = "past"  # at: what is announced for then has begun or is over; or it promises a reason
    OVER = "over"  # hosts: the maintenance that it speaks of does not stand announced any more
    NOT_SENT = "not_sent"  # campaign, state: a post promises a mail that has not gone out


_UNSENT = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED, CampaignState.APPROVED})
_GOES_OUT = frozenset({CampaignState.SENDING, CampaignState.DONE})


async def refuse_untrue(campaign: Campaign, sources: Sources, now: datetime) -> None:
    """Raise Precondition(NO_LONGER_TRUE) if *campaign*, which is not sent yet, is not true now."""
    if campaign.state not in _UNSENT:
        return
    found = await _unkept(campaign, sources) or await _untrue(campaign, sources, now)
    if found:
        why, fields = found
        known = {"number": campaign.number, "kind": campaign.kind}
        raise Precondition(Code.NO_LONGER_TRUE, **known, why=why.value, fields=fields)


async def refuse_outdated(campaign: Campaign, sources: Sources) -> None:
    """Raise Precondition(NO_LONGER_TRUE) if *campaign*, sent or not, has a window's old date."""
    if not (earlier.scheduled(campaign.occasion) and campaign.kind in _OF_SCHEDULED):
        return
    found = await _of_scheduled(campaign, sources)
    if found:
        known = {"number": campaign.number, "kind": campaign.kind, "why": found[0].value}
        raise Precondition(Code.NO_LONGER_TRUE, **known, fields=found[1])


async def _untrue(campaign: Campaign, sources: Sources, now: datetime) -> Finding:
    past = _past(campaign, now)
    scheduled = earlier.scheduled(campaign.occasion) and campaign.kind in _OF_SCHEDULED
    check = _of_scheduled if scheduled else _CHECKS.get(campaign.kind)
    return past or (await check(campaign, sources) if check else None)


async def _unkept(campaign: Campaign, sources: Sources) -> Finding:
    """Ask of a post whether the mail goes out that it promises."""
    if not campaign.announce or not campaign.post:
        return None
    letter = await sources.mail.campaign(campaign.post)
    if letter.state in _GOES_OUT:
        return None
    return Untrue.NOT_SENT, {"campaign": letter.number, "state": letter.state.value}


async def _of_a_hold(campaign: Campaign, sources: Sources) -> Finding:
    hold, since = await global_hold(sources.store), campaign.values["since"]
    if hold is None or hold.opened_at != since:
        return Untrue.LIFTED, {"since": since}
    newest = await sources.store.opt_ins()
    told = [item["guest"] for item in await _items(campaign, sources)]
    back = sum(guest in newest and newest[guest].how == RESET for guest in told)
    return (Untrue.SET_BACK, {"guests": back}) if back else None


async def _items(campaign: Campaign, sources: Sources) -> list[Mapping[str, Any]]:
    report = await sources.mail.report(campaign.number)
    return [item for delivery in report.deliveries for item in delivery.items]


async def _of_an_invitation(campaign: Campaign, sources: Sources) -> Finding:
    hold = await global_hold(sources.store)
    if hold is not None:
        return Untrue.HELD, {"since": hold.opened_at, "why": hold.reason}
    at = last_reset(await sources.store.statements(how=RESET))[0].at
    letters = [each for each in await _campaigns(sources) if _is_reset(each, at)]
    if all(each.state is not CampaignState.DONE for each in letters):
        newest = letters[0] if letters else None
        number, state = (newest.number, newest.state.value) if newest else (0, "")
        return Untrue.RESET_NOT_SENT, {"at": at, "campaign": number, "state": state}
    known = await sources.store.evidence(), await sources.store.judgements()
    proved = proof.tested(*known, sources.policy, since=at)
    if not all(_still(row, proved) for row in campaign.values["tested"]):
        return Untrue.NOT_TESTED, {"since": at}
    return None


def _is_reset(campaign: Campaign, at: datetime) -> bool:
    known = campaign.kind == "optout-reset" and not campaign.announce
    gone = campaign.state is CampaignState.CANCELLED
    return known and not gone and campaign.values["at"] == at


def _still(row: Mapping[str, Any], proved: list[dict[str, Any]]) -> bool:
    """Say whether at least as many restores have gone well under the combination of *row*."""
    return any(
        {**now, "count": row["count"]} == row and now["count"] >= row["count"] for now in proved
    )


async def _of_an_incident(campaign: Campaign, sources: Sources) -> Finding:
    if not await anew.changed(campaign, sources):
        return None
    return Untrue.CHANGED, {"guest": campaign.values.get("guest", "")}


def _past(campaign: Campaign, now: datetime) -> Finding:
    values = campaign.values
    later = None if values.get("reason") else values.get("reason_at")
    comes = (at for at in (values.get(_COMES.get(campaign.kind, "")), later) if at and at <= now)
    at = next(comes, None)
    return (Untrue.PAST, {"at": at}) if at else None


async def _of_scheduled(campaign: Campaign, sources: Sources) -> Finding:
    """Ask whether the window is as *campaign* says: of that date, or cancelled."""
    window = await sources.store.window(earlier.scheduled(campaign.occasion))
    values = campaign.values
    if campaign.kind == "maintenance-cancelled":
        true = window.state is WindowState.CANCELLED
    elif campaign.kind == "maintenance-reason":  # it may be over
        true = window.state is not WindowState.CANCELLED
    else:
        scheduled = window.state is WindowState.SCHEDULED
        true = scheduled and (window.start, window.end) == (values["start"], values["end"])
    if true:
        return None
    return Untrue.OVER, {"hosts": campaign.values["hosts"]}


async def _of_a_window(campaign: Campaign, sources: Sources) -> Finding:
    """Ask whether the window still stands as it does in *campaign*; its mail itself may end it."""
    if campaign.announce:
        return None
    values, before = campaign.values, await _campaigns(sources)
    date = (values.get("was_start", values.get("start")), values.get("was_end", values["end"]))
    gone = [host for host in values["hosts"] if not _stands(before, host, campaign.occasion, date)]
    return (Untrue.OVER, {"hosts": gone}) if gone else None


def _stands(
    before: tuple[Campaign, ...], host: str, occasion: str, date: tuple[datetime | None, datetime]
) -> bool:
    start, end = date
    return any(
        window.occasion == occasion and window.end == end and start in {None, window.start}
        for window in earlier.windows(before, host)
    )


async def _campaigns(sources: Sources) -> tuple[Campaign, ...]:
    return await sources.mail.heads()


#: The instant from which on a notice of a kind is not true any more.
_COMES: Mapping[str, str] = {
    "maintenance-scheduled": "start",
    "maintenance-reminder": "start",
    "maintenance-rescheduled": "start",
    "maintenance-changed": "start",
    "maintenance-cancelled": "end",
    "maintenance-overrun": "next",
}
_OF_SCHEDULED = frozenset(
    {
        "maintenance-scheduled",
        "maintenance-reminder",
        "maintenance-changed",
        "maintenance-rescheduled",
        "maintenance-cancelled",
        "maintenance-reason",
    }
)
_CHECKS: Mapping[str, Callable[[Campaign, Sources], Awaitable[Finding]]] = {
    "feature-hold": _of_a_hold,
    "reoptin": _of_an_invitation,
    "incident": _of_an_incident,
    "maintenance-reminder": _of_a_window,
    "maintenance-rescheduled": _of_a_window,
    "maintenance-changed": _of_a_window,
    "maintenance-cancelled": _of_a_window,
    "maintenance-overrun": _of_a_window,
}
