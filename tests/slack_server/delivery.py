"""What is sent to the bot, and what became of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from tests.slack_server.things import Json, View
from tests.slack_server.tickets import Hook

Kind = Literal["command", "interactive", "event"]
ACKNOWLEDGE_SECONDS = 3.0
SIGNATURE_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """Something that is to be acknowledged."""

    kind: Kind
    payload: Json
    retry: int = 0  # of an event; its number
    reason: str = ""  # of the retry
    forged: bool = False  # signed with another secret
    age: float = 0.0  # seconds that the signature is old
    hook: Hook | None = None  # the response URL in it
    view: View | None = None  # that is submitted by it
    raw: tuple[str, tuple[tuple[str, str], ...]] | None = None  # body and headers, to be repeated

    @property
    def name(self) -> str:
        """What a person calls it."""
        inner = self.payload.get("event") or self.payload
        return f"{self.kind} {inner.get('command') or inner.get('type')}"

    @property
    def invalid(self) -> bool:
        """Whether the bot must not accept it."""
        return self.forged or self.age > SIGNATURE_SECONDS


@dataclass(eq=False, kw_only=True)
class Acknowledgement:
    """What became of a request; a late answer still comes in here."""

    request: Request
    sent_at: float
    heard_at: float = math.inf
    way: Literal["", "socket", "http"] = ""  # empty: nobody was there
    status: int = 0  # of HTTP; an envelope that is acknowledged counts as 200
    text: str = ""  # the body, if it is not JSON
    body: Json = field(default_factory=dict)
    lost: bool = False  # the connection was refused, or ended before

    @property
    def seconds(self) -> float:
        """How long it took; infinite as long as nothing was heard."""
        return self.heard_at - self.sent_at

    @property
    def ok(self) -> bool:
        """Whether Slack is content."""
        return self.status == 200 and self.seconds <= ACKNOWLEDGE_SECONDS

    @property
    def response_action(self) -> str:
        """What it says about the modal that was submitted."""
        return str(self.body.get("response_action", ""))

    @property
    def errors(self) -> dict[str, str]:
        """What it says is wrong with the inputs, by block_id."""
        errors: dict[str, str] = self.body.get("errors", {})
        return errors
