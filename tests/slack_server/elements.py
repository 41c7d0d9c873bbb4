"""The limits of what blocks are made of: texts, buttons, menus, inputs."""

from __future__ import annotations

from tests.slack_server.shapes import Flag, Items, Number, OfType, Rule, Shape, String, Word


def plain(most: int) -> OfType:
    """Return the rule for a text without formatting."""
    return OfType(shapes={"plain_text": _text(most, "emoji")})


def text(most: int) -> OfType:
    """Return the rule for a text, with formatting or without."""
    formatted = _text(most, "verbatim")
    return OfType(shapes={"plain_text": _text(most, "emoji"), "mrkdwn": formatted})


def _text(most: int, flag: str) -> Rule:
    return Shape(required={"text": String(most=most)}, allowed={flag: Flag()})


def url(most: int = 3000) -> Rule:
    """Return the rule for an address on the web."""
    return String(most=most, pattern=r"https?://[^\s<>|]+")


ID = String(most=255)
TIME = r"([01]\d|2[0-3]):[0-5]\d"
DAY = r"\d{4}-\d\d-\d\d"

CONFIRM = Shape(
    required={"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    allowed={"style": Word(among={"primary", "danger"})},
)


def _option(label: Rule) -> Rule:
    return Shape(
        required={"text": label, "value": String(most=150)},
        allowed={"description": plain(75), "url": url()},
    )


OPTION = _option(plain(75))
MARKED_OPTION = _option(text(75))  # of checkboxes and radio buttons
OPTION_GROUP = Shape(required={"label": plain(75), "options": Items(of=OPTION, most=100)})

_COMMON: dict[str, Rule] = {"action_id": ID, "confirm": CONFIRM}
_INPUT: dict[str, Rule] = {**_COMMON, "focus_on_load": Flag()}
_MENU: dict[str, Rule] = {**_INPUT, "placeholder": plain(150)}
_SELECT: dict[str, Rule] = {
    **_MENU,
    "options": Items(of=OPTION, most=100),
    "option_groups": Items(of=OPTION_GROUP, most=100),
}
_TYPED: dict[str, Rule] = {
    "action_id": ID,
    "focus_on_load": Flag(),
    "placeholder": plain(150),
    "dispatch_action_config": Shape(
        required={
            "trigger_actions_on": Items(
                of=Word(among={"on_enter_pressed", "on_character_entered"}), most=2
            )
        }
    ),
}

BUTTON = Shape(
    required={"text": plain(75)},
    allowed={
        **_COMMON,
        "value": String(most=2000),
        "url": url(),
        "style": Word(among={"primary", "danger"}),
        "accessibility_label": String(most=75),
    },
)
FILE = Shape(allowed={"id": ID, "url": url()}, one_of=["id", "url"])
IMAGE = Shape(
    required={"alt_text": String(most=2000)},
    allowed={"image_url": url(), "slack_file": FILE},
    one_of=["image_url", "slack_file"],
)

MENUS: dict[str, Rule] = {
    "static_select": Shape(
        allowed={**_SELECT, "initial_option": OPTION}, one_of=["options", "option_groups"]
    ),
    "multi_static_select": Shape(
        allowed={
            **_SELECT,
            "initial_options": Items(of=OPTION, most=100),
            "max_selected_items": Number(least=1, most=100),
        },
        one_of=["options", "option_groups"],
    ),
    "users_select": Shape(allowed={**_MENU, "initial_user": ID}),
    "conversations_select": Shape(allowed={**_MENU, "initial_conversation": ID}),
    "datepicker": Shape(allowed={**_MENU, "initial_date": String(most=10, pattern=DAY)}),
    "timepicker": Shape(
        allowed={
            **_MENU,
            "initial_time": String(most=5, pattern=TIME),
            "timezone": String(most=100),
        }
    ),
    "checkboxes": Shape(
        required={"options": Items(of=MARKED_OPTION, most=10)},
        allowed={**_INPUT, "initial_options": Items(of=MARKED_OPTION, most=10)},
    ),
    "radio_buttons": Shape(
        required={"options": Items(of=MARKED_OPTION, most=10)},
        allowed={**_INPUT, "initial_option": MARKED_OPTION},
    ),
}
OVERFLOW = Shape(required={"options": Items(of=OPTION, most=5)}, allowed=_COMMON)

ACTIONS = OfType(shapes={**MENUS, "button": BUTTON, "overflow": OVERFLOW})
ACCESSORIES = OfType(shapes={**ACTIONS.shapes, "image": IMAGE})
INPUTS = OfType(
    shapes={
        **MENUS,
        "plain_text_input": Shape(
            allowed={
                **_TYPED,
                "initial_value": String(most=3000, least=0),
                "multiline": Flag(),
                "min_length": Number(least=0, most=3000),
                "max_length": Number(least=1, most=3000),
            }
        ),
        "number_input": Shape(
            required={"is_decimal_allowed": Flag()},
            allowed={
                **_TYPED,
                "initial_value": String(most=100),
                "min_value": String(most=100),
                "max_value": String(most=100),
            },
        ),
    }
)
