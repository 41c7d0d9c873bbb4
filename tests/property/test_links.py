"""Forged and altered links: none opens anything, whatever is done to a good one."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.maintenance.customers.links import Links
from tests.unit.maintenance.customers.test_links import AT, FLEET, links, token

if TYPE_CHECKING:
    from collections.abc import Callable

FORGERIES = 5000
FORGER = Links("https://p", b"other", FLEET)._signers["opt-in"]  # has the same library
GOOD = (
    *(token(links().of(guest, 0, AT)) for guest in ("aster", "birch")),
    *(token(links().undo(guest, 0, 3, AT)) for guest in ("aster", "birch")),
    links().seal("aster", 3, "w1", AT),
)
SIGNS = st.sampled_from("ABCDEFabcdef0123456789-_.")


def _changed(good: str, at: int, sign: str) -> str:
    at %= len(good)
    return good[:at] + sign + good[at + 1 :]


def _resigned(about: list[object], signature: str) -> str:
    """Return a token that says *about*, under the signature of another."""
    said = base64.urlsafe_b64encode(json.dumps(about).encode()).decode().rstrip("=")
    return f"{said}.{signature}"


def _packed(about: list[object], signature: str) -> str:
    said = base64.urlsafe_b64encode(zlib.compress(json.dumps(about).encode())).decode()
    return f".{said.rstrip('=')}.{signature}"


GUESTS = st.sampled_from(["aster", "birch", "nobody", "", "aster\0"])
ABOUT = st.lists(
    st.one_of(GUESTS, st.integers(-2, 10**6), st.text(max_size=8), st.none()), max_size=6
)
GOOD_ONE = st.sampled_from(GOOD)
SIGNATURE = GOOD_ONE.map(lambda good: good.rpartition(".")[2])
FORGED = st.one_of(
    st.builds(_changed, GOOD_ONE, st.integers(0, 400), SIGNS),
    st.builds(lambda good, n: good[: n % len(good)], GOOD_ONE, st.integers(0, 400)),
    st.builds(lambda good, more: good + more, GOOD_ONE, st.text(SIGNS, min_size=1, max_size=9)),
    st.builds(lambda one, other: one.partition(".")[0] + "." + other, GOOD_ONE, SIGNATURE),
    st.builds(_resigned, ABOUT, SIGNATURE),
    st.builds(_packed, ABOUT, SIGNATURE),
    st.builds(FORGER.dumps, ABOUT),
    st.text(max_size=80),
)


@settings(max_examples=FORGERIES)
@given(forged=FORGED)
def test_no_forged_or_altered_link_opens_anything(forged: str) -> None:
    for opens in _openers():
        if forged not in GOOD:
            assert opens(forged) is None


def _openers() -> tuple[Callable[[str], object], ...]:
    ours = links()
    return (
        lambda said: ours.read(said, AT),
        lambda said: ours.read_undo(said, AT),
        lambda said: ours.unsealed(said, "aster", AT),
    )
