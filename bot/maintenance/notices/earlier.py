"""What went out before: the maintenance that stands announced, and the thread of a post. Pure.

Campaigns are given newest first, as `Campaigns.campaigns` returns them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING

from notifications import Campaign, CampaignState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

_SCHEDULED = re.compile("window:([0-9]{1,18})")  # the occasion of a window that was scheduled
_COMPLETED = "maintenance-completed"  # its occasion is a run, which knows of no window
_ENDS = frozenset({"maintenance-cancelled", _COMPLETED})
_DATES = frozenset({"maintenance-scheduled", "maintenance-rescheduled"})
_ANNOUNCES = _DATES | {"maintenance-reminder", "maintenance-changed"}
_TELLS_MORE = frozenset({"maintenance-reason", "maintenance-overrun"})
_OF_A_WINDOW = _ENDS | _TELLS_MORE | {"maintenance-rescheduled"}

#: The kind whose thread the post of a kind about suspend+restore continues.
_CONTINUES: Mapping[str, str] = MappingProxyType(
    {"optout-reset": "feature-hold", "reoptin": "optout-reset"}
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """A maintenance of a host that was announced and is not over, by what we have sent."""

    letters: tuple[Campaign, ...]  # newest first, back to the one that gave its date

    @property
    def start(self) -> datetime:
        """When it is to start."""
        start: datetime = self.letters[0].values["start"]
        return start

    @property
    def end(self) -> datetime:
        """When it is to end."""
        end: datetime = self.letters[0].values["end"]
        return end

    @property
    def occasion(self) -> str:
        """What its notices have in common."""
        return self.letters[0].occasion


def windows(campaigns: Iterable[Campaign], host: str) -> tuple[Window, ...]:
    """Return the windows of *host*, as customers know it, that stand announced; first first."""
    letters = [each for each in _sent(campaigns, _ANNOUNCES | _ENDS, (host,)) if not each.announce]
    told: dict[str, list[Campaign]] = {}
    for each in letters:
        told.setdefault(each.occasion, []).append(each)
    worked = [each.values["ended"] for each in letters if each.kind == _COMPLETED]
    stand = (Window(letters=_dated(of)) for of in told.values() if of[0].kind in _ANNOUNCES)
    open_ = (window for window in stand if all(ended < window.start for ended in worked))
    return tuple(sorted(open_, key=lambda window: window.start))


def _dated(letters: Sequence[Campaign]) -> tuple[Campaign, ...]:
    """Return the letters back to the first that gave the date of now.

    There may be two: one to those who knew another date, and one to those who knew of none.
    """
    date = _date(letters[0])
    same = list(takewhile(lambda each: _date(each) == date, letters))
    dates = [place for place, each in enumerate(same, 1) if each.kind in _DATES]
    return tuple(same[: dates[-1] if dates else None])


def _date(letter: Campaign) -> tuple[object, object]:
    return letter.values["start"], letter.values["end"]


def of(campaigns: Iterable[Campaign], host: str, occasion: str) -> Window | None:
    """Return the window of *host* that the notices of *occasion* have announced."""
    here = (window for window in windows(campaigns, host) if window.occasion == occasion)
    return next(here, None)


def scheduled(occasion: str) -> int:
    """Return the number of the scheduled window that *occasion* names; 0: it names none."""
    found = _SCHEDULED.fullmatch(occasion)
    return int(found[1]) if found else 0


def during(campaigns: Iterable[Campaign], host: str, at: datetime) -> Window | None:
    """Return the window of *host* that began last before the instant *at*."""
    begun = [window for window in windows(campaigns, host) if window.start <= at]
    return begun[-1] if begun else None


def post_before(
    campaigns: Iterable[Campaign], kind: str, hosts: Iterable[str], occasion: str = ""
) -> int:
    """Return the number of the post whose thread a post of *kind* continues; 0: none.

    A window that was scheduled has a thread of its own, whatever else is planned for its hosts.
    """
    if kind in _OF_A_WINDOW:
        kinds = _ANNOUNCES | _ENDS | _TELLS_MORE
    else:
        kinds = frozenset({_CONTINUES.get(kind, "")})
    own = occasion if scheduled(occasion) else ""
    here = (each for each in _sent(campaigns, kinds, hosts) if own in {"", each.occasion})
    posts = (each for each in here if each.announce)
    newest = next(posts, None)
    return newest.number if newest and newest.kind not in _ENDS else 0


def _sent(
    campaigns: Iterable[Campaign], kinds: frozenset[str], hosts: Iterable[str]
) -> Iterator[Campaign]:
    """Yield those of *kinds* that went out, about any of *hosts* if there are any."""
    wanted = set(hosts)
    for each in campaigns:
        # The mails of a scheduled window are stopped when it is moved: some know of it by then.
        stopped = each.state is CampaignState.CANCELLED and not scheduled(each.occasion)
        went_out = each.started and not stopped
        here = not wanted or wanted & set(each.values.get("hosts", ()))
        if each.kind in kinds and went_out and here:
            yield each
