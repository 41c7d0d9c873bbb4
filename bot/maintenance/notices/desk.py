"""Notices to customers, and their opt-ins: what staff ask for, as drafts that wait for approval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import earlier, feature, optins, places, upkeep
from bot.maintenance.notices.audiences import recipients
from bot.maintenance.notices.failures import translated
from bot.maintenance.notices.forms import read_values, refuse_misfit
from bot.maintenance.notices.gathered import Asked, Gathered
from bot.maintenance.notices.kinds import KINDS
from bot.maintenance.notices.reset import Reset, resetting
from bot.rules.optin import OptIn
from notifications import BadCampaign, Draft, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.maintenance.notices.gathered import Sources
    from bot.ports import Clock
    from notifications import Campaign, Campaigns, Drafted


@dataclass(frozen=True, kw_only=True)
class By:
    """Who has a notice drafted, under which key, and whether its post is drafted too."""

    actor: str
    key: str
    announce: bool = False


class Notices:
    """Drafts campaigns of the kinds that the bot knows. Nothing is sent from here."""

    def __init__(self, sources: Sources, mail: Campaigns, clock: Clock, *, announces: bool) -> None:
        """Draft by *mail* what *sources* tell; *announces*: there is an announce list."""
        self._sources, self._mail, self._clock = sources, mail, clock
        self._announces = announces

    # ---- campaigns ----

    async def new(
        self,
        kind: str,
        about: Sequence[str],
        values: Mapping[str, str],
        *,
        announce: bool,
        actor: str,
        key: str,
    ) -> Drafted:
        """Draft a notice: gather its facts and whom they concern. The same *key* drafts once.

        *about* are the words after the kind; *values* win over what is gathered.

        Raises MaintError: what is asked for cannot be drafted; nothing was recorded.
        """
        with translated():
            _refuse_unknown(kind)
            refuse_misfit(kind, about)
            asked = Asked(kind=kind, about=tuple(about), values=read_values(kind, values))
            gathered = await _GATHER[kind](asked, self._sources)
            facts = replace(gathered, values={**gathered.values, **asked.values})
            return await self.record(kind, facts, By(actor=actor, key=key, announce=announce))

    async def record(self, kind: str, facts: Gathered, by: By) -> Drafted:
        """Draft a notice of *facts*; the same key drafts once. Raises MaintError as `new`."""
        with translated():
            return await self._mail.draft(self._draft(kind, facts, by, await self._before()))

    async def _before(self) -> tuple[Campaign, ...]:
        return tuple(progress.campaign for progress in await self._mail.campaigns())

    def _draft(self, kind: str, facts: Gathered, by: By, before: Sequence[Campaign]) -> Draft:
        values, hosts = dict(facts.values), facts.values.get("hosts", ())
        window = earlier.announced(before, kind, hosts)
        if window and kind == "maintenance-overrun":
            values.setdefault("end", window.values["end"])
        return Draft(
            kind=kind,
            actor=by.actor,
            request_key=by.key,
            recipients=recipients(self._sources.fleet, facts.items),
            values=values,
            announce=by.announce,
            occasion=window.occasion if window else facts.occasion,
            follows=earlier.post_before(before, kind, hosts) if by.announce else 0,
        )

    # ---- opt-ins ----

    async def optins(self) -> tuple[optins.OptInView, ...]:
        """Return how every customer's guest stands, in order of name; also those that left."""
        return optins.views(self._sources.fleet, await self._sources.store.opt_ins())

    async def history(self, guest: str) -> tuple[OptIn, ...]:
        """Return every statement ever made about *guest*, oldest first."""
        return await self._sources.store.statements(guest=guest)

    async def link(self, guest: str) -> str:
        """Return the personal link for *guest*.

        Raises BadRequest: UNKNOWN_GUEST, INFRASTRUCTURE_GUEST; Precondition(NO_LINKS).
        """
        return self._sources.links.of(places.customers_guest(self._sources.fleet, guest).name)

    async def state(self, guest: str, wanted: bool, kernel: str, actor: str) -> OptIn:  # noqa: FBT001 - it is what is stated
        """Opt *guest* in or out for its customer. Opting out is always possible.

        Raises BadRequest: UNKNOWN_GUEST, INFRASTRUCTURE_GUEST, KERNEL_REFUSED; nothing was stated.
        """
        known = places.customers_guest(self._sources.fleet, guest)
        if wanted:
            optins.refuse_kernel(known, kernel, self._sources.policy)
        said = OptIn(
            guest=guest, wanted=wanted, at=self._clock.now(), who=actor, how="chat", kernel=kernel
        )
        await self._sources.store.state_opt_in([said])
        return said

    async def reset(self, actor: str, key: str) -> Reset:
        """Opt every customer's guest out, and draft the notice of it and its post: one commit.

        The same *key* does it once. The statements before stay, and say what was.

        Raises:
            Precondition: NOBODY_OPTED_IN.
            MaintError: the notice cannot be drafted, or the database is away. Nothing was changed.
        """
        now, fleet = self._clock.now(), self._sources.fleet
        by = By(actor=actor, key=key, announce=self._announces)
        trials = await self._sources.store.evidence()
        with translated():
            before = await self._before()

            def drafting(said: Sequence[OptIn]) -> Callable[[Any], Drafted]:
                facts = feature.reset_notice(fleet, said, now, trials)
                return self._mail.drafting(self._draft("optout-reset", facts, by, before))

            return await self._sources.store.restate(resetting(fleet, actor, now, drafting))


def _refuse_unknown(kind: str) -> None:
    if kind not in KINDS:
        meant = places.nearest(kind, KINDS)
        raise BadCampaign(Problem.UNKNOWN_KIND, kind=kind, nearest=meant)


_GATHER: Mapping[str, Callable[[Asked, Sources], Awaitable[Gathered]]] = {
    "feature-hold": feature.feature_hold,
    "optout-reset": feature.optout_reset,
    "reoptin": feature.reoptin,
    "trial-offer": feature.trial_offer,
    "trial-result": upkeep.trial_result,
    "maintenance-scheduled": upkeep.planned,
    "maintenance-reminder": upkeep.planned,
    "maintenance-rescheduled": upkeep.planned,
    "maintenance-cancelled": upkeep.planned,
    "maintenance-changed": upkeep.planned,
    "maintenance-overrun": upkeep.overrun,
    "maintenance-completed": upkeep.completed,
    "incident": upkeep.incident,
}
