"""Asks from outside which guests answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.ports import Prober
    from bot.rules.fleet import Check, Guest

#: Probes under way at one time: enough for a host in a few seconds, few enough for a firewall.
AT_ONCE = 32


async def answered(prober: Prober, guests: Iterable[Guest]) -> Mapping[str, tuple[Check, ...]]:
    """Return, for each guest, those of its checks that it answers now."""
    places = asyncio.Semaphore(AT_ONCE)

    async def asked(guest: Guest, check: Check) -> bool:
        async with places:
            return await prober.answers(guest.name, guest.address, check)

    pairs = [(guest, check) for guest in guests for check in guest.checks]
    answers = await asyncio.gather(*(asked(guest, check) for guest, check in pairs))
    found: dict[str, tuple[Check, ...]] = {}
    for (guest, check), answer in zip(pairs, answers, strict=True):
        found[guest.name] = found.get(guest.name, ()) + ((check,) if answer else ())
    return found
