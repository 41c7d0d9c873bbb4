"""All that the checks before a run look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.rules.fleet import Guest, Host, Observation
    from bot.rules.plan.prediction import Prediction
    from bot.rules.plan.terms import PlanStep


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What else lives on hosts, by the names of hosts or guests, and what customers were told."""

    depends: tuple[str, ...] = ()  # the bot, its database, its resolver, its way in
    watchers: tuple[str, ...] = ()  # mail relay, list, probes
    told_minutes: float = 30.0  # customers were told that a guest is back within


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A host as it was found, and what is going to be done with it."""

    host: Host
    recorded: tuple[Guest, ...]  # on this host
    elsewhere: frozenset[str]  # guests recorded on other hosts
    observation: Observation
    steps: tuple[PlanStep, ...]
    surroundings: Surroundings
    exploring: bool  # guests are suspended under combinations not trusted, with canaries
    wants_pairs: bool  # configured
    prediction: Prediction
    reboot: Prediction  # the same, if every guest was shut down
