"""How often somebody may ask: token buckets in memory, bounded in number."""

from __future__ import annotations

import ipaddress
import math
import secrets
from collections import OrderedDict
from hashlib import blake2b

KEYS = 20_000  # buckets kept at most; about 4 MB
PREFIX = 64  # bits of an IPv6 address: as a rule one customer's network


class Buckets:
    """One bucket for each key: so many at once, and filled again evenly."""

    def __init__(self, size: int, seconds: float, keys: int = KEYS) -> None:
        """Let each key have *size* in *seconds*; remember *keys* of them at most."""
        self._size, self._rate, self._keys = size, size / seconds, keys
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()  # left, at

    def take(self, key: str, now: float) -> int:
        """Take one at *now* (seconds of a clock that never goes back).

        Return 0, or the whole seconds until there is one again; then nothing was taken.
        """
        left, at = self._known.pop(key, (float(self._size), now))
        left = min(self._size, left + (now - at) * self._rate)
        wait = 0 if left >= 1 else math.ceil((1 - left) / self._rate)
        self._known[key] = (left if wait else left - 1, now)
        if len(self._known) > self._keys:
            self._known.popitem(last=False)  # asked least recently: as a rule it is full again
        return wait

    def forget(self, key: str) -> None:
        """Let *key* have all of its bucket again."""
        self._known.pop(key, None)

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._known)


class Hidden:
    """Names that can be compared as long as the process lives, and not read."""

    def __init__(self) -> None:
        """Make a key that nobody keeps."""
        self._key = secrets.token_bytes(32)

    def of(self, text: str) -> str:
        """Return what stands for *text*; small and large letters are the same."""
        known = text.strip().casefold().encode("utf-8", "replace")
        return blake2b(known, key=self._key, digest_size=16).hexdigest()


def unmapped(host: str) -> str:
    """Return an IPv4 address as such, where a socket of IPv6 shows it mapped."""
    return host.removeprefix("::ffff:") if host.startswith("::ffff:") and "." in host else host


def client(host: str) -> str:
    """Return the key of the client at *host*: its address, or the network of an IPv6 one."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), PREFIX), strict=False))
