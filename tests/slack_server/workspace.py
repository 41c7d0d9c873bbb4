"""What every part of the server shares: the world, its rules, and the account of breaches."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from tests.slack_server.faults import Faults
from tests.slack_server.moments import Moments
from tests.slack_server.rates import Rates
from tests.slack_server.things import Json
from tests.slack_server.tickets import Hooks, Triggers
from tests.slack_server.world import World

SCOPES = (
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:read",
    "im:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
)


class Refused(Exception):
    """The call is answered `ok: false`."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


class Limited(Exception):
    """The call is answered 429."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.retry_after = max(1, math.ceil(seconds))


@dataclass(kw_only=True)
class Call:
    """A call of a method, and how it was answered: status 0 is not at all."""

    method: str
    arguments: Json
    at: float
    status: int = 0
    answer: Json = field(default_factory=dict)


@dataclass(kw_only=True)
class Workspace:
    """One workspace, with our app installed."""

    machine: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    token: str = "xoxb-1-the-bot"
    app_token: str = "xapp-1-the-app"
    signing_secret: str = "8f742231b10e8888abcd99yyyzzz85a5"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    rates: Rates = field(default_factory=Rates)
    bot_url: str = ""  # where requests go while no socket is connected
    breaches: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    address: str = ""  # host and port of the server
    out: bool = False  # during an outage

    def __post_init__(self) -> None:
        self.moments = Moments(machine=self.machine)
        self.world = World(wall=self.wall)
        self.faults = Faults()
        self.triggers = Triggers()
        self.hooks = Hooks()
        self.tickets: set[str] = set()  # of sockets that may be opened

    @property
    def known(self) -> set[str]:
        """The users and channels that may be named in a text."""
        return {*self.world.users, *self.world.channels}

    def breach(self, text: str) -> None:
        """Put on record that the bot did what it must not do."""
        self.breaches.append(text)
        self.moments.ring()

    def refuse(self, where: str, error: str, **more: object) -> NoReturn:
        """Refuse a call that should not have been made. Raises Refused."""
        self.breach(f"{where}: {error} {more or ''}".rstrip())
        raise Refused(error, **more)

    def heed(self, method: str, arguments: Json) -> None:
        """Let a call pass that heeds an earlier Retry-After. Raises Limited."""
        if (left := self.rates.impatient(method, arguments, self.moments.now())) > 0:
            self.breach(f"{method}: called again {left:.2f} s before Retry-After has passed")
            raise Limited(left)

    def pace(self, method: str, arguments: Json) -> None:
        """Let a call pass that does not come too soon. Raises Limited."""
        if (wait := self.rates.admit(method, arguments, self.moments.now())) > 0:
            self.breach(f"{method}: called {wait:.2f} s too soon")
            raise Limited(wait)
