"""Who may do what: actors and the roles they have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """What a person may do; the sections of `[roles]` carry the same names."""

    LOOK = "look"  # see plans, runs, logs
    OPERATE = "operate"  # start runs and decide in them
    APPROVE = "approve"  # be the second person


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The actors of each role; who may operate or approve may also look."""

    look: tuple[str, ...] = ()
    operate: tuple[str, ...] = ()
    approve: tuple[str, ...] = ()

    def of(self, actor: str, groups: frozenset[str] = frozenset()) -> frozenset[Right]:
        """Return what *actor*, who is in *groups*, may do; nothing if nobody gave them a role."""
        who = {actor, *groups}
        named = {right for right in Right if any(_has(getattr(self, right), w) for w in who)}
        return frozenset(named | {Right.LOOK} if named else named)

    @property
    def named(self) -> frozenset[str]:
        """Return everybody who has a role."""
        return frozenset((*self.look, *self.operate, *self.approve))


def _has(members: tuple[str, ...], actor: str) -> bool:
    everyone = actor.startswith("os:") and "os:*" in members
    return everyone or actor in members
