"""The runner: carries one run on, turn by turn. It looks, learns, decides, commits, submits.

All that is clever stands in `bot.rules`; here is the order of things that makes them safe:
an intent is committed before its operation is submitted, an outcome after it was seen, and what
was not committed has not happened. So a process may die between any two lines.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.maintenance.effects import effects, hold_of
from bot.maintenance.observing import Observer, flights
from bot.maintenance.verification import Verifier
from bot.rules.errors import Code, ContactLost, MaintError, TryAgain
from bot.rules.operation import Running
from bot.rules.run.journal import Draft, Event, Row
from bot.rules.run.learn import learn
from bot.rules.run.obey import Word, obey
from bot.rules.run.phases import rules_for
from bot.rules.run.replay import apply
from bot.rules.run.resting import resting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.maintenance.recheck import Recheck
    from bot.ports import Clock, HostExecutor, Lease, Prober, Store, Wish
    from bot.rules.limits import Limits
    from bot.rules.operation import Operation, Outcome
    from bot.rules.run.sight import Rulebook, Sight
    from bot.rules.run.terms import Run

logger = logging.getLogger(__name__)

#: Rounds of rules in one turn. Each round's rows can call for more; a run needs two or three.
_ROUNDS = 8
#: Turns without one at most, while what is submitted does not get through.
_LONGEST_PAUSE = 32


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What a runner works with: one host, and what all runs share."""

    executor: HostExecutor
    prober: Prober
    store: Store
    clock: Clock
    recheck: Recheck
    limits: Limits
    # Lets few runs think in one turn of the event loop; shared by all that share a process.
    turnstile: asyncio.Semaphore = field(default_factory=asyncio.Semaphore)


class Runner:
    """One run in the hands of the process that holds its host's lease."""

    def __init__(
        self, run: Run, lease: Lease, equipment: Equipment, *, resumed: bool = False
    ) -> None:
        """Carry *run* on from where its journal says it is; *resumed*: another process began it."""
        self.run = run
        self.lease = lease
        self.rest = ""
        self.wake = equipment.clock.now()  # when the next turn is worth taking
        self._resumed = resumed
        self._with = equipment
        self._observer = Observer(equipment.executor, equipment.clock)
        self._verifier = Verifier(equipment.executor, equipment.prober, equipment.limits)
        self._doubtful = False  # a submit was cut off: it may still arrive under our token
        self._in_vain = 0  # turns in a row whose submits did not get through

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
        looked = [] if closing else await self._verifier.look(self.run, sight)
        turn = _Turn(self.run, sight)
        async with self._with.turnstile:
            turn.take_over(self.lease.owner if self._resumed else "")
            turn.hear(news.wishes, self._with.limits)
            turn.learn(looked)
        book = await self._with.recheck.rulebook(turn.run, sight)
        async with self._with.turnstile:
            turn.decide(book, rounds=0 if closing else _ROUNDS)
        moved = await self._carry_out(turn, news.wishes)
        self._resumed = False
        pause = timedelta(seconds=self._with.limits.turn)
        self.wake = next_turn(sight, pause)
        if self._in_vain:
            self.wake = sight.now + pause * min(2**self._in_vain, _LONGEST_PAUSE)
        return moved

    async def _carry_out(self, turn: _Turn, wishes: Iterable[Wish]) -> bool:
        """Commit the turn's rows, then submit what they intend. Nothing is submitted before."""
        obeyed = tuple(wish.key for wish in wishes)
        if not turn.rows and not obeyed and turn.rest == self.rest:
            self._in_vain = 0
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
        asked = [f for f in flights(self.run) if (f.id.guest, str(f.id.verb)) in intended]
        taken = [await self._submit(operation) for operation in asked]
        self._in_vain = self._in_vain + 1 if asked and not any(taken) else 0
        return bool(turn.rows)

    async def _submit(self, operation: Operation) -> bool:
        """Submit, and say whether that got through; the next look tells what came of it."""
        try:
            await self._with.executor.submit(operation, self.lease.token)
        except ContactLost:
            self._doubtful = True
            return False
        except MaintError as error:
            if error.code is Code.LEASE_LOST:
                raise
            logger.warning("%s was not taken: %s", operation.id, error)
            return False
        return True

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

    def __init__(self, run: Run, sight: Sight) -> None:
        self._before = run
        self.run = run
        self._sight = sight
        self.rows: list[Row] = []
        self.rest = ""

    def take_over(self, owner: str) -> None:
        """Record that the process *owner* goes on with the run; nobody: it always did."""
        if owner:
            self._add([Draft(event=Event.TAKEN_OVER, data={"owner": owner})])

    def hear(self, wishes: Iterable[Wish], limits: Limits) -> None:
        """Obey what people said."""
        for wish in wishes:
            self._add(obey(self.run, _word(wish), self._sight, limits))

    def learn(self, looked: Iterable[Draft]) -> None:
        """Record what the world shows; a look at a guest that has moved on since says nothing."""
        if self.run.released:
            return
        self._add(learn(self.run, self._sight))
        for draft in looked:
            step, before = self.run.steps[draft.guest], self._before.steps[draft.guest]
            if step.state is before.state and step.flight is None:
                self._add([draft])

    def decide(self, book: Rulebook, *, rounds: int) -> None:
        """Ask the rules again as long as they have more to say."""
        for _ in range(rounds):
            if not self._round(book):
                break
        self.rest = resting(self.run, self._sight)

    def _round(self, book: Rulebook) -> bool:
        """Ask every rule of the phase once; a rule that ends the phase ends the round."""
        moved = False
        phase = self.run.phase
        for rule in rules_for(self.run, self._sight):
            moved |= self._add(rule(self.run, self._now_held(self._sight), book))
            if self.run.phase is not phase:
                return True
        return moved

    def _add(self, drafts: Iterable[Draft]) -> bool:
        """Apply *drafts*; say whether there were any."""
        known = len(self.rows)
        for draft in list(drafts):
            row = Row(
                number=self.run.number + 1,
                at=self._sight.now,
                event=draft.event,
                guest=draft.guest,
                data=draft.data,
            )
            self.run = apply(self.run, row)
            self.rows.append(row)
        return len(self.rows) > known

    def _now_held(self, sight: Sight) -> Sight:
        """Add the holds that this turn opens: they bind the rest of it already (P6)."""
        opened = tuple(hold_of(row) for row in self.rows if row.event is Event.HELD)
        return replace(sight, holds=(*sight.holds, *opened)) if opened else sight


def next_turn(sight: Sight, pause: timedelta) -> datetime:
    """Return when to look again: after *pause*, or when something is expected to have ended."""
    ends = [e for o in sight.outcomes.values() if (e := _expected_end(o, sight.now))]
    return min([sight.now + pause, *(max(end, sight.now + pause / 10) for end in ends)])


def _expected_end(outcome: Outcome, now: datetime) -> datetime | None:
    """Return when an operation under way will have ended, if it goes on as it did."""
    if not isinstance(outcome, Running) or outcome.done <= 0:
        return None
    return outcome.started + (now - outcome.started) / outcome.done


def _word(wish: Wish) -> Word:
    return Word(
        verb=wish.verb,
        actor=wish.actor,
        guest=wish.guest,
        argument=wish.argument,
        at=wish.at,
    )


def _draft(row: Row) -> Draft:
    return Draft(event=row.event, guest=row.guest, data=row.data)


def _intends(row: Row) -> bool:
    return row.event is Event.INTENDED
