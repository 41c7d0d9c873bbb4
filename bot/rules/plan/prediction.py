"""How long each guest of a run will be down, if nothing goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.rules.plan.predicted_bring_up import BringUp, Timing
from bot.rules.plan.predicted_drain import saves, shutdowns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.rules.plan.disk import Disk
    from bot.rules.plan.terms import PlanStep

__all__ = ["Prediction", "Timing", "predict"]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Seconds: of the run's parts, and by guest (those untouched are not in it)."""

    downtimes: Mapping[str, float]
    begins: Mapping[str, float]  # of its save or shutdown, after the start of the drain
    save_seconds: float  # start of the drain to the last image verified
    drain_seconds: float  # … and the last guest off
    restore_seconds: float  # start of the bring-up to the last guest up

    @property
    def total(self) -> float:
        """Return the downtime of all guests together."""
        return sum(self.downtimes.values())

    @property
    def worst(self) -> float:
        """Return the longest downtime of a guest; 0 without guests."""
        return max(self.downtimes.values(), default=0.0)


def predict(steps: Sequence[PlanStep], disk: Disk, timing: Timing) -> Prediction:
    """Play the run of *steps*, in order of their ranks: the drain, the work, the bring-up."""
    begun, saved = saves(steps, disk)
    asked, drained = shutdowns(steps, saved)
    begins = begun | asked
    ups = BringUp(steps, disk, timing).ups
    downtimes = {name: drained - begins[name] + timing.work + up for name, up in ups.items()}
    return Prediction(
        downtimes=MappingProxyType(downtimes),
        begins=MappingProxyType(begins),
        save_seconds=saved,
        drain_seconds=drained,
        restore_seconds=max(ups.values(), default=0.0),
    )
