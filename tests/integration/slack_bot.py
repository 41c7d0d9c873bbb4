"""The real program as a daemon on the demo fleet, attached to the stand-in Slack."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.integration.patience import free_port, until
from tests.slack_server import Channel, Message, SlackServer, User, View, buttons, shown

START_SECONDS = 60.0
RUN_SECONDS = 90.0  # a night of the demo takes half a minute, on a machine that is not busy


@dataclass(kw_only=True)
class Bot:
    """One daemon after another over one data folder, and the people who talk to it."""

    slack: SlackServer
    folder: Path
    channel: Channel
    wendy: User  # may look and operate
    tom: User  # may approve, by a group
    group: str
    mode: str = "socket"
    more: dict[str, str] = field(default_factory=dict)  # more variables of the environment
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables under which the program runs."""
        slack = self.slack
        return {
            **os.environ,
            "MAINT_SLACK__MODE": self.mode,
            "MAINT_SLACK__CHANNEL": self.channel.id,
            "MAINT_SLACK__BASE_URL": slack.base_url.rstrip("/"),
            "MAINT_WEB__PORT": str(self.port),
            "MAINT_SECRETS__SLACK_BOT_TOKEN": slack.token,
            "MAINT_SECRETS__SLACK_APP_TOKEN": slack.app_token,
            "MAINT_SECRETS__SLACK_SIGNING_SECRET": slack.signing_secret,
            "MAINT_CHAT__REQUIRE_REASON": "true",
            "MAINT_ROLES__LOOK": json.dumps(["os:*"]),
            "MAINT_ROLES__OPERATE": json.dumps(["os:*", f"slack:{self.wendy.id}"]),
            "MAINT_ROLES__APPROVE": json.dumps([f"slack:{self.group}"]),
            **self.more,
        }

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Run the program to its end; return its exit status and all it said."""
        process = await self._started(*arguments)
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def rise(self) -> None:
        """Start a daemon, and wait until Slack can reach it."""
        self.process = await self._started("serve")
        if self.mode == "socket":
            await self.slack.until(lambda: self.slack.connected, seconds=START_SECONDS)
            return
        await until(self._answers)
        self.slack.bot_url = f"http://127.0.0.1:{self.port}/slack/events"

    async def kill(self) -> None:
        """End the daemon as a power cut does."""
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def end(self) -> str:
        """Ask the daemon to end; return what it has logged."""
        assert self.process
        self.process.terminate()
        said, _ = await asyncio.wait_for(self.process.communicate(), START_SECONDS)
        assert self.process.returncode == 0, said.decode()
        return said.decode()

    async def _answers(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{self.port}/healthz") as answer,
            ):
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def _started(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "--demo", "--data", str(self.folder), *arguments),
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    # ---- what people see and do ----

    @property
    def messages(self) -> list[Message]:
        """Return what stands in the channel and its threads, oldest first."""
        return [m for m in self.slack.world.messages if m.channel == self.channel.id]

    def saying(self, *words: str) -> list[Message]:
        """Return the messages that say all of *words*."""
        return [m for m in self.messages if all(word in shown(m) for word in words)]

    def whispers(self, to: User) -> list[str]:
        """Return what only *to* was told."""
        return [shown(each) for each in self.slack.world.ephemerals if each.to == to.id]

    async def message(self, *words: str, seconds: float = RUN_SECONDS) -> Message:
        """Return the first message that says all of *words*, once it is there."""
        await self.slack.until(lambda: self.saying(*words), seconds=seconds)
        return self.saying(*words)[0]

    async def offering(self, label: str, seconds: float = RUN_SECONDS) -> Message:
        """Return the first message that has a button *label*, once it is there."""
        await self.slack.until(lambda: self._offering(label), seconds=seconds)
        return self._offering(label)[0]

    def _offering(self, label: str) -> list[Message]:
        return [message for message in self.messages if label in labels(message)]

    async def card(self, host: str, who: User | None = None) -> Message:
        """Let *who* type the start of *host*; return the card."""
        before = len(self.saying(f"{host}:", "Plan "))
        acknowledged = await self.slack.command(
            who or self.wendy, f"start {host}", channel=self.channel
        )
        assert acknowledged.ok, self.slack.account
        await self.slack.until(lambda: len(self.saying(f"{host}:", "Plan ")) > before, seconds=30)
        return self.saying(f"{host}:", "Plan ")[-1]

    async def form(self, card: Message, who: User | None = None, button: str = "Start") -> View:
        """Let *who* press *button* on *card*; return the form when it is filled."""
        known = len(self.slack.world.views)
        await self.slack.press(who or self.wendy, card, button)
        views = self.slack.world.views
        await self.slack.until(lambda: len(views) > known and _asks(list(views.values())[-1]))
        return list(views.values())[-1]

    async def start(self, host: str) -> None:
        """Let wendy start *host*: command, card, form."""
        form = await self.form(await self.card(host))
        acknowledged = await self.slack.submit(self.wendy, form, name=host, reason="upgrade")
        assert acknowledged.ok, self.slack.account


def _asks(view: View) -> bool:
    return any(block["type"] == "input" for block in view.blocks)


def labels(message: Message) -> list[str]:
    """Return what the buttons of *message* say."""
    return [button.label for button in buttons(message)]


@asynccontextmanager
async def people(folder: Path, mode: str = "socket", **more: str) -> AsyncIterator[Bot]:
    """Open a Slack with people in it, and a bot that is not yet running.

    At the end nothing may have been done that Slack forbids, nor a traceback been logged.
    """
    async with SlackServer() as slack:
        wendy, tom = slack.world.person("wendy", "wendy@example.net"), slack.world.person("tom")
        channel = slack.world.channel("maintenance", wendy, tom)
        bot = Bot(
            slack=slack,
            folder=folder,
            channel=channel,
            wendy=wendy,
            tom=tom,
            group=slack.world.group(tom),
            mode=mode,
            more=more,
        )
        try:
            yield bot
            log = await bot.end() if bot.process and bot.process.returncode is None else ""
        finally:
            if bot.process and bot.process.returncode is None:
                await bot.kill()
    assert "Traceback" not in log, log
    assert slack.breaches == []
