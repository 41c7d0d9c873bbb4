"""The journal: what a run intended and what came of it, in order; the truth of a run.

A row is never changed. Statuses elsewhere are caches of what `rules.run.replay` makes of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Event(StrEnum):
    """What a row records; its data keys stand beside it. `guest` is empty for the run itself."""

    # the run
    BEGUN = "begun"  # host, actor, plan (as data), reason, options
    PHASE = "phase"  # to: the Phase entered; why
    ASKED = "asked"  # question: "choose"|"gate"|"work"|"intruder"; guests, deadline (ISO or ""), …
    ANSWERED = "answered"  # choice, actor ("deadline" when nobody chose)
    PAUSED = "paused"  # actor
    RESUMED = "resumed"  # actor
    ABORTED = "aborted"  # actor
    CONTINUED = "continued"  # actor
    RELEASED = "released"  # actor, reason
    TAKEN_BACK = "taken_back"  # actor
    HELD = "held"  # scope, value, code, because: the breaker opened this hold
    NOT_READY = "not_ready"  # problems: [{code, …}] of the host-ready gate
    # what: "host"|"guest"|"work", a deadline passed and nothing is given up; "snapshot_space",
    # with free_mib: what kept pairs grow into runs low; "beside", with guests: they are no part of
    # a trial, and are off since its host went down
    LATE = "late"
    CONTACT_LOST = "contact_lost"  # problem, and detail if there is one
    CONTACT_BACK = "contact_back"
    TAKEN_OVER = "taken_over"  # owner: another process goes on with the run
    NOT_OBEYED = "not_obeyed"  # a wish that came too late: verb, actor, code, fields
    ENDED = "ended"  # counts by Result, downtime figures, exit_status
    # operations, of a guest or of the host
    INTENDED = "intended"  # verb, attempt and what `Operation` needs; committed before submitting
    DONE = "done"  # verb, attempt, started, ended, values
    FAILED = "failed"  # verb, attempt, error, detail, left: GuestState it is in now
    NEVER = "never"  # verb, attempt: the host proves it was never started; back to before
    PRINTED = "printed"  # said: lines of the host work; mark: where they end
    # a guest
    DECIDED = "decided"  # action, reason, fields: the plan for this guest changed before its save
    FOUND = "found"  # what: a Found value; the world is not as we left it
    LOOKED = "looked"  # look: 1…n, verdict, lines, answers, last, age
    CHOSEN = "chosen"  # choice: "retry"|"boot"|"rollback"|"leave"|"wait"|"destroy"; actor
    GAVE_UP = "gave_up"  # code: why the rules stopped trying and a person is needed


class Found(StrEnum):
    """A surprise: what a guest is, when no operation of ours made it so."""

    RUNNING = "running"  # it runs, and should not; none of its images lives
    INTRUDER = "intruder"  # it runs while its image lives: somebody else started it
    OFF = "off"  # it is gone, and should not be
    LOST = "lost"  # it was up, and its host was restarted under it
    UNPAIRED = "unpaired"  # it is saved, and the snapshot of its pair is gone
    PAUSED = "paused"
    SUSPENDED = "suspended"
    RESTARTED = "restarted"  # it runs, but was started anew by itself or by others
    ZOMBIE = "zombie"
    TWICE = "twice"
    STRANGER = "stranger"  # another uuid under this name, or the name is gone


@dataclass(frozen=True, kw_only=True)
class Row:
    """One committed row; `number` is strictly increasing within a run, from 1."""

    number: int
    at: datetime
    event: Event
    guest: str = ""
    data: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A row that is to be committed; the store gives it its number."""

    event: Event
    guest: str = ""
    data: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
