"""Trials as staff see them: what customers ask for, and what became of each guest's newest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot.maintenance.explorations import TRIAL
from bot.maintenance.notices import places
from bot.maintenance.notices.optins import too_old
from bot.rules.errors import BadRequest, Code
from bot.rules.optin import TrialWish, still_wished
from bot.rules.run.replay import replay
from bot.rules.run.report import became

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.ports import Clock, RunRecord
    from bot.rules.fleet import Fleet
    from bot.rules.optin import OptIn
    from bot.rules.policy.terms import PolicySettings
    from bot.rules.run.journal import Row

SHOWN = 50  # of the newest trials, so many are read for what became of their guests


class Records(Protocol):
    """The part of the store (`bot.ports.Store`) that trials need."""

    async def runs(self, *, host: str = "", open_only: bool = False) -> tuple[RunRecord, ...]:
        """Return the heads of runs, newest first."""

    async def rows(self, run: str, after: int = 0) -> tuple[Row, ...]:
        """Return a run's rows after a number."""

    async def opt_ins(self, guests: Collection[str] | None = None) -> Mapping[str, OptIn]:
        """Return the newest statement of each of *guests*, or of every guest."""

    async def trial_wishes(self) -> Mapping[str, TrialWish]:
        """Return the newest statement about a trial of each guest."""

    async def wish_trials(self, rows: Sequence[TrialWish]) -> None:
        """Add statements about trials."""


@dataclass(frozen=True, kw_only=True)
class Wished:
    """A trial that a customer has asked for, and that was neither withdrawn nor carried out."""

    wish: TrialWish
    host: str  # empty: the guest has left the inventory


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What became of a guest in its newest trial; `outcome` as `became` says it."""

    guest: str
    host: str
    at: datetime  # when its trial began
    outcome: str
    reason: str  # a policy Reason: why it was or was not tried
    kernel: str  # of the guest, as it was believed to be


class Trials:
    """Asks for trials on behalf of customers, and lists them."""

    def __init__(
        self, *, fleet: Fleet, store: Records, clock: Clock, policy: PolicySettings
    ) -> None:
        """Remember in *store*; *policy* says which kernels are too old."""
        self._fleet, self._store = fleet, store
        self._clock, self._policy = clock, policy

    async def ask(self, guest: str, note: str, actor: str) -> TrialWish:
        """Record that the customer of *guest* asks for a trial.

        Raises BadRequest: UNKNOWN_GUEST, INFRASTRUCTURE_GUEST; TRIAL_KERNEL: the kernel that was
        attested is known to be damaged by a restore. Nothing was recorded then.
        """
        places.customers_guest(self._fleet, guest)
        said = (await self._store.opt_ins([guest])).get(guest)
        if said and too_old(said.kernel, self._policy):
            known = {"kernel": said.kernel, "minimum": self._policy.minimum_kernel}
            raise BadRequest(Code.TRIAL_KERNEL, guest=guest, **known)
        standing = (await self._store.trial_wishes()).get(guest)
        if standing and standing.wanted:  # what its customer said of the kernel, and a time, stay
            now = self._clock.now()
            wish = replace(standing, at=now, who=actor, how="chat", address="", number=0)
            return await self._record(replace(wish, note=note or standing.note))
        return await self._say(guest, actor, wanted=True, note=note)

    async def schedule(self, guest: str, at: datetime, actor: str) -> TrialWish:
        """Record that staff and the customer of *guest* have agreed on *at* for its trial.

        Nothing starts by itself then. Raises BadRequest(NO_TRIAL_WISH): none is asked for.
        """
        standing = (await self._store.trial_wishes()).get(guest)
        if standing is None or not standing.wanted:
            raise BadRequest(Code.NO_TRIAL_WISH, guest=guest)
        now = self._clock.now()
        wish = replace(standing, at=now, who=actor, how="chat", agreed=at, address="", number=0)
        await self._store.wish_trials([wish])
        return wish

    async def withdraw(self, guest: str, actor: str) -> TrialWish:
        """Record that it is not asked for any more. Raises BadRequest(NO_TRIAL_WISH)."""
        standing = (await self._store.trial_wishes()).get(guest)
        if standing is None or not standing.wanted:
            raise BadRequest(Code.NO_TRIAL_WISH, guest=guest)
        return await self._say(guest, actor, wanted=False)

    async def _say(self, guest: str, actor: str, *, wanted: bool, note: str = "") -> TrialWish:
        now = self._clock.now()
        return await self._record(
            TrialWish(guest=guest, wanted=wanted, at=now, who=actor, how="chat", note=note)
        )

    async def _record(self, wish: TrialWish) -> TrialWish:
        await self._store.wish_trials([wish])
        return wish

    async def standing(self) -> tuple[Wished, ...]:
        """Return what is asked for and stands, the oldest first."""
        wishes = sorted((await self._store.trial_wishes()).values(), key=lambda wish: wish.at)
        said = await self._store.opt_ins([wish.guest for wish in wishes])
        standing = (wish for wish in wishes if still_wished(wish, said.get(wish.guest)))
        return tuple(Wished(wish=wish, host=self._host(wish.guest)) for wish in standing)

    def _host(self, guest: str) -> str:
        known = self._fleet.guests.get(guest)
        return known.host if known else ""

    async def outcomes(self) -> tuple[Tried, ...]:
        """Return what became of each guest's newest trial, the newest trial first."""
        found: dict[str, Tried] = {}
        trials = [record for record in await self._store.runs() if record.kind == TRIAL]
        for record in trials[:SHOWN]:
            run = replay(record.id, await self._store.rows(record.id))
            for step in run.steps.values():
                tried = Tried(
                    guest=step.guest,
                    host=run.host,
                    at=run.started,
                    outcome=became(step),
                    reason=step.reason,
                    kernel=step.plan.kernel,
                )
                found.setdefault(step.guest, tried)
        return tuple(found.values())
