"""A stand-in for Slack, on loopback, and the strict judge of our client of it.

In a test:

    async with SlackServer() as slack:
        wendy = slack.world.person("wendy")
        channel = slack.world.channel("maintenance", wendy)
        slack.world.group(wendy)  # an id, for usergroups.users.list

        client = AsyncWebClient(token=slack.token, base_url=slack.base_url)
        # Socket Mode: AsyncSocketModeHandler(AsyncApp(client=client, ...), slack.app_token)
        await slack.until(lambda: slack.connected)
        # or HTTP: slack.bot_url = "http://127.0.0.1:1234/slack/events", slack.signing_secret

        acknowledgement = await slack.command(wendy, "start hobgoblin", channel=channel)
        assert acknowledgement.ok  # .seconds, .status, .body
        await slack.until(lambda: slack.world.messages)
        message = slack.world.messages[-1]  # .text, .blocks, .versions, .thread_ts, ...
        assert "hobgoblin" in shown(message)
        await slack.press(wendy, message, buttons(message)[0].label)
        await slack.submit(wendy, view, hostname="hobgoblin")  # by block_id or action_id
        await slack.replay(acknowledgement)  # the same request again

        slack.fail("chat.postMessage", DROPPED_AFTER)  # INTERNAL_ERROR, limited(30), slow(4), ...
        await slack.outage()
        await slack.back()

        assert slack.breaches == []

`until` looks at every change in the server, not in the bot.

Whatever the bot must not do is in `breaches`, in words, whether or not Slack would refuse it.
People see: `world.messages`, `world.ephemerals` (`.to` is who), `world.answers` (response URLs
and acknowledgements that said something), `world.views`, `world.files`. `calls` are all calls of
methods, `deliveries` all that was brought to the bot, each time.

Time is the argument `machine`, which may be a `Watch`: `watch.advance(3.5)`, then `slack.look()`,
since nothing here polls. Stamps and signatures use `wall`.
"""

from __future__ import annotations

from tests.slack_server.delivery import Acknowledgement
from tests.slack_server.faults import (
    DROPPED_AFTER,
    DROPPED_BEFORE,
    INTERNAL_ERROR,
    UNAVAILABLE,
    Fault,
    limited,
    refused,
    slow,
)
from tests.slack_server.moments import Watch
from tests.slack_server.rates import Rates
from tests.slack_server.server import SlackServer
from tests.slack_server.shown import Button, buttons, shown
from tests.slack_server.things import Channel, File, Message, User, View

__all__ = [
    "DROPPED_AFTER",
    "DROPPED_BEFORE",
    "INTERNAL_ERROR",
    "UNAVAILABLE",
    "Acknowledgement",
    "Button",
    "Channel",
    "Fault",
    "File",
    "Message",
    "Rates",
    "SlackServer",
    "User",
    "View",
    "Watch",
    "buttons",
    "limited",
    "refused",
    "shown",
    "slow",
]
