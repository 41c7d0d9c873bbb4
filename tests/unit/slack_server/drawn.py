"""Blocks for the tests."""

from __future__ import annotations

from tests.slack_server.things import Json


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "text", **more: object) -> Json:
    return {"type": "section", "text": marked(text), **more}


def button(label: str = "Go on", action_id: str = "go", **more: object) -> Json:
    return {"type": "button", "text": plain(label), "action_id": action_id, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "deeds", "elements": list(elements)}


def typed(name: str, **more: object) -> Json:
    element = {"type": "plain_text_input", "action_id": f"{name}_typed", **more}
    return {"type": "input", "block_id": name, "label": plain(name), "element": element}


def menu(name: str, *values: str, kind: str = "static_select") -> Json:
    options = [{"text": plain(value.title()), "value": value} for value in values]
    element = {"type": kind, "action_id": f"{name}_chosen", "options": options}
    return {"type": "input", "block_id": name, "label": plain(name), "element": element}


def modal(*blocks: Json, **more: object) -> Json:
    view = {"type": "modal", "title": plain("Start"), "submit": plain("Start")}
    return {**view, "blocks": list(blocks or [typed("host")]), **more}
