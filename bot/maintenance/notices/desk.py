"""Notices to customers, and their opt-ins: what staff ask for, as drafts that wait for approval."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.maintenance.customers.counting import Back, back
from bot.maintenance.customers.letters import Answers, Before
from bot.maintenance.notices import (
    anew,
    announced,
    earlier,
    feature,
    invitations,
    optins,
    places,
    planned,
    truth,
    upkeep,
)
from bot.maintenance.notices.audiences import addressed, is_customer
from bot.maintenance.notices.failures import translated
from bot.maintenance.notices.forms import read_values, refuse_misfit
from bot.maintenance.notices.gathered import Asked, Gathered
from bot.maintenance.notices.kinds import KINDS
from bot.maintenance.notices.reset import Reset, resetting
from bot.maintenance.notices.untold import Untold, untold
from bot.rules.optin import OptIn
from notifications import BadCampaign, Draft, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.notices.gathered import Sources
    from bot.ports import Clock
    from bot.rules.optin import TrialWish
    from notifications import Campaign, Campaigns, Drafted


logger = logging.getLogger(__name__)

DAYS_OF_A_MONTH = 30


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

        Raises MaintError: what is asked for cannot be drafted, or is drafted already
            (ALREADY_DRAFTED); nothing was recorded.
        """
        with translated():
            _refuse_unknown(kind)
            refuse_misfit(kind, about)
            now = self._clock.now()
            known = read_values(kind, values, now)
            asked = Asked(kind=kind, at=now, about=tuple(about), values=known)
            gathered = await _GATHER[kind](asked, self._sources)
            facts = replace(gathered, values={**gathered.values, **asked.values})
            key = anew.sole(await self._before(), kind, facts, key)
            return await self.record(kind, facts, By(actor=actor, key=key, announce=announce))

    async def record(self, kind: str, facts: Gathered, by: By) -> Drafted:
        """Draft a notice of *facts*; the same key drafts once. Raises MaintError as `new`."""
        with translated():
            return await self._mail.draft(self._draft(kind, facts, by, await self._before()))

    async def gather(self, kind: str, asked: Asked) -> Gathered:
        """Return the facts of a notice, and whom they concern. Raises MaintError as `new`."""
        with translated():
            return await _GATHER[kind](asked, self._sources)

    async def drafting(self) -> Callable[[str, Gathered, By], Callable[[Any], Drafted]]:
        """Return what makes the work that drafts a notice, for a transaction that is open.

        What was sent before is read now; the work raises a NotificationError as `record` does.
        """
        with translated():
            before = await self._before()
        return lambda kind, facts, by: self._mail.drafting(self._draft(kind, facts, by, before))

    async def refresh(self, number: int, actor: str) -> None:
        """Bring an incident that is not approved yet up to date, before *actor* previews it.

        Raises MaintError as `anew.refresh`.
        """
        with translated():
            campaign = await self._mail.campaign(number)
            if await anew.refresh(campaign, self._sources):
                logger.info("campaign %d is revised from its run, for %s", number, actor)

    async def refuse_untrue(self, number: int) -> None:
        """Refuse a campaign that is not sent yet, if what it says is no longer true.

        Raises Precondition(NO_LONGER_TRUE): why, by its kind; and of a post, that the mail which
        it promises has not gone out yet.
        """
        with translated():
            campaign = await self._mail.campaign(number)
            await truth.refuse_untrue(campaign, self._sources, self._clock.now())

    async def refuse_outdated(self, number: int) -> None:
        """Refuse a campaign that would go to somebody once more, if its window was changed since.

        Raises Precondition(NO_LONGER_TRUE).
        """
        with translated():
            await truth.refuse_outdated(await self._mail.campaign(number), self._sources)

    async def untold(self, host: str) -> Untold:
        """Count the contacts on *host*, and those who were not told of a maintenance now.

        Raises MaintError: BadRequest(UNKNOWN_HOST), or as of mail.
        """
        with translated():
            known = places.host(self._sources.fleet, host)
            return await untold(known, self._clock.now(), self._sources)

    async def _before(self) -> tuple[Campaign, ...]:
        return await self._mail.heads()

    def _draft(self, kind: str, facts: Gathered, by: By, before: Sequence[Campaign]) -> Draft:
        about = (before, kind, facts.values.get("hosts", ()), facts.occasion)
        return Draft(
            kind=kind,
            actor=by.actor,
            request_key=by.key,
            recipients=addressed(self._sources.fleet, facts),
            values=facts.values,
            announce=by.announce,
            occasion=facts.occasion,
            follows=earlier.post_before(*about) if by.announce else 0,
        )

    # ---- opt-ins ----

    async def optins(self) -> tuple[optins.OptInView, ...]:
        """Return how every customer's guest stands, in order of name; also those that left."""
        return optins.views(self._sources.fleet, await self._sources.store.opt_ins())

    async def back(self) -> Back:
        """Count those who are opted in again since the last reset, and the others."""
        fleet = self._sources.fleet
        ours = frozenset(guest for guest in fleet.guests if is_customer(fleet, guest))
        return back(await self._sources.store.statements(), ours)

    async def history(self, guest: str) -> tuple[OptIn, ...]:
        """Return every statement ever made about *guest*, oldest first."""
        return await self._sources.store.statements(guest=guest)

    async def link(self, guest: str) -> str:
        """Return the personal link for *guest*.

        Raises BadRequest: UNKNOWN_GUEST, INFRASTRUCTURE_GUEST; Precondition(NO_LINKS).
        """
        known = places.customers_guest(self._sources.fleet, guest)
        return await self._sources.link(known.name, self._clock.now())

    async def revoke(self, guest: str) -> None:
        """Make every link of *guest* useless that was made before; a new one is good.

        Raises BadRequest: UNKNOWN_GUEST, INFRASTRUCTURE_GUEST.
        """
        known = places.customers_guest(self._sources.fleet, guest)
        await self._sources.store.revoke([known.name])

    async def state(self, guest: str, wanted: bool, kernel: str, actor: str) -> OptIn:  # noqa: FBT001 - it is what is stated
        """Opt *guest* in or out for its customer. Opting out is always possible.

        Without a *kernel* the newest that was attested stays, unless that is too long ago.

        Raises BadRequest: UNKNOWN_GUEST, INFRASTRUCTURE_GUEST, KERNEL_REFUSED; nothing was stated.
        """
        known = places.customers_guest(self._sources.fleet, guest)
        now, since = self._clock.now(), None
        if wanted and not kernel:
            kernel, since = await self._attested(guest, now)
        kernel = optins.refuse_kernel(known, kernel, self._sources.policy) if wanted else ""
        said = OptIn(
            guest=guest,
            wanted=wanted,
            at=now,
            who=actor,
            how="chat",
            kernel=kernel,
            attested=since,
        )
        await self._state(said)
        return said

    async def _state(self, said: OptIn) -> None:
        """State it, and tell its customer by mail, in one commit."""
        answers = Answers(sources=self._sources)
        generation = (await self._sources.store.generations()).get(said.guest, 0)

        def work(transaction: Any, newest: Mapping[str, OptIn]) -> tuple[Sequence[OptIn], None]:  # noqa: ANN401 - only the store knows what it is
            now = newest.get(said.guest)
            # To undo an opt-out would be to opt in, and that takes the page and its warning.
            undoable = now is None or not now.wanted
            number = now.number if now else 0
            before = Before(generation=generation, number=number, undoable=undoable)
            answers.confirm(transaction, said, before)
            return (said,), None

        with translated():
            await self._sources.store.restate(work)
        self._mail.wake()

    async def confirm_trial(self, wish: TrialWish) -> None:
        """Tell the customer of a guest by mail what staff have recorded of a trial, once."""
        generation = (await self._sources.store.generations()).get(wish.guest, 0)
        letter = Answers(sources=self._sources).trial(wish, generation, f"{wish.at:%Y%m%d%H%M%S%f}")
        with translated():
            if letter is not None:
                await self._mail.answer(letter)

    async def _attested(self, guest: str, now: datetime) -> tuple[str, datetime | None]:
        since = now - timedelta(days=DAYS_OF_A_MONTH * self._sources.policy.attest_months)
        return optins.attested(await self.history(guest), since)

    async def reset(self, actor: str, key: str) -> Reset:
        """Opt every customer's guest out, and draft the notice of it and its post: one commit.

        The same *key* does it once. The statements before stay, and say what was.

        Raises:
            Precondition: NOBODY_OPTED_IN.
            MaintError: the notice cannot be drafted, or the database is away. Nothing was changed.
        """
        now, fleet = self._clock.now(), self._sources.fleet
        known = await feature.failing(self._sources)
        by = By(actor=actor, key=key, announce=self._announces)
        with translated():
            before = await self._before()

            def drafting(said: Sequence[OptIn]) -> Callable[[Any], Drafted]:
                facts = feature.reset_notice(said, now, known)
                return self._mail.drafting(self._draft("optout-reset", facts, by, before))

            return await self._sources.store.restate(resetting(fleet, actor, now, drafting))


def _refuse_unknown(kind: str) -> None:
    if kind not in KINDS:
        meant = places.nearest(kind, KINDS)
        raise BadCampaign(Problem.UNKNOWN_KIND, kind=kind, nearest=meant)


_GATHER: Mapping[str, Callable[[Asked, Sources], Awaitable[Gathered]]] = {
    "feature-hold": feature.feature_hold,
    "optout-reset": feature.optout_reset,
    "reoptin": invitations.reoptin,
    "trial-offer": invitations.trial_offer,
    "trial-result": upkeep.trial_result,
    "maintenance-scheduled": planned.scheduled,
    "maintenance-reminder": announced.reminder,
    "maintenance-rescheduled": announced.rescheduled,
    "maintenance-cancelled": announced.cancelled,
    "maintenance-changed": announced.changed,
    "maintenance-reason": announced.reason,
    "maintenance-overrun": announced.overrun,
    "maintenance-completed": upkeep.completed,
    "incident": upkeep.incident,
}
