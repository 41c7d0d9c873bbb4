"""What a draft asks for, checked as far as that needs no database. Pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notifications import values
from notifications.compose.mailbox import parse
from notifications.compose.mime import attached
from notifications.errors import BadCampaign, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notifications.compose.mailbox import Mailbox
    from notifications.settings import House
    from notifications.terms import Draft, Kind


@dataclass(frozen=True, kw_only=True)
class Order:
    """A draft that can be recorded."""

    draft: Draft
    kind: Kind
    kept: dict[str, Any]  # the values, as JSON
    list: Mailbox | None  # where its post goes; None: it has no post
    staff: frozenset[str]  # mailboxes that come first


def understood(draft: Draft, kinds: Mapping[str, Kind], house: House) -> Order:
    """Return *draft* as an order.

    Raises BadCampaign: UNKNOWN_KIND, MISSING_VALUES, BAD_VALUE, NO_ANNOUNCE; BAD_ADDRESS, if one
    of the house's own addresses is wrong.
    """
    kind = named(kinds, draft.kind)
    if missing := kind.needs - draft.values.keys():
        names = tuple(sorted(missing))
        raise BadCampaign(Problem.MISSING_VALUES, kind=kind.name, names=names)
    kept = values.kept(draft.values)
    if kind.calendar and (calendar := kept.get(values.CALENDAR)):
        attached(calendar)  # what cannot be is refused here, not first at its preview
    return Order(
        draft=draft,
        kind=kind,
        kept=kept,
        list=_list(kind, house) if draft.announce or not kind.letter else None,
        staff=frozenset(parse(address).same for address in house.staff),
    )


def named(kinds: Mapping[str, Kind], name: str) -> Kind:
    """Return the kind called *name*. Raises BadCampaign(UNKNOWN_KIND)."""
    if name in kinds:
        return kinds[name]
    nearest = difflib.get_close_matches(name, kinds, n=1)
    raise BadCampaign(Problem.UNKNOWN_KIND, kind=name, nearest="".join(nearest))


def _list(kind: Kind, house: House) -> Mailbox:
    if not kind.announce or not house.list:
        why = "list" if kind.announce else "kind"
        raise BadCampaign(Problem.NO_ANNOUNCE, kind=kind.name, why=why)
    return parse(house.list)
