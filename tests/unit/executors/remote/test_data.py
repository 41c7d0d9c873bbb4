"""What the helper says becomes facts and outcomes, or is refused with the place that is wrong."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.executors.remote import data
from bot.executors.remote.problems import Lost, Problem
from bot.ports import Output
from bot.rules.fleet import GuestFacts, GuestState, HostFacts, ImageFacts, Mode, SnapshotKind
from bot.rules.operation import Done, NeverSeen, Outcome, Refused, Running

HOST = HostFacts(
    name="h1",
    boot_id="b1",
    kernel="6.1.0",
    hypervisor="qemu-7.2.22",
    memory_mib=4096,
    memory_free_mib=1024,
    image_space_mib=9000,
    snapshot_space_mib=0,
    snapshots=SnapshotKind.NONE,
    bridges=("br0",),
    saves_paused=True,
)
GUEST = GuestFacts(
    name="g1",
    uuid="u1",
    state=GuestState.PAUSED,
    domid=3,
    mode=Mode.HVM,
    feature_suspend=None,
    cpu_seconds=1.5,
    images=(ImageFacts(name="i1", generation=2, size_mib=100, verified=True),),
    snapshots=("s1",),
)
AT = datetime(2021, 8, 25, 20, 14, 3, 500_000, UTC)
ENDED = {"started": AT.timestamp(), "ended": AT.timestamp(), "error": "", "detail": ""}


def said(value: object) -> Any:  # noqa: ANN401 - as JSON is
    """Return *value* as it arrives."""
    return json.loads(json.dumps(value))


def where(read: object, value: object) -> str:
    """Return the place at which *read* found *value* malformed."""
    assert callable(read)
    with pytest.raises(Lost) as lost:
        read(value)
    assert lost.value.problem is Problem.MALFORMED
    return lost.value.detail


def test_facts_of_a_host_arrive_as_they_are() -> None:
    assert data.host_facts(said(asdict(HOST))) == HOST


def test_facts_of_guests_arrive_as_they_are_in_order_of_name() -> None:
    another = GuestFacts(name="a", uuid="u2", state=GuestState.OFF, feature_suspend=True)

    assert data.guest_facts(said([asdict(GUEST), asdict(another)])) == (another, GUEST)


@pytest.mark.parametrize(
    ("arrives", "outcome"),
    [
        ({"state": "never_seen"}, NeverSeen()),
        (
            {"state": "running", "started": AT.timestamp(), "done": 0},
            Running(started=AT, done=0.0),
        ),
        (
            {"state": "done", **ENDED, "values": {"size_mib": 7}},
            Done(started=AT, ended=AT, values={"size_mib": 7}),
        ),
        ({"state": "refused", "error": "old_token", "detail": ""}, Refused(error="old_token")),
    ],
)
def test_each_outcome_arrives(arrives: object, outcome: Outcome) -> None:
    assert data.outcome(said(arrives)) == outcome


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("domid", "3"),
        ("domid", -1),
        ("domid", True),
        ("domid", 2**60),
        ("memory_mib", 1.5),
        ("cpu_seconds", float("nan")),
        ("cpu_seconds", float("inf")),
        ("state", "dead"),
        ("state", 1),
        ("state", ["off"]),
        ("name", None),
        ("blocked", 1),
        ("feature_suspend", 1),
        ("snapshots", "s1"),
        ("images", {}),
    ],
)
def test_a_value_that_is_not_as_agreed_is_refused_with_its_place(key: str, value: object) -> None:
    assert where(data.guest_facts, [said({**asdict(GUEST), key: value})]) == f"guests.0.{key}"


def test_a_fault_deep_inside_is_named() -> None:
    images = [{**asdict(GUEST.images[0]), "spent": "no"}]

    place = where(data.guest_facts, [said({**asdict(GUEST), "images": images})])

    assert place == "guests.0.images.0.spent"


@pytest.mark.parametrize("key", sorted(asdict(GUEST)))
def test_a_missing_key_is_refused_also_where_there_is_a_default(key: str) -> None:
    """A default would say "can be saved" of a guest of which nothing is known."""
    left = {k: v for k, v in asdict(GUEST).items() if k != key}

    assert where(data.guest_facts, [said(left)]) == f"guests.0.{key}"


def test_a_key_that_nobody_knows_is_refused() -> None:
    assert where(data.host_facts, said({**asdict(HOST), "more": 1})) == "facts.more"


@pytest.mark.parametrize(
    "arrives",
    [
        {"state": "gone"},
        {},
        [],
        None,
        {"state": "never_seen", "error": ""},
        {"state": "done", **ENDED},
        {"state": "done", **ENDED, "values": []},
        {"state": "running", "started": 1e15, "done": 0.0},
        {"state": "running", "started": "now", "done": 0.0},
    ],
)
def test_an_outcome_that_is_not_as_agreed_is_refused(arrives: object) -> None:
    assert where(data.outcome, arrives).startswith("outcome")


def test_what_a_guest_prints_can_be_kept_in_every_database() -> None:
    output = data.output(json.loads('{"lines": ["a\\u0000b", "\\ud800", "\\u00e9"], "end": 9}'))

    assert output == Output(lines=("a\N{REPLACEMENT CHARACTER}b", "?", "é"), end=9)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON | st.fixed_dictionaries({"state": st.sampled_from(["done", "running"]), "x": JSON}))
def test_whatever_arrives_it_is_taken_or_refused(value: object) -> None:
    for read in (data.host_facts, data.guest_facts, data.output, data.outcome, data.findings):
        with suppress(Lost):
            read(value)
