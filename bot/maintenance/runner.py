"""The runner: carries one run on, turn by turn. It looks, learns, decides, commits, submits.

All that is clever stands in `bot.rules`; here is the order of things that makes them safe:
an intent is committed before its operation is submitted, an outcome after it was seen, and what
was not committed has not happened. So a process may die between any two lines.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.maintenance.effects import effects
from bot.maintenance.observing import Observer, flights
from bot.maintenance.verification import Verifier
from bot.rules.errors import Code, ContactLost, MaintError, TryAgain
from bot.rules.journal import Draft, Event, Row
from bot.rules.learn import learn
from bot.rules.obey import Word, obey
from bot.rules.replay import apply
from bot.rules.resting import resting
from bot.rules.rules_of_phases import rules_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.maintenance.recheck import Recheck
    from bot.ports import Clock, HostExecutor, Lease, News, Prober, Store, Wish
    from bot.rules.limits import Limits
    from bot.rules.operation import Operation
    from bot.rules.run import Run
    from bot.rules.sight import Rulebook, Sight

logger = logging.getLogger(__name__)

#: Rounds of rules in one turn. Each round's rows can call for more; a run needs two or three.
_ROUNDS = 8


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What a runner works with: one host, and what all runs share."""

    executor: HostExecutor
    prober: Prober
    store: Store
    clock: Clock
    recheck: Recheck
    limits: Limits


class Runner:
    """One run in the hands of the process that holds its host's lease."""

    def __init__(self, run: Run, lease: Lease, equipment: Equipment) -> None:
        """Carry *run* on from where its journal says it is."""
        self.run = run
        self.lease = lease
        self.rest = ""
        self._with = equipment
        self._observer = Observer(equipment.executor, equipment.clock)
        self._verifier = Verifier(equipment.executor, equipment.prober, equipment.limits)
        self._doubtful = False  # a submit was cut off: it may still arrive under our token

    @property
    def idle(self) -> bool:
        """Say whether nothing of this run is in flight."""
        return not flights(self.run)

    @property
    def done(self) -> bool:
        """Say whether the run has ended and nothing is left to tidy now."""
        return self.rest == "ended" and self.idle

    async def turn(self, *, closing: bool = False) -> bool:
        """Take one turn; return whether anything was recorded.

        Repeating it when nothing has changed records nothing. *closing*: only learn and obey, so
        that what is in flight ends and nothing new begins.

        Raises:
            TryAgain: the store is away, or the lease was taken over; nothing of this turn is
                recorded that was not committed, and the run must be read again.
        """
        if self._doubtful:
            await self._new_token()
        news = await self._with.store.news(self.run.host)
        sight = await self._observer.look(self.run, self.lease.token, news.holds)
        book = await self._with.recheck.rulebook(self.run, sight)
        turn = _Turn(self.run, sight.now)
        await self._think(turn, sight, book, news, closing=closing)
        return await self._carry_out(turn, news.wishes)

    async def _think(
        self, turn: _Turn, sight: Sight, book: Rulebook, news: News, *, closing: bool
    ) -> None:
        for wish in news.wishes:
            turn.add(obey(turn.run, _word(wish), sight, book))
        if turn.run.released:
            return
        turn.add(learn(turn.run, sight))
        if sight.contact and not closing:
            turn.add(await self._verifier.look(turn.run, sight))
        for _ in range(0 if closing else _ROUNDS):
            if not turn.decide(sight, book):
                break
        turn.rest = resting(turn.run, sight)

    async def _carry_out(self, turn: _Turn, wishes: Iterable[Wish]) -> bool:
        """Commit the turn's rows, then submit what they intend. Nothing is submitted before."""
        obeyed = tuple(wish.key for wish in wishes)
        if not turn.rows and not obeyed and turn.rest == self.rest:
            return False
        beside = effects(self.run, turn.run, turn.rows, rest=turn.rest, limits=self._with.limits)
        await self._with.store.append(
            self.lease,
            self.run.id,
            [(row.at, _draft(row)) for row in turn.rows],
            replace(beside, wishes=obeyed),
        )
        self.run, self.rest = turn.run, turn.rest
        intended = {(row.guest, row.data["verb"]) for row in turn.rows if _intends(row)}
        for flight in flights(self.run):
            if (flight.id.guest, str(flight.id.verb)) in intended:
                await self._submit(flight)
        return bool(turn.rows)

    async def _submit(self, operation: Operation) -> None:
        try:
            await self._with.executor.submit(operation, self.lease.token)
        except ContactLost:
            self._doubtful = True
        except MaintError as error:
            if error.code is Code.LEASE_LOST:
                raise
            logger.warning("%s was not taken: %s", operation.id, error)

    async def _new_token(self) -> None:
        """Take the lease anew: under a higher token "never seen" is the last word."""
        await self._with.store.free(self.lease)
        lease = await self._with.store.claim(self.run.host, self.lease.owner)
        if lease is None:
            raise TryAgain(Code.LEASE_LOST, host=self.run.host, owner="")
        self.lease = lease
        self._doubtful = False


class _Turn:
    """The rows of one turn, applied as they come but not yet committed."""

    def __init__(self, run: Run, now: datetime) -> None:
        self.run = run
        self.now = now
        self.rows: list[Row] = []
        self.rest = ""

    def add(self, drafts: Iterable[Draft]) -> bool:
        """Apply *drafts*; say whether there were any."""
        known = len(self.rows)
        for draft in list(drafts):
            number = self.run.number + 1
            row = Row(
                number=number, at=self.now, event=draft.event, guest=draft.guest, data=draft.data
            )
            self.run = apply(self.run, row)
            self.rows.append(row)
        return len(self.rows) > known

    def decide(self, sight: Sight, book: Rulebook) -> bool:
        """Ask every rule of the phase once; a rule that ends the phase ends the round."""
        moved = False
        phase = self.run.phase
        for rule in rules_for(self.run, sight):
            moved |= self.add(rule(self.run, sight, book))
            if self.run.phase is not phase:
                return True
        return moved


def _word(wish: Wish) -> Word:
    return Word(wish.verb, actor=wish.actor, guest=wish.guest, argument=wish.argument)


def _draft(row: Row) -> Draft:
    return Draft(event=row.event, guest=row.guest, data=row.data)


def _intends(row: Row) -> bool:
    return row.event is Event.INTENDED
