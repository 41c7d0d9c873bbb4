"""What happens to a campaign, as it is told: macros, fields and deeds, not yet words. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.maintenance.telling import Deed
from bot.ports import Audience
from notifications import Campaign, Change, ChangeEvent, DeliveryState, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

TOGETHER = 10  # recipients named in one message; more are counted
VERDICTS = ("sent", "unsent")

_E = ChangeEvent
LOUD = frozenset({_E.STOPPED, _E.UNCERTAIN})
GROUPED = frozenset({_E.REFUSED, _E.UNCERTAIN, _E.SUPPRESSED, _E.BOUNCED})
TURNS = frozenset({_E.STARTED, _E.PAUSED, _E.STOPPED, _E.RESUMED, _E.CANCELLED, _E.DONE})
DETAILS = GROUPED - LOUD | {_E.DRAFTED, _E.PREVIEWED, _E.APPROVED, _E.TESTED, _E.RESENT}
TO_GO = (
    DeliveryState.PENDING,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
)


@dataclass(frozen=True, kw_only=True)
class Portion:
    """What is told at once; `macro` is one of `mail_events.jinja`, `number` its last change."""

    macro: str
    number: int
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    deeds: tuple[Deed, ...] = ()
    audience: Audience = Audience.BOTH
    loud: bool = False


def portions(changes: Iterable[Change]) -> Iterator[Portion]:
    """Put together what is told together: recipients of the same fate who follow each other."""
    for event, group in groupby(changes, key=lambda change: change.event):
        each = tuple(group)
        if event in GROUPED:
            yield _grouped(event, each)
        else:
            yield from map(_single, each)


def settled(changes: Sequence[Change]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Split off the last ones, whose like may follow and be told together with them."""
    end = len(changes)
    while end and changes[end - 1].event in GROUPED:
        end -= 1
    return tuple(changes[:end]), tuple(changes[end:])


def _grouped(event: ChangeEvent, changes: Sequence[Change]) -> Portion:
    last = changes[-1]
    named = [dict(change.fields) for change in changes[:TOGETHER]]
    known = {"rows": named, "count": len(changes), "more": len(changes) - len(named)}
    return replace(
        _single(last),
        fields={"campaign": last.campaign, **known},
        deeds=_asked(changes) if event is _E.UNCERTAIN else (),
    )


def _single(change: Change) -> Portion:
    known = {"campaign": change.campaign, "actor": change.actor, "at": change.at}
    return Portion(
        macro=change.event.value,
        number=change.number,
        fields={**change.fields, **known},
        deeds=_NEXT.get(change.event, _nothing)(change.campaign),
        audience=Audience.THREAD if change.event in DETAILS else Audience.BOTH,
        loud=change.event in LOUD,
    )


def _asked(changes: Sequence[Change]) -> tuple[Deed, ...]:
    addresses = [str(change.fields.get("address", "")) for change in changes]
    return verdicts(changes[-1].campaign, addresses)


def verdicts(campaign: int, addresses: Sequence[str]) -> tuple[Deed, ...]:
    """Return what says what became of one uncertain mail; of several, the report lists it all."""
    if len(addresses) != 1:
        return (deed("report", campaign),)
    command = f"campaign settle {campaign} {addresses[0]}"
    return tuple(
        Deed(code=f"settle_{word}", command=f"{command} {word}", guest=addresses[0])
        for word in VERDICTS
    )


def deed(verb: str, campaign: int, *, hurts: bool = False) -> Deed:
    """Make the deed `campaign VERB ID`; one that only shows something decides nothing."""
    about = "" if verb in {"preview", "report"} else about_campaign(campaign)
    command = f"campaign {verb} {campaign}"
    return Deed(code=f"campaign_{verb}", command=command, hurts=hurts, about=about)


def about_campaign(number: int) -> str:
    """Return what acts decide by which a campaign goes on, or does not."""
    return f"campaign:{number}"


def _nothing(_: int) -> tuple[Deed, ...]:
    return ()


def _held(campaign: int) -> tuple[Deed, ...]:
    return deed("resume", campaign), deed("report", campaign)


def _ended(campaign: int) -> tuple[Deed, ...]:
    return (deed("report", campaign),)


_NEXT: Mapping[ChangeEvent, Callable[[int], tuple[Deed, ...]]] = MappingProxyType(
    {_E.STOPPED: _held, _E.PAUSED: _held, _E.DONE: _ended, _E.CANCELLED: _ended}
)


def of_campaign(campaign: Campaign) -> dict[str, object]:
    """Return the fields that name a campaign, and say where it is."""
    return {
        "campaign": campaign.number,
        "kind": campaign.kind,
        "announce": campaign.announce,
        "test_of": campaign.test_of,
        "state": campaign.state.value,
        "pause": campaign.pause,
        "pause_detail": campaign.pause_detail,
        "actor": campaign.actor,
    }


def shown(progress: Progress) -> dict[str, object]:
    """Return the fields of a message that says how a campaign stands."""
    campaign, counts = progress.campaign, progress.counts
    to_go = sum(counts[state] for state in TO_GO)
    return {
        **of_campaign(campaign),
        "counts": {state.value: counts[state] for state in DeliveryState},
        "total": counts.total,
        "to_go": to_go,
        "share": (counts.total - to_go) / counts.total if counts.total else 1.0,
        "per_minute": progress.per_minute,
        "left": progress.seconds_left,
        "due": progress.due,
    }
