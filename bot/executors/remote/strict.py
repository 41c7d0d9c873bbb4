"""Strict reading of JSON into frozen dataclasses, by the types that their fields have. Pure.

What is not exactly as agreed raises Lost (MALFORMED), with the place it stands at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from bot.executors.remote.problems import Lost, Problem

T = TypeVar("T")
Reader = Callable[[object, str], Any]  # of a value that stands at a place

_LARGEST = 2**53  # no host counts further, and every database can keep it


def record(kind: type[T], said: object, where: str) -> T:
    """Read an object with exactly the keys of *kind*, a frozen dataclass."""
    plain: type = kind
    known, readers = table(said, where), _readers(plain)
    if wrong := sorted(known.keys() ^ readers.keys()):
        raise malformed(f"{where}.{wrong[0]}")
    return kind(**{key: read(known[key], f"{where}.{key}") for key, read in readers.items()})


@cache
def _readers(kind: type) -> Mapping[str, Reader]:
    places = {"datetime": datetime, "Mapping": Mapping}  # which its module imports for types only
    hints = get_type_hints(kind, localns=places)
    return {name: _reader(hint) for name, hint in hints.items()}


def _reader(hint: Any) -> Reader:  # noqa: ANN401 - a type as it stands in a dataclass
    """Return what reads a value of the type *hint*."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    inner = get_args(hint)
    if isinstance(hint, UnionType) and NoneType in inner:
        return _optional(_reader(next(one for one in inner if one is not NoneType)))
    if get_origin(hint) is tuple:
        return _tuple(_reader(inner[0]))
    if get_origin(hint) is Mapping:
        return table
    if issubclass(hint, StrEnum):
        return _choice(hint)
    return lambda said, where: record(hint, said, where)


def _optional(read: Reader) -> Reader:
    return lambda said, where: None if said is None else read(said, where)


def _tuple(read: Reader) -> Reader:
    def several(said: object, where: str) -> tuple[Any, ...]:
        return tuple(read(one, f"{where}.{n}") for n, one in enumerate(list_(said, where)))

    return several


def _choice(kind: type[StrEnum]) -> Reader:
    def one(said: object, where: str) -> StrEnum:
        if said in list(kind):
            return kind(str(said))
        raise malformed(where)

    return one


def _text(said: object, where: str) -> str:
    if isinstance(said, str):
        return _storable(said)
    raise malformed(where)


def _whole(said: object, where: str) -> int:
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= _LARGEST:
        return said
    raise malformed(where)


def _number(said: object, where: str) -> float:
    if isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said <= _LARGEST:
        return float(said)
    raise malformed(where)


def _truth(said: object, where: str) -> bool:
    if isinstance(said, bool):
        return said
    raise malformed(where)


def _instant(said: object, where: str) -> datetime:
    try:
        return datetime.fromtimestamp(_number(said, where), UTC)
    except (ValueError, OverflowError, OSError) as error:  # beyond the years that there are
        raise malformed(where) from error


_PLAIN: Mapping[Any, Reader] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    datetime: _instant,
}


def table(said: object, where: str) -> dict[str, Any]:
    """Read an object; its values are as they came, but storable."""
    if isinstance(said, dict):
        return {_storable(key): _clean(value) for key, value in said.items()}
    raise malformed(where)


def list_(said: object, where: str) -> list[object]:
    """Read a list, whatever is in it."""
    if isinstance(said, list):
        return said
    raise malformed(where)


def _clean(value: object) -> object:
    """Return *value* with all its texts storable; guests choose some of them."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_storable(key): _clean(one) for key, one in value.items()}
    return value


def _storable(text: str) -> str:
    """Return *text* without what no database keeps: lone surrogates and NUL."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def malformed(where: str) -> Lost:
    """Return what is raised for the value at *where*."""
    return Lost(Problem.MALFORMED, where)
