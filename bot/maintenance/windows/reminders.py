"""Reminders: drafted, shown to staff, then mailed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.maintenance.notices.failures import translated
from bot.maintenance.windows import letters
from bot.maintenance.windows.contents import gives_reason, said
from bot.maintenance.windows.entries import entry, settled
from bot.maintenance.windows.letters import ACTOR, Letter
from bot.maintenance.windows.replacing import cancelling
from bot.ports import WindowChange
from bot.rules.errors import MaintError, Precondition
from bot.rules.window.acting import NotReminded
from bot.rules.window.agenda import reminded_at
from bot.rules.window.terms import Due, DueKind, Window, WindowEvent
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from bot.maintenance.notices.gathered import Gathered
    from bot.maintenance.windows.kit import Kit
    from bot.maintenance.windows.letters import Work
    from bot.rules.window.terms import Entry
    from notifications import Campaign

_READY = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED})
_UNSENT = _READY | {CampaignState.APPROVED}
_GONE = frozenset({CampaignState.SENDING, CampaignState.PAUSED, CampaignState.DONE})
_TO_ALL = frozenset({letters.SCHEDULED, letters.RESCHEDULED, letters.REMINDER})  # what gives dates
_DRAFTS = 2  # made anew at most: one that a killed process has left may be untrue as well
_UNSEEN = timedelta(minutes=30)  # that staff have, if the bot was not there to show it in time


async def show(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Draft a reminder and show it to staff, before it goes by itself."""
    return await _showing(kit, window, due, now, reminded_at(window, due.about))


async def _showing(
    kit: Kit, window: Window, due: Due, now: datetime, goes: datetime
) -> WindowChange:
    known = {"days": due.about, "at": goes.isoformat()}
    told = entry(window, WindowEvent.SHOWN, now, **known)
    facts = await _facts(kit, window, now)
    if facts is None:
        blank = {"campaign": 0, "post": 0, "contacts": 0, "campaigns": []}
        return settled(window, due, [entry(window, WindowEvent.SHOWN, now, **known, **blank)])
    also = await kit.letters.drafting([_letter(due, facts)], now)
    return settled(window, due, [told], also)


