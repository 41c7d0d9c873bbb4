"""What became of an operation that the host has no record of, told by its guest alone."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.fleet import ImageFacts
from bot.rules.operation import Verb
from bot.rules.run.witness import witness
from tests.builders import flying, guest

STATES = ("running", "paused", "suspended", "off", "zombie")
#: By verb: what each of STATES says: d(one), n(ever), f(ailed).
TABLE = {
    "save": "n n f f f",
    "shutdown": "n f f d f",
    "restore": "f d f n f",
    "unpause": "d n f f f",
    "pause": "n d f f f",
    "boot": "d f f n f",
    "destroy": "n n n d f",
    "announce": "n f f f f",
    "replug": "n f f f f",
    "verify": "f f f n f",
    "rollback": "f f f n f",
    "snapshot": "f f f n f",
    "spend": "n n f n f",
    "discard-image": "n n n n n",
    "drop-snapshot": "n n n n n",
}
MEANING = {"d": "done", "n": "never", "f": "failed"}


@pytest.mark.parametrize("verb", TABLE)
def test_the_state_of_the_guest_decides(verb: str) -> None:
    flight = flying("a", verb, image="r1-a-1", snapshot="r1-a-1-pair")
    rows = [witness(flight, guest(state=state)) for state in STATES]

    assert [str(row.event) for row in rows] == [MEANING[letter] for letter in TABLE[verb].split()]
    assert {row.data["by"] for row in rows} == {"world"}


def test_every_verb_about_a_guest_is_in_the_table() -> None:
    assert set(TABLE) == set(Verb) - {Verb.WORK, Verb.REBOOT}


@pytest.mark.parametrize(
    ("verb", "state", "about"),
    [
        ("save", "off", {"images": (ImageFacts(name="r1-a-1", generation=1, size_mib=9),)}),
        (
            "verify",
            "off",
            {"images": (ImageFacts(name="r1-a-1", generation=1, size_mib=9, verified=True),)},
        ),
        (
            "spend",
            "running",
            {"images": (ImageFacts(name="r1-a-1", generation=1, size_mib=9, spent=True),)},
        ),
        ("snapshot", "off", {"snapshots": ("r1-a-1-pair",)}),
    ],
)
def test_a_trace_that_an_operation_has_left_proves_it(
    verb: str, state: str, about: dict[str, Any]
) -> None:
    flight = flying("a", verb, image="r1-a-1", snapshot="r1-a-1-pair")

    assert str(witness(flight, guest(state=state, **about)).event) == "done"


def test_an_image_that_is_not_complete_proves_no_save() -> None:
    partial = ImageFacts(name="r1-a-1", generation=1, size_mib=9, complete=False)
    found = witness(flying("a", "save", image="r1-a-1"), guest(state="off", images=(partial,)))

    assert (str(found.event), found.data["left"]) == ("failed", "off")
