"""Maintenance windows as calendar programs read them: iCalendar (RFC 5545, 5546). Pure.

The one module that knows the library. What is made depends on its arguments alone: a window that
has not changed is the same text, octet for octet. A program that knows an earlier revision of it
by its UID takes the new one in its place. Lines end with CRLF.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress, vText

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notifications import House

CALENDAR = "calendar"  # the value of a campaign that its letters carry

_PRODUCT = "-//maintbot//maintenance windows//EN"
# The library passes controls on as they are; separators and halves of characters end up likewise.
_CONTROLS = frozenset({"Cc", "Zl", "Zp", "Cs"})
_IN_MAILTO = "@!$'*+-._~"  # RFC 6068


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A window in a calendar. Everybody may read it: no customer and no guest is named in it."""

    number: int
    revision: int  # grows with every change; programs take no older one
    changed: datetime  # aware; when the window became this revision, never when it is told
    start: datetime  # aware
    end: datetime  # aware
    hosts: tuple[str, ...]  # as customers know them: FQDNs
    summary: str  # one line
    description: str  # lines end with LF
    cancelled: bool = False
    page: str = ""  # URL


def event(entry: Entry, house: House) -> str:
    """Return the object that a mail carries: *entry* as it is now, or that it is cancelled.

    Raises ValueError, which is a defect of the caller, who checks what people write: a text with
    control characters, or with a line break that is not in the description; a time without a zone.
    """
    made = _begun("CANCEL" if entry.cancelled else "PUBLISH")
    made.add_component(_event(entry, house))
    return str(made.to_ical(), "utf-8")


def calendar(entries: Iterable[Entry], house: House, name: str) -> str:
    """Return all of *entries* as one calendar that programs show as *name*. Raises as `event`."""
    made = _begun("PUBLISH")
    made.add("x-wr-calname", vText(_line(name)))
    for entry in entries:
        made.add_component(_event(entry, house))
    return str(made.to_ical(), "utf-8")


def _begun(method: str) -> Calendar:
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    return made


def _event(entry: Entry, house: House) -> Event:
    made = Event()
    made.add("uid", f"window-{entry.number}@{_line(house.domain)}")
    made.add("sequence", entry.revision)
    made.add("dtstamp", _utc(entry.changed))
    made.add("last-modified", _utc(entry.changed))
    made.add("dtstart", _utc(entry.start))
    made.add("dtend", _utc(entry.end))
    made.add("summary", _line(entry.summary))
    made.add("description", "\n".join(map(_line, entry.description.split("\n"))))
    made.add("location", _line(", ".join(entry.hosts)))
    made.add("organizer", _organizer(house))
    made.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    made.add("transp", "TRANSPARENT")  # the customer's own time is not taken by it
    if entry.page:
        made.add("url", _line(entry.page))
    return made


def _organizer(house: House) -> vCalAddress:
    made = vCalAddress(f"mailto:{quote(_line(house.address), safe=_IN_MAILTO)}")
    made.params["CN"] = vText(_line(house.name))
    return made


def _utc(at: datetime) -> datetime:
    """Return *at* in UTC: no calendar then needs to know a zone."""
    if at.utcoffset() is None:
        raise ValueError(at)
    return at.astimezone(UTC).replace(microsecond=0)


def _line(text: str) -> str:
    if not text.isprintable() and any(unicodedata.category(each) in _CONTROLS for each in text):
        raise ValueError(text)
    return text
