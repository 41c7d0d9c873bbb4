"""Contacts who stand to be surprised: what is intended is no longer what they were told.

A hold, the breaker, or what is found out about a kernel may change it. What a customer has stated
since is no surprise to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.failures import translated
from bot.maintenance.notices.optins import RESET
from bot.maintenance.windows import letters
from bot.maintenance.windows.contents import gives_reason, said
from bot.maintenance.windows.entries import entry
from bot.maintenance.windows.letters import ACTOR, Letter, without
from bot.maintenance.windows.replacing import cancelling
from bot.ports import WindowChange
from bot.rules.errors import Precondition
from bot.rules.window.terms import Window, WindowEvent
from notifications import CampaignState, ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.maintenance.notices.gathered import Gathered
    from bot.maintenance.windows.kit import Kit
    from notifications import Campaign

_OPEN = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED, CampaignState.APPROVED})


async def surprise(kit: Kit, window: Window, now: datetime) -> WindowChange | None:
    """Return what prepares the mail to those who are to hear otherwise; None: nobody is.

    A draft whose contents have changed is replaced; one that nobody needs any more is cancelled.
    """
    drafts = await _drafts(kit, window)
    waiting = next((draft for draft in drafts if draft.state in _OPEN), None)
    facts = await _facts(kit, window, now)
    if facts is None or not kit.letters.contacts(facts):
        return _calm(kit, window, waiting, now)
    if waiting and gives_reason(waiting, window, now) and await _same(kit, waiting, facts):
        return None
    if drafts and await _declined(kit, window, drafts[0], facts):
        return None
    letter = Letter(kind=letters.CHANGED, facts=facts, key=str(len(drafts)), announce=False)
    told = entry(window, WindowEvent.CHANGED, now, guests=sorted(facts.items))
    drafting = await kit.letters.drafting([letter], now)
    also = cancelling(kit.mail, [waiting.number] if waiting else [], drafting)
    return WindowChange(window=window, expected=window.revision, entries=(told,), also=also)


def _calm(kit: Kit, window: Window, waiting: Campaign | None, now: datetime) -> WindowChange | None:
    if waiting is None:
        return None
    told = entry(window, WindowEvent.UNCHANGED, now, campaign=waiting.number)
    also = cancelling(kit.mail, [waiting.number])
    return WindowChange(window=window, expected=window.revision, entries=(told,), also=also)


async def _drafts(kit: Kit, window: Window) -> list[Campaign]:
    """Return the mails of this sort, newest first."""
    with translated():
        heads = await kit.mail.heads(window.occasion)
    return [head for head in heads if head.kind == letters.CHANGED]


async def _facts(kit: Kit, window: Window, now: datetime) -> Gathered | None:
    try:
        facts = await kit.letters.gather(letters.CHANGED, window, now)
    except Precondition:  # not announced, or all is as it was told
        return None
    announced = await kit.letters.announced(window)
    since = await _told_at(kit, window)
    newest = await kit.store.opt_ins(list(facts.items))
    stated = {g for g, said in newest.items() if since and said.at > since and said.how != RESET}
    return without(facts, stated) if announced else None


async def _told_at(kit: Kit, window: Window) -> datetime | None:
    """Return when customers were told last, in world time."""
    told = {WindowEvent.TOLD, WindowEvent.REMINDED}
    entries = await kit.store.entries(window=window.number)
    return max((each.at for each in entries if each.event in told), default=None)


async def _same(kit: Kit, draft: Campaign, facts: Gathered) -> bool:
    """Say whether *draft* says of the same guests what it would say of them now."""
    says, would = await said(kit, draft, facts)
    return {g: _essence(item) for g, item in says.items()} == {
        g: _essence(item) for g, item in would.items()
    }


async def _declined(kit: Kit, window: Window, draft: Campaign, facts: Gathered) -> bool:
    """Say whether a person has cancelled *draft*, which says what one would say now."""
    date = draft.values["start"], draft.values["end"]
    if draft.state is not CampaignState.CANCELLED or date != (window.start, window.end):
        return False
    with translated():
        changes = await kit.mail.changes(0, draft.number)
    cancelled = [each.actor for each in changes if each.event is ChangeEvent.CANCELLED]
    return cancelled != [ACTOR] and await _same(kit, draft, facts)


def _essence(item: Mapping[str, Any]) -> tuple[object, ...]:
    return item.get("action"), item.get("was"), item.get("why")
