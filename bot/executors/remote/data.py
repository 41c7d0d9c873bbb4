"""What the helper says, as the values of the port; what is not exactly as agreed is refused. Pure.

Everything here raises Lost (MALFORMED, with the place) for what it cannot take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from bot.executors.remote.strict import list_, malformed, record, table
from bot.ports import Output
from bot.rules.fleet import GuestFacts, HostFacts
from bot.rules.operation import Done, NeverSeen, Outcome, Refused, Running

if TYPE_CHECKING:
    from bot.rules.operation import Operation

_OUTCOMES: Mapping[str, type[Outcome]] = {
    "never_seen": NeverSeen,
    "running": Running,
    "done": Done,
    "refused": Refused,
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a host must have; `what` is a code, `fields` are for its words."""

    what: str
    good: bool
    fields: Mapping[str, object]


def host_facts(said: object) -> HostFacts:
    """Read the answer to `facts`."""
    return record(HostFacts, said, "facts")


def guest_facts(said: object) -> tuple[GuestFacts, ...]:
    """Read the answer to `guests`, in order of name whatever theirs was."""
    found = [record(GuestFacts, one, f"guests.{n}") for n, one in enumerate(list_(said, "guests"))]
    return tuple(sorted(found, key=lambda guest: guest.name))


def output(said: object) -> Output:
    """Read the answer to `console` or `output`."""
    return record(Output, said, "output")


def outcome(said: object) -> Outcome:
    """Read the answer to `outcome`."""
    known = table(said, "outcome")
    kind = _OUTCOMES.get(str(known.pop("state", "")))
    if kind is None:
        raise malformed("outcome.state")
    return record(kind, known, "outcome")


def findings(said: object) -> tuple[Finding, ...]:
    """Read the answer to `check`."""
    return tuple(record(Finding, one, f"check.{n}") for n, one in enumerate(list_(said, "check")))


def request(operation: Operation) -> dict[str, object]:
    """Return what `submit` says of *operation*."""
    known = {field.name: getattr(operation, field.name) for field in fields(operation)}
    return {**known, "id": str(operation.id)}
