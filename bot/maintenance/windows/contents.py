"""What a draft says of each guest, and what it would say if it were made now.

A draft leaves out who has no address, or a wrong one; so what is compared leaves them out too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.failures import translated
from bot.maintenance.notices.gathered import Gathered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.maintenance.windows.kit import Kit
    from bot.rules.window.terms import Window
    from notifications import Campaign, Report

    #: By guest, what is said of it.
    Said = dict[str, dict[str, Any]]


async def said(kit: Kit, draft: Campaign, facts: Gathered) -> tuple[Said, Said]:
    """Return what *draft* says of each guest, and what it would say now that *facts* are so."""
    with translated():
        report = await kit.mail.report(draft.number)
    return _says(report), _would_say(kit, report, facts)


def gives_reason(draft: Campaign, window: Window, now: datetime) -> bool:
    """Say whether *draft* gives the reason of *window*, unless that cannot be given *now*."""
    promises = "reason_at" in draft.values and "reason" not in draft.values
    return not (promises and window.public_reason(now))


async def kept(kit: Kit, draft: Campaign) -> Gathered:
    """Return what *draft* says, to whom it can be sent, as facts of another one."""
    report = await kit.mail.report(draft.number)
    return Gathered(values=dict(draft.values), items=_says(report), occasion=draft.occasion)


def _says(report: Report) -> Said:
    return _by_guest(item for delivery in report.deliveries for item in delivery.items)


def _would_say(kit: Kit, report: Report, facts: Gathered) -> Said:
    absent = {(each.name, each.address) for each in report.left_out}
    return _by_guest(
        item
        for each in kit.letters.recipients(facts)
        if each.address and (each.name, each.address) not in absent
        for item in each.items
    )


def _by_guest(items: Iterable[Mapping[str, Any]]) -> Said:
    return {
        str(item["guest"]): {k: v for k, v in item.items() if k not in {"guest", "host"}}
        for item in items
    }
