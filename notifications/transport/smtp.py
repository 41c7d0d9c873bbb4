"""A relay that is spoken to in SMTP, phase by phase: aiosmtplib opens, a session hands over."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from notifications.errors import Problem, TransportDown
from notifications.transport import tls
from notifications.transport.commands import END, RESET, body, commands, unsendable
from notifications.transport.conversation import Conversation, Reply
from notifications.verdict import Meaning, Phase, Verdict, awaited, cleaned, understand

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Collection, Sequence

    from notifications.ports import Envelope
    from notifications.settings import Relay

_QUIT_SECONDS = 5.0


class SmtpTransport:
    """The relay of the settings."""

    def __init__(self, relay: Relay) -> None:
        """Speak to *relay*, once somebody connects."""
        self._relay = relay
        self._trust: ssl.SSLContext | None = None
        self.name = f"{relay.host}:{relay.port}"

    async def connect(self) -> SmtpSession:
        """Open a connection, encrypted and authenticated as the settings say.

        Raises TransportDown(RELAY: phase, code, detail): also for a certificate that does not
        prove the relay's name, and for a wrong password. Nothing is left open then.
        """
        client: SMTP | None = None
        try:
            async with self._understood(Phase.TLS):
                client = await self._client()
            async with self._understood(Phase.CONNECT):
                await client.connect()
                await client.ehlo()
            async with self._understood(Phase.TLS):
                if self._relay.security == "starttls":
                    await client.starttls()
                    await client.ehlo()
            async with self._understood(Phase.AUTH):
                if self._relay.user:
                    await client.login(self._relay.user, self._relay.password)
                return SmtpSession(self._relay, client)
        except BaseException:
            _hang_up(client)
            raise

    async def _client(self) -> SMTP:
        relay = self._relay
        if self._trust is None and relay.security != "none":
            self._trust = await asyncio.to_thread(tls.trusting, relay.certificates)
        return SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=relay.greeting or None,
            timeout=relay.connect_seconds,
            use_tls=relay.security == "tls",
            start_tls=False,  # a step of its own
            tls_context=self._trust,
        )

    @asynccontextmanager
    async def _understood(self, phase: Phase) -> AsyncIterator[None]:
        """Make TransportDown of what goes wrong in *phase*, or of its taking too long."""
        try:
            async with asyncio.timeout(self._relay.connect_seconds):
                yield
        except (SMTPException, OSError, ValueError) as error:
            raise self._down(phase, error) from error

    def _down(self, phase: Phase, error: Exception) -> TransportDown:
        code, detail = 0, str(error)
        if flaw := tls.flaw(error):
            phase, detail = Phase.TLS, tls.words(flaw)
        elif isinstance(error, SMTPResponseException):
            code, detail = max(error.code, 0), error.message
        elif isinstance(error, TimeoutError | ConnectionError):
            # Whoever breaks off or is silent has refused nothing: the next time may be better.
            phase = Phase.CONNECT
            detail = "timeout" if isinstance(error, TimeoutError) else self._unreachable(error)
        shown = cleaned(hushed(detail, self._relay))
        return TransportDown(Problem.RELAY, phase=phase.value, code=code, detail=shown)

    def _unreachable(self, error: ConnectionError) -> str:
        """Say which relay is away, and why if the system has said that."""
        cause = error.__cause__
        if not isinstance(cause, OSError) or cause.errno is None:
            return str(error)
        # A name that is not known has a number of its own, and its words with it.
        why = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror
        return f"{self.name}: {why}"


class SmtpSession:
    """One connection. Mails are offered with one round trip where the relay allows it."""

    def __init__(self, relay: Relay, client: SMTP) -> None:
        """Take over the connection of *client*. Raises ConnectionResetError: it is gone."""
        if client.transport is None or client.transport.is_closing():
            raise ConnectionResetError
        self._relay = relay
        self._offered: Collection[str] = frozenset(client.esmtp_extensions)
        self._talk = Conversation(cast("asyncio.WriteTransport", client.transport))
        self._unclean = False  # the relay may remember a mail that came to nothing
        self._polite = True  # QUIT would be understood

    async def offer(self, envelope: Envelope) -> Verdict | None:
        """Ask whether the mail may come; None: the body is awaited now."""
        refusal = unsendable(envelope, self._offered)
        if refusal:
            return refusal
        interruption = self._talk.interruption()
        if interruption:
            return self._verdict(Phase.MAIL, interruption)
        steps = commands(envelope, self._offered)
        if self._unclean:
            steps = (RESET, *steps)
        asked = self._at_once if "pipelining" in self._offered else self._in_turn
        verdict = await asked(steps)
        self._unclean = True
        self._polite = verdict is not None and not verdict.broken
        return verdict

    async def deliver(self, content: bytes) -> Verdict:
        """Hand over the body and the final dot; UNKNOWN unless the relay says what became of it.

        Of a connection that is gone already nothing is unknown: not one byte was written.
        """
        interruption = self._talk.interruption()
        if interruption:
            return self._verdict(Phase.DATA, interruption)
        self._talk.ask(body(content))
        verdict = self._verdict(Phase.BODY, await self._talk.reply(self._relay.dot_seconds))
        self._unclean = verdict.meaning is not Meaning.ACCEPTED
        self._polite = not verdict.broken
        return verdict

    async def withdraw(self) -> None:
        """Hang up: a relay that awaits a body knows no other way back. Only `close` after it."""
        await self._talk.end(_QUIT_SECONDS)

    async def close(self) -> None:
        """End the connection, with QUIT if it would be understood; the answer is ignored."""
        try:
            if self._polite and not self._talk.interruption():
                self._talk.ask(b"QUIT\r\n")
                await self._talk.reply(min(_QUIT_SECONDS, self._relay.answer_seconds))
        finally:
            await self._talk.end(_QUIT_SECONDS)

    async def _in_turn(self, steps: Sequence[tuple[Phase, bytes]]) -> Verdict | None:
        for phase, command in steps:
            self._talk.ask(command)
            reply = await self._talk.reply(self._relay.answer_seconds)
            if not awaited(phase, reply.code):
                return self._verdict(phase, reply)
        return None

    async def _at_once(self, steps: Sequence[tuple[Phase, bytes]]) -> Verdict | None:
        """Ask all in one write (RFC 2920). The first answer that is not awaited is the verdict."""
        self._talk.ask(b"".join(command for _, command in steps), len(steps))
        first: Verdict | None = None
        for phase, _ in steps:
            reply = await self._talk.reply(self._relay.answer_seconds)
            if not awaited(phase, reply.code):
                verdict = self._verdict(phase, reply)
                first = first or verdict
                if verdict.broken:
                    return replace(first, broken=True)
            elif first and phase is Phase.DATA:
                return await self._for_nobody(first)
        return first

    async def _for_nobody(self, refusal: Verdict) -> Verdict:
        """End the body that is awaited although *refusal* leaves it without a recipient."""
        self._talk.ask(END)
        reply = await self._talk.reply(self._relay.answer_seconds)
        return replace(refusal, broken=self._verdict(Phase.BODY, reply).broken)

    def _verdict(self, phase: Phase, reply: Reply) -> Verdict:
        return understand(phase, reply.code, hushed(reply.text, self._relay))


def hushed(text: str, relay: Relay) -> str:
    """Take what is secret out of *text*: a relay may repeat what it was told."""
    plain = f"\0{relay.user}\0{relay.password}"
    spoken = [b64encode(secret.encode()).decode() for secret in (plain, relay.password)]
    for secret in (*(spoken if relay.password else ()), relay.password, *relay.hidden):
        text = text.replace(secret, "***") if secret else text
    return text


def _hang_up(client: SMTP | None) -> None:
    if client is not None and client.transport is not None:
        cast("asyncio.WriteTransport", client.transport).abort()
