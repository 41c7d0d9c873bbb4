"""What an entry in the journal of windows has to say: fields and deeds, not yet words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.mail_news import about_campaign
from bot.maintenance.plan_fields import of_plan
from bot.maintenance.telling import Deed, card_of, host_deed, start_deed
from bot.maintenance.windows.times import times
from bot.rules.errors import Code
from bot.rules.plan.data import plan_from_data
from bot.rules.plan.terms import PlanOptions
from bot.rules.window.terms import Entry, Window, WindowEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bot.maintenance.words import Words

    Fields = dict[str, Any]


def fields(words: Words, window: Window, entry: Entry) -> Fields:
    """Return what is said of an entry, apart from who, which window, and when."""
    more = _FIELDS.get(entry.event)
    return {**entry.data, **(more(words, window, entry) if more else {})}


def _scheduled(words: Words, window: Window, entry: Entry) -> Fields:
    del words, entry
    return {"reason": window.reason, "embargo": window.embargo, "auto": window.auto}


def _moved(words: Words, window: Window, entry: Entry) -> Fields:
    start, end = (datetime.fromisoformat(entry.data[key]) for key in ("was_start", "was_end"))
    was = times(words, start, end, window.zone)
    return {"was": was}


def _cancelled(words: Words, window: Window, entry: Entry) -> Fields:
    return {"times": _moved(words, window, entry)["was"]}


def _shown(words: Words, window: Window, entry: Entry) -> Fields:
    del words, window
    return {"at": datetime.fromisoformat(entry.data["at"])}


def _changed(words: Words, window: Window, entry: Entry) -> Fields:
    del words
    return {"seconds": (window.start - entry.at).total_seconds()}


def _asked(words: Words, window: Window, entry: Entry) -> Fields:
    """Return the plan in words, and when it would be done if that is after the window."""
    plan = plan_from_data(entry.data["plan"])
    shown = of_plan(plan)
    begins = max(entry.at, window.start) if entry.data["minutes"] else entry.at
    done = begins + timedelta(seconds=float(str(shown["seconds"])))
    late = done if done > window.end else None
    known = {"late": late, "end": window.end, "auto": window.auto}
    return {"plan": words.say("plan", "plan", **shown), **known}


def _not_asked(words: Words, window: Window, entry: Entry) -> Fields:
    """Return why there is no plan. Its fields are texts, which only some errors can be told by."""
    del window
    code = entry.data["problem"]
    if code in _WHOLE:
        return {"problem": words.say("errors", code, **entry.data["fields"])}
    return {"problem": words.code("results", code)}


#: Errors whose sentences need no more than texts.
_WHOLE = frozenset({Code.CONTACT_LOST, Code.HOST_BUSY, Code.UNKNOWN_HOST, Code.NO_HOST_WORK})


def _rows(words: Words, window: Window, entry: Entry) -> Fields:
    del words, window
    return {"rows": [_dated(row, "expected") for row in entry.data["rows"]]}


def _late(words: Words, window: Window, entry: Entry) -> Fields:
    del words, window
    return {"dues": [_dated(row, "at") for row in entry.data["dues"]]}


def _dated(row: Mapping[str, Any], key: str) -> Fields:
    return {**row, key: datetime.fromisoformat(row[key]) if row[key] else None}


_FIELDS: Mapping[WindowEvent, Callable[[Words, Window, Entry], Fields]] = MappingProxyType(
    {
        WindowEvent.SCHEDULED: _scheduled,
        WindowEvent.RESCHEDULED: _moved,
        WindowEvent.CANCELLED: _cancelled,
        WindowEvent.SHOWN: _shown,
        WindowEvent.CHANGED: _changed,
        WindowEvent.ASKED: _asked,
        WindowEvent.NOT_ASKED: _not_asked,
        WindowEvent.ENDING: _rows,
        WindowEvent.OVERRUN: _rows,
        WindowEvent.LATE: _late,
    }
)

# ---- what a reader may do ----


def deeds(entry: Entry) -> tuple[Deed, ...]:
    """Return what a reader of an entry may do."""
    if entry.event is WindowEvent.ASKED:
        return _start(entry)
    if entry.event is WindowEvent.NOT_ASKED:
        look = "status" if entry.data["problem"] == Code.HOST_BUSY else "plan"
        return (host_deed(look, str(entry.data["host"])),)
    campaigns = entry.data.get("campaigns") or [entry.data.get("campaign", 0)]
    codes = _OF_CAMPAIGN.get(entry.event, ())
    letters = [_campaign(code, number) for number in filter(None, campaigns) for code in codes]
    post = int(entry.data.get("post", 0)) if letters else 0
    return (*letters, _campaign("announce_preview", post)) if post else tuple(letters)


def _start(entry: Entry) -> tuple[Deed, ...]:
    plan = plan_from_data(entry.data["plan"])
    look = host_deed("plan", plan.host)
    if plan.problems:
        return (look,)
    start = start_deed(plan.host, PlanOptions(), plan.hash)
    return replace(start, about=card_of(plan.host)), look


def _campaign(code: str, number: int) -> Deed:
    return Deed(code=code, command=_COMMANDS[code].format(number), about=about_campaign(number))


_COMMANDS = {
    "campaign_preview": "campaign preview {}",
    "campaign_cancel": "campaign cancel {}",
    "campaign_report": "campaign report {}",
    "announce_preview": "announce preview {}",
    "approve_and_send": "campaign approve {} --send",
}
_PREVIEW = ("campaign_preview",)
_OF_CAMPAIGN: Mapping[WindowEvent, Iterable[str]] = MappingProxyType(
    {
        WindowEvent.SCHEDULED: _PREVIEW,
        WindowEvent.RESCHEDULED: _PREVIEW,
        WindowEvent.CANCELLED: _PREVIEW,
        WindowEvent.SHOWN: ("campaign_preview", "campaign_cancel"),
        WindowEvent.NOT_REMINDED: ("campaign_report",),
        WindowEvent.CHANGED: _PREVIEW,
        WindowEvent.REVEALED: _PREVIEW,
        WindowEvent.OVERRUN: ("approve_and_send", "campaign_preview"),
    }
)
