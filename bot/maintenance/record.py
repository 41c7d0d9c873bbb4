"""What a run leaves behind as files: its picture, its downtimes and its journal."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.maintenance.logged import of_row
from bot.maintenance.picture import drawn
from bot.maintenance.timeline import timeline
from bot.rules.run.report import Result, downtime, result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.maintenance.timeline import Timeline
    from bot.maintenance.words import Words
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run

logger = logging.getLogger(__name__)

Files = tuple[tuple[str, bytes], ...]  # name, content


def files(words: Words, run_id: str, rows: Sequence[Row]) -> Files:
    """Return the files of a run whose journal is *rows*; drawing takes a while.

    Raises:
        BadConfiguration: CORRUPT_JOURNAL.
    """
    told = timeline(run_id, rows)
    run = told.run
    name = f"{run.host}-{run.started:%Y%m%d-%H%M}"
    table = words.say("progress", "downtimes", rows=_downtimes(run))
    log = words.say("lists", "log", host=run.host, rows=[of_row(row) for row in rows])
    return (
        *_picture(words, f"{name}.png", told),
        (f"{name}.csv", f"{table}\n".encode()),
        (f"{name}-log.txt", f"{log}\n".encode()),
    )


def _picture(words: Words, name: str, told: Timeline) -> Files:
    """Return the picture, or none: a report is not withheld because of it."""
    try:
        return ((name, drawn(told, words)),)
    except Exception:
        logger.exception("the picture of the run %s cannot be drawn", told.run.id)
        return ()


def _downtimes(run: Run) -> list[dict[str, object]]:
    return [
        {
            "guest": step.guest,
            "result": (result(step) or Result.STUCK).value,
            "down": downtime(step),
            "expected": step.plan.expected_downtime,
            "from": step.down_since,
            "to": step.up_at,
        }
        for step in sorted(run.steps.values(), key=lambda step: step.guest)
    ]
