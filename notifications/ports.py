"""What this package asks of its caller and of the world, stated by the one who calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from notifications.verdict import Verdict

T = TypeVar("T")

#: What is done in one transaction.
Work: TypeAlias = "Callable[[Connection], T]"


class Transactions(Protocol):
    """One database, shared with the caller. Work runs in another thread, in one transaction.

    Raises StoreAway when the database is locked, full or away: nothing is recorded then. Any other
    exception of the work comes back as it is, and leaves nothing behind.
    """

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what *work* reads of one state of the database."""

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:
        """Return what *work* returns, once it is durable; a person's command goes *first*."""


class Living(Protocol):
    """Whether the worker that holds deliveries is alive."""

    owner: str  # the name of this process as a worker, unlike that of any other

    def prove(self, connection: Connection) -> None:
        """Let others see that this owner lives; repeated every few seconds by a worker."""

    def lives(self, connection: Connection, owner: str) -> bool:
        """Say whether *owner* is alive. A dead one is known at once, or after a stated time."""


class Clock(Protocol):
    """Machine time: pace, retries, leases."""

    def now(self) -> datetime:
        """Return the instant, aware, UTC."""

    async def wait(self, seconds: float, wake: asyncio.Event) -> None:
        """Return after *seconds*, or as soon as *wake* is set."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who a mail is from and for, as the relay is told, and the ids that a bounce carries back."""

    sender: str  # the VERP return path; empty: none
    recipient: str  # the domain as ASCII (IDNA); the local part may need SMTPUTF8
    utf8: bool  # the local part is not ASCII
    id: str  # ENVID: printable ASCII without "+" and "="
    size: int = 0  # bytes of the content


class Session(Protocol):
    """One open connection of a transport. Not for two tasks at once.

    `offer` then `deliver`, again and again. After a verdict that says `broken`, only `close`.
    """

    async def offer(self, envelope: Envelope) -> Verdict | None:
        """Ask whether the mail may come (MAIL, RCPT, DATA); None: the body is awaited now."""

    async def deliver(self, content: bytes) -> Verdict:
        """Hand over the body and the final dot; return what was answered, or that nothing was.

        *content* is a whole finished mail with CRLF line ends; it is not changed but for the
        doubled dots of SMTP.
        """

    async def withdraw(self) -> None:
        """Give back an offer that was accepted, without handing anything over."""

    async def close(self) -> None:
        """End the connection politely if that is possible; never raises."""


class Transport(Protocol):
    """A way to where mail goes."""

    name: str  # of the relay or folder, as people know it; no secret in it

    async def connect(self) -> Session:
        """Open a connection. Raises TransportDown(RELAY: phase, code, detail)."""
