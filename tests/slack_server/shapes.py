"""Rules for JSON values: what is wrong with one, with the place of each mistake."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Rule(Protocol):
    """What a value has to be."""

    def faults(self, value: object, at: str) -> Iterator[str]:
        """Say what is wrong with *value*, which stands *at* a JSON pointer."""


@dataclass(frozen=True, kw_only=True)
class String:
    """A string with so many characters."""

    most: int
    least: int = 1
    pattern: str = "(?s).*"

    def faults(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{at}: must be a string"
        elif len(value) > self.most:
            yield f"{at}: must have at most {self.most} characters, not {len(value)}"
        elif len(value.strip()) < self.least:
            yield f"{at}: must have at least {self.least} characters"
        elif not re.fullmatch(self.pattern, value):
            yield f"{at}: malformed {value!r}"


@dataclass(frozen=True, kw_only=True)
class Flag:
    """True or false."""

    def faults(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, bool):
            yield f"{at}: must be true or false"


@dataclass(frozen=True, kw_only=True)
class Number:
    """A whole number."""

    least: int
    most: int

    def faults(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, int) or not self.least <= value <= self.most:
            yield f"{at}: must be a number from {self.least} to {self.most}"


@dataclass(frozen=True, kw_only=True)
class Word:
    """One of several strings."""

    among: Collection[str]

    def faults(self, value: object, at: str) -> Iterator[str]:
        if value not in self.among:
            yield f"{at}: must be one of {', '.join(sorted(self.among))}"


@dataclass(frozen=True, kw_only=True)
class Items:
    """A list."""

    of: Rule
    most: int
    least: int = 1

    def faults(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at}: must be a list"
            return
        if len(value) > self.most:
            yield f"{at}: no more than {self.most} items allowed, not {len(value)}"
        if len(value) < self.least:
            yield f"{at}: no less than {self.least} items allowed"
        for number, item in enumerate(value):
            yield from self.of.faults(item, f"{at}/{number}")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """An object with certain fields, and no others."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    allowed: Mapping[str, Rule] = field(default_factory=dict)
    one_of: Collection[str] = ()  # at least one of these is there

    def faults(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: must be an object"
            return
        rules = {**self.required, **self.allowed}
        yield from (f"{at}: missing required field {key}" for key in self.required.keys() - value)
        if self.one_of and not any(value.get(key) for key in self.one_of):
            yield f"{at}: needs one of {', '.join(self.one_of)}"
        for key, inner in value.items():
            if rule := rules.get(key):
                yield from rule.faults(inner, f"{at}/{key}")
            else:
                yield f"{at}: invalid additional property {key}"


@dataclass(frozen=True, kw_only=True)
class OfType:
    """An object whose type says which shape it has."""

    shapes: Mapping[str, Rule]

    def faults(self, value: object, at: str) -> Iterator[str]:
        fields = dict(value) if isinstance(value, dict) else {}
        kind = fields.pop("type", None)
        if isinstance(kind, str) and (shape := self.shapes.get(kind)):
            yield from shape.faults(fields, at)
        else:
            yield f"{at}: unsupported type {kind!r}"
