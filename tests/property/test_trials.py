"""The machine plays trials with every fault, and no promise breaks."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.fleets import trials
from tests.property.happenings import faults
from tests.property.machine import NightMachine


class TrialMachine(NightMachine):
    """The same machine; some guests of its host are tried, and the rest runs on."""

    nights = trials()
    # A trial is soon over: what strikes by itself a while later strikes a guest that is its own.
    faults = faults().filter(lambda fault: "after" not in fault[1])

    def _name(self, which: int) -> str:
        tried = self.now.drawn.names[: self.now.drawn.tried]
        return tried[which % len(tried)]


def test_no_trial_breaks_a_promise(search: settings) -> None:
    run_state_machine_as_test(TrialMachine, settings=search)
