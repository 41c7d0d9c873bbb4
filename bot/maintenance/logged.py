"""How a row of a journal looks in a list: plain words, as `key=value`, whatever its data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.maintenance.formats import clock, span
from bot.rules.run.step_rows import trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.run.journal import Row

#: Of a row's data: long, or said by the columns before.
_NOT_LOGGED = frozenset(
    {
        *("plan", "uuid", "verb", "attempt", "what", "verdict", "choice", "lines", "started"),
        *("ended", "values", "mark", "domid", "cpu", "boot_id", "host", "key"),
    }
)
_SECONDS = frozenset({"age", "seconds", "sum_downtime", "worst_downtime"})
_INSTANTS = frozenset({"deadline"})


def of_row(row: Row) -> list[object]:
    """Return the cells of one row: time, number, whom it concerns, what."""
    event = trigger(row) if row.guest or "verb" in row.data else row.event.value
    return [clock(row.at), row.number, row.guest or "-", " ".join([event, *_words(row.data)])]


def _words(data: Mapping[str, object]) -> Iterator[str]:
    """Yield what *data* says: a flag as its name alone, what is nested as if it were not."""
    for key, value in data.items():
        if key in _NOT_LOGGED or value in ("", None, (), [], {}, 0, False):
            continue
        if isinstance(value, Mapping):
            yield from _words(value)
        else:
            yield key if value is True else f"{key}={_quoted(_shown(key, value))}"


def _shown(key: str, value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(_item(item) for item in value)
    if key in _INSTANTS:
        return clock(datetime.fromisoformat(str(value)))
    if key in _SECONDS:
        return span(float(str(value))).replace(" ", "")
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _item(value: object) -> str:
    if isinstance(value, Mapping):
        return ":".join(_shown(key, each) for key, each in value.items())
    return str(value)


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
