from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.storage.digest import LENGTH, canonical, chained

T0 = datetime(2021, 8, 25, 21, 0, tzinfo=UTC)
TEXT = some.text(max_size=3)


def test_equal_data_has_one_text() -> None:
    assert canonical({"b": 1, "a": (1, 2)}) == canonical({"a": [1, 2], "b": 1})


def test_views_of_mappings_are_data() -> None:
    assert canonical(MappingProxyType({"a": MappingProxyType({"b": 1})})) == '{"a":{"b":1}}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, T0])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical({"a": value})


def test_an_instant_counts_not_its_zone() -> None:
    local = T0.astimezone(timezone(timedelta(hours=1)))

    assert chained("", 1, T0, "done", "", "{}") == chained("", 1, local, "done", "", "{}")


@given(
    some.tuples(TEXT, some.integers(), TEXT, TEXT), some.tuples(TEXT, some.integers(), TEXT, TEXT)
)
def test_different_rows_have_different_digests(
    one: tuple[str, int, str, str], other: tuple[str, int, str, str]
) -> None:
    digests = {chained(row[0], row[1], T0, *row[2:]) for row in (one, other)}

    assert len(digests) == (1 if one == other else 2)
    assert {len(digest) for digest in digests} == {LENGTH}
