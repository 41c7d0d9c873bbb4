"""What a person does to a campaign: each is one transaction, and is told in the journal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from notifications import values
from notifications.errors import CampaignRefused, Problem
from notifications.records import campaigns, changes, deliveries, suppressions
from notifications.states import Step, Verb
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from notifications.compose.mailbox import Mailbox
    from notifications.terms import Campaign


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Who asks for what, and when."""

    number: int
    actor: str
    at: datetime


def revise(connection: Connection, ask: Ask, given: Mapping[str, object]) -> Campaign:
    """Replace some values. Raises BadCampaign: UNKNOWN_CAMPAIGN, BAD_VALUE; NOT_NOW."""
    head = campaigns.allowed(connection, ask.number, Verb.REVISE)
    kept = values.kept(head.values) | values.kept(given)
    _tell(connection, ask, ChangeEvent.DRAFTED, {"kind": head.kind, "values": sorted(given)})
    return campaigns.move(connection, head, Verb.REVISE, kept=kept, digest="")


def approve(connection: Connection, ask: Ask, digest: str, *, second: bool) -> Campaign:
    """Freeze it; *second*: not by whoever wrote it last. Raises as `Campaigns.approve`."""
    head = campaigns.allowed(connection, ask.number, Verb.APPROVE)
    if second and ask.actor == changes.last(connection, ask.number, ChangeEvent.DRAFTED):
        raise CampaignRefused(Problem.SAME_PERSON, number=ask.number, actor=ask.actor)
    if digest and digest != head.digest:
        raise CampaignRefused(Problem.CHANGED, number=ask.number)
    _tell(connection, ask, ChangeEvent.APPROVED)
    columns = {"approved_by": ask.actor, "approved": ask.at}
    return campaigns.move(connection, head, Verb.APPROVE, **columns)


def send(connection: Connection, ask: Ask, offers: frozenset[str]) -> Campaign:
    """Let workers deliver it. *offers* are the kinds that are no service notices."""
    head = campaigns.allowed(connection, ask.number, Verb.SEND)
    # Once more: what came while the preview ended may not have seen that it was one.
    suppressions.apply(connection, head, ask.at, service=head.kind not in offers)
    _tell(connection, ask, ChangeEvent.STARTED)
    return campaigns.move(connection, head, Verb.SEND, started=ask.at)


def pause(connection: Connection, ask: Ask) -> Campaign:
    """Begin nothing more."""
    head = campaigns.allowed(connection, ask.number, Verb.PAUSE)
    _tell(connection, ask, ChangeEvent.PAUSED)
    return campaigns.move(connection, head, Verb.PAUSE, pause="person", pause_detail="")


def resume(connection: Connection, ask: Ask) -> Campaign:
    """Go on."""
    head = campaigns.allowed(connection, ask.number, Verb.RESUME)
    _tell(connection, ask, ChangeEvent.RESUMED)
    return campaigns.move(connection, head, Verb.RESUME, pause="", pause_detail="")


def cancel(connection: Connection, ask: Ask) -> Campaign:
    """End it, and cancel what waits."""
    head = campaigns.allowed(connection, ask.number, Verb.CANCEL)
    deliveries.cancel(connection, ask.number, ask.at)
    _tell(connection, ask, ChangeEvent.CANCELLED)
    # A draft has none yet, and whoever renders it now is to notice.
    columns = {"ended": ask.at, "pause": "", "pause_detail": "", "digest": head.digest}
    return campaigns.move(connection, head, Verb.CANCEL, **columns)


def cancel_occasion(connection: Connection, occasion: str, ask: Ask) -> tuple[int, ...]:
    """End every campaign of an occasion that has not ended, in order of number; tests too."""
    numbers = campaigns.open_of(connection, occasion)
    for number in numbers:
        cancel(connection, replace(ask, number=number))
    return numbers


def resend(connection: Connection, ask: Ask, mailbox: Mailbox) -> Campaign:
    """Send it to *mailbox* once more, which may reopen the campaign."""
    head = campaigns.allowed(connection, ask.number, Verb.RESEND)
    found = deliveries.find(connection, ask.number, mailbox)
    deliveries.move(connection, found, Step.RESEND, ask.at)
    _tell(connection, ask, ChangeEvent.RESENT, {"address": found.address})
    return campaigns.move(connection, head, Verb.RESEND, ended=None)


def settle(connection: Connection, ask: Ask, mailbox: Mailbox, *, sent: bool) -> Campaign:
    """Say what became of an uncertain delivery; what was not *sent* is, in a campaign that may."""
    if sent:
        head = campaigns.read(connection, ask.number, lock=True)
    else:
        head = campaigns.allowed(connection, ask.number, Verb.RESEND)
    found = deliveries.find(connection, ask.number, mailbox)
    step = Step.SETTLE_SENT if sent else Step.SETTLE_LOST
    deliveries.move(connection, found, step, ask.at)
    verdict = "sent" if sent else "lost"
    fields = {"address": found.address, "verdict": verdict, "by": ask.actor}
    _tell(connection, ask, ChangeEvent.SETTLED, fields)
    return head if sent else campaigns.move(connection, head, Verb.RESEND, ended=None)


def _tell(
    connection: Connection, ask: Ask, event: ChangeEvent, fields: Mapping[str, Any] | None = None
) -> None:
    changes.add(connection, ask.number, ask.at, event, actor=ask.actor, fields=fields)
