"""What somebody fills into the inputs of blocks, as Slack reports it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.slack_server.blocks import INTERACTIVE, elements_of
from tests.slack_server.things import Json

TYPED = {"plain_text_input": "value", "number_input": "value"}
PICKED = {
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
}
ONE = {"static_select", "radio_buttons"}
SEVERAL = {"multi_static_select", "checkboxes"}
STATEFUL = {*TYPED, *PICKED, *ONE, *SEVERAL} & INTERACTIVE


def state_of(blocks: list[Json], values: Mapping[str, object]) -> Json:
    """Return the state of *blocks* when *values*, by block_id or action_id, are filled in."""
    state: Json = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in STATEFUL:
                given = values.get(block["block_id"], values.get(element["action_id"]))
                filled = {"type": element["type"], **_filled(element, given)}
                state.setdefault(block["block_id"], {})[element["action_id"]] = filled
    return state


def filled_in(blocks: list[Json], values: Mapping[str, object]) -> Json:
    """Return the state that somebody may submit. Fails where Slack lets nobody."""
    names = {
        name for b in blocks for e in elements_of(b) for name in (b["block_id"], e["action_id"])
    }
    assert set(values) <= names, f"{set(values) - names} are not among {names}"
    state = state_of(blocks, values)
    for block in blocks:
        if block["type"] == "input":
            _check(block, *state[block["block_id"]].values())
    return state


def _check(block: Json, filled: Json) -> None:
    element, name = block["element"], block["block_id"]
    content = next((v for key, v in filled.items() if key != "type"), None)
    assert content or block.get("optional"), f"{name} must be filled in"
    if isinstance(content, str) and element["type"] in TYPED:
        most, least = element.get("max_length", 3000), element.get("min_length", 0)
        assert least <= len(content) <= most, f"{name} takes {least} to {most} characters"


def _filled(element: Json, given: object) -> Json:
    kind = element["type"]
    if kind in TYPED:
        return {"value": given if given is not None else element.get("initial_value")}
    if kind in PICKED:
        selected, initial = PICKED[kind]
        return {selected: given if given is not None else element.get(initial)}
    if kind in ONE:
        chosen = element.get("initial_option") if given is None else _option(element, given)
        return {"selected_option": chosen}
    if isinstance(given, list | tuple | set):
        return {"selected_options": [_option(element, one) for one in given]}
    return {"selected_options": element.get("initial_options", [])}


def _option(element: Json, given: object) -> Json:
    groups = element.get("option_groups") or [element]
    options: list[Json] = [option for group in groups for option in group["options"]]
    found = [o for o in options if given in {o["value"], o["text"]["text"]}]
    assert found, f"no option {given!r} among {[o['text']['text'] for o in options]}"
    return found[0]
