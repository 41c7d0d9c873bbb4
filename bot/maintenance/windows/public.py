"""Windows in public words: for calendars, and for the status page. No guest is named in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import places
from bot.maintenance.notices.audiences import called

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.maintenance.windows.calendar import Entry
    from bot.maintenance.words import Words
    from bot.rules.fleet import Fleet
    from bot.rules.window.terms import Window
    from notifications import House


@dataclass(frozen=True, kw_only=True)
class Public:
    """Tells the public of windows, in the words of a house."""

    fleet: Fleet
    words: Words
    house: House

    def invitation(self, window: Window, cancelled: bool) -> str:  # noqa: FBT001 - it is what is told
        """Return the calendar object that a mail about *window* carries.

        It depends on the window alone: the same revision is the same text.
        """
        from bot.maintenance.windows import calendar  # noqa: PLC0415 - slow to import

        return calendar.event(self._entry(window, window.changed, cancelled=cancelled), self.house)

    def feed(self, windows: Iterable[Window], now: datetime) -> str:
        """Return *windows* as one calendar."""
        from bot.maintenance.windows import calendar  # noqa: PLC0415 - slow to import

        name = self.words.say("calendar", "name", house=self.house.name)
        return calendar.calendar([self._entry(w, now) for w in windows], self.house, name)

    def planned(self, windows: Iterable[Window], now: datetime) -> list[dict[str, Any]]:
        """Return what a status page shows of *windows*, as JSON values.

        Keys: `window`, `hosts`, `start`, `end` (ISO 8601, UTC), `reason` (empty: none is given),
        `state` ("planned", "under way" or how it ended), `summary`.
        """
        return [
            {
                "window": window.number,
                "hosts": self._hosts(window),
                "start": window.start.isoformat(),
                "end": window.end.isoformat(),
                "reason": window.public_reason(now),
                "state": window.public_state(now),
                "summary": self._say("summary", window, cancelled=False),
            }
            for window in windows
        ]

    def _entry(self, window: Window, at: datetime, *, cancelled: bool = False) -> Entry:
        from bot.maintenance.windows.calendar import Entry  # noqa: PLC0415 - slow to import

        known = {"reason": window.public_reason(at), "page": ""}
        known |= {"house": self.house.name, "address": self.house.address}
        return Entry(
            number=window.number,
            revision=window.revision,
            changed=window.changed,
            start=window.start,
            end=window.end,
            hosts=tuple(self._hosts(window)),
            summary=self._say("summary", window, cancelled=cancelled),
            description=self._say("description", window, cancelled=cancelled, **known),
            cancelled=cancelled,
        )

    def _say(self, macro: str, window: Window, **known: object) -> str:
        return str(self.words.say("calendar", macro, hosts=self._hosts(window), **known))

    def _hosts(self, window: Window) -> list[str]:
        """Return the hosts as customers know them; also those that have left the inventory."""
        return [
            called(places.host(self.fleet, host)) if host in self.fleet.hosts else host
            for host in window.hosts
        ]
