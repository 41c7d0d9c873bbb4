"""What a fault of the simulated world is: data, marks that the laws of its verb obey."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.rules.operation import Fault, Verb


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One fault: its lines in the list of failures, its meaning, and what it does."""

    numbers: tuple[int, ...]
    meaning: str
    verbs: tuple[Verb, ...] = ()  # those it strikes unless another is named
    error: Fault | None = None  # how the operation ends
    marks: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    amount: str = "seconds"  # the mark that the parameter `seconds` sets
    first: str = ""  # what happens just before the operation is looked at
