"""The transport stop: when the relay is given a rest, and when staff must look. Pure.

A relay that is away, or that refuses us and not a recipient, would refuse a hundred mails in a
row. It is asked again after a growing pause; after some such pauses the campaigns are stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notifications.verdict import Meaning, Phase

if TYPE_CHECKING:
    from notifications.errors import TransportDown
    from notifications.verdict import Verdict

LONGEST = 60  # seconds between two failures that count

#: Phases in which no repetition helps, unless the relay says so by a code of 4xx.
_HOPELESS = frozenset({Phase.TLS.value, Phase.AUTH.value, "sign"})
_TEMPORARY = range(400, 500)
_PERMANENT = range(500, 600)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One failure of the relay, as people are told."""

    phase: str
    code: int = 0
    detail: str = ""
    costs: bool = False  # a mail is uncertain by it: each counts, also in a pause

    def __str__(self) -> str:
        """Return it as a log shows it."""
        return " ".join(part for part in (self.phase, str(self.code or ""), self.detail) if part)

    @property
    def hopeless(self) -> bool:
        """Whether a person must mend something before it can be otherwise."""
        if self.code in _TEMPORARY:
            return False
        refused = self.phase == Phase.CONNECT.value and self.code in _PERMANENT
        return refused or self.phase in _HOPELESS


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """How it stands with the relay. A success makes it `CALM` again."""

    failures: int = 0  # in a row; those within one pause are one
    until: datetime | None = None  # the relay is not asked before

    def pause(self, now: datetime) -> float:
        """Return the seconds for which the relay is not asked; 0 also if the clock was set back."""
        seconds = (self.until - now).total_seconds() if self.until else 0.0
        return seconds if 0 < seconds <= LONGEST else 0.0


CALM = Trouble()


def after_failure(trouble: Trouble, failure: Failure, now: datetime) -> Trouble:
    """Return how it stands after *failure*: the pause doubles with each that counts.

    Connections fail together when the relay goes away, so what fails during a pause is the same
    failure.
    """
    if not trouble.pause(now):
        failures = trouble.failures + 1
        pause = timedelta(seconds=min(LONGEST, 2 ** (failures - 1)))
        return Trouble(failures=failures, until=now + pause)
    if failure.costs:
        return replace(trouble, failures=trouble.failures + 1)
    return trouble


def stops(trouble: Trouble, failure: Failure, stop_after: int) -> bool:
    """Say whether *failure*, after which it stands like *trouble*, stops the campaigns."""
    return failure.hopeless or trouble.failures >= stop_after


def failure_of(verdict: Verdict) -> Failure | None:
    """Return the failure of the relay that *verdict* is, or None: the relay is well."""
    if verdict.meaning not in {Meaning.RELAY, Meaning.UNKNOWN}:
        return None
    return Failure(
        phase=verdict.phase.value,
        code=verdict.code,
        detail=verdict.text,
        costs=verdict.meaning is Meaning.UNKNOWN,
    )


def failure_from(error: TransportDown) -> Failure:
    """Return the failure of the relay that made *error*."""
    fields = error.fields
    return Failure(
        phase=str(fields.get("phase", "")),
        code=int(str(fields.get("code", 0))),
        detail=str(fields.get("detail", "")),
    )
