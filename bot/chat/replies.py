"""What comes back from a request: messages, and what the asker waits for or is asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.chat.grammar import Command
    from bot.ports import Message
    from bot.rules.plan.terms import Plan


class Wants(StrEnum):
    """What the next line of the same person must be; anything else refuses."""

    REASON = "reason"
    NAME = "name"  # the host's name, typed back
    NUMBER = "number"  # the campaign's, typed back
    YES = "yes"


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A command that waits for one more line; the chat keeps it and gives it back with that."""

    command: Command
    text: str  # as it was asked, for the audit
    wants: Wants
    yes: str = "--confirm"  # what, behind the text, answers it in one line


@dataclass(frozen=True, kw_only=True)
class PendingStart(Pending):
    """A start that waits for its reason or for being confirmed."""

    plan: Plan  # what was shown, and is to be started


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The answer to one request."""

    messages: tuple[Message, ...] = ()
    follow: str = ""  # a host whose run the asker now waits for
    campaign: int = 0  # one whose sending the asker now waits for
    post: int = 0  # its post, which goes with it
    proposed: str = ""  # a host whose start now waits for a second person
    lifts: bool = False  # the lifting of the global hold now waits for a second person
    exit_status: int = 0
    pending: Pending | None = None
    document: bool = False  # its files are the answer, where one command is asked for its output
    leave: bool = False  # the asker goes
    result: str = "done"  # for the audit: what came of a change
