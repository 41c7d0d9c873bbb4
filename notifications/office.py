"""The composition root of this package: it puts the parts together for a caller."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from notifications.announce.moderation import Moderation
from notifications.announce.posts import finisher
from notifications.bounces.reading import Bounces
from notifications.campaigns import Campaigns, Parts
from notifications.clock import MachineClock
from notifications.compose.letters import Composer
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from notifications.housekeeping import Housekeeping
from notifications.relay_log import RelayLog
from notifications.sending.sender import Sender, Supplies

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from notifications.announce.signature import Signer
    from notifications.ports import Clock, Living, Transactions, Transport
    from notifications.settings import House, Pace, Relay, Secrets, Watch
    from notifications.terms import Kind


@dataclass(frozen=True, kw_only=True)
class Premises:
    """What the caller gives."""

    transactions: Transactions
    living: Living
    transport: Transport
    kinds: Mapping[str, Kind]
    templates: Path  # folder of `email/` and `announce/`
    filters: Mapping[str, Callable[..., object]]  # that templates may use
    house: House
    pace: Pace
    watch: Watch
    secrets: Secrets
    origin: str  # of the database: no other has the same
    clock: Clock = field(default_factory=MachineClock)


class Office:
    """Campaigns, and the loops that deliver them and look at what comes back."""

    def __init__(self, premises: Premises) -> None:
        """Put the parts together; nothing is opened or started before `serve`."""
        self._is = premises
        self._tokens = Tokens(premises.secrets.key, premises.origin)
        wording = Wording(premises.templates, premises.filters)
        self._composer = Composer(wording, self._tokens, premises.house)
        self._sender: Sender | None = None
        self.campaigns = Campaigns(self._parts())

    async def serve(self, stop: asyncio.Event) -> None:
        """Deliver and look until *stop* is set; then finish what is in flight."""
        self._sender = Sender(self._supplies())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sender.serve(stop))
                group.create_task(Housekeeping(self._is.clock, self._looks()).serve(stop))
        finally:
            self._sender = None

    def _wake(self) -> None:
        if self._sender:
            self._sender.wake()

    def _parts(self) -> Parts:
        premises = self._is
        return Parts(
            transactions=premises.transactions,
            clock=premises.clock,
            composer=self._composer,
            tokens=self._tokens,
            kinds=premises.kinds,
            house=premises.house,
            pace=premises.pace,
            wake=self._wake,
        )

    def _supplies(self) -> Supplies:
        premises = self._is
        mark = self._moderation.mark if self._moderation else None
        return Supplies(
            transactions=premises.transactions,
            living=premises.living,
            clock=premises.clock,
            transports=lambda announce: premises.transport,  # noqa: ARG005 - one relay takes both
            composer=self._composer,
            pace=premises.pace,
            offers=self._offers,
            finish=finisher(premises.clock, premises.secrets, self._signer(), mark),
        )

    @cached_property
    def _offers(self) -> frozenset[str]:
        return frozenset(name for name, kind in self._is.kinds.items() if not kind.service)

    @cached_property
    def _moderation(self) -> Moderation | None:
        premises = self._is
        if not (premises.watch.rest and premises.house.list_id):
            return None
        from notifications.announce.mailman import Rest  # noqa: PLC0415 - few have one

        rest = Rest(premises.watch, premises.secrets, premises.house.list_id)
        domain = premises.house.domain
        return Moderation(premises.transactions, premises.clock, self._tokens, domain, rest)

    def _signer(self) -> Signer | None:
        watch = self._is.watch
        if not watch.signing_key:
            return None
        from notifications.announce.signature import Signer  # noqa: PLC0415 - few have a key

        return Signer(watch.signing_key, watch.gpg_home)

    def _looks(self) -> dict[str, Callable[[], Awaitable[object]]]:
        """Return the places that are configured, each with the way to look at it."""
        premises, looks = self._is, dict[str, "Callable[[], Awaitable[object]]"]()
        shared = (premises.transactions, premises.clock, self._tokens)
        if premises.watch.bounces:
            maildir = Path(premises.watch.bounces)
            looks["the bounces"] = Bounces(*shared, maildir, self._offers).look
        if premises.watch.relay_log:
            path = Path(premises.watch.relay_log)
            looks["the relay's log"] = RelayLog(*shared, premises.house.domain, path).look
        if self._moderation:
            looks["the list"] = self._moderation.look
        return looks


def folder_transport(folder: Path) -> Transport:
    """Return the transport of the embedded default: a folder of `.eml` files."""
    from notifications.transport.folder import FolderTransport  # noqa: PLC0415 - one of two

    return FolderTransport(folder)


def smtp_transport(relay: Relay) -> Transport:
    """Return the transport of production: an SMTP relay."""
    from notifications.transport.smtp import SmtpTransport  # noqa: PLC0415 - one of two

    return SmtpTransport(relay)