async def remind(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Mail a reminder, as it is true now; say why, if it does not go.

    One that nobody was shown, for the bot was away, is shown now, and goes a little later.
    """
    begun = (window.start, window.end) in await kit.letters.dates(window)
    if begun and await _just_told(kit, window, now):
        return _not_reminded(window, due, now, NotReminded.TOO_SOON)
    facts = await _facts(kit, window, now)
    if facts is None:
        return _not_reminded(window, due, now, NotReminded.NOT_APPROVED)
    if not kit.letters.contacts(facts):
        return _not_reminded(window, due, now, NotReminded.NOBODY)
    if not await _was_shown(kit, window, due):
        goes = now + _UNSEEN
        again = Due(kind=DueKind.REMIND, about=due.about, at=goes)
        return replace(await _showing(kit, window, due, now, goes), adds=(again,))
    return await _reminding(kit, window, due, facts, now)


async def _reminding(
    kit: Kit, window: Window, due: Due, facts: Gathered, now: datetime
) -> WindowChange:
    try:
        campaign, untrue = await _ready(kit, window, due, facts, now)
    except MaintError as error:
        why = {"problem": error.code.value}
        return _not_reminded(window, due, now, NotReminded.REFUSED, **why)
    if campaign.state is CampaignState.CANCELLED:
        number = {"campaign": campaign.number}
        return _not_reminded(window, due, now, NotReminded.CANCELLED, **number)
    known = {"days": due.about, "campaign": campaign.number}
    known["contacts"] = kit.letters.contacts(facts)
    told = entry(window, WindowEvent.REMINDED, now, **known)
    release = cancelling(kit.mail, untrue, _release(kit, campaign, window))
    return settled(window, due, [told], release)


async def _just_told(kit: Kit, window: Window, now: datetime) -> bool:
    """Say whether all were told when *window* is a short while ago, in world time."""
    since = now - timedelta(hours=kit.settings.apart_hours)
    return any(
        each.at > since and (each.event is WindowEvent.REMINDED or _gives_date(each))
        for each in await kit.store.entries(window=window.number)
    )


def _gives_date(each: Entry) -> bool:
    return each.event is WindowEvent.TOLD and each.data["kind"] in _TO_ALL


async def _was_shown(kit: Kit, window: Window, due: Due) -> bool:
    """Say whether staff were shown this reminder, of the date as it is.

    It is as good as shown if that was tried when it was to go, and there was nothing to show.
    """
    late, shown = reminded_at(window, due.about), False
    for each in await kit.store.entries(window=window.number):
        if each.event is WindowEvent.RESCHEDULED:
            shown = False
        elif each.event is WindowEvent.SHOWN and each.data["days"] == due.about:
            shown = shown or bool(each.data["campaign"]) or each.at >= late
    return shown


def _release(kit: Kit, campaign: Campaign, window: Window) -> Work | None:
    """Return the work that sends it, in the name of *window*; none if a person has sent it."""
    if campaign.state in _GONE:
        return None
    release = kit.mail.releasing(campaign.number, window.occasion)

    def work(connection: Any, _: Window) -> Mapping[str, Any]:  # noqa: ANN401 - opaque
        with translated():
            release(connection)
        return {}

    return work


async def _ready(
    kit: Kit, window: Window, due: Due, facts: Gathered, now: datetime
) -> tuple[Campaign, list[int]]:
    """Return the reminder as it is to go: what was shown, or a new one if that is not true.

    And those before it that are not true, which are to be cancelled as it goes.
    """
    untrue: list[int] = []
    with translated():
        shown = await _drafted(kit, window, due, facts, now)
        while len(untrue) < _DRAFTS and not await _is_true(kit, window, shown, facts, now):
            untrue.append(shown.number)
            letter = _letter(due, facts, f":{shown.number}")  # after a kill it is the same one
            shown = await kit.mail.campaign(await kit.letters.record(letter, window, now))
        if shown.state in _UNSENT:
            await kit.notices.refuse_untrue(shown.number)
        if shown.state in _READY:
            await kit.mail.preview(shown.number, ACTOR)
            shown = await kit.mail.campaign(shown.number)
    return shown, untrue


async def _drafted(kit: Kit, window: Window, due: Due, facts: Gathered, now: datetime) -> Campaign:
    """Return the reminder that was shown; the same key drafts it, if nobody has."""
    number = await kit.letters.record(_letter(due, facts), window, now)
    return await kit.mail.campaign(number)


async def _is_true(
    kit: Kit, window: Window, shown: Campaign, facts: Gathered, now: datetime
) -> bool:
    """Say whether *shown* says what it would say now; what has gone cannot be changed."""
    if shown.state not in _UNSENT:
        return True
    says, would = await said(kit, shown, facts)
    return says == would and gives_reason(shown, window, now)


async def _facts(kit: Kit, window: Window, now: datetime) -> Gathered | None:
    """Return whom a reminder concerns: who knows of the date as it is; None: nobody does."""
    dated = await kit.letters.told_by_date(window)
    told = dated.get((window.start, window.end))
    if not told:
        return None
    try:
        return letters.only(await kit.letters.gather(letters.REMINDER, window, now), told)
    except Precondition:
        return None


def _letter(due: Due, facts: Gathered, more: str = "") -> Letter:
    return Letter(kind=letters.REMINDER, facts=facts, key=f"{due.about}{more}", announce=False)


def _not_reminded(
    window: Window, due: Due, now: datetime, why: NotReminded, **more: object
) -> WindowChange:
    known = {"days": due.about, "why": why.value, "campaign": 0, "problem": "", **more}
    return settled(window, due, [entry(window, WindowEvent.NOT_REMINDED, now, **known)])
