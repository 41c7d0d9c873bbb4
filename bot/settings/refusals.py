"""Turns what the validation library refused into our faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.settings.document import Where
from bot.settings.faults import Fault, Problem

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Locate = Callable[..., Fault]  # (where, problem, **fields), as Document.fault

_SAME = {"extra_forbidden": Problem.UNKNOWN_KEY, "missing": Problem.MISSING}
_LIMITS = ("gt", "ge", "lt", "le", "min_length", "max_length")


def faults_of(error: ValidationError, locate: Locate) -> list[Fault]:
    """Return a fault for each thing *error* refused; *locate* says where a value stands."""
    return [
        locate(_where(one), _problem(one), **_fields(one))
        for one in error.errors(include_url=False, include_input=False)
    ]


def _where(one: ErrorDetails) -> Where:
    # A key that is refused itself is marked by "[key]" behind it.
    return tuple(part for part in one["loc"] if part != "[key]")


def _problem(one: ErrorDetails) -> Problem:
    own = {problem.value: problem for problem in Problem}
    return (_SAME | own).get(one["type"], Problem.INVALID)


def _fields(one: ErrorDetails) -> dict[str, object]:
    given = one.get("ctx", {})
    if _problem(one) is Problem.INVALID:
        limit = next((given[key] for key in _LIMITS if key in given), "")
        wanted = given.get("expected", "")
        return {"detail": one["msg"], "kind": one["type"], "limit": limit, "wanted": wanted}
    return dict(given)
