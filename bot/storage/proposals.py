"""Proposals: starts that wait for a second person. What is decided is gone; the audit has it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from bot.ports import Proposal
from bot.rules.errors import Code, Precondition
from bot.rules.plan.data import options_from_data, plan_from_data, plan_to_data
from bot.storage.dialects import put
from bot.storage.digest import canonical
from bot.storage.rows import built, select_fields
from bot.storage.tables import PROPOSAL

if TYPE_CHECKING:
    from sqlalchemy import Connection

_HERE = PROPOSAL.c.host == bindparam("of_host")
_WAITING = select_fields(PROPOSAL, Proposal).where(_HERE)
_REPLACED = select(PROPOSAL.c.actor).where(_HERE, PROPOSAL.c.until > bindparam("at_instant"))
_CLOSE = delete(PROPOSAL).where(_HERE)
_DISMISS = _CLOSE.where(PROPOSAL.c.key == bindparam("of_key"))


def propose(connection: Connection, proposal: Proposal) -> str:
    """Record what waits for a second person; return who proposed what it replaces, if any."""
    known = {"of_host": proposal.host, "at_instant": proposal.at}
    replaced = connection.execute(_REPLACED, known).scalar()
    values = {name: getattr(proposal, name) for name in ("key", "host", "actor", "text", "reason")}
    values |= {"at": proposal.at, "until": proposal.until, "options": asdict(proposal.options)}
    put(connection, PROPOSAL, [{**values, "plan": canonical(plan_to_data(proposal.plan))}])
    return replaced or ""


def waiting(connection: Connection, host: str) -> Proposal | None:
    """Return what is proposed for *host*, expired or not, or None."""
    row = connection.execute(_WAITING, {"of_host": host}).one_or_none()
    if row is None:
        return None
    options, plan = options_from_data(row.options), plan_from_data(json.loads(row.plan))
    return built(Proposal, row, options=options, plan=plan)


def dismiss(connection: Connection, host: str, key: str) -> bool:
    """Close the proposal with this key; False if it did not wait any more."""
    return bool(connection.execute(_DISMISS, {"of_host": host, "of_key": key}).rowcount)


def carry_out(connection: Connection, host: str, key: str) -> None:
    """Close what is proposed for *host*, whose run begins in this transaction.

    Raises Precondition(NO_PROPOSAL): the run carries out the proposal *key*, and that does not
    wait any more: it was refused, replaced, or carried out already.
    """
    if key and not dismiss(connection, host, key):
        raise Precondition(Code.NO_PROPOSAL, host=host)
    connection.execute(_CLOSE, {"of_host": host})
