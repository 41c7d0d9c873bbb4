"""A drawn night as a machine plays it: synchronous, looked at after every turn."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.ports import Wish
from bot.rules.errors import BadRequest
from bot.rules.plan.terms import PlanOptions
from bot.rules.run.replay import replay
from bot.rules.run.states import Phase
from bot.storage.store import DatabaseStore
from tests.account import Rules, account_of
from tests.night import HOST, Night, guest
from tests.promises import check
from tests.property.fleets import POLICIES, WORKS, Drawn
from tests.property.watch import Watch
from tests.property.wire import Killed, Wire

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.executors.simulator import HostWorld
    from bot.rules.run.terms import Run

T = TypeVar("T")
_AT_ONCE = 40  # turns at one instant, after which nothing may be left to do
_LONGEST_PAUSE = 15.0  # seconds between two turns while nothing moves


class Evening:
    """One night, its bot, and the eye that judges both."""

    def __init__(self, drawn: Drawn) -> None:
        """Begin the run of a drawn night."""
        self._loop = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory()
        self.drawn = drawn
        self.night = Night(
            Path(self._folder.name),
            [guest(name, **kind.world) for name, kind in drawn.of.items()],
            policy=POLICIES[drawn.policy],
            work=WORKS[drawn.work],
            records={name: kind.record for name, kind in drawn.of.items()},
            host=drawn.host_world(),
        )
        self.night.fleet = drawn.described(self.night.fleet)
        self.wire = Wire(self.night.executor)
        self.night.executor = self.wire
        try:
            self.wait(self._begin())
        except BaseException:
            self.close()
            raise
        self.watch = Watch(self.night)
        for name, kind in drawn.of.items():
            if not kind.opted_in:
                self.watch.opts_out(name)
        self.look()

    async def _begin(self) -> None:
        out = [name for name, kind in self.drawn.of.items() if not kind.opted_in]
        await self.night.rise()
        await self.night.opt_in(out=out)
        await self.night.begin(PlanOptions(trial=self.drawn.names[: self.drawn.tried]))

    def close(self) -> None:
        """End the bot, and forget the night."""
        try:
            self.wait(self.night.store.close())
        finally:
            self._loop.close()
            self._folder.cleanup()

    def wait(self, work: Coroutine[object, object, T]) -> T:
        """Return what *work* returns."""
        return self._loop.run(work)

    # ---- time and turns ------------------------------------------------------------------------

    def turn(self) -> bool:
        """Take a turn, in which the bot may be killed; look at what it did."""
        assert self.night.runner is not None
        try:
            moved = self.wait(self.night.runner.turn())
        except Killed:
            self.reborn()
            moved = True
        self.look()
        return moved

    def look(self) -> None:
        """Judge the rows that are new, and the world."""
        new = self.run.number > self.watch.seen
        self.watch.look(self.wait(self.night.store.rows("r1", self.watch.seen)) if new else ())

    def go_on(self, rows: int, seconds: float = 600.0) -> None:
        """Take turns until so many rows are recorded or so much time has passed."""
        goal, pause = self.run.number + rows, 1.0
        end = self.night.clock.now().timestamp() + seconds
        while self.run.number < goal and self.night.clock.now().timestamp() < end:
            pause = 1.0 if self.turn() else min(pause * 2, _LONGEST_PAUSE)
            self.night.clock.advance(pause)

    def settle(self) -> None:
        """Take turns at this instant until one records nothing; no run may go on for ever."""
        for _ in range(_AT_ONCE):
            if not self.turn():
                return
        message = f"turns at one instant never end: {self.watch.tail()}"
        raise AssertionError(message)

    def broken_promises(self) -> list[str]:
        """Return what those say who judge a whole run, when nobody but the bot has acted."""
        night = self.night
        assert isinstance(night.store, DatabaseStore)
        rules = Rules(fleet=night.fleet, policy=night.policy, limits=night.limits)
        account = self.wait(account_of(night.store, night.simulator, rules, "r1"))
        return check(account)

    # ---- the bot -------------------------------------------------------------------------------

    def reborn(self, after: float = 0.0) -> None:
        """Kill the bot, let time pass, and start the next one."""
        self.wait(self.night.die())
        self.night.clock.advance(after)
        self.wait(self._rise())

    async def _rise(self) -> None:
        await self.night.rise()
        if self.night.runner is None:  # the run has ended; its worker comes back for what is due
            await self.night.take_up()

    @property
    def run(self) -> Run:
        """The run as its runner knows it."""
        return self.night.run

    @property
    def replayed(self) -> Run:
        """The run as its journal tells it."""
        return replay("r1", self.wait(self.night.rows()))

    @property
    def ended(self) -> bool:
        """Say whether the run has ended and nothing of it is in flight."""
        runner = self.night.runner
        return runner is not None and runner.done and self.run.phase is Phase.ENDED

    # ---- people and the world ------------------------------------------------------------------

    def wish(self, verb: str, name: str = "", argument: str = "", *, desk: bool = True) -> bool:
        """Let somebody say something: over the desk, or just as the run has changed."""
        try:
            if desk:
                self.wait(self.night.wish(verb, name, argument))
            else:
                self.wait(self.night.store.wish(self._late_wish(verb, name, argument)))
        except BadRequest:
            return False
        return True

    def _late_wish(self, verb: str, name: str, argument: str) -> Wish:
        self.night.keys += 1
        at, key = self.night.clock.now(), f"late{self.night.keys}"
        return Wish(
            key=key, host=HOST, actor="os:bob", verb=verb, guest=name, argument=argument, at=at
        )

    @property
    def world(self) -> HostWorld:
        """The host as it is, with all that no executor would tell."""
        return self.night.simulator.world(HOST)
