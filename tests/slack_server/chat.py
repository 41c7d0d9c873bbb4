"""The methods that say something."""

from __future__ import annotations

from tests.slack_server.content import judged
from tests.slack_server.things import APP, BOT, BOT_ID, TEAM, Channel, Json, Message
from tests.slack_server.workspace import Refused, Workspace


def channel_of(slack: Workspace, place: str) -> Channel:
    """Return the channel that the bot sees as *place*. Raises Refused."""
    channel = slack.world.channels.get(place)
    if not channel or (channel.private and BOT not in channel.members):
        raise Refused("channel_not_found")
    return channel


def joined(slack: Workspace, place: str) -> Channel:
    """Return the channel *place*, where the bot may speak. Raises Refused."""
    channel = channel_of(slack, place)
    if channel.archived:
        raise Refused("is_archived")
    if BOT not in channel.members:
        raise Refused("not_in_channel")
    return channel


def post(slack: Workspace, arguments: Json) -> Json:
    """chat.postMessage: a person is as good as the conversation with them."""
    where, place = "chat.postMessage", arguments["channel"]
    to_person = place in slack.world.users
    channel = slack.world.direct({place}) if to_person else joined(slack, place)
    version = judged(slack, where, arguments, BOT)
    thread_ts = arguments.get("thread_ts") or ""
    judge_thread(slack, where, channel, thread_ts)
    broadcast = bool(arguments.get("reply_broadcast"))
    if broadcast and not thread_ts:
        slack.breach(f"{where}: reply_broadcast without thread_ts")
    message = Message(
        channel=channel.id,
        ts=slack.world.stamp(),
        author=BOT,
        versions=[version],
        thread_ts=thread_ts,
        reply_broadcast=broadcast,
    )
    slack.world.messages.append(message)
    return {"channel": channel.id, "ts": message.ts, "message": told(message)}


def judge_thread(slack: Workspace, where: str, channel: Channel, thread_ts: str) -> None:
    """Put on record a thread that is none."""
    parent = slack.world.find(channel.id, thread_ts)
    if thread_ts and not parent:
        slack.breach(f"{where}: {channel.id} never had a message {thread_ts} to reply to")
    if parent and parent.thread_ts:
        slack.breach(f"{where}: {thread_ts} is a reply itself")


def update(slack: Workspace, arguments: Json) -> Json:
    """chat.update: without blocks the message has none, without metadata it keeps its own."""
    channel = channel_of(slack, arguments["channel"])
    if channel.archived:
        raise Refused("is_inactive")
    message = slack.world.find(channel.id, arguments["ts"])
    if not message or message.deleted:
        raise Refused("message_not_found")
    if message.author != BOT:
        slack.refuse("chat.update", "cant_update_message")
    kept = {"metadata": message.metadata, **arguments}
    message.versions.append(judged(slack, "chat.update", kept, BOT))
    ts, text = message.ts, message.text
    return {"channel": channel.id, "ts": ts, "text": text, "message": told(message)}


def post_ephemeral(slack: Workspace, arguments: Json) -> Json:
    """chat.postEphemeral."""
    channel = joined(slack, arguments["channel"])
    if arguments["user"] not in channel.members:
        raise Refused("user_not_in_channel")
    where, thread_ts = "chat.postEphemeral", arguments.get("thread_ts") or ""
    version = judged(slack, where, arguments, BOT)
    judge_thread(slack, where, channel, thread_ts)
    message = Message(
        channel=channel.id,
        ts=slack.world.stamp(),
        author=BOT,
        versions=[version],
        thread_ts=thread_ts,
        to=arguments["user"],
    )
    slack.world.ephemerals.append(message)
    return {"message_ts": message.ts}


def told(message: Message) -> Json:
    """Return *message* as Slack tells of it."""
    by_bot = {"bot_id": BOT_ID, "app_id": APP} if message.author == BOT else {}
    return {
        "type": "message",
        "user": message.author,
        "team": TEAM,
        "ts": message.ts,
        "text": message.text,
        **({"blocks": message.blocks} if message.blocks else {}),
        **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        **({"metadata": message.metadata} if message.metadata else {}),
        **by_bot,
    }
