"""Whether a host is ready for the bot: what the helper says of it, and the inventory beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.maintenance.reality import WORDS, Finding, findings
from bot.rules.errors import ContactLost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.maintenance.words import Words
    from bot.rules.fleet import Fleet, GuestFacts, HostFacts


#: How many steps of the way are done when this problem shows; none, if it may show anywhere.
_DONE = {
    "host_key_unknown": 1,
    "host_key_changed": 1,
    "not_admitted": 2,
    "helper_missing": 3,
    "helper_other": 3,
    "helper_settings": 4,
    "other_host": 4,
}


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the bot gets to a host, and what it must find there."""

    address: str
    user: str
    version: str  # of the helper

    @property
    def steps(self) -> tuple[Finding, ...]:
        """Return what has been right when the helper has answered."""
        return (
            Finding(code="reached", fields={"address": self.address}),
            Finding(code="host_key"),
            Finding(code="admitted", fields={"user": self.user}),
            Finding(code="helper", fields={"version": self.version}),
        )


class Told(Protocol):
    """One thing that a helper has looked at."""

    @property
    def what(self) -> str:
        """A code: `check_CODE` in `hosts.jinja`."""

    @property
    def good(self) -> bool:
        """Whether it is as it must be."""

    @property
    def fields(self) -> Mapping[str, object]:
        """What its words need."""


class Checked(Protocol):
    """A host that can be asked; every question may raise ContactLost."""

    name: str

    async def check(self) -> Sequence[Told]:
        """Say of each thing that the host must have whether it is there."""

    async def facts(self) -> HostFacts:
        """Describe the host."""

    async def guests(self) -> tuple[GuestFacts, ...]:
        """Describe every guest."""


async def check(host: Checked, way: Way, fleet: Fleet) -> tuple[Finding, ...]:
    """Ask *host*, to which *way* leads, and compare it with *fleet*; change nothing."""
    found: list[Finding] = []
    try:
        told = await host.check()
        found += way.steps
        found += [Finding(code=one.what, good=one.good, fields=one.fields) for one in told]
        guests, facts = await host.guests(), await host.facts()
        found += findings(fleet, host.name, guests, facts.image_space_mib)
    except ContactLost as lost:
        if all(finding.good for finding in found):  # else what is silent has been named already
            done = found or way.steps[: _DONE.get(str(lost.fields["problem"]), 0)]
            found = [*done, Finding(code="contact", good=False, fields=lost.fields)]
    return tuple(found)


def no_key(path: str, host: str) -> Finding:
    """Return what is said where the bot cannot prove who it is."""
    return Finding(code="no_key", good=False, fields={"path": path, "host": host})


def said(words: Words, finding: Finding) -> tuple[str, bool]:
    """Return a line about one thing, and whether it is as it must be."""
    known = {**finding.fields, "good": finding.good}
    return words.code(WORDS, f"check_{finding.code}", known), finding.good
