"""What people do in Slack; each deed returns how the bot acknowledged it."""

from __future__ import annotations

from dataclasses import replace

from tests.slack_server import payloads
from tests.slack_server.blocks import elements_of
from tests.slack_server.delivering import Delivering
from tests.slack_server.delivery import Acknowledgement, Kind, Request
from tests.slack_server.form import filled_in
from tests.slack_server.mrkdwn import escaped
from tests.slack_server.shown import buttons
from tests.slack_server.things import BOT, Channel, Json, Message, User, Version, View
from tests.slack_server.workspace import Workspace

TOLD_OF_BUTTON = ("action_id", "text", "value", "style")


class People:
    """The people of a workspace."""

    def __init__(self, slack: Workspace, delivering: Delivering) -> None:
        self._slack, self._delivering = slack, delivering

    async def command(
        self, user: User, text: str, *, channel: Channel, command: str = "/maint"
    ) -> Acknowledgement:
        """Type a slash command; Slack escapes what is typed."""
        hook = self._slack.hooks.give(user.id, channel.id, self._slack.moments.now())
        payload = payloads.of_command(self._slack, hook, command, escaped(text))
        return await self._delivering.send(Request(kind="command", payload=payload, hook=hook))

    async def press(self, user: User, where: Message | View, what: str) -> Acknowledgement:
        """Press the button with the label or action_id *what*, which has to be there."""
        action = _action(where, what)
        hook = None
        if isinstance(where, View):
            _check_open(where, user)
        else:
            assert where.to in {"", user.id}, f"{user.name} does not see this message"
            now = self._slack.moments.now()
            hook = self._slack.hooks.give(user.id, where.channel, now, where)
        payload = payloads.of_press(self._slack, user, where, action, hook)
        return await self._delivering.send(Request(kind="interactive", payload=payload, hook=hook))

    async def submit(self, user: User, view: View, **values: object) -> Acknowledgement:
        """Fill in *values*, by block_id or action_id, and submit, if Slack lets them."""
        _check_open(view, user)
        payload = payloads.of_submission(self._slack, user, view, filled_in(view.blocks, values))
        return await self._delivering.send(Request(kind="interactive", payload=payload, view=view))

    async def mention(
        self, user: User, text: str, *, channel: Channel, thread_ts: str = ""
    ) -> Acknowledgement:
        """Write a message that begins with the bot's name."""
        message = self.write(user, f"<@{BOT}> {escaped(text)}", channel, thread_ts)
        payload = payloads.of_mention(self._slack, message, channel)
        return await self._delivering.send(Request(kind="event", payload=payload))

    def write(self, user: User, text: str, channel: Channel, thread_ts: str = "") -> Message:
        """Write a message that the bot is not told of."""
        message = Message(
            channel=channel.id,
            ts=self._slack.world.stamp(),
            author=user.id,
            versions=[Version(at=self._slack.moments.now(), by=user.id, text=text)],
            thread_ts=thread_ts,
        )
        self._slack.world.messages.append(message)
        self._slack.moments.ring()
        return message

    def edit(self, user: User, message: Message, text: str) -> None:
        """Let *message* have *text* and nothing else."""
        message.versions.append(Version(at=self._slack.moments.now(), by=user.id, text=text))
        self._slack.moments.ring()

    def delete(self, message: Message) -> None:
        """Delete *message*."""
        message.deleted = True
        self._slack.moments.ring()

    def archive(self, channel: Channel, *, archived: bool = True) -> None:
        """Archive *channel*, or bring it back."""
        channel.archived = archived
        self._slack.moments.ring()

    async def send(
        self, payload: Json, *, kind: Kind, forged: bool = False, age: float = 0.0
    ) -> Acknowledgement:
        """Send any payload, *forged* or *age* seconds late if that is wished."""
        request = Request(kind=kind, payload=payload, forged=forged, age=age)
        return await self._delivering.send(request)

    async def replay(self, last: Acknowledgement) -> Acknowledgement:
        """Send the same again: over HTTP with the same signature, to the byte."""
        return await self._delivering.send(replace(last.request, retry=0, reason=""))


def _check_open(view: View, user: User) -> None:
    assert view.open, "this modal is closed"
    assert view.user == user.id, f"{user.name} does not have this modal before them"


def _action(where: Message | View, what: str) -> Json:
    """Return the one button with the label or action_id *what*, as it is told when pressed."""
    there = buttons(where)
    found = [b for b in there if what in {b.label, b.action_id}]
    assert len(found) == 1, f"{len(found)} buttons {what!r} among {[b.label for b in there]}"
    block = next(b for b in where.blocks if b["block_id"] == found[0].block_id)
    elements = elements_of(block)
    button = next(e for e in elements if e["action_id"] == found[0].action_id)
    told: Json = {key: button[key] for key in TOLD_OF_BUTTON if key in button}
    return {"type": "button", "block_id": block["block_id"], **told}
