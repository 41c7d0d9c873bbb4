"""A host on loopback that is reached over SSH; behind it a helper, real or told what to say.

In a test: `async with SshHost(folder=tmp_path, talk=talk) as host`, then in there
`async with reached(host.way()) as executor`. What *talk* reads is what a session asks, and what it
writes is what the bot hears.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import asyncssh

from bot.executors.remote import Patience, RemoteHost, Way

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "0123456789ab"
Process = asyncssh.SSHServerProcess[bytes]
Talk = Callable[[Process], Awaitable[None]]


@cache
def key(name: str) -> asyncssh.SSHKey:
    """Return the private key of *name*, the same in one process."""
    return asyncssh.generate_private_key("ssh-ed25519", comment=name)


@asynccontextmanager
async def reached(way: Way, patience: Patience | None = None) -> AsyncIterator[RemoteHost]:
    """Give an executor that goes by *way*, and close it."""
    executor = RemoteHost(way, VERSION, patience)
    try:
        yield executor
    finally:
        await executor.close()


@dataclass(kw_only=True)
class SshHost:
    """The server, from entering until leaving."""

    folder: Path
    talk: Talk
    name: str = "h1"
    admits: str = "bot"  # whose key
    shows: str = "host"  # the host's key
    port: int = 0
    sessions: bool = True  # it opens some
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    calls: int = 0  # connections that were ever made
    commands: list[str | None] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)  # a session did
    left: asyncio.Event = field(default_factory=asyncio.Event)  # a connection was closed
    open: int = 0  # sessions
    most: int = 0  # sessions that were open at one time

    async def __aenter__(self) -> Self:
        self._sessions = set[asyncio.Task[None]]()
        self._server = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=lambda: _Door(self),
            server_host_keys=[key(self.shows)],
            authorized_client_keys=asyncssh.import_authorized_keys(
                key(self.admits).export_public_key().decode()
            ),
            encoding=None,
            keepalive_interval=0,
        )
        self.port = self._server.get_port()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        if self._sessions:
            await asyncio.wait(self._sessions)

    def cut(self) -> None:
        """Break every connection off, as a cable that is pulled."""
        for connection in self.connections:
            connection.abort()
        self.connections.clear()

    def way(self, *, known: str = "host") -> Way:
        """Return the way here for a bot that knows the host by the key *known*, or by none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        private = self.folder / "id_ed25519"
        key("bot").write_private_key(private)
        shown = key(known).export_public_key().decode() if known else ""
        hosts = self.folder / "known_hosts"
        hosts.write_text(f"[127.0.0.1]:{self.port} {shown}" if known else "")
        return Way(
            host=self.name, address="127.0.0.1", port=self.port, key=private, known_hosts=hosts
        )

    async def met(self, process: Process) -> None:
        """Hold one session, to its end."""
        session = asyncio.create_task(self._held(process))
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)
        await asyncio.shield(session)  # the server would cancel it, and leave its process behind

    async def _held(self, process: Process) -> None:
        self.commands.append(process.command)
        self.began.set()
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            with suppress(OSError, asyncssh.Error):  # whoever talks learns that nobody listens
                await self.talk(process)
        finally:
            self.open -= 1
            process.close()


class _Door(asyncssh.SSHServer):
    def __init__(self, host: SshHost) -> None:
        self._host = host

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._host.calls += 1
        self._host.connections.append(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._host.left.set()

    def session_requested(self) -> Process | bool:
        if not self._host.sessions:
            return False
        return Process(self._host.met, sftp_factory=None, sftp_version=3, allow_scp=False)


# ---- helpers that are told what to say --------------------------------------------------------


def greeting(**changed: object) -> dict[str, object]:
    return {"maint_host": VERSION, "protocol": 1, "name": "h1", **changed}


def write(process: Process, said: object) -> None:
    process.stdout.write(json.dumps(said).encode() + b"\n")


def printing(*lines: bytes, status: int | None = None, errors: bytes = b"") -> Talk:
    """Print *lines* as they are; then end with *status*, or wait for ever."""

    async def talk(process: Process) -> None:
        process.stdout.write(b"".join(lines))
        process.stderr.write(errors)
        if status is None:
            await process.stdin.read()
        else:
            process.exit(status)

    return talk


def answering(answer: Callable[[dict[str, Any]], object], **changed: object) -> Talk:
    """Greet, then say to each request what *answer* makes of it: an answer, or what is `Raw`."""

    async def talk(process: Process) -> None:
        write(process, greeting(**changed))
        while line := await process.stdin.readline():
            request = json.loads(line)
            said = answer(request)
            if isinstance(said, Raw):
                process.stdout.write(said.line)
                if said.last:
                    return
            else:
                write(process, {"id": request["id"], "answer": said})

    return talk


@dataclass(frozen=True, kw_only=True)
class Raw:
    """What a helper says as it is; after the last of it the session ends."""

    line: bytes = b""
    last: bool = False


def hearing(heard: asyncio.Event) -> Talk:
    """Greet, then hear everything and answer nothing; *heard* is set at the first request."""

    async def talk(process: Process) -> None:
        write(process, greeting())
        if await process.stdin.readline():
            heard.set()
        await process.stdin.read()

    return talk
