"""Asking once more before a command that cannot be taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.replies import Pending, Reply, Wants
from bot.rules.errors import BadRequest, Code
from bot.rules.hold import Scope
from bot.rules.policy.evidence import Verdict

if TYPE_CHECKING:
    from bot.chat.grammar import Command
    from bot.chat.starting import Asking
    from bot.ports import Message

TRUSTS = f"evidence {Verdict.TRUST}"


def wanted(command: Command, asking: Asking) -> Wants | None:
    """Return what must be typed before *command* is obeyed; None: it may go at once."""
    if command.confirmed:
        return None
    # These are asked about everywhere.
    if command.verb in {"optin reset", TRUSTS} or lifts_all(command):
        return Wants.YES
    if asking.confirm == "none":
        return None
    named = asking.confirm == Wants.NAME and command.number
    return Wants.NUMBER if named else Wants.YES


def lifts_all(command: Command) -> bool:
    """Say whether *command* lifts the hold that is everywhere."""
    return command.verb == "unhold" and command.scope is Scope.GLOBAL


def asked(command: Command, text: str, wants: Wants, question: Message) -> Reply:
    """Return the reply that asks, and waits for the answer; *text* is what the audit will say."""
    return Reply(messages=(question,), pending=Pending(command=command, text=text, wants=wants))


def answered(pending: Pending, line: str) -> Command:
    """Take *line* as the answer. Raises BadRequest(NOT_CONFIRMED)."""
    command = pending.command
    right = str(command.number) if pending.wants is Wants.NUMBER else Wants.YES.value
    if line.strip().lstrip("#") != right:
        raise not_confirmed(command)
    return replace(command, confirmed=True)


def not_confirmed(command: Command) -> BadRequest:
    """Make the error for a question that was not answered as it must be."""
    reason = '"…"' if lifts_all(command) or command.verb == TRUSTS else ""
    words = [command.verb, command.host or command.cell or str(command.number or ""), reason]
    return BadRequest(Code.NOT_CONFIRMED, host=command.host, command=" ".join(filter(None, words)))
