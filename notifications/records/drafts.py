"""Drafts: a campaign with its recipients, and its post, recorded in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifications import audience
from notifications.errors import BadCampaign, Problem
from notifications.records import campaigns, changes, recipients
from notifications.terms import ChangeEvent, Drafted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from notifications.order import Order


def record(connection: Connection, order: Order, at: datetime, follows: str) -> Drafted:
    """Record *order*; its post continues the thread of the Message-ID *follows*, if there is one.

    The same request key again returns what it made the first time.

    Raises BadCampaign: NO_RECIPIENTS; UNKNOWN_CAMPAIGN or NO_ANNOUNCE of what it follows; what
    `audience.sort` raises. The transaction is to be given up then.
    """
    columns = _columns(order, at)
    if not order.kind.letter:
        columns |= _thread(connection, order, follows)
    number = campaigns.add_once(connection, **columns)
    if number is None:
        return _again(connection, order)
    if not order.kind.letter:
        _post(connection, order, number)
        _tell(connection, order, [number], at)
        return Drafted(campaign=0, post=number)
    _recipients(connection, order, number)
    post = _beside(connection, order, number, at, follows)
    _tell(connection, order, [number, post] if post else [number], at)
    return Drafted(campaign=number, post=post)


def _again(connection: Connection, order: Order) -> Drafted:
    head = campaigns.keyed(connection, order.draft.request_key)
    if head.announce:
        return Drafted(campaign=0, post=head.number, again=True)
    return Drafted(campaign=head.number, post=head.post, again=True)


def _columns(order: Order, at: datetime) -> dict[str, Any]:
    draft = order.draft
    return {
        "kind": draft.kind,
        "request_key": draft.request_key,
        "actor": draft.actor,
        "created": at,
        "occasion": draft.occasion,
        "kept": order.kept,
    }


def _thread(connection: Connection, order: Order, follows: str) -> dict[str, Any]:
    """Return what the head of a post has besides."""
    before = order.draft.follows
    if before and not campaigns.read(connection, before).announce:
        raise BadCampaign(Problem.NO_ANNOUNCE, number=before)
    return {"announce": True, "follows": follows}


def _beside(connection: Connection, order: Order, letter: int, at: datetime, follows: str) -> int:
    """Record the post that belongs to the campaign *letter*; each knows the other."""
    if order.list is None:
        return 0
    columns = _columns(order, at) | _thread(connection, order, follows)
    columns |= {"request_key": f"post/{letter}", "post": letter}
    post = campaigns.add(connection, **columns)
    campaigns.change(connection, letter, post=post)
    _post(connection, order, post)
    return post


def _post(connection: Connection, order: Order, number: int) -> None:
    if order.list is not None:
        recipients.add(connection, number, [audience.sole(order.list)])


def _recipients(connection: Connection, order: Order, number: int) -> None:
    usable, left_out = 0, 0
    for batch in audience.sort(order.draft.recipients, order.kind, order.staff):
        recipients.add(connection, number, batch.contacts)
        recipients.leave_out(connection, number, batch.absent)
        usable += len(batch.contacts)
        left_out += len(batch.absent)
    if not usable:
        raise BadCampaign(Problem.NO_RECIPIENTS, kind=order.kind.name, left_out=left_out)


def _tell(connection: Connection, order: Order, numbers: Sequence[int], at: datetime) -> None:
    fields = {"kind": order.draft.kind}
    rows = [(number, ChangeEvent.DRAFTED, fields) for number in numbers]
    changes.add_all(connection, rows, at, order.draft.actor)
