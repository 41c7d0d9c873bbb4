"""The machine plays nights with every fault, and no promise breaks."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.machine import NightMachine


def test_no_night_breaks_a_promise(search: settings) -> None:
    run_state_machine_as_test(NightMachine, settings=search)
