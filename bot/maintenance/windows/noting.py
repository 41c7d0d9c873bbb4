"""Writes down, in world time, when notices of windows began to go out: campaigns know no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.maintenance.notices.earlier import scheduled
from bot.maintenance.notices.failures import translated
from bot.maintenance.windows.entries import entry
from bot.ports import WindowChange
from bot.rules.window.terms import WindowEvent, WindowState
from notifications import ChangeEvent

if TYPE_CHECKING:
    from datetime import datetime

    from bot.maintenance.windows.kit import Kit

READER = "windows"  # whose cursor says how far the changes of campaigns are read


async def note_mail(kit: Kit, now: datetime) -> None:
    """Read what campaigns have done since, and write down which of windows began to go out."""
    cursor = await kit.store.cursor(READER, "mail")
    with translated():
        changes = await kit.mail.changes(cursor.number)
    for change in changes:
        if change.event is ChangeEvent.STARTED:
            await _note(kit, change.campaign, now)
    if changes:
        await kit.store.move(replace(cursor, number=changes[-1].number))


async def _note(kit: Kit, number: int, now: datetime) -> None:
    with translated():
        campaign = await kit.mail.campaign(number)
    window = scheduled(campaign.occasion)
    if not window or campaign.announce or campaign.test_of:
        return
    known = await kit.store.window(window)
    if known.state is WindowState.SCHEDULED and not await _noted(kit, window, number):
        told = entry(known, WindowEvent.TOLD, now, campaign=number, kind=campaign.kind)
        change = WindowChange(window=known, expected=known.revision, entries=(told,))
        await kit.store.change_windows([change])


async def _noted(kit: Kit, window: int, campaign: int) -> bool:
    """Say whether it is written down already, by another process or as a reminder."""
    noted = {WindowEvent.TOLD, WindowEvent.REMINDED}
    entries = await kit.store.entries(window=window)
    return any(each.event in noted and each.data["campaign"] == campaign for each in entries)
