"""The machine finds what it is for: each test plants one defect and shows that it does not pass.

The planted night has a host that obeys whatever it is told, so that nothing but the bot's own
order of things stands between a defect and a customer's disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from bot.maintenance import runner
from bot.maintenance.observing import flights
from bot.rules.operation import Verb
from bot.rules.run import bring_up, drain, hostwork, learn, moves
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import STEPS, StepState
from tests import night
from tests.night import HOST
from tests.property.fleets import Drawn
from tests.property.machine import NightMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.ports import Lease
    from bot.rules.fleet import GuestFacts
    from bot.rules.operation import Operation
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run, Step

_S = StepState


class CredulousHost(NightMachine):
    """The same machine; its host makes no checks, and loses its records of what starts guests."""

    nights = st.builds(
        Drawn,
        kinds=st.lists(st.sampled_from(["healthy", "old"]), min_size=1, max_size=2).map(tuple),
        policy=st.sampled_from(["of 2021", "pairs for all"]),
    )
    faults = st.tuples(
        st.sampled_from(["forgets", "lost_after"]),
        st.fixed_dictionaries({"verb": st.sampled_from(["restore", "boot", "unpause"])}),
    )

    @initialize(data=st.data())
    def a_run_begins(self, data: st.DataObject) -> None:
        super().a_run_begins(data)
        self.now.night.simulator.inject(HOST, "no_checks")


@pytest.fixture
def brief(search: settings) -> settings:
    """A search that stops at the first thing it finds."""
    return settings(search, phases=[Phase.generate], report_multiple_bugs=False)


def _found(search: settings, promise: str) -> None:
    """Search, and demand that a night breaks *promise*."""
    with pytest.raises(AssertionError, match=promise):
        run_state_machine_as_test(CredulousHost, settings=search)


def test_without_a_defect_a_credulous_host_is_safe(brief: settings) -> None:
    few = settings(brief, max_examples=max(brief.max_examples // 4, 1))
    run_state_machine_as_test(CredulousHost, settings=few)


def test_unpausing_before_the_image_is_spent_is_found(
    brief: settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STEPS[_S.PAUSED], "unpause", _S.UNPAUSING)
    monkeypatch.setattr(bring_up, "_after_restore", _unpauses)
    _found(brief, "P1")


def _unpauses(step: Step, *, take_back: bool) -> Draft:
    del take_back
    return moves.intend(step, Verb.UNPAUSE)


def test_taking_a_restore_without_a_record_for_one_that_never_was_is_found(
    brief: settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn, "witness", _never)
    _found(brief, "P3")


def _never(flight: Operation, facts: GuestFacts) -> Draft:
    about = {"verb": str(flight.id.verb), "attempt": flight.id.attempt}
    return Draft(event=Event.NEVER, guest=facts.name, data=about)


def test_restoring_a_guest_again_from_its_old_image_is_found(
    brief: settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bring_up, "to_be_restored", lambda step: bool(step.image))
    _found(brief, "P1|P2|P6")


def test_a_reboot_that_does_not_wait_for_the_guests_is_found(
    brief: settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rules in (drain, hostwork):
        monkeypatch.setattr(rules, "all_off", lambda _run: True)
    monkeypatch.setattr(moves, "in_memory", lambda _sight: ())
    _found(brief, "P7")


def test_forgetting_after_a_crash_what_was_under_way_is_found(
    brief: settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "Runner", Forgetful)
    monkeypatch.setattr(runner, "learn", Forgetful.learn)
    _found(brief, "P3|P7")


class Forgetful(runner.Runner):
    """A runner that takes what another process had under way for never begun."""

    forgotten: ClassVar[set[str]] = set()

    def __init__(self, run: Run, lease: Lease, equipment: runner.Equipment) -> None:
        super().__init__(run, lease, equipment)
        self.forgotten.update(str(flight.id) for flight in flights(run))

    @classmethod
    def learn(cls, run: Run, sight: Sight) -> Iterator[Draft]:
        lost = [s for s in run.steps.values() if s.flight and str(s.flight.id) in cls.forgotten]
        for step in lost:
            if step.flight and sight.contact:
                yield _never(step.flight, sight.guests[step.guest])
        if not lost:
            yield from learn.learn(run, sight)
