"""What the web server is told, and what it asks of the rest of the program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notifications import House


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How often one client may ask; IPv6 clients are counted by their /64."""

    gets: int = 120  # a minute
    posts: int = 30  # a minute
    asks: int = 5  # "Send me my link", in ten minutes


@dataclass(frozen=True, kw_only=True)
class Front:
    """What the pages say of the house, and whom the server believes."""

    house: House  # `links` is the address under which the public reaches the pages
    proxies: tuple[str, ...] = ()  # addresses and networks that may say whom they forward
    metrics_from: tuple[str, ...] = ("127.0.0.1/32", "::1/128")  # networks that may read figures
    soon: float = 20.0  # seconds within which links are mailed, so that when says nothing of whom
    rates: Rates = field(default_factory=Rates)


class Figures(Protocol):
    """The figures of the program that are in its database."""

    async def alive(self) -> None:
        """Ask the database something small. Raises TryAgain if it does not answer."""

    async def figures(self) -> Mapping[str, float | Mapping[str, float]]:
        """Return figures by the names in `bot.web.metrics.FIGURES`; those with a label, by it.

        No name and no label is that of a guest or a contact. Raises TryAgain.
        """
