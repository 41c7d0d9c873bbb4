"""What became of every recipient, by the relay's log and by the database; and what is wrong."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from notifications.states import ENDED, CampaignState, DeliveryState
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from notifications import Campaigns
    from notifications.terms import Report

#: Faults after which nobody knows, because the body had begun and nothing was answered.
DOUBTFUL = frozenset({"drop_before_dot", "drop_after_dot", "drop_after_dot_lost", "gibberish"})
#: Faults by which the relay says no to a recipient, for now or for good.
REFUSALS = frozenset({"550_rcpt", "552_rcpt", "450_then_ok", "554_body"})
_S = DeliveryState


@dataclass(frozen=True, kw_only=True)
class Account:
    """One campaign. Addresses of the relay's log are its RCPT."""

    accepted: tuple[Mapping[str, Any], ...]  # lines of the relay's log
    struck: Mapping[str, frozenset[str]]  # faults of each address
    report: Report
    told: frozenset[str]  # addresses that the journal has called uncertain
    approved: Mapping[str, str]  # digest of each address's mail

    @property
    def states(self) -> Mapping[str, DeliveryState]:
        """Return the state of each recipient."""
        return {delivery.address: delivery.state for delivery in self.report.deliveries}

    @property
    def taken(self) -> Counter[str]:
        """Return how often the relay accepted a mail for each recipient."""
        return Counter(entry["rcpt"] for entry in self.accepted)

    @property
    def unexplained(self) -> frozenset[str]:
        """Return who is uncertain by a death, not by a fault of the relay."""
        doubtful = {each for each, state in self.states.items() if state is _S.UNCERTAIN}
        return frozenset(each for each in doubtful if not DOUBTFUL & self._faults(each))

    def _faults(self, address: str) -> frozenset[str]:
        return self.struck.get(address, frozenset())


async def account_of(campaigns: Campaigns, number: int, log: Path, strikes: Path) -> Account:
    """Read everything that is known of a campaign now."""
    report = await campaigns.report(number)  # first: whoever is sent is in the log by then
    struck: dict[str, set[str]] = {}
    for strike in _lines(strikes):
        struck.setdefault(strike["rcpt"], set()).add(strike["fault"])
    return Account(
        accepted=tuple(_lines(log)),
        struck={address: frozenset(faults) for address, faults in struck.items()},
        report=report,
        told=frozenset(await _told(campaigns, number)),
        approved=await _approved(campaigns, number),
    )


async def _approved(campaigns: Campaigns, number: int) -> Mapping[str, str]:
    """Return the digest of every kept mail."""
    return {
        name.partition("-")[2].removesuffix(".eml"): sha256(content).hexdigest()
        async for name, content in campaigns.mails(number)
    }


async def _told(campaigns: Campaigns, number: int) -> set[str]:
    told, last = set[str](), 0
    while changes := await campaigns.changes(last, number):
        last = changes[-1].number
        told |= {
            str(each.fields["address"]) for each in changes if each.event is ChangeEvent.UNCERTAIN
        }
    return told


def _lines(file: Path) -> Iterator[Mapping[str, Any]]:
    if file.exists():
        yield from map(json.loads, file.read_bytes().splitlines())


def while_dead(account: Account, connections: int) -> Iterator[str]:
    """Yield what is wrong when nobody delivers and nothing was recovered."""
    yield from _twice_or_changed(account)
    in_doubt = sum(state is _S.SENDING for state in account.states.values())
    if in_doubt > connections:
        yield f"{in_doubt} mails in doubt over {connections} connections"
    yield from _differ(account, {_S.SENT, _S.UNCERTAIN, _S.SENDING})


def at_the_end(account: Account, most_in_flight: int) -> Iterator[str]:
    """Yield what is wrong; *most_in_flight* mails had no answer when somebody was killed."""
    if account.report.campaign.state is not CampaignState.DONE:
        yield f"the campaign is {account.report.campaign.state}"
    yield from _twice_or_changed(account)
    yield from _differ(account, {_S.SENT, _S.UNCERTAIN})
    if len(account.unexplained) > most_in_flight:
        yield f"{len(account.unexplained)} uncertain by deaths, {most_in_flight} in flight"
    for delivery in account.report.deliveries:
        yield from (f"{delivery.address} {wrong}" for wrong in _end(account, delivery))


def _end(account: Account, delivery: Any) -> Iterator[str]:  # noqa: ANN401 - of the report
    faults = account._faults(delivery.address)
    if delivery.state not in ENDED:
        yield f"is lost: {delivery.state}"
    if delivery.state is _S.REFUSED and not (delivery.reply and faults & REFUSALS):
        yield f"is refused without the relay's word: {delivery.reply!r}, {sorted(faults)}"
    if faults & DOUBTFUL and delivery.state is not _S.UNCERTAIN:
        yield f"had no answer after {sorted(faults)}, and is {delivery.state}"
    if delivery.state is _S.UNCERTAIN and delivery.address not in account.told:
        yield "is uncertain, and nobody is told"


def _twice_or_changed(account: Account) -> Iterator[str]:
    for address, count in account.taken.items():
        if count > 1:
            yield f"{address} got it {count} times"
    for entry in account.accepted:
        if account.approved.get(entry["rcpt"]) != entry["content"]:
            yield f"{entry['rcpt']} got what was not approved"


def _differ(account: Account, may_have_it: Iterable[DeliveryState]) -> Iterator[str]:
    """Yield where the database denies what the relay's log says, or claims what it does not."""
    states, taken = account.states, account.taken
    for address in taken:
        if states[address] not in may_have_it:
            yield f"{address} got it, and is {states[address]}"
    for address, state in states.items():
        if state is _S.SENT and not taken[address]:
            yield f"{address} is sent, and got nothing"
