"""Buckets and the names of who takes from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.pace import Buckets, Hidden, client


def test_a_bucket_is_full_at_first_and_fills_evenly() -> None:
    buckets = Buckets(2, 60)

    assert [buckets.take("a", at) for at in (0, 0, 0, 29, 30, 30)] == [0, 0, 30, 1, 0, 30]


@given(st.lists(st.floats(0, 600), max_size=60).map(sorted))
def test_nobody_gets_more_than_a_bucket_and_what_ran_in(times: list[float]) -> None:
    buckets = Buckets(5, 60)
    taken = [at for at in times if not buckets.take("a", at)]

    assert len(taken) <= 5 + 5 * 600 / 60
    for at in taken:
        assert len([each for each in taken if at - 60 < each <= at]) <= 10


def test_who_waits_as_long_as_was_said_gets_one() -> None:
    buckets = Buckets(1, 600)
    buckets.take("a", 0.0)
    wait = buckets.take("a", 17.3)

    assert buckets.take("a", 17.3 + wait) == 0


def test_no_more_keys_are_remembered_than_was_said() -> None:
    buckets = Buckets(1, 60, keys=100)
    for number in range(1000):
        buckets.take(str(number), 0)

    assert len(buckets) == 100
    assert buckets.take("999", 0) > 0


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1%eth0", "2001:db8::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_clients_are_told_apart_by_address_or_network(host: str, key: str) -> None:
    assert client(host) == key


def test_an_address_can_be_compared_and_not_read() -> None:
    hidden = Hidden()

    assert hidden.of("Anna@Example.net ") == hidden.of("anna@example.NET")
    assert hidden.of("anna@example.net") != Hidden().of("anna@example.net")
    assert "anna" not in hidden.of("anna@example.net")
