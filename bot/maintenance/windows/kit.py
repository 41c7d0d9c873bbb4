"""What the acts of windows are made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.maintenance.desk import Desk
    from bot.maintenance.notices.desk import Notices
    from bot.maintenance.windows.letters import Letters
    from bot.ports import PacedClock, Store
    from bot.rules.limits import Limits
    from bot.rules.window.terms import WindowSettings
    from notifications import Campaigns


@dataclass(frozen=True, kw_only=True)
class Kit:
    """The parts that an act needs."""

    store: Store
    clock: PacedClock
    desk: Desk  # of runs
    mail: Campaigns
    notices: Notices
    letters: Letters
    settings: WindowSettings
    limits: Limits
    second_person: bool = False  # a start needs one
