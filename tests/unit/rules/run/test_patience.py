"""How long is waited for a host and for an operation, and what is said when it was long enough."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.fleet import HostWork
from bot.rules.operation import Verb
from bot.rules.run.patience import allowed, with_host, with_operations
from bot.rules.run.sight import Sight
from bot.rules.run.terms import Work
from bot.rules.run.twice import stop_both
from tests.builders import book, flying, guest, later, run, saved, sight, silence, step, told
from tests.unit.rules import plans
from tests.unit.rules.plans import NOW

REBOOT: dict[str, Any] = {"work": Work(flight=flying("", "reboot"), flight_since=NOW)}
BY_HAND: dict[str, Any] = {"plan_fields": {"work": HostWork(manual=True)}}


@pytest.mark.parametrize(
    ("phase", "about", "seen", "row"),
    [
        ("drain", {}, silence(59), []),
        ("drain", {}, silence(60), ["contact_lost"]),
        ("drain", {"silent_since": NOW}, silence(600), []),
        ("drain", {"silent_since": NOW}, sight(), ["contact_back"]),
        ("drain", {}, sight(), []),
        ("host_work", REBOOT, silence(899), []),
        ("host_work", REBOOT, silence(900), ["late host"]),
        ("host_work", REBOOT | {"late": frozenset({"host"})}, silence(9000), []),
        ("gate", {}, silence(900), ["late host"]),
        ("host_work", BY_HAND, silence(120), []),
        ("host_work", BY_HAND, silence(900), ["late host"]),
    ],
)
def test_a_silent_host_is_told_once_when_it_should_answer(
    phase: str, about: dict[str, Any], seen: Sight, row: list[str]
) -> None:
    texts = told(with_host(run(saved(), phase=phase, **about), seen, book()))

    assert [text.removesuffix(" no_answer") for text in texts] == row


def test_what_the_machines_said_of_the_silence_is_kept() -> None:
    (draft,) = with_host(run(saved(), phase="drain"), silence(60, detail="rc 255"), book())

    assert draft.data == {"problem": "no_answer", "detail": "rc 255"}


@pytest.mark.parametrize(
    ("verb", "seconds"),
    [
        ("save", 180 + 4 * 1024 / 300),
        ("verify", 180 + 4 * 1024 / 300),
        ("restore", 180 + 4 * 1024 / 300),
        ("boot", 300),
        ("spend", 180),
        ("destroy", 180),
    ],
)
def test_what_moves_memory_may_take_longer_by_its_size(verb: str, seconds: float) -> None:
    one = run(step("a", "saving", planned=plans.step("a", memory=1024)))

    assert allowed(one, one.steps["a"], Verb(verb)) == pytest.approx(seconds)


def test_two_streams_may_each_take_twice_as_long() -> None:
    wide = run(step("a", "saving"), plan_fields={"streams": 2})

    assert allowed(wide, wide.steps["a"], Verb.SAVE) == pytest.approx(180 + 4 * 1024 / 150)


@pytest.mark.parametrize(
    ("state", "verb", "rows"),
    [
        ("saving", "save", ["a gave_up hangs"]),
        ("unpausing", "unpause", ["a gave_up hangs"]),
        ("shutting", "shutdown", []),  # it has its own deadline
        ("up", "discard-image", ["a failed discard-image"]),  # its guest is none the worse for it
    ],
)
def test_an_operation_that_never_ends_is_given_up(state: str, verb: str, rows: list[str]) -> None:
    hanging = run(step("a", state, flight=flying("a", verb), flight_since=NOW))

    assert told(with_operations(hanging, sight(seconds=10), book())) == []
    assert told(with_operations(hanging, sight(seconds=1000), book())) == rows


def test_patience_counts_from_the_intent() -> None:
    late = run(step("a", "spending", flight=flying("a", "spend"), flight_since=later(1000)))

    assert told(with_operations(late, sight(seconds=1100), book())) == []


@pytest.mark.parametrize(
    ("state", "facts", "about", "rows"),
    [
        ("stuck", {"instances": 2}, {}, ["a pause"]),
        ("stuck", {"instances": 2}, {"attempts": {"pause": 3}}, []),
        ("stuck", {"instances": 2}, {"flight": flying("a", "pause")}, []),
        ("stuck", {"instances": 2, "state": "paused"}, {}, []),
        ("stuck", {}, {}, []),
        ("planned", {"instances": 2}, {}, []),
    ],
)
def test_a_guest_that_runs_twice_is_paused(
    state: str, facts: dict[str, Any], about: dict[str, Any], rows: list[str]
) -> None:
    twice = run(step("a", state, **about))

    assert told(stop_both(twice, sight(guest("a", **facts)), book())) == rows
