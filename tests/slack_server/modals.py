"""The methods for modals."""

from __future__ import annotations

import copy
import secrets

from tests.slack_server import blockkit
from tests.slack_server.blocks import completed, marked_texts
from tests.slack_server.content import judge_marks
from tests.slack_server.form import state_of
from tests.slack_server.things import APP, BOT_ID, TEAM, Json, View
from tests.slack_server.workspace import Refused, Workspace


def open_view(slack: Workspace, arguments: Json) -> Json:
    """views.open."""
    trigger = slack.triggers.take(arguments["trigger_id"], slack.moments.now())
    if isinstance(trigger, str):
        slack.refuse("views.open", trigger)
    return {"view": told_view(opened(slack, "views.open", trigger.user, arguments["view"]))}


def opened(slack: Workspace, where: str, user: str, body: object) -> View:
    """Show a modal to *user*. Raises Refused."""
    judged = judged_view(slack, where, body)
    view = View(id=slack.world.new_id("V"), user=user, hash=secrets.token_hex(4), body=judged)
    return slack.world.views.setdefault(view.id, view)


def update_view(slack: Workspace, arguments: Json) -> Json:
    """views.update."""
    view = _found(slack, arguments)
    if not view or not view.open:
        raise Refused("not_found")
    if arguments.get("hash") not in {None, view.hash}:
        raise Refused("hash_conflict")
    replace_view(slack, "views.update", view, arguments["view"])
    return {"view": told_view(view)}


def replace_view(slack: Workspace, where: str, view: View, body: object) -> None:
    """Let *view* look as *body* says. Raises Refused."""
    judged = judged_view(slack, where, body)
    view.past.append(view.body)
    view.body, view.hash = judged, secrets.token_hex(4)


def judged_view(slack: Workspace, where: str, body: object) -> Json:
    """Return a modal as it is shown. Raises Refused."""
    faults = blockkit.faults_in_view(body)
    if faults or not isinstance(body, dict):
        slack.refuse(where, "invalid_arguments", response_metadata={"messages": faults})
    if blockkit.too_large(body):
        slack.refuse(where, "view_too_large")
    judge_marks(slack, where, list(marked_texts(body)))
    shown = copy.deepcopy(body)
    shown["blocks"] = completed(shown["blocks"])
    return shown


def told_view(view: View, state: Json | None = None) -> Json:
    """Return *view* as Slack tells of it."""
    return {
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        **view.body,
        "id": view.id,
        "team_id": TEAM,
        "app_id": APP,
        "bot_id": BOT_ID,
        "root_view_id": view.id,
        "previous_view_id": None,
        "hash": view.hash,
        "state": {"values": state_of(view.blocks, {}) if state is None else state},
    }


def _found(slack: Workspace, arguments: Json) -> View | None:
    if external := arguments.get("external_id"):
        views = slack.world.views.values()
        return next((v for v in views if v.body.get("external_id") == external), None)
    return slack.world.views.get(str(arguments.get("view_id")))
