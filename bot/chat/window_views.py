"""How answers about windows and freezes look, in the words given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.maintenance.notices.mail_news import about_campaign
from bot.maintenance.telling import Deed, acts
from bot.maintenance.windows.times import clocks, name, stamp, times
from bot.ports import Message
from bot.rules.window.terms import DueKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.maintenance.words import Words
    from bot.rules.window.terms import Due, Freeze, Window, WindowSettings
    from notifications import Campaign

_MAILS = frozenset({DueKind.SHOW, DueKind.REMIND, DueKind.REVEAL})


@dataclass(frozen=True, kw_only=True)
class Around:
    """What goes with a window."""

    agenda: Sequence[Due]  # what is still due for it
    campaigns: Sequence[Campaign]  # newest first
    surprised: int = 0  # contacts that are not told of a change
    freezes: Sequence[Freeze] = ()  # that it is in


class WindowViews:
    """Answers about windows."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words

    def echoed(
        self, told: Message, window: Window, agenda: Iterable[Due], settings: WindowSettings
    ) -> Message:
        """Return *told* of a window, with its start and end on all clocks, and the mails to come.

        Zones: the configured one, that of the window, the customers' and UTC.
        """
        known = {
            "clocks": _clocks(window.start, window.end, _zones(window, settings)),
            "mails": [due for due in agenda if due.kind in _MAILS],
        }
        text = self._words.say("window_answers", "echo", **known)
        return replace(told, text=f"{told.text}\n{text}")

    def windows(
        self, windows: Iterable[Window], now: datetime, settings: WindowSettings, *, every: bool
    ) -> Message:
        """List windows; *every*: also those that are over."""
        rows = [self._row(window, now, settings) for window in windows]
        return Message(
            text=self._words.say(
                "window_answers", "windows", rows=rows, zone=settings.zone, every=every
            )
        )

    def _row(self, window: Window, now: datetime, settings: WindowSettings) -> list[object]:
        shown = clocks(window.start, settings.zone)[0].at
        state = "under_way" if window.public_state(now) == "under way" else window.state.value
        known = {"state": state, "auto": window.auto, "series": window.series}
        about = self._words.say("window_answers", "about", reason=window.reason, **known)
        long = window.length.total_seconds()
        length = self._words.say("window_answers", "length", seconds=long)
        return [f"#{window.number}", stamp(shown), length, ", ".join(window.hosts), about]

    def window(
        self, window: Window, around: Around, now: datetime, settings: WindowSettings
    ) -> Message:
        """Show one window with all that follows."""
        state = "under_way" if window.public_state(now) == "under way" else window.state.value
        known = {
            "number": window.number,
            "name": name(self._words, window),
            "state": state,
            "actor": window.actor,
            "reason": window.reason,
            "embargo": window.embargo if window.embargo and window.embargo > now else None,
            "auto": window.auto,
            "series": window.series,
            "clocks": _clocks(window.start, window.end, _zones(window, settings)),
            "agenda": around.agenda,
            "campaigns": [self._campaign(each) for each in reversed(around.campaigns)],
            "surprised": around.surprised,
            "freezes": [self._freeze(each, settings) for each in around.freezes],
        }
        text = self._words.say("window_answers", "window", **known)
        return Message(text=text, acts=acts(self._words, _previews(around.campaigns)))

    def _campaign(self, campaign: Campaign) -> dict[str, object]:
        known = {"number": campaign.number, "announce": campaign.announce}
        return {**known, "kind": campaign.kind, "state": campaign.state.value}

    # ---- freezes ----

    def frozen(
        self, freeze: Freeze, windows: Iterable[Window], settings: WindowSettings
    ) -> Message:
        """Say that nothing is scheduled in an interval, and which windows are in it even so."""
        inside = [
            {
                "name": name(self._words, each),
                "times": self._times(each, settings),
                "auto": each.auto,
            }
            for each in windows
        ]
        known = {**self._freeze(freeze, settings), "windows": inside}
        return Message(text=self._words.say("window_answers", "frozen", **known))

    def thawed(self, freeze: Freeze, settings: WindowSettings) -> Message:
        """Say that a freeze is lifted."""
        known = self._freeze(freeze, settings)
        return Message(text=self._words.say("window_answers", "thawed", **known))

    def freezes(self, freezes: Iterable[Freeze], settings: WindowSettings) -> Message:
        """List the freezes that stand."""
        rows = [self._freeze(freeze, settings) for freeze in freezes]
        return Message(text=self._words.say("window_answers", "freezes", rows=rows))

    def _freeze(self, freeze: Freeze, settings: WindowSettings) -> dict[str, object]:
        span = times(self._words, freeze.start, freeze.end, settings.zone)
        known = {"reason": freeze.reason, "actor": freeze.actor}
        return {"number": freeze.number, "times": span, **known}

    def _times(self, window: Window, settings: WindowSettings) -> str:
        return times(self._words, window.start, window.end, settings.zone)


def _zones(window: Window, settings: WindowSettings) -> tuple[str, ...]:
    return settings.zone, window.zone, settings.customers_zone


def _clocks(start: datetime, end: datetime, zones: tuple[str, ...]) -> list[list[str]]:
    """Return a row for each zone: its name, and what its clocks show at start and end."""
    pairs = zip(clocks(start, *zones), clocks(end, *zones), strict=True)
    return [[first.zone, stamp(first.at), stamp(last.at)] for first, last in pairs]


def _previews(campaigns: Iterable[Campaign]) -> list[Deed]:
    """Return what reads those that wait for a person."""
    return [
        Deed(
            code="campaign_preview",
            command=f"campaign preview {each.number}",
            about=about_campaign(each.number),
        )
        for each in campaigns
        if each.state.value in {"draft", "previewed"} and not each.announce
    ]
