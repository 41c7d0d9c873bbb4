"""What Slack tells the bot when a person does something."""

from __future__ import annotations

from tests.slack_server.chat import told
from tests.slack_server.form import state_of
from tests.slack_server.modals import told_view
from tests.slack_server.things import APP, BOT, TEAM, Channel, Json, Message, User, View
from tests.slack_server.tickets import Hook
from tests.slack_server.workspace import Workspace

DOMAIN = "maintenance"


def of_command(slack: Workspace, hook: Hook, command: str, text: str) -> Json:
    """A slash command: a form, so everything is a string."""
    user, channel = slack.world.users[hook.user], slack.world.channels[hook.channel]
    return {
        "token": "not-checked-any-more",
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.direct else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url(slack, hook),
        "trigger_id": slack.triggers.give(user.id, slack.moments.now()),
    }


def response_url(slack: Workspace, hook: Hook) -> str:
    """Return the address of *hook*."""
    return f"http://{slack.address}/hook/{hook.id}"


def _interaction(slack: Workspace, kind: str, user: User) -> Json:
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM},
        "api_app_id": APP,
        "token": "not-checked-any-more",
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": slack.triggers.give(user.id, slack.moments.now()),
    }


def of_press(
    slack: Workspace, user: User, where: Message | View, action: Json, hook: Hook | None
) -> Json:
    """A button that was pressed."""
    payload = _interaction(slack, "block_actions", user)
    payload["actions"] = [{**action, "action_ts": slack.world.stamp()}]
    if isinstance(where, View):
        container: Json = {"type": "view", "view_id": where.id}
        return {**payload, "container": container, "view": told_view(where)}
    container = {
        "type": "message",
        "message_ts": where.ts,
        "channel_id": where.channel,
        "is_ephemeral": bool(where.to),
        **({"thread_ts": where.thread_ts} if where.thread_ts else {}),
    }
    payload |= {"container": container, "state": {"values": state_of(where.blocks, {})}}
    payload["channel"] = {"id": where.channel, "name": slack.world.channels[where.channel].name}
    if not where.to:
        payload["message"] = told(where)
    return {**payload, "response_url": response_url(slack, hook)} if hook else payload


def of_submission(slack: Workspace, user: User, view: View, state: Json) -> Json:
    """A modal that was submitted."""
    payload = _interaction(slack, "view_submission", user)
    return {**payload, "view": told_view(view, state), "response_urls": []}


def of_mention(slack: Workspace, message: Message, channel: Channel) -> Json:
    """A message that names the bot."""
    event = {
        **told(message),
        "type": "app_mention",
        "channel": channel.id,
        "event_ts": message.ts,
    }
    return {
        "token": "not-checked-any-more",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": slack.world.new_id("Ev"),
        "event_time": int(float(message.ts)),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{message.ts}",
    }
