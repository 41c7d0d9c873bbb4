"""The methods of the Web API by name, and what each asks of its caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.slack_server import chat, modals, reading, uploads
from tests.slack_server.things import Json
from tests.slack_server.workspace import Refused, Workspace


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method."""

    act: Callable[[Workspace, Json], Json]
    scopes: tuple[str, ...] = ()  # one of them is needed
    of_app: bool = False  # takes the token of the app, not the bot's
    required: tuple[str, ...] = ()


METHODS = {
    "apps.connections.open": Method(act=reading.open_connection, of_app=True),
    "auth.test": Method(act=reading.who_am_i),
    "chat.postEphemeral": Method(
        act=chat.post_ephemeral, scopes=("chat:write",), required=("channel", "user")
    ),
    "chat.postMessage": Method(act=chat.post, scopes=("chat:write",), required=("channel",)),
    "chat.update": Method(act=chat.update, scopes=("chat:write",), required=("channel", "ts")),
    "conversations.info": Method(
        act=reading.channel_info,
        scopes=("channels:read", "groups:read", "im:read"),
        required=("channel",),
    ),
    "conversations.open": Method(
        act=reading.open_channel, scopes=("im:write", "mpim:write"), required=("users",)
    ),
    "files.completeUploadExternal": Method(
        act=uploads.complete, scopes=("files:write",), required=("files",)
    ),
    "files.getUploadURLExternal": Method(
        act=uploads.announce, scopes=("files:write",), required=("filename", "length")
    ),
    "usergroups.users.list": Method(
        act=reading.group_users, scopes=("usergroups:read",), required=("usergroup",)
    ),
    "users.info": Method(act=reading.user_info, scopes=("users:read",), required=("user",)),
    "views.open": Method(act=modals.open_view, required=("trigger_id", "view")),
    "views.update": Method(act=modals.update_view, required=("view",)),
}


def called(slack: Workspace, name: str, token: str) -> Method:
    """Return the method *name*, which *token* may call. Raises Refused."""
    if not token:
        raise Refused("not_authed")
    if token not in {slack.token, slack.app_token}:
        raise Refused("invalid_auth")
    method = METHODS.get(name)
    if not method:
        slack.refuse(name, "unknown_method")
    if token != (slack.app_token if method.of_app else slack.token):
        raise Refused("not_allowed_token_type")
    if method.scopes and not slack.scopes.intersection(method.scopes):
        provided = ",".join(sorted(slack.scopes))
        raise Refused("missing_scope", needed=method.scopes[0], provided=provided)
    return method


def perform(slack: Workspace, name: str, method: Method, arguments: Json) -> Json:
    """Do what the method does; return its answer. Raises Refused."""
    missing = [key for key in method.required if not arguments.get(key)]
    if missing:
        slack.refuse(name, "invalid_arguments", missing=missing)
    answer = {"ok": True, **method.act(slack, arguments)}
    slack.moments.ring()
    return answer
