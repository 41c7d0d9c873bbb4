"""The methods that look something up, or open a connection or a conversation."""

from __future__ import annotations

import secrets

from tests.slack_server.chat import channel_of
from tests.slack_server.things import APP, BOT, BOT_ID, TEAM, Json
from tests.slack_server.workspace import Refused, Workspace


def who_am_i(slack: Workspace, _: Json) -> Json:
    """auth.test."""
    return {
        "url": f"http://{slack.address}/",
        "team": "Maintenance",
        "team_id": TEAM,
        "user": slack.world.users[BOT].name,
        "user_id": BOT,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(slack: Workspace, _: Json) -> Json:
    """apps.connections.open: the address serves for one connection."""
    ticket = secrets.token_hex(12)
    slack.tickets.add(ticket)
    return {"url": f"ws://{slack.address}/link?ticket={ticket}&app_id={APP}"}


def channel_info(slack: Workspace, arguments: Json) -> Json:
    """conversations.info."""
    channel = channel_of(slack, arguments["channel"])
    facts: Json = {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.private,
        "is_private": channel.private,
        "is_im": channel.direct,
        "is_archived": channel.archived,
        "is_member": BOT in channel.members,
    }
    if arguments.get("include_num_members"):
        facts["num_members"] = len(channel.members)
    return {"channel": facts}


def open_channel(slack: Workspace, arguments: Json) -> Json:
    """conversations.open."""
    users = set(str(arguments["users"]).split(","))
    if not users <= set(slack.world.users):
        raise Refused("user_not_found")
    return {"channel": {"id": slack.world.direct(users).id}}


def group_users(slack: Workspace, arguments: Json) -> Json:
    """usergroups.users.list."""
    users = slack.world.groups.get(arguments["usergroup"])
    if users is None:
        raise Refused("no_such_subteam")
    return {"users": users}


def user_info(slack: Workspace, arguments: Json) -> Json:
    """users.info: the address is only for those with its scope."""
    user = slack.world.users.get(arguments["user"])
    if not user:
        raise Refused("user_not_found")
    email = {"email": user.email} if "users:read.email" in slack.scopes else {}
    profile = {"real_name": user.name, "display_name": user.name, **email}
    facts = {"id": user.id, "team_id": TEAM, "name": user.name, "real_name": user.name}
    return {"user": {**facts, "deleted": False, "is_bot": user.id == BOT, "profile": profile}}
