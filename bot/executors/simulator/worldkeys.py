"""Checks the values of a world file against the fields they are for, and collects all faults."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.executors.simulator.world import Work
from bot.rules.errors import BadConfiguration, Code
from bot.rules.fleet import GuestState, Mode, SnapshotKind
from bot.rules.names import problem_of_name, shown
from bot.settings.faults import Fault, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.settings.document import Document

Where = tuple[str, ...]

#: Keys that may be nought; every other number must be more.
_MAY_BE_ZERO = frozenset({"image_space_mib", "snapshot_space_mib", "snapshot_mib"})


class _Unfit(ValueError):
    """A value is not what its field needs."""

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(f"{found}, not {needed}")


class Reading:
    """One world file being read; `raise_faults` tells all that was wrong with it."""

    def __init__(self, document: Document) -> None:
        """Begin with what the document itself has found wrong."""
        self._document = document
        self._faults: list[Fault] = list(document.faults)

    def raise_faults(self) -> None:
        """Raise BadConfiguration (CONFIGURATION) if anything was wrong."""
        if self._faults:
            raise BadConfiguration(Code.CONFIGURATION, faults=tuple(self._faults))

    def wrong(self, where: Where, problem: Problem, **fields: object) -> None:
        """Remember that the value at *where* is wrong."""
        self._faults.append(self._document.fault(where, problem, **fields))

    def table(self, where: Where) -> Mapping[str, Any]:
        """Return the table at *where*; empty if there is none."""
        found: Any = self._document.data
        for key in where:
            found = found.get(key, {})
            if not isinstance(found, dict):
                self.wrong(where, Problem.INVALID, detail="not a table")
                return {}
        return found  # type: ignore[no-any-return]  # TOML's own tables

    def tables(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the named tables below *kind*, those with a bad name not."""
        for name in self.table((kind,)):
            if why := problem_of_name(name):
                self.wrong((kind, name), Problem.BAD_NAME, shown=shown(name), why=why.value)
            else:
                yield name, self.table((kind, name))

    def only(self, where: Where, known: set[str]) -> None:
        """Find keys wrong that are not *known* at *where*."""
        for key in self.table(where):
            if key not in known:
                self.wrong((*where, key), Problem.UNKNOWN_KEY)

    def values(
        self, where: Where, kinds: Mapping[str, str], table: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the values of a table, each made what its field needs."""
        self.only(where, set(kinds))
        found = {}
        for key, value in table.items():
            if key in kinds:
                try:
                    found[key] = _READERS[kinds[key]](value)
                    _check_size(key, found[key])
                except (TypeError, ValueError) as error:
                    self.wrong((*where, key), Problem.INVALID, detail=shown(str(error)))
        return found


def _check_size(key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if math.isnan(value) or value < 0 or (value == 0 and key not in _MAY_BE_ZERO):
        raise _Unfit(str(value), "more than 0")


def _exactly(*kinds: type) -> Callable[[Any], Any]:
    def reader(value: object) -> object:
        if type(value) not in kinds:
            raise _Unfit(type(value).__name__, kinds[0].__name__)
        return value

    return reader


def _names(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _Unfit(shown(str(value)), "list of str")
    return list(value)


def _ports(value: object) -> list[int]:
    if not isinstance(value, list) or not all(type(one) is int for one in value):
        raise _Unfit(shown(str(value)), "list of int")
    return list(value)


def _instant(value: object) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise _Unfit(shown(str(value)), "instant with zone")
    return at.astimezone(UTC)


def _work(value: object) -> dict[str, Work]:
    if not isinstance(value, dict):
        raise _Unfit(shown(str(value)), "table")
    return {str(name): _one_work(entry) for name, entry in value.items()}


def _one_work(entry: object) -> Work:
    work = Work(**(entry if isinstance(entry, dict) else {"seconds": entry}))
    _exactly(float, int)(work.seconds)
    _check_size("seconds", work.seconds)
    _exactly(str)(work.sets_kernel)
    _exactly(str)(work.sets_hypervisor)
    _names(work.output)
    return work


#: By the annotation of the field a value is for.
_READERS: dict[str, Callable[[Any], Any]] = {
    "str": _exactly(str),
    "int": _exactly(int),
    "float": _exactly(float, int),
    "bool": _exactly(bool),
    "bool | None": _exactly(bool),
    "list[str]": _names,
    "list[int]": _ports,
    "dict[str, Work]": _work,
    "datetime": _instant,
    "Mode": Mode,
    "GuestState": GuestState,
    "SnapshotKind": SnapshotKind,
}
