"""Rows into values, where a column and a field have the same name."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select

if TYPE_CHECKING:
    from sqlalchemy import Row, Select, Table

T = TypeVar("T")


def select_fields(table: Table, value: type[Any]) -> Select[Any]:
    """Return a SELECT of the columns that the dataclass *value* has fields for."""
    return select(*(table.c[field.name] for field in fields(value)))


def built(value: type[T], row: Row[Any], **instead: object) -> T:
    """Return *row* as a *value*, with some fields made otherwise."""
    return value(**{**row._asdict(), **instead})
