"""What a verb's laws look at and act on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.executors.simulator.instants import span
from bot.rules.fleet import GuestState
from bot.rules.operation import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.executors.simulator.world import GuestWorld, HostWorld, Image, OpRecord

Refusal = tuple[Fault, str] | None


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One operation on one host at one instant."""

    host: HostWorld
    op: OpRecord
    now: int

    @property
    def guest(self) -> GuestWorld:
        """Return the guest the operation is about."""
        return self.host.guests[self.op.guest]

    @property
    def image(self) -> Image | None:
        """Return the image the operation names, if it exists."""
        return self.guest.images.get(self.op.image)

    def lasts(self, seconds: float) -> None:
        """Let the operation take *seconds*; for ever, if it hangs or they are infinite."""
        endless = self.op.hung or math.isinf(seconds)
        self.op.ends = None if endless else self.now + span(seconds * self.op.pace)

    def transfers(self, mib: float, lead: float = 0.0) -> None:
        """Let the operation move *mib* over the disk, after *lead* seconds."""
        share = float(self.op.marks.get("share", 1.0))
        self.op.total_mib = max(1.0, mib * share * self.op.pace)
        self.op.flows_from = self.now + span(lead)
        self.op.ends = None


def nothing(_scene: Scene) -> None:
    """Do nothing."""


def no_refusal(_scene: Scene) -> Refusal:
    """Refuse nothing."""
    return None


@dataclass(frozen=True, kw_only=True)
class Laws:
    """The laws of one verb.

    `possible` is what no host could do otherwise; `permitted` is what this host's rules forbid,
    and what a host with the fault `no_checks` does nevertheless.
    """

    begin: Callable[[Scene], None]
    possible: Callable[[Scene], Refusal] = no_refusal
    permitted: Callable[[Scene], Refusal] = no_refusal
    done: Callable[[Scene], None] = nothing
    failed: Callable[[Scene], None] = nothing


def needs_state(scene: Scene, states: Iterable[GuestState]) -> Refusal:
    """Refuse a guest in none of *states*, by the most telling fault."""
    state, wanted = scene.guest.state, tuple(states)
    if state in wanted:
        return None
    if wanted == (GuestState.OFF,) and state is not GuestState.ZOMBIE:
        return Fault.ALREADY_RUNS, f"state {state}"
    return Fault.WRONG_STATE, f"state {state}"


def busy(scene: Scene) -> Refusal:
    """Refuse while another operation holds the guest's lock."""
    held = (o for o in scene.host.running(scene.op.guest) if o.verb not in _SHARED)
    other = next(held, None)
    return (Fault.WRONG_STATE, f"busy: {other.id}") if other else None


def overtaken(scene: Scene, states: Iterable[GuestState]) -> bool:
    """Let the operation fail if somebody has changed the guest meanwhile to none of *states*."""
    found = None if scene.host.no_checks else needs_state(scene, states)
    if found:
        scene.op.error, scene.op.detail = found
    return found is not None


#: Verbs that do not hold the guest's lock while they last.
_SHARED = frozenset({"shutdown", "verify"})


def first(*refusals: Refusal) -> Refusal:
    """Return the first refusal that is one."""
    return next((r for r in refusals if r), None)
