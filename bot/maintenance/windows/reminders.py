"""Reminders, and the reason when it can be given: drafted, shown to staff, then mailed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.maintenance.notices.failures import translated
from bot.maintenance.windows import letters
from bot.maintenance.windows.entries import entry, settled
from bot.maintenance.windows.letters import ACTOR, Letter
from bot.maintenance.windows.replacing import cancelling
from bot.ports import WindowChange
from bot.rules.errors import MaintError, Precondition
from bot.rules.window.acting import NotReminded
from bot.rules.window.agenda import reminded_at
from bot.rules.window.terms import Due, Window, WindowEvent, WindowState
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from bot.maintenance.notices.gathered import Gathered
    from bot.maintenance.windows.kit import Kit
    from bot.maintenance.windows.letters import Work
    from notifications import Campaign

_READY = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED})
_GONE = frozenset({CampaignState.SENDING, CampaignState.PAUSED, CampaignState.DONE})


async def show(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Draft a reminder and show it to staff, before it goes by itself."""
    known = {"days": due.about, "at": reminded_at(window, due.about).isoformat()}
    told = entry(window, WindowEvent.SHOWN, now, **known)
    facts = await _facts(kit, window, now)
    if facts is None:
        blank = {"campaign": 0, "post": 0, "contacts": 0, "campaigns": []}
        return settled(window, due, [entry(window, WindowEvent.SHOWN, now, **known, **blank)])
    also = await kit.letters.drafting([_letter(due, facts)], now)
    return settled(window, due, [told], also)


async def remind(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Mail a reminder, as it is true now; say why, if it does not go."""
    announced = await kit.letters.announced(window)
    facts = await _facts(kit, window, now)
    if announced is None or facts is None:
        return _not_reminded(window, due, now, NotReminded.NOT_APPROVED)
    if await _just_told(kit, window, now):
        return _not_reminded(window, due, now, NotReminded.TOO_SOON)
    contacts = kit.letters.contacts(facts)
    if not contacts:
        return _not_reminded(window, due, now, NotReminded.NOBODY)
    approver = announced.letters[-1].approved_by
    try:
        campaign, untrue = await _ready(kit, window, due, facts, now)
    except MaintError as error:
        why = {"problem": error.code.value}
        return _not_reminded(window, due, now, NotReminded.REFUSED, **why)
    if campaign.state is CampaignState.CANCELLED:
        number = {"campaign": campaign.number}
        return _not_reminded(window, due, now, NotReminded.CANCELLED, **number)
    known = {"days": due.about, "campaign": campaign.number, "contacts": contacts}
    told = entry(window, WindowEvent.REMINDED, now, **known)
    release = cancelling(kit.mail, untrue, _release(kit, campaign, approver))
    return settled(window, due, [told], release)


async def _just_told(kit: Kit, window: Window, now: datetime) -> bool:
    """Say whether another notice of *window* began to go out a short while ago, in world time."""
    since = now - timedelta(hours=kit.settings.apart_hours)
    told = {WindowEvent.TOLD, WindowEvent.REMINDED}
    return any(
        each.event in told and each.at > since
        for each in await kit.store.entries(window=window.number)
    )


def _release(kit: Kit, campaign: Campaign, approver: str) -> Work | None:
    """Return the work that sends it; none if a person has sent it already."""
    if campaign.state in _GONE:
        return None
    release = kit.mail.releasing(campaign.number, approver)

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
        while shown.state in _READY and await _items(kit, shown) != facts.items:
            untrue.append(shown.number)
            letter = _letter(due, facts, f":{shown.number}")  # after a kill it is the same one
            shown = await kit.mail.campaign(await kit.letters.record(letter, window, now))
        if shown.state in _READY:
            await kit.notices.refuse_untrue(shown.number)
            await kit.mail.preview(shown.number, ACTOR)
            shown = await kit.mail.campaign(shown.number)
    return shown, untrue


async def _drafted(kit: Kit, window: Window, due: Due, facts: Gathered, now: datetime) -> Campaign:
    """Return the reminder that was shown; the same key drafts it, if nobody has."""
    number = await kit.letters.record(_letter(due, facts), window, now)
    return await kit.mail.campaign(number)


async def _items(kit: Kit, campaign: Campaign) -> dict[str, dict[str, object]]:
    report = await kit.mail.report(campaign.number)
    items = (dict(item) for delivery in report.deliveries for item in delivery.items)
    found = {str(item.pop("guest")): item for item in items}
    return {guest: {k: v for k, v in item.items() if k != "host"} for guest, item in found.items()}


async def _facts(kit: Kit, window: Window, now: datetime) -> Gathered | None:
    """Return whom a reminder concerns; None: nobody was told of the window."""
    try:
        return await kit.letters.gather(letters.REMINDER, window, now)
    except Precondition:
        return None


def _letter(due: Due, facts: Gathered, more: str = "") -> Letter:
    return Letter(kind=letters.REMINDER, facts=facts, key=f"{due.about}{more}", announce=False)


async def reveal(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Draft the mail that gives the reason, which may be given now."""
    told = entry(window, WindowEvent.REVEALED, now)
    if window.state is WindowState.MISSED:  # nothing was done for any reason
        return settled(window, due)
    facts = await kit.letters.reason(window, now)
    if not facts.items:  # nobody knows of the window yet
        await _give_reason(kit, window)
        return settled(window, due)
    letter = Letter(kind=letters.REASON, facts=facts, values={"reason": window.reason})
    return settled(window, due, [told], await kit.letters.drafting([letter], now))


async def _give_reason(kit: Kit, window: Window) -> None:
    """Let notices that wait for approval give the reason, instead of when it can be given."""
    with translated():
        for head in await kit.mail.heads(window.occasion):
            if "reason_at" in head.values and head.state in _READY:
                await kit.mail.revise(head.number, {"reason": window.reason}, ACTOR)


def _not_reminded(
    window: Window, due: Due, now: datetime, why: NotReminded, **more: object
) -> WindowChange:
    known = {"days": due.about, "why": why.value, "campaign": 0, "problem": "", **more}
    return settled(window, due, [entry(window, WindowEvent.NOT_REMINDED, now, **known)])
