"""What there is in a workspace: people, channels, messages, views, files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM = "T00000001"
APP = "A00000001"
BOT = "U0000MAINT"  # the user that the bot is
BOT_ID = "B00000001"


@dataclass(kw_only=True)
class User:
    """Somebody who is signed in."""

    id: str
    name: str
    email: str


@dataclass(kw_only=True)
class Channel:
    """A place for messages; one between two people too."""

    id: str
    name: str
    members: set[str]
    private: bool = False
    archived: bool = False
    direct: bool = False


@dataclass(frozen=True, kw_only=True)
class Version:
    """How a message looked from some moment on."""

    at: float  # the machine's clock
    by: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)


@dataclass(kw_only=True)
class File:
    """A file, from the moment its upload was announced."""

    id: str
    name: str
    length: int
    title: str = ""
    content: bytes | None = None
    channel: str = ""
    thread_ts: str = ""


@dataclass(eq=False, kw_only=True)
class Message:
    """A message with its past."""

    channel: str
    ts: str
    author: str
    versions: list[Version]
    thread_ts: str = ""
    reply_broadcast: bool = False
    to: str = ""  # who alone sees it; empty: everybody
    files: list[File] = field(default_factory=list)
    deleted: bool = False

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def blocks(self) -> list[Json]:
        return self.versions[-1].blocks

    @property
    def metadata(self) -> Json:
        return self.versions[-1].metadata


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said to a response URL, or in the acknowledgement of a command."""

    at: float
    user: str
    response_type: str
    replace_original: bool = False
    delete_original: bool = False
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    message: Message | None = None  # that appeared, was replaced or deleted by it


@dataclass(eq=False, kw_only=True)
class View:
    """A modal; `body` is what the bot gave last, `past` what it gave before."""

    id: str
    user: str
    hash: str
    body: Json
    past: list[Json] = field(default_factory=list)
    open: bool = True

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks
