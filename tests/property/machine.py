"""The machine: one run of a drawn night, with everything that can happen to it, in any order."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot.rules.errors import Precondition
from tests.property.evening import Evening
from tests.property.fleets import Drawn, nights
from tests.property.happenings import Fault, Happening, faults
from tests.property.morning import come_to_an_end

_WHICH = st.integers(min_value=0, max_value=3)
_THEN = st.sampled_from([0, 0, 2, 6])  # rows that the run goes on after something has happened
_SECONDS = st.sampled_from([1.0, 5.0, 30.0, 120.0, 600.0])
_RUN_VERBS = st.sampled_from(
    ["pause", "resume", "resume", "abort", "continue", "continue", "release", "takeback"]
)
_GUEST_VERBS = st.sampled_from(["retry", "boot", "rollback", "leave", "wait", "destroy"])


def _faults_of(machine: NightMachine) -> st.SearchStrategy[Fault]:
    return machine.faults


class NightMachine(RuleBasedStateMachine):
    """Plays a night; every invariant is judged after every rule."""

    nights: ClassVar[st.SearchStrategy[Drawn]] = nights()
    faults: ClassVar[st.SearchStrategy[Fault]] = faults()

    evening: Evening | None = None

    @initialize(data=st.data())
    def a_run_begins(self, data: st.DataObject) -> None:
        try:
            self.evening = Evening(data.draw(self.nights))
        except Precondition:
            reject()  # a plan that may not be started

    @property
    def now(self) -> Evening:
        assert self.evening is not None
        return self.evening

    # ---- the run goes on -----------------------------------------------------------------------

    @rule(rows=st.integers(min_value=1, max_value=15))
    def goes_on(self, rows: int) -> None:
        self._then(rows)

    def _then(self, rows: int) -> None:
        if rows:
            self.now.go_on(rows)
            self._recovering_twice_changes_nothing()

    @rule(seconds=_SECONDS)
    def time_passes_between_two_turns(self, seconds: float) -> None:
        self.now.night.clock.advance(seconds)
        self.now.turn()
        self._recovering_twice_changes_nothing()

    def _recovering_twice_changes_nothing(self) -> None:
        """At one instant a run comes to rest, and a new bot finds nothing left to do."""
        self.now.settle()
        rows = self.now.run.number
        self.now.reborn()
        self.now.turn()
        self.now.watch.must(self.now.run.number == rows, "a second recovery did more")

    # ---- the bot dies --------------------------------------------------------------------------

    @rule(seconds=_SECONDS)
    def is_killed_and_rises(self, seconds: float) -> None:
        self.now.reborn(after=seconds)
        self._recovering_twice_changes_nothing()

    @rule(then=_THEN, packet=st.integers(min_value=1, max_value=3), arrives=st.booleans())
    def will_be_killed_while_submitting(self, packet: int, then: int, *, arrives: bool) -> None:
        self.now.wire.kills_at, self.now.wire.arrives = packet, arrives
        self._then(then)

    # ---- the network ---------------------------------------------------------------------------

    @rule(then=_THEN, packets=st.integers(min_value=1, max_value=3))
    def the_network_keeps_packets_back(self, packets: int, then: int) -> None:
        self.now.wire.keeps = packets
        self._then(then)

    @precondition(lambda self: self.now.wire.late)
    @rule()
    def the_network_delivers_late(self) -> None:
        self.now.wait(self.now.wire.deliver())

    # ---- people --------------------------------------------------------------------------------

    @rule(then=_THEN, verb=_RUN_VERBS, desk=st.booleans())
    def somebody_speaks_to_the_run(self, verb: str, then: int, *, desk: bool) -> None:
        self.now.wish(verb, argument="reason", desk=desk)
        self._then(then)

    @rule(
        then=_THEN, choice=st.sampled_from(["boot", "proven", "back", "wait"]), desk=st.booleans()
    )
    def somebody_chooses(self, choice: str, then: int, *, desk: bool) -> None:
        self.now.wish("choose", argument=choice, desk=desk)
        self._then(then)

    @rule(then=_THEN, verb=_GUEST_VERBS, which=_WHICH, desk=st.booleans())
    def somebody_speaks_about_a_guest(
        self, verb: str, which: int, then: int, *, desk: bool
    ) -> None:
        self.now.wish(verb, self._name(which), desk=desk)
        self._then(then)

    @rule(then=_THEN, scope=st.sampled_from(["global", "host", "guest", "kernel"]), which=_WHICH)
    def a_hold_is_opened(self, scope: str, which: int, then: int) -> None:
        Happening(self.now).hold(scope, self._name(which))
        self._then(then)

    @rule()
    def all_holds_are_lifted(self) -> None:
        Happening(self.now).lift()

    @rule(then=_THEN, which=_WHICH)
    def a_customer_opts_out(self, which: int, then: int) -> None:
        Happening(self.now).opt_out(self._name(which))
        self._then(then)

    # ---- the host ------------------------------------------------------------------------------

    @rule(then=_THEN, fault=st.runner().flatmap(_faults_of), which=_WHICH)
    def the_host_will_fail(self, fault: Fault, which: int, then: int) -> None:
        Happening(self.now).fault(*fault, name=self._name(which))
        self._then(then)

    @rule(
        then=_THEN,
        action=st.sampled_from(["boot", "stop", "destroy", "pause", "unpause", "block"]),
        which=_WHICH,
    )
    def root_acts_behind_the_bot(self, action: str, which: int, then: int) -> None:
        Happening(self.now).hand(action, self._name(which))
        self._then(then)

    @rule(then=_THEN, verb=st.sampled_from(["boot", "restore", "reboot"]), which=_WHICH)
    def root_acts_by_the_rules(self, verb: str, which: int, then: int) -> None:
        Happening(self.now).by_the_rules(verb, self._name(which))
        self._then(then)

    def _name(self, which: int) -> str:
        names = self.now.drawn.names
        return names[which % len(names)]

    # ---- what must hold ------------------------------------------------------------------------

    @invariant()
    def replaying_the_journal_makes_the_same_run(self) -> None:
        if self.evening is not None:
            assert self.now.replayed == self.now.run

    @invariant()
    def the_caches_say_what_the_journal_says(self) -> None:
        if self.evening is not None:
            store, run = self.now.night.store, self.now.run
            states = self.now.wait(store.states("r1"))
            assert states == {name: str(step.state) for name, step in run.steps.items()}
            head = self.now.wait(store.runs())[0]
            assert (head.status, head.ended) == (str(run.phase), run.ended)

    def teardown(self) -> None:
        """Mend everything, answer everything, and let the run end."""
        if self.evening is None:
            return
        try:
            come_to_an_end(self.evening)
            if not self.now.watch.disturbed:
                broken = self.evening.broken_promises()
                self.now.watch.must(not broken, "; ".join(broken))
        finally:
            self.evening.close()
