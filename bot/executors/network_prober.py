"""The port Prober, kept by this machine's own network."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.rules.fleet import Check

SECONDS = 2.0  # a guest that needs longer to answer is of no use to anybody
SPARE = 2.0  # seconds that the program may take beside that
PING = "ping"  # Debian: iputils-ping


def can_ping() -> bool:
    """Say whether the program that pings is on this machine."""
    return shutil.which(PING) is not None


class NetworkProber:
    """Pings by the program `ping`, and opens TCP connections."""

    def __init__(self, program: str = PING, seconds: float = SECONDS) -> None:
        """Ping by *program*; whoever does not answer within *seconds* does not answer."""
        self._program = program
        self._seconds = seconds

    async def answers(self, guest: str, address: str, check: Check) -> bool:
        """Say whether *guest* answered at *address*; where none is known, nobody does."""
        del guest
        if not address or address.startswith("-"):  # never an option of a program
            return False
        if check.port:
            return await self._connects(address, check.port)
        return await self._pings(address)

    async def _connects(self, address: str, port: int) -> bool:
        try:
            async with asyncio.timeout(self._seconds):
                _, writer = await asyncio.open_connection(address, port)
        except (OSError, ValueError):  # ValueError: no host can be called so
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    async def _pings(self, address: str) -> bool:
        limit = f"{self._seconds:g}"
        try:
            child = await asyncio.create_subprocess_exec(
                self._program,
                *("-n", "-q", "-c", "1", "-W", limit, *_family(address), address),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            )
        except OSError:  # it is not there: `can_ping` was asked before
            return False
        try:
            async with asyncio.timeout(self._seconds + SPARE):
                return await child.wait() == 0
        except TimeoutError:
            return False
        finally:
            await _gone(child)


def _family(address: str) -> tuple[str, ...]:
    """Return the option of an address that says by itself which protocol it is of."""
    try:
        return (f"-{ip_address(address).version}",)
    except ValueError:
        return ()


async def _gone(child: asyncio.subprocess.Process) -> None:
    """Leave no process behind, whatever happened."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
