"""Reports of mail that did not arrive, each once, with what follows for the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from notifications.bounces.report import BounceKind
from notifications.records import changes, once, suppressions
from notifications.tables import BOUNCE, CAMPAIGN, DELIVERY, RECIPIENT
from notifications.terms import ChangeEvent, Omission, Scope, Suppression

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

    from notifications.bounces.report import Report

_GRAVITY = list(BounceKind)


def record(
    connection: Connection, delivery: int, report: Report, at: datetime, offers: frozenset[str]
) -> bool | None:
    """Record what came back for *delivery*; False: it was recorded before; None: unknown delivery.

    A hard bounce stops offers (the kinds *offers*) to the address, and further notices of the
    same occasion. Posts and tests stop nothing: their addresses are ours.
    """
    whose = _whose(connection, delivery)
    if whose is None:
        return None
    if not _once(connection, delivery, report, at):
        return False
    if report.kind.value == _graver(whose.bounce, report.kind):
        change = update(DELIVERY).where(DELIVERY.c.id == delivery)
        connection.execute(change.values(bounce=report.kind.value))
    if report.kind is BounceKind.HARD and not whose.announce and not whose.test_of:
        _suppress(connection, whose, report, at, offers)
    told = {"address": whose.address, "kind": report.kind.value, "status": report.status}
    changes.add(connection, whose.campaign, at, ChangeEvent.BOUNCED, fields=told)
    return True


def _whose(connection: Connection, delivery: int) -> Row[*tuple[Any, ...]] | None:
    query = (
        select(
            *(RECIPIENT.c.campaign, RECIPIENT.c.mailbox, RECIPIENT.c.address, DELIVERY.c.bounce),
            *(CAMPAIGN.c.announce, CAMPAIGN.c.test_of, CAMPAIGN.c.occasion),
        )
        .join(DELIVERY, DELIVERY.c.id == RECIPIENT.c.id)
        .join(CAMPAIGN, CAMPAIGN.c.number == RECIPIENT.c.campaign)
        .where(RECIPIENT.c.id == delivery)
    )
    return connection.execute(query).first()


def _once(connection: Connection, delivery: int, report: Report, at: datetime) -> bool:
    values = {
        # The name of a report is what a stranger says: it counts for this delivery only.
        "id": f"{delivery} {report.id}",
        "delivery": delivery,
        "at": at,
        "kind": report.kind.value,
        "status": report.status,
        "detail": report.detail,
    }
    return once.add(connection, BOUNCE, values) is not None


def _graver(known: str, kind: BounceKind) -> str:
    if not known:
        return kind.value
    return max(BounceKind(known), kind, key=_GRAVITY.index).value


def _suppress(
    connection: Connection,
    whose: Row[*tuple[Any, ...]],
    report: Report,
    at: datetime,
    offers: frozenset[str],
) -> None:
    scopes = {Scope.OFFERS: ""}
    if whose.occasion:
        scopes[Scope.OCCASION] = whose.occasion
    for scope, occasion in scopes.items():
        suppression = Suppression(
            address=whose.address,
            scope=scope,
            why=Omission.BOUNCED,
            at=at,
            occasion=occasion,
            detail=f"{report.status} {report.detail}".strip(),
        )
        suppressions.add(connection, whose.mailbox, suppression, offers)
