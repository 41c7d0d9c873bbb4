"""The world of a workspace: everything that is there, and how more comes to be."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.slack_server.things import BOT, Answer, Channel, File, Message, User, View


@dataclass(kw_only=True)
class World:
    """Everything that is there."""

    wall: Callable[[], float]
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    ephemerals: list[Message] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _stamp: int = 0  # microseconds

    def __post_init__(self) -> None:
        self.users[BOT] = User(id=BOT, name="maint", email="")

    def person(self, name: str, email: str = "") -> User:
        """Add somebody."""
        user = User(id=self.new_id("U"), name=name, email=email or f"{name}@example.org")
        return self.users.setdefault(user.id, user)

    def group(self, *people: User) -> str:
        """Add a user group; return its id."""
        group = self.new_id("S")
        self.groups[group] = [user.id for user in people]
        return group

    def channel(
        self, name: str, *people: User, joined: bool = True, private: bool = False
    ) -> Channel:
        """Add a channel, which the bot has *joined*."""
        members = {user.id for user in people} | ({BOT} if joined else set())
        channel = Channel(id=self.new_id("C"), name=name, members=members, private=private)
        return self.channels.setdefault(channel.id, channel)

    def direct(self, users: set[str]) -> Channel:
        """Return the conversation that the bot has with *users* alone."""
        members = users | {BOT}
        for channel in self.channels.values():
            if channel.direct and channel.members == members:
                return channel
        channel = Channel(id=self.new_id("D"), name="", members=members, private=True, direct=True)
        return self.channels.setdefault(channel.id, channel)

    def find(self, channel: str, ts: str) -> Message | None:
        """Return the message that everybody sees there, deleted or not."""
        found = (m for m in self.messages if (m.channel, m.ts) == (channel, ts))
        return next(found, None)

    def thread(self, message: Message) -> list[Message]:
        """Return the replies to *message*, in order."""
        where = (message.channel, message.ts)
        return [m for m in self.messages if (m.channel, m.thread_ts) == where and not m.deleted]

    def new_id(self, letter: str) -> str:
        return f"{letter}{next(self._numbers):08d}"

    def stamp(self) -> str:
        """Return a time that no message has yet."""
        self._stamp = max(self._stamp + 1, round(self.wall() * 1_000_000))
        return f"{self._stamp // 1_000_000}.{self._stamp % 1_000_000:06d}"
