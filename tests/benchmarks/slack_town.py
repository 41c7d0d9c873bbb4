"""The people of a channel, and Slack between them and the bot, in a process of their own.

As a process: `python -m tests.benchmarks.slack_town`. It tells in a line of JSON how it is
reached, reads in another one what people are to do and how long, and tells what it has seen.
"""

import asyncio
import json
import random
import re
import sys
import time
from dataclasses import dataclass
from typing import Any

from tests.slack_server import Acknowledgement, Channel, Message, SlackServer, User, buttons
from tests.slack_server.things import BOT, Version

RESUMES_AFTER = 4.0  # seconds that a run stays paused
LATE = 3.5  # seconds after which nothing is acknowledged any more
SEED = 1
LOOKS = {"status {}": 16, "guests {}": 4, "holds": 2, "help": 2, "hosts": 1}  # and how often
STATE = re.compile(r"\*state\*\\n(\w+/\d+)")  # in the JSON of blocks

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class People:
    """Wendy may do everything, Ron may only look; somebody does something all the time."""

    slack: SlackServer
    channel: Channel
    wendy: User
    ron: User
    chance: random.Random

    async def live(self, hosts: list[str], seconds: float, per_second: float) -> None:
        """Do things for so long, whether the bot has answered the last one or not."""
        ends = at = time.monotonic()
        ends += seconds
        async with asyncio.TaskGroup() as group:
            while per_second and at < ends:
                group.create_task(self._do(self.chance.choice(hosts)))
                at += self.chance.expovariate(per_second)
                await self.slack.moments.reach(at)
        await self.slack.moments.reach(ends)

    async def _do(self, host: str) -> None:
        deeds = (self._look, self._mention, self._refused, self._pause)
        (deed,) = self.chance.choices(deeds, weights=(8, 5, 6, 1))
        await deed(host)

    async def _look(self, host: str) -> None:
        (text,) = self.chance.choices(list(LOOKS), weights=list(LOOKS.values()))
        await self.slack.command(self.ron, text.format(host), channel=self.channel)

    async def _mention(self, host: str) -> None:
        await self.slack.mention(self.ron, f"status {host}", channel=self.channel)

    async def _refused(self, host: str) -> None:
        await self._press(self.ron, host)

    async def _pause(self, host: str) -> None:
        paused = await self._press(self.wendy, host)
        await self.slack.moments.reach(time.monotonic() + RESUMES_AFTER)
        await self.slack.command(self.wendy, f"resume {paused}", channel=self.channel)

    async def _press(self, who: User, host: str) -> str:
        """Press the button that pauses a run; return whose run."""
        there = list(self._pausing())
        if not there:  # not a run is shown yet
            await self._look(host)
            return host
        message, button, command = self.chance.choice(there)
        await self.slack.press(who, message, button)
        return command.removeprefix("pause ")

    def _pausing(self) -> list[tuple[Message, str, str]]:
        return [
            (message, button.action_id, command)
            for message in self.slack.world.messages
            if message.author == BOT and not message.thread_ts
            for button in buttons(message)
            if (command := str(json.loads(button.value)["c"])).startswith("pause ")
        ]


async def main() -> None:
    async with SlackServer() as slack:
        wendy, ron = slack.world.person("wendy"), slack.world.person("ron")
        channel = slack.world.channel("maintenance", wendy, ron)
        _tell(
            base_url=slack.base_url,
            bot_token=slack.token,
            app_token=slack.app_token,
            signing_secret=slack.signing_secret,
            channel=channel.id,
            wendy=wendy.id,
            ron=ron.id,
        )
        order = json.loads(await asyncio.to_thread(sys.stdin.readline))
        slack.bot_url = order.pop("bot_url")
        chance = random.Random(SEED)  # noqa: S311 - it guards nothing
        people = People(slack=slack, channel=channel, wendy=wendy, ron=ron, chance=chance)
        await people.live(**order)
        _tell(**_seen(slack))


def _seen(slack: SlackServer) -> Json:
    return {
        "ended": time.monotonic(),
        "acknowledged": [_acknowledged(each) for each in slack.deliveries],
        "edits": [
            (call.arguments["ts"], call.at) for call in slack.calls if call.method == "chat.update"
        ],
        "messages": [_message(each) for each in slack.world.messages if each.author == BOT],
        "breaches": slack.breaches,
    }


def _acknowledged(each: Acknowledgement) -> Json:
    return {
        "name": each.request.name,
        "at": each.sent_at,
        "seconds": min(each.seconds, LATE),
        "ok": each.ok,
    }


def _message(message: Message) -> Json:
    first = message.versions[0]
    return {
        "ts": message.ts,
        "in_channel": not message.thread_ts or message.reply_broadcast,
        "says": json.dumps([first.text, first.blocks]),
        "states": [(version.at, _state(version)) for version in message.versions],
    }


def _state(version: Version) -> str:
    found = STATE.search(json.dumps(version.blocks))
    return found[1] if found else ""


def _tell(**known: object) -> None:
    print(json.dumps(known), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
