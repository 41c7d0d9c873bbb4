"""What somebody fills in."""

from __future__ import annotations

import pytest

from tests.slack_server.blocks import completed
from tests.slack_server.form import filled_in, state_of
from tests.slack_server.things import Json
from tests.unit.slack_server.drawn import menu, section, typed


def test_a_typed_value_stands_under_its_ids() -> None:
    state = filled_in([typed("host")], {"host": "hobgoblin"})

    filled = {"type": "plain_text_input", "value": "hobgoblin"}
    assert state == {"host": {"host_typed": filled}}
    assert filled_in([typed("host")], {"host_typed": "hobgoblin"}) == state


def test_an_option_is_chosen_by_its_value_or_its_label() -> None:
    blocks = [menu("way", "fast", "slow")]
    state = filled_in(blocks, {"way": "slow"})

    assert state["way"]["way_chosen"]["selected_option"]["text"]["text"] == "Slow"
    assert filled_in(blocks, {"way": "Slow"}) == state


def test_several_options_can_be_chosen() -> None:
    state = filled_in([menu("guests", "a", "b", "c", kind="checkboxes")], {"guests": ["a", "c"]})

    chosen = state["guests"]["guests_chosen"]["selected_options"]
    assert [option["value"] for option in chosen] == ["a", "c"]


def test_what_nobody_touches_keeps_its_initial_value() -> None:
    blocks = completed([typed("host", initial_value="hobgoblin"), section()])

    assert state_of(blocks, {})["host"]["host_typed"]["value"] == "hobgoblin"


@pytest.mark.parametrize(
    ("block", "values", "reason"),
    [
        (typed("host"), {}, "host must be filled in"),
        (typed("host", max_length=3), {"host": "hobgoblin"}, "host takes 0 to 3 characters"),
        (menu("way", "fast"), {"way": "slow"}, "no option 'slow'"),
        (typed("host"), {"ghost": "hobgoblin"}, "ghost"),
    ],
)
def test_nobody_can_submit_what_slack_does_not_let_through(
    block: Json, values: Json, reason: str
) -> None:
    with pytest.raises(AssertionError, match=reason):
        filled_in([block], values)


def test_an_optional_input_may_stay_empty() -> None:
    state = filled_in([{**typed("host"), "optional": True}], {})

    assert state["host"]["host_typed"]["value"] is None
