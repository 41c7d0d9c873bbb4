"""The inventory beside what a host says: what is the same, what differs, and what to write down."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState, Role
from bot.rules.names import problem_of_name
from bot.rules.plan.prerequisites import image_mib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.maintenance.words import Words
    from bot.rules.fleet import Fleet, Guest, GuestFacts

WORDS = "hosts"  # file of templates


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at; `code` is a macro `check_CODE` of `hosts.jinja`."""

    code: str
    good: bool = True
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Differences:
    """How a host differs from what the inventory says of it; guests in order of name."""

    new: tuple[GuestFacts, ...] = ()  # nowhere in the inventory
    elsewhere: tuple[tuple[str, str], ...] = ()  # guest, and the host that the inventory names
    gone: tuple[str, ...] = ()  # in the inventory, not on the host
    other: tuple[tuple[str, str, str], ...] = ()  # guest, uuid in the inventory, uuid on the host


def differences(fleet: Fleet, host: str, guests: Sequence[GuestFacts]) -> Differences:
    """Compare the inventory's guests of *host* with those that were seen there."""
    seen = {guest.name: guest for guest in sorted(guests, key=lambda guest: guest.name)}
    recorded = {guest.name: guest for guest in fleet.on(host)}
    known = {name: fleet.guests[name] for name in seen if name in fleet.guests}
    return Differences(
        new=tuple(guest for name, guest in seen.items() if name not in known),
        elsewhere=tuple((name, g.host) for name, g in known.items() if g.host != host),
        gone=tuple(name for name in recorded if name not in seen),
        other=tuple(
            (name, recorded[name].uuid, seen[name].uuid)
            for name in recorded
            if name in seen and seen[name].uuid and seen[name].uuid != recorded[name].uuid
        ),
    )


def findings(
    fleet: Fleet, host: str, guests: Sequence[GuestFacts], free_mib: int
) -> tuple[Finding, ...]:
    """Return what a check of *host* says about its guests and the space for their images."""
    found = differences(fleet, host, guests)
    lists = {
        "inventory_lacks": [guest.name for guest in found.new],
        "inventory_elsewhere": [name for name, _ in found.elsewhere],
        "inventory_gone": [*found.gone],
        "inventory_uuid": [name for name, _, _ in found.other],
    }
    wrong = [
        Finding(code=code, good=False, fields={"guests": names, "host": host})
        for code, names in lists.items()
        if names
    ]
    agreed = Finding(code="inventory_agrees", fields={"guests": [g.name for g in guests]})
    return (*(wrong or [agreed]), _space(fleet.on(host), guests, free_mib))


def proposal(words: Words, fleet: Fleet, host: str, guests: Sequence[GuestFacts]) -> str:
    """Return TOML for the guests that the inventory lacks, and comments on what else differs."""
    found = differences(fleet, host, guests)
    lines = [words.say(WORDS, "found_head", host=host, new=len(found.new), guests=len(guests))]
    lines += ["[guests]"] if any(map(_fit, found.new)) else []
    lines += [_entry(words, host, guest) for guest in found.new]
    lines += [words.say(WORDS, "found_gone", guest=name, host=host) for name in found.gone]
    lines += [
        words.say(WORDS, "found_elsewhere", guest=name, host=host, other=other)
        for name, other in found.elsewhere
    ]
    lines += [
        words.say(WORDS, "found_uuid", guest=name, ours=ours, theirs=theirs)
        for name, ours, theirs in found.other
    ]
    return "\n".join(lines)


def _entry(words: Words, host: str, guest: GuestFacts) -> str:
    macro = "found_new" if _fit(guest) else "found_unfit"
    return words.say(
        WORDS, macro, guest=guest.name, host=host, uuid=guest.uuid, memory_mib=guest.memory_mib
    )


def _fit(guest: GuestFacts) -> bool:
    """Say whether the inventory could hold it as it is."""
    return bool(guest.uuid) and problem_of_name(guest.name) is None


def _space(recorded: Iterable[Guest], guests: Sequence[GuestFacts], free_mib: int) -> Finding:
    """Compare the space with the images of all that the inventory would suspend."""
    wanted = {guest.name for guest in recorded if _suspends(guest)}
    running = (g for g in guests if g.name in wanted and g.state is not GuestState.OFF)
    needed = round(sum(image_mib(guest.memory_mib) for guest in running))
    fields = {"needed_mib": needed, "free_mib": free_mib}
    return Finding(code="image_space", good=needed <= free_mib, fields=fields)


def _suspends(guest: Guest) -> bool:
    return guest.suspend if guest.role is Role.INFRASTRUCTURE else guest.opted_in
