"""Values: what is refused where it enters, and what comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from notifications.errors import BadCampaign
from notifications.values import given, kept

AT = datetime(2021, 8, 29, 3, tzinfo=timezone(timedelta(hours=2)))


def why(values: dict[object, object]) -> object:
    with pytest.raises(BadCampaign) as refused:
        kept(values)  # type: ignore[arg-type]  # what a caller may do
    return refused.value.fields["why"]


def test_what_is_kept_is_json_and_comes_back() -> None:
    values = {"when": AT, "list": [1, None, {"until": AT}], "text": "ä", "share": 0.5, "yes": True}

    back = given(json.loads(json.dumps(kept(values))))

    assert back == values
    assert back["when"].tzinfo is UTC


@pytest.mark.failure(45)
@pytest.mark.parametrize("text", ["a\r\nBcc: x", "a\nb", "a\rb", "a\0b", "a\u2028b", "a\x7fb"])
def test_a_control_character_is_refused_where_it_enters(text: str) -> None:
    assert why({"reason": text}) == "control"
    assert why({"deep": [{"reason": text}]}) == "control"
    assert why({text: "name"}) == "control"


def test_a_paragraph_may_have_lines_and_nothing_else() -> None:
    assert kept({"paragraph": "one\r\ntwo"}) == {"paragraph": "one\ntwo"}
    assert why({"paragraph": "one\0two"}) == "control"


def test_letters_of_all_languages_are_no_controls() -> None:
    values = {"name": "Zoë\N{NO-BREAK SPACE}Ж 👩\N{ZERO WIDTH JOINER}💻"}

    assert kept(values) == values


@pytest.mark.parametrize("value", [b"x", {1, 2}, float("nan"), {1: 2}, {"$at": "2021"}, object()])
def test_what_could_not_come_back_is_refused(value: object) -> None:
    assert why({"x": value}) == "type"


def test_a_time_without_a_zone_is_refused() -> None:
    assert why({"x": AT.replace(tzinfo=None)}) == "naive"
