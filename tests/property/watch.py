"""The eye of the machines: judges every new row as it comes, and the world beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.executors.simulator.instants import instant_of
from bot.rules.fleet import GuestState, Role
from bot.rules.hold import Hold, Scope, covering
from bot.rules.policy.terms import Reason
from bot.rules.run.journal import Event
from bot.rules.run.replay import apply, begun
from bot.rules.run.report import GOOD, result
from bot.rules.run.states import StepState
from tests.night import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run, Step
    from tests.night import Night

_COME_BACK = {"restore", "unpause"}
_BOOTED = {"booted", "rolled_back"}  # a guest that was paused, and lost its memory, runs


class Watch:
    """Follows a run's journal with books of its own: opt-outs, holds, and people's permissions."""

    def __init__(self, night: Night) -> None:
        """Watch *night* from its first row on."""
        self._night = night
        self._rows: list[Row] = []
        self._run: Run | None = None
        self._customers = {g.name for g in night.fleet.guests.values() if g.role is Role.CUSTOMER}
        self._opted_out: set[str] = set()
        self.holds: list[Hold] = []
        self.permitted: set[str] = set()
        self._started: set[str] = set()  # by others, who mark no image as spent
        self._touched: dict[str, datetime] = {}  # when somebody else last acted on a guest

    @property
    def seen(self) -> int:
        """The number of the last row that was judged."""
        return len(self._rows)

    def look(self, new: Sequence[Row]) -> None:
        """Judge what is new, and the world as it is now."""
        for row in new:
            self._judge(row)
            self._rows.append(row)
            self._run = apply(self._run, row) if self._run else begun("r1", row)
        self._world()

    def tail(self) -> str:
        """Show the newest rows, for a message."""
        shown = [f"{r.number} {r.event} {r.guest} {dict(r.data)}" for r in self._rows[-25:]]
        return "\n".join(["", *shown])

    def opened(self, hold: Hold) -> None:
        """Note a hold: what is covered by it comes back by a person's choice only."""
        self.holds.append(hold)

    @property
    def disturbed(self) -> bool:
        """Whether anybody but the bot acted on a guest, or one that was paused had to be booted."""
        steps = self._run.steps.values() if self._run else ()
        booted = any(s.plan.was == GuestState.PAUSED and s.how in _BOOTED for s in steps)
        return bool(self._touched or self._started or booted)

    def touched(self, name: str) -> None:
        """Note that somebody else acts on a guest now, or that it acts by itself."""
        self._touched[name] = self._night.clock.now()

    def started_by_others(self, name: str) -> None:
        """Note that somebody who heeds no image lets a guest run, now or later."""
        self._started.add(name)

    def opts_out(self, name: str) -> None:
        """Note that a customer opted out; infrastructure has nobody who could."""
        self._opted_out |= {name} & self._customers

    def lifted(self, scope: Scope, value: str) -> None:
        """Note that a hold was lifted."""
        self.holds = [h for h in self.holds if (h.scope, h.value) != (scope, value)]

    # ---- the journal ---------------------------------------------------------------------------

    def _judge(self, row: Row) -> None:
        if row.event is Event.HELD:
            self._held(row)
        elif row.event is Event.ANSWERED:
            self.permitted |= set(row.data.get("allow", ()))  # type: ignore[call-overload]
        elif row.event is Event.CHOSEN and row.data["choice"] == "retry":
            self.permitted.add(row.guest)
        elif row.event is Event.INTENDED and row.guest and self._run:
            self._intended(self._run.steps[row.guest], str(row.data["verb"]))
        elif row.event is Event.ENDED and self._run:
            self._accounted(self._run)

    def _held(self, row: Row) -> None:
        scope, value = Scope(str(row.data["scope"])), str(row.data["value"])
        self.opened(
            Hold(scope=scope, value=value, reason="", opened_by="breaker", opened_at=row.at)
        )
        steps = self._run.steps.values() if self._run else ()
        self.permitted -= {s.guest for s in steps if self.holds[-1].covers(**_subject(s))}

    def _intended(self, step: Step, verb: str) -> None:
        held = covering(self.holds, **_subject(step))
        if verb == "save" and step.state is StepState.PLANNED:
            self.must(step.guest not in self._opted_out, f"P5: {step.guest} had not opted in")
            self.must(not held, f"P5: {step.guest} is saved under {held}")
        if verb in _COME_BACK and step.guest not in self.permitted:
            self.must(not held, f"P6: {verb} of {step.guest} under {held}")

    def _accounted(self, run: Run) -> None:
        """Judge the end (P4): each guest as before, or listed to a person."""
        for step in run.steps.values():
            self.must(result(step) is not None, f"P4: {step.guest} ends as {step.state}")
            if result(step) in GOOD:
                self._as_it_was(step)

    def _as_it_was(self, step: Step) -> None:
        """Judge a guest that is reported well; what others did to it since is not the bot's."""
        if step.guest in self._touched and self._touched[step.guest] >= step.since:
            return
        world = self._night.simulator.world(HOST).guests.get(step.guest)
        found = world.state if world and world.instances <= 1 else None
        anew = step.how in _BOOTED or step.guest in self._touched  # paused or not, it was started
        wanted = GuestState.RUNNING if anew else GuestState(step.plan.was)
        if step.state is StepState.UNTOUCHED and step.reason == Reason.WAS_OFF:
            wanted = GuestState.OFF  # of a trial: somebody stopped it first, and the report says so
        self.must(
            found is wanted, f"P4: {step.guest} is listed as {step.state}, is {found}, not {wanted}"
        )

    def must(self, holds: object, message: str) -> None:
        """Raise unless what must hold does."""
        if not holds:
            raise AssertionError(f"{message}{self.tail()}")

    # ---- the world -----------------------------------------------------------------------------

    def _world(self) -> None:
        """Judge what physically happened (P1, P2, P3, P7), whoever did not do it by hand."""
        for violation in self._night.violations():
            self.must(violation.by_hand, str(violation))
        now = instant_of(self._night.clock.now())
        world = self._night.simulator._files.look(HOST, now)  # a copy every turn costs too much
        for guest in world.guests.values():
            image = guest.images.get(guest.came_image)
            if image and not image.spent and guest.state is GuestState.RUNNING:
                self.must(guest.name in self._started, f"P1: {guest.name} runs, its image lives")


def _subject(step: Step) -> dict[str, str]:
    return {"guest": step.guest, "host": HOST, "family": step.plan.family}
