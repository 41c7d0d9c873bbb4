"""Zones as people type them behind a time: `Europe/London`, `UTC`, `Z`, `+02:00`."""

from __future__ import annotations

import re
from datetime import timedelta, timezone

from bot.rules.window.mistyped import TimeProblem, bad_offset, bad_time
from bot.rules.window.reader import LONGEST_WORD, Reader

_OFFSET = re.compile(r"([+-])(?:(0[0-9]|1[0-3]):([0-5][0-9])|(14):(00))")
# Not the copies of every zone that some machines have, some of them with leap seconds.
_NAME = re.compile(r"(?!posix/|right/)[a-z_]+(?:/[a-z0-9_+-]+)+")
# Most mean several zones, and people write the one of winter in summer.
_ABBREVIATIONS = re.compile(
    "gmt|bst|ist|wet|west|cet|cest|met|mest|eet|eest|msk|est|edt|cst|cdt|mst|mdt|pst|pdt|akst|akdt"
    "|hst|ast|adt|nst|ndt|brt|art|clt|sast|wat|cat|eat|gst|pkt|npt|sgt|hkt|kst|jst|awst|acst|acdt"
    "|aest|aedt|lhst|lhdt|nzst|nzdt"
)


def take_zone(reader: Reader) -> str:
    """Take a zone, if one is next: "UTC", an offset or a name; else return an empty text.

    Raises:
        BadRequest: BAD_TIME with ABBREVIATION or OFFSET.
    """
    word = reader.word()
    if _ABBREVIATIONS.fullmatch(word):
        raise bad_time(reader.typed(), TimeProblem.ABBREVIATION, f"{reader.before()} Europe/London")
    if re.match(r"[+-][0-9]", word):
        if not _OFFSET.fullmatch(word):
            raise bad_offset(word, reader.before())
    elif word not in {"z", "utc"} and (len(word) > LONGEST_WORD or not _NAME.fullmatch(word)):
        return ""
    typed = reader.typed()
    reader.take()
    return "UTC" if word in {"z", "utc"} else typed


def offset(zone: str) -> timezone | None:
    """Return what *zone* says as an offset from UTC; None where it is empty or a name."""
    found = _OFFSET.fullmatch(zone)
    if found is None:
        return None
    sign, hours, minutes = (each for each in found.groups() if each)
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-ahead if sign == "-" else ahead)
