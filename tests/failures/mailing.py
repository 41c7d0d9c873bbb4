"""One small provider whose bot is open, with a relay on loopback that does what it is told."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass, field
from email import message_from_bytes
from io import StringIO
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bot.app import AppOptions, open_app
from bot.chat.following import Following
from bot.chat.screen import Screen
from bot.chat.session import Manner, Session
from notifications import CampaignState
from tests.integration.patience import SystemWait, until
from tests.smtpd import Smtpd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
    from email.message import Message
    from pathlib import Path

    from bot.app import App
    from notifications import DeliveryState, Report

ANNA, BERT = "os:anna", "os:bert"
ADA, BEN, CLEO = "ada@example.org", "ben@example.org", "cleo@example.org"
THREE = (("Ada Lowe", ADA), ("Ben Carr", BEN), ("Cleo Dee", CLEO))

#: A notice to everybody on the host. Its reason is a person's own words.
NEW = (
    "campaign new maintenance-scheduled hobgoblin --set start=2031-09-01T20:00:00Z"
    ' --set end=2031-09-01T22:00:00Z --set reason="the part that came"'
)
#: From nothing to the relay, as campaign 1.
ALL = (NEW, "campaign preview 1", "campaign approve 1", "campaign send 1")

_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "chat": {"confirm_start": "none", "require_reason": False},
    "roles": {"operate": [ANNA, BERT], "approve": [ANNA, BERT]},
    "mail": {
        "transport": "smtp",
        "name": "Example Hosting",
        "address": "support@example.net",
        "bounces": "bounces@example.net",
        "links": "https://panel.example.net",
        "list": "announce@lists.example.net",
        "list_id": "announce.lists.example.net",
    },
    "relay": {"host": "localhost", "security": "none", "connect_seconds": 5.0},
    # A retry comes at once, and one failure of the relay is enough: nobody waits here.
    "pace": {"per_minute": 0, "connections": 1, "retry_minutes": [0.001], "stop_after": 1},
}


@dataclass(kw_only=True)
class Provider:
    """Where the bot lives, what it is told in files, and the relay that it writes to."""

    folder: Path
    relay: Smtpd
    settings: Mapping[str, Mapping[str, Any]]
    contacts: Sequence[tuple[str, str]] = THREE
    guests: Sequence[str] = ()  # beside one for each contact: theirs is the first contact
    app: App = field(init=False)
    _sessions: Iterator[int] = field(default_factory=count)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def write(self, **changed: Mapping[str, Any]) -> None:
        """Write the files, some sections of the settings *changed*."""
        self.config.mkdir(exist_ok=True)
        settings = {name: dict(keys) for name, keys in {**_SETTINGS, "watch": {}}.items()}
        for each in ({"relay": {"port": self.relay.port}}, self.settings, changed):
            for name, keys in each.items():
                settings.setdefault(name, {}).update(keys)
        (self.config / "maint.toml").write_text(_toml(settings))
        (self.config / "inventory.toml").write_text(_toml(self._inventory()))
        (self.config / "world.toml").write_text("[hosts.hobgoblin]\nmemory_mib = 65536\n")

    def _inventory(self) -> dict[str, dict[str, Any]]:
        keys = [f"c{number:02}" for number, _ in enumerate(self.contacts)]
        whose = {f"guest-{key}": key for key in keys} | dict.fromkeys(self.guests, keys[0])
        made: dict[str, dict[str, Any]] = {"hosts.hobgoblin": {"fqdn": "hobgoblin.example.net"}}
        for key, (name, address) in zip(keys, self.contacts, strict=True):
            made[f"contacts.{key}"] = {"name": name} | ({"address": address} if address else {})
        for number, (guest, key) in enumerate(whose.items(), start=1):
            known = {"uuid": str(UUID(int=number)), "contact": key, "opted_in": True}
            made[f"guests.{guest}"] = {"host": "hobgoblin", **known}
        return made

    @asynccontextmanager
    async def open(self, *, sends: bool = True) -> AsyncIterator[Provider]:
        """Open the bot, as its process does at its start, until the end of the block."""
        stop = asyncio.Event()
        options = AppOptions(config=self.config, data=self.data)
        async with open_app(options) as self.app:
            sending = asyncio.create_task(self.app.office.serve(stop)) if sends else None
            try:
                yield self
            finally:
                stop.set()
                if sending:
                    await sending

    async def hears(self, *lines: str, actor: str = ANNA) -> str:
        """Type *lines* into a chat of its own; return all that it says until it is at rest."""
        pause, handler = SystemWait(), self.app.handler
        screen = Screen(name=f"test:{next(self._sessions)}", files=self.folder / "files")
        following = Following(handler, self.app.projection, screen, pause)
        session = Session(handler, following, screen, Manner(actor=actor), asyncio.Event())
        said = StringIO()
        with redirect_stdout(said):
            await session.run(_each(lines))
        return said.getvalue()

    async def dies_at(self, fault: str) -> None:
        """Let a process of its own send, and kill it when the relay's *fault* has struck."""
        words = ("-m", "bot", "--config", str(self.config), "--data", str(self.data), "serve")
        program = await asyncio.create_subprocess_exec(sys.executable, *words)

        async def struck() -> bool:
            return self.relay.trouble.struck[fault] > 0

        await until(struck)
        program.kill()
        await program.wait()

    async def report(self, number: int = 1) -> Report:
        return await self.app.office.campaigns.report(number)

    async def state(self, number: int = 1) -> CampaignState:
        return (await self.app.office.campaigns.campaign(number)).state

    async def states(self, number: int = 1) -> dict[str, DeliveryState]:
        """Return what became of each address."""
        deliveries = (await self.report(number)).deliveries
        return {delivery.address: delivery.state for delivery in deliveries}

    async def until_done(self, number: int = 1) -> None:
        """Wait until everything is sent that will be."""

        async def done() -> bool:
            return await self.state(number) is CampaignState.DONE

        await until(done)

    def taken(self) -> list[str]:
        """Return whose mail the relay took, in order of address: twice is twice."""
        return sorted(mail.rcpt for mail in self.relay.mails)

    def mails(self, address: str) -> list[Message]:
        """Return the mails to *address* that the relay took."""
        mine = (mail.content for mail in self.relay.mails if mail.rcpt == address)
        return [message_from_bytes(content) for content in mine]


@asynccontextmanager
async def closed(
    folder: Path,
    *faults: str,
    contacts: Sequence[tuple[str, str]] = THREE,
    guests: Sequence[str] = (),
    server: Smtpd | None = None,
    **settings: Mapping[str, Any],
) -> AsyncIterator[Provider]:
    """Give a provider whose relay has *faults*, or is *server*; its bot is not open."""
    async with server or Smtpd(faults=faults) as relay:
        made = Provider(
            folder=folder, relay=relay, settings=settings, contacts=contacts, guests=guests
        )
        made.write()
        yield made


@asynccontextmanager
async def provider(
    folder: Path,
    *faults: str,
    contacts: Sequence[tuple[str, str]] = THREE,
    guests: Sequence[str] = (),
    server: Smtpd | None = None,
    **settings: Mapping[str, Any],
) -> AsyncIterator[Provider]:
    """Give the same, with its bot open and sending."""
    async with (
        closed(
            folder, *faults, contacts=contacts, guests=guests, server=server, **settings
        ) as made,
        made.open(),
    ):
        yield made


async def _each(lines: Sequence[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line


def _toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    lines: list[str] = []
    for name, keys in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines)
