"""An answer: a mail to one who has just done something, frozen and let go as it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifications import audience, order
from notifications.errors import BadCampaign, Problem
from notifications.records import campaigns, changes, contents, recipients
from notifications.states import CampaignState
from notifications.terms import ChangeEvent, Drafted, Recipient
from notifications.values import given

if TYPE_CHECKING:
    from notifications.audience import Contact
    from notifications.campaigns import Parts
    from notifications.order import Order
    from notifications.ports import Work
    from notifications.terms import Draft

NOBODY = Drafted(campaign=0)


def answering(parts: Parts, draft: Draft) -> Work[Drafted]:
    """Return the work of `Campaigns.answering`. Raises as that does."""
    asked = order.understood(draft, parts.kinds, parts.house)
    if not asked.kind.answer:
        raise BadCampaign(Problem.UNKNOWN_KIND, kind=draft.kind, nearest="")
    contact = _sole(asked)

    def answer(connection: Any) -> Drafted:  # noqa: ANN401 - opaque here
        if contact is None:
            return NOBODY
        with connection.begin_nested():  # if it cannot be made, its caller may go on without
            return _answered(connection, parts, asked, contact)

    return answer


def _sole(asked: Order) -> Contact | None:
    """Return the one who is answered; None: there is nobody who can be written to."""
    batches = audience.sort(asked.draft.recipients, asked.kind, asked.staff)
    found = [contact for batch in batches for contact in batch.contacts]
    if len(found) > 1:
        raise BadCampaign(Problem.NO_RECIPIENTS, kind=asked.kind.name, left_out=0)
    return found[0] if found else None


def _answered(
    connection: Any,  # noqa: ANN401 - as above
    parts: Parts,
    asked: Order,
    contact: Contact,
) -> Drafted:
    """Record it as it stands after its approval, in few statements: many may come at once."""
    draft, at = asked.draft, parts.clock.now()
    number = campaigns.add_once(
        connection,
        kind=draft.kind,
        request_key=draft.request_key,
        state=CampaignState.SENDING,
        answer=True,
        actor=draft.actor,
        created=at,
        approved_by=draft.actor,
        approved=at,
        started=at,
        kept=asked.kept,
    )
    if number is None:
        known = campaigns.keyed(connection, draft.request_key)
        return Drafted(campaign=known.number, again=True)
    recipients.add(connection, number, [contact])
    contents.keep_sole(connection, number, _letter(connection, parts, asked, contact, number))
    events = [(number, ChangeEvent.DRAFTED, {"kind": draft.kind}), (number, _STARTED, {})]
    changes.add_all(connection, events, at, draft.actor)
    return Drafted(campaign=number)


_STARTED = ChangeEvent.STARTED


def _letter(
    connection: Any,  # noqa: ANN401 - as above
    parts: Parts,
    asked: Order,
    contact: Contact,
    number: int,
) -> bytes:
    items = tuple(given(item) for item in contact.items)
    name, address = contact.names[0], contact.mailbox.address
    recipient = Recipient(address=address, name=name, items=items)
    head = campaigns.read(connection, number)
    return parts.composer.letter(asked.kind, head, recipient, contact.mailbox)
