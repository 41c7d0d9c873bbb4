"""The reason of a window, when it can be given: in a mail, and in notices that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.maintenance.notices.failures import translated
from bot.maintenance.windows import letters
from bot.maintenance.windows.contents import kept
from bot.maintenance.windows.entries import entry, settled
from bot.maintenance.windows.letters import ACTOR, Letter
from bot.maintenance.windows.replacing import cancelling
from bot.rules.window.terms import Due, Window, WindowEvent, WindowState
from notifications import CampaignState

if TYPE_CHECKING:
    from datetime import datetime

    from bot.maintenance.windows.kit import Kit
    from bot.ports import WindowChange
    from notifications import Campaign

_OPEN = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED})
_UNSENT = _OPEN | {CampaignState.APPROVED}
_ANEW = frozenset({letters.SCHEDULED, letters.RESCHEDULED})  # others are drafted anew elsewhere


async def reveal(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Draft the mail that gives the reason, which may be given now.

    Notices that wait give it from now on. Those that were approved without it are drafted anew.
    """
    if window.state is WindowState.MISSED:  # nothing was done for any reason
        return settled(window, due)
    facts = await kit.letters.reason(window, now)
    drafts = []
    if facts.items:  # somebody knows of the window
        values = {"reason": window.reason}
        drafts.append(Letter(kind=letters.REASON, facts=facts, values=values))
    with translated():
        approved = await _give_reason(kit, window)
        drafts += [await _anew(kit, head) for head in approved if not head.announce]
    if not drafts:
        return settled(window, due)
    drafting = await kit.letters.drafting(drafts, now)
    also = cancelling(kit.mail, [head.number for head in approved], drafting)
    return settled(window, due, [entry(window, WindowEvent.REVEALED, now)], also)


async def _give_reason(kit: Kit, window: Window) -> list[Campaign]:
    """Let notices that wait give the reason, instead of when it can be given.

    Returns those that cannot, for they were approved, each with its post.
    """
    heads = [
        head
        for head in await kit.mail.heads(window.occasion)
        if "reason_at" in head.values and "reason" not in head.values and head.state in _UNSENT
    ]
    approved = {h.number for h in heads if h.kind in _ANEW and _is_frozen(h)}
    gone = [head for head in heads if head.number in approved or head.post in approved]
    for head in heads:
        if head.state in _OPEN and head not in gone:
            await kit.mail.revise(head.number, {"reason": window.reason}, ACTOR)
    return gone


def _is_frozen(head: Campaign) -> bool:
    return head.state is CampaignState.APPROVED and not head.announce


async def _anew(kit: Kit, head: Campaign) -> Letter:
    facts, key = await kept(kit, head), f"reason:{head.number}"
    return Letter(kind=head.kind, facts=facts, key=key, announce=bool(head.post))
