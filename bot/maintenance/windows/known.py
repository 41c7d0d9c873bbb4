"""What each address knows of a window, by what went out to it.

Who was told a date is to hear that it is void: also if the guests have another contact by now, or
have left the inventory with their host.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.failures import translated
from bot.maintenance.windows.gone import gone, went_out
from notifications import same_mailbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.maintenance.windows.gone import Date
    from bot.rules.window.terms import Window
    from notifications import Campaign, Campaigns, Delivery


@dataclass(frozen=True, kw_only=True)
class Knower:
    """An address, and what it was told."""

    address: str
    name: str
    values: Mapping[str, Any]  # of the newest mail to it that had a date
    items: Mapping[str, Mapping[str, Any]]  # by guest, the newest of each

    @property
    def date(self) -> Date:
        """Start and end of the window, as it knows them."""
        return self.values["start"], self.values["end"]


async def knowers(mail: Campaigns, window: Window) -> Mapping[Date, tuple[Knower, ...]]:
    """Return who was told of *window*, by the date that they know, the newest of them first."""
    found: dict[str, Knower] = {}
    with translated():
        for letter in await gone(mail, window):
            for delivery in (await mail.report(letter.number)).deliveries:
                if went_out(delivery):
                    key = same_mailbox(delivery.address)
                    found[key] = _knower(letter, delivery, found.pop(key, None))
    dates = dict.fromkeys(knower.date for knower in reversed(found.values()))
    return {date: tuple(k for k in found.values() if k.date == date) for date in dates}


def _knower(letter: Campaign, delivery: Delivery, before: Knower | None) -> Knower:
    items = {str(item["guest"]): item for item in delivery.items}
    now = Knower(address=delivery.address, name=delivery.name, values=letter.values, items=items)
    return replace(now, items={**before.items, **items}) if before else now
