"""One SSH connection to one host, made when it is needed and made anew when it broke.

The only module that knows the SSH library.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncssh

from bot.executors.remote.problems import Lost, Problem
from bot.executors.remote.session import Lines

if TYPE_CHECKING:
    from bot.executors.remote.session import Session
    from bot.executors.remote.way import Way

KEEPALIVE = 15.0  # seconds between two signs of life …
KEEPALIVES = 3  # … of which so many may be missing
CLOSING = 5.0  # seconds that a host gets to agree to an end
SSH = 22


class Connection:
    """Belongs to one event loop. Everybody who finds it broken waits for the same new attempt."""

    def __init__(self, way: Way, seconds: float) -> None:
        """Go by *way*, in *seconds* at most; nothing is opened yet."""
        self._way = way
        self._seconds = seconds
        self._live: asyncssh.SSHClientConnection | None = None
        self._attempt: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Return when there is a connection. Raises Lost."""
        if self._live is not None and not self._live.is_closed():
            return
        if self._attempt is None or self._attempt.done():
            self._attempt = asyncio.create_task(self._connect())
            self._attempt.add_done_callback(_seen)
        await asyncio.shield(self._attempt)  # it is everybody's: one who goes does not end it

    async def session(self, command: str, seconds: float) -> Session:
        """Start *command* over there, within *seconds*.

        Raises:
            Lost: also the whole connection is given up; sessions that hang may have filled it.
        """
        await self.ready()
        live = self._live
        if live is None:
            raise Lost(Problem.CUT)
        try:
            async with asyncio.timeout(seconds):
                channel, made = await live.create_session(_Session, command, encoding=None)
        except asyncssh.ChannelOpenError as error:
            broken = live.is_closed()  # it broke off meanwhile, which is no word of the host's
            self._give_up(live)
            raise Lost(Problem.CUT if broken else Problem.NO_SESSION, error.reason) from error
        except TimeoutError as error:
            self._give_up(live)
            raise Lost(Problem.NO_ANSWER) from error
        except (asyncssh.Error, OSError) as error:
            raise Lost(Problem.CUT) from error
        assert isinstance(made, _Session)  # noqa: S101 - as it was asked for
        made.channel = channel
        return made

    def _give_up(self, live: asyncssh.SSHClientConnection) -> None:
        live.abort()
        if self._live is live:
            self._live = None

    async def close(self) -> None:
        """End the connection, and every session of it."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait([self._attempt])
        live, self._live = self._live, None
        if live is None:
            return
        live.close()
        try:
            async with asyncio.timeout(CLOSING):
                await live.wait_closed()
        except TimeoutError:
            live.abort()

    async def _connect(self) -> None:
        way, key, known = self._way, _key(self._way), _known_hosts(self._way)
        client = _Client()
        try:
            self._live = await asyncssh.connect(
                way.address,
                way.port,
                username=way.user,
                client_keys=[key],
                known_hosts=known,
                client_factory=lambda: client,
                connect_timeout=self._seconds,
                keepalive_interval=KEEPALIVE,
                keepalive_count_max=KEEPALIVES,
                preferred_auth="publickey",
                config=None,
                agent_path=None,
            )
        except asyncssh.PermissionDenied as error:
            raise Lost(Problem.NOT_ADMITTED, way.user) from error
        except asyncssh.HostKeyNotVerifiable as error:
            raise client.distrust(known, error.reason) from error
        except TimeoutError as error:
            raise Lost(Problem.UNREACHABLE, f"nothing within {self._seconds:g} s") from error
        except asyncssh.Error as error:
            raise Lost(Problem.UNREACHABLE, error.reason) from error
        except OSError as error:
            raise Lost(Problem.UNREACHABLE, _said(error)) from error
        except ValueError as error:  # no address can be written so
            raise Lost(Problem.UNREACHABLE, str(error)) from error


class _Client(asyncssh.SSHClient):
    """Remembers the key that a host has shown and that is not trusted."""

    def __init__(self) -> None:
        self._place = ("", "", SSH)
        self._shown = ""

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        self._place = (host, addr, port)
        self._shown = f"{key.get_algorithm()} {key.get_fingerprint()}"
        return False

    def distrust(self, known: asyncssh.SSHKnownHosts, reason: str) -> Lost:
        """Say why the key is not trusted: another one is known, or none."""
        if not self._shown:  # revoked, or a certificate that is not as it must be
            return Lost(Problem.HOST_KEY_CHANGED, reason)
        host, addr, port = self._place
        keys, authorities, *_ = known.match(host, addr, None if port == SSH else port)
        problem = Problem.HOST_KEY_CHANGED if keys or authorities else Problem.HOST_KEY_UNKNOWN
        return Lost(problem, self._shown)


class _Session(asyncssh.SSHClientSession[bytes]):
    """Gathers what a process prints; keeps the protocol `Session`."""

    channel: asyncssh.SSHClientChannel[bytes]

    def __init__(self) -> None:
        self.lines = Lines()
        self._gone = asyncio.Event()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if datatype is None:
            self.lines.take(data)
        else:
            self.lines.take_error(data)

    def eof_received(self) -> bool:
        self.lines.end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # what it was does not matter: nothing more comes
        self.lines.end()
        self._gone.set()

    def send(self, line: bytes) -> None:
        with suppress(OSError):  # it has ended: no answer will come, and that is what counts
            self.channel.write(line)

    def close(self) -> None:
        self.channel.close()

    async def ended(self, seconds: float) -> int | None:
        try:
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        except TimeoutError:
            return None
        return self.channel.get_exit_status()


def _key(way: Way) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(way.key)
    except OSError as error:
        raise Lost(Problem.KEY_UNUSABLE, f"{way.key}: {_said(error)}") from error
    except ValueError as error:
        raise Lost(Problem.KEY_UNUSABLE, f"{way.key}: {error}") from error


def _known_hosts(way: Way) -> asyncssh.SSHKnownHosts:
    try:
        return asyncssh.read_known_hosts(str(way.known_hosts))
    except FileNotFoundError:
        return asyncssh.import_known_hosts("")  # no host is known
    except (OSError, ValueError) as error:
        detail = _said(error) if isinstance(error, OSError) else str(error)
        raise Lost(Problem.KNOWN_HOSTS_UNUSABLE, f"{way.known_hosts}: {detail}") from error


def _said(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"its address is not known ({error.strerror})"
    return os.strerror(error.errno) if error.errno else str(error)


def _seen(attempt: asyncio.Task[None]) -> None:
    """Take note of a failure for which nobody waits any more."""
    if not attempt.cancelled():
        attempt.exception()
