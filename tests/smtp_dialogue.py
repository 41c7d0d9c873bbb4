"""One client's conversation with the loopback relay of `tests.smtpd`."""

from __future__ import annotations

import time
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from tests.smtpd import Smtpd


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail that was accepted, for one recipient."""

    mail_from: str
    rcpt: str
    content: bytes

    def entry(self) -> dict[str, object]:
        """Return its line of the log."""
        return {
            "mail_from": self.mail_from,
            "rcpt": self.rcpt,
            "message_id": _message_id(self.content),
            "at": time.time(),
            "bytes": len(self.content),
            "sha256": sha256(self.content).hexdigest(),
        }


class _HungUp(Exception):
    """The connection is to be dropped."""


class Dialogue:
    """One client."""

    def __init__(
        self, server: Smtpd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._from: str | None = None
        self._rcpts: list[str] = []
        self._known = not server.user  # who it is
        self._verbs: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "QUIT": self._quit,
        }

    async def hold(self) -> None:
        """Answer until either side hangs up."""
        with suppress(_HungUp):
            if not await self._struck("connect"):
                self._say("220 loopback ESMTP")
            while True:
                verb, _, rest = (await self._line()).partition(" ")
                await self._verbs.get(verb.upper(), self._unknown)(rest)

    async def _line(self) -> str:
        line = await self._reader.readuntil(b"\r\n")
        text = line.decode("utf-8", "replace").removesuffix("\r\n")
        self._server.heard.append(text)
        return text

    def _say(self, *lines: str) -> None:
        """Answer; all but the last of *lines* with the dash of those that go on."""
        said = [f"{line[:3]}-{line[4:]}" for line in lines[:-1]] + [lines[-1]]
        self._writer.write("".join(f"{line}\r\n" for line in said).encode())

    async def _struck(self, phase: str, address: str = "", content: bytes = b"") -> bool:
        """Let a fault do its work; False: none strikes. Raises _HungUp."""
        trouble = self._server.trouble.strike(phase, address)
        if not trouble:
            return False
        if trouble.takes:
            self._take(content)
        if trouble.says:
            self._say(trouble.says)
            await self._writer.drain()
        if trouble.then == "hang":
            await self._reader.read()  # until the client has had enough
        if trouble.then:
            raise _HungUp
        return True

    async def _ehlo(self, _: str) -> None:
        if await self._struck("ehlo"):
            return
        server = self._server
        offers = list(server.extensions)
        if server.certificate and not self._writer.get_extra_info("sslcontext"):
            offers.append("STARTTLS")
        if server.user:
            offers.append("AUTH PLAIN LOGIN")
        self._say("250 loopback", *(f"250 {offer}" for offer in offers))

    async def _starttls(self, _: str) -> None:
        if await self._struck("starttls"):
            return
        assert self._server.certificate
        self._say("220 go ahead")
        await self._writer.drain()
        await self._writer.start_tls(self._server.certificate)

    async def _auth(self, rest: str) -> None:
        if await self._struck("auth"):
            return
        method, _, first = rest.partition(" ")
        if method.upper() == "LOGIN":
            said = [first or await self._asked("VXNlcm5hbWU6"), await self._asked("UGFzc3dvcmQ6")]
            given = [b64decode(text).decode() for text in said]
        else:
            given = b64decode(first).decode().split("\0")[1:]
        self._known = given == [self._server.user, self._server.password]
        # It repeats what it was told, as no relay should.
        self._say("235 2.7.0 welcome" if self._known else f"535 5.7.8 not with {given[-1]}")

    async def _asked(self, prompt: str) -> str:
        self._say(f"334 {prompt}")
        return await self._line()

    async def _mail(self, rest: str) -> None:
        sender = _address(rest)
        if await self._struck("mail", sender):
            return
        if not self._known:
            self._say("530 5.7.0 authentication required")
        elif self._from is not None:
            self._say("503 5.5.1 one mail at a time")
        else:
            self._from = sender
            self._say("250 2.1.0 ok")

    async def _rcpt(self, rest: str) -> None:
        rcpt = _address(rest)
        if self._from is None:
            self._say("503 5.5.1 MAIL first")
        elif not await self._struck("rcpt", rcpt):
            self._rcpts.append(rcpt)
            self._say("250 2.1.5 ok")

    async def _data(self, _: str) -> None:
        rcpt = self._rcpts[0] if self._rcpts else ""
        if await self._struck("data", rcpt):
            return
        if not rcpt:
            await self._data_for_nobody()
            return
        self._say("354 go ahead")
        await self._body(rcpt)

    async def _data_for_nobody(self) -> None:
        """Refuse, or, if `LENIENT` is offered, await a body all the same, as RFC 2920 allows."""
        if "LENIENT" not in self._server.extensions:
            self._say("503 5.5.1 no valid recipients")
            return
        self._say("354 go ahead")
        await self._read_body()
        self._from = None
        self._say("554 5.5.1 no valid recipients")

    async def _body(self, rcpt: str) -> None:
        await self._writer.drain()
        await self._struck("go", rcpt)
        first = await self._reader.readexactly(1)
        await self._struck("first", rcpt)
        content = await self._read_body(first)
        if not await self._struck("body", rcpt, content):
            self._take(content)
            self._say("250 2.0.0 queued")
        self._from, self._rcpts = None, []
        await self._struck("idle", rcpt)

    async def _read_body(self, begun: bytes = b"") -> bytes:
        lines: list[bytes] = []
        while (line := begun + await self._reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
            begun = b""
        return b"".join(lines)

    async def _rset(self, _: str) -> None:
        self._from, self._rcpts = None, []
        self._say("250 2.0.0 ok")

    async def _quit(self, _: str) -> None:
        await self._struck("quit")
        self._say("221 2.0.0 bye")
        await self._writer.drain()
        self._writer.close()
        raise _HungUp

    async def _unknown(self, _: str) -> None:
        self._say("502 5.5.2 what is that")

    def _take(self, content: bytes) -> None:
        sender = self._from or ""
        self._server.accept([Mail(mail_from=sender, rcpt=r, content=content) for r in self._rcpts])


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


def _message_id(content: bytes) -> str:
    head = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    found = [line[11:] for line in head if line[:11].lower() == b"message-id:"]
    return found[0].strip().decode() if found else ""
