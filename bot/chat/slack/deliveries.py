"""What Slack delivers, read without trust: requests, presses and submitted forms. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.ports import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "slack:"  # of actors and keys

_ID = re.compile(r"[A-Z0-9]{2,32}")
_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]*)?>")
_LINK = re.compile(r"<(?:mailto:|tel:)?[^<>|]*\|([^<>|]*)>|<((?:https?|mailto|tel):[^<>|]*)>")
_SIGNS = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
_SIGN = re.compile("|".join(_SIGNS))
_NO_TEXT = re.compile("[\\ud800-\\udfff\\0]")  # what no database takes
_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"})


@dataclass(frozen=True, kw_only=True)
class Press:
    """A button that somebody pressed."""

    person: str
    command: str
    nonce: str  # says which acts the message had then
    place: str
    reference: str  # of the message
    trigger: str
    thread: str = ""
    url: str = ""  # where an answer to this person goes


@dataclass(frozen=True, kw_only=True)
class Form:
    """A modal that somebody has filled in."""

    person: str
    number: str  # of the modal, Slack's id
    kind: str
    about: Mapping[str, str]  # what was put into it when it was opened
    values: Mapping[str, str]  # by block


def command(body: Mapping[str, Any], chat: str, at: float) -> Asked | None:
    """Read a slash command; None: it is none."""
    person, trigger = _id(body, "user_id"), _text(body, "trigger_id")
    if not person or not trigger:
        return None
    where = {"place": _text(body, "channel_id"), "url": _text(body, "response_url")}
    text = _typed(_text(body, "text"))
    return _asked(chat, person, text, at, PREFIX + trigger, where)


def mention(body: Mapping[str, Any], chat: str, at: float) -> Asked | None:
    """Read a message that names the bot; None: it is none, or no person's."""
    event = _part(body, "event")
    person, number = _id(event, "user"), _text(event, "ts")
    ours = _text(event, "type") == "app_mention" and not event.get("bot_id")
    if not person or not number or not ours or event.get("edited"):
        return None
    text = _typed(_MENTION.sub(" ", _text(event, "text"), count=1))
    where = {"place": _text(event, "channel"), "thread": _text(event, "thread_ts")}
    return _asked(chat, person, text, at, f"{PREFIX}{where['place']}:{number}", where)


def press(body: Mapping[str, Any]) -> Press | None:
    """Read the press of a button; None: it is none of ours."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    person, trigger = _id(_part(body, "user"), "id"), _text(body, "trigger_id")
    if not isinstance(action, dict) or not person or not trigger:
        return None
    value = _json(_text(action, "value"))
    command_, nonce = _text(value, "c"), _text(value, "n")
    container = _part(body, "container")
    if not command_:
        return None
    return Press(
        person=person,
        command=command_,
        nonce=nonce,
        place=_text(container, "channel_id") or _text(_part(body, "channel"), "id"),
        reference=_text(container, "message_ts"),
        trigger=trigger,
        thread=_text(container, "thread_ts") or _text(_part(body, "message"), "thread_ts"),
        url=_text(body, "response_url"),
    )


def pressed(press: Press, chat: str, at: float) -> Asked:
    """Return the request that a press is; what one person presses twice is one request."""
    where = {"place": press.place, "thread": press.thread, "url": press.url, "pressed": "yes"}
    act = f"{press.reference}:{press.nonce}:{press.command}"
    key = f"{PREFIX}{press.place}:{press.person}:{act}"
    return Asked(
        key=key,
        delivery=PREFIX + press.trigger,
        chat=chat,
        actor=PREFIX + press.person,
        text=press.command,
        at=at,
        where=where,
    )


def form(body: Mapping[str, Any]) -> Form | None:
    """Read a submitted modal; None: it is none of ours."""
    view = _part(body, "view")
    person, number = _id(_part(body, "user"), "id"), _text(view, "id")
    if not person or not number:
        return None
    about, blocks = _json(_text(view, "private_metadata")), _part(_part(view, "state"), "values")
    return Form(
        person=person,
        number=number,
        kind=_text(view, "callback_id"),
        about={name: _text(about, name) for name in about},
        values={str(block): _value(actions) for block, actions in blocks.items()},
    )


def filled(form: Form, text: str, chat: str, at: float, place: str) -> Asked:
    """Return the request that a form makes; each form is one."""
    where = {"place": place, "pressed": "yes"}
    return _asked(chat, form.person, text, at, f"{PREFIX}view:{form.number}", where)


def _asked(
    chat: str, person: str, text: str, at: float, key: str, where: Mapping[str, str]
) -> Asked:
    actor = PREFIX + person
    return Asked(key=key, delivery=key, chat=chat, actor=actor, text=text, at=at, where=where)


def _typed(text: str) -> str:
    """Return what was typed, without what Slack makes of links, quotes and signs."""
    plain = _LINK.sub(lambda found: found[1] or _bare(found[2]), text)
    return _SIGN.sub(lambda found: _SIGNS[found[0]], plain).translate(_QUOTES).strip()


def _bare(link: str) -> str:
    """Return an address as it was typed: of mail and telephones without the scheme."""
    scheme, _, rest = link.partition(":")
    return link if scheme in {"http", "https"} else rest


def _value(actions: object) -> str:
    first = next(iter(actions.values()), None) if isinstance(actions, dict) else None
    return _text(first, "value") if isinstance(first, dict) else ""


def _json(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    return _NO_TEXT.sub("\ufffd", found) if isinstance(found, str) else ""


def _id(body: Mapping[str, Any], name: str) -> str:
    """Return one of Slack's ids, or nothing if it is none."""
    found = _text(body, name)
    return found if _ID.fullmatch(found) else ""
