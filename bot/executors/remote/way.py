"""How a host is reached, and how long for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way to one host. Nothing is read or opened before the host is asked something."""

    host: str  # its name in the inventory
    address: str
    port: int = 22
    user: str = "root"
    key: Path  # file of the private key, without a passphrase
    known_hosts: Path  # file with the keys of hosts, as OpenSSH writes it


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds that are waited for."""

    connect: float = 10.0  # from the first packet until the key is accepted
    greeting: float = 20.0  # from opening a session until the helper's first line
    answer: float = 60.0  # longer than a host's tools may take, and than three keepalives
