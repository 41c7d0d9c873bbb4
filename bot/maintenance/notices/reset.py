"""Setting every opt-in back: statements and the draft of their notice, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import optins
from bot.rules.errors import Code, Precondition
from notifications import BadCampaign, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.rules.fleet import Fleet
    from bot.rules.optin import OptIn
    from notifications import Drafted

    Drafting = Callable[[tuple[OptIn, ...]], Callable[[Any], Drafted]]


@dataclass(frozen=True, kw_only=True)
class Reset:
    """What a reset has done; what is `drafted` waits for approval."""

    guests: int  # that were set back
    drafted: Drafted


def resetting(
    fleet: Fleet, actor: str, at: datetime, drafting: Drafting
) -> Callable[[Any, Mapping[str, OptIn]], tuple[Sequence[OptIn], Reset]]:
    """Return the work that sets customers' guests back, for `Store.restate`.

    *drafting* makes the work that drafts the notice of some statements. If it says that it was
    done before, under its key, nothing is stated again.

    Raises (when the work is done): Precondition(NOBODY_OPTED_IN); what *drafting* raises.
    """

    def work(transaction: Any, newest: Mapping[str, OptIn]) -> tuple[Sequence[OptIn], Reset]:  # noqa: ANN401 - only the store knows what it is
        said = optins.set_back(optins.opted_in(fleet, newest), actor, at)
        drafted = _drafted(drafting(said), transaction, anybody=bool(said))
        if drafted.again:
            return (), Reset(guests=_set_back_then(newest), drafted=drafted)
        return said, Reset(guests=len(said), drafted=drafted)

    return work


def _drafted(draft: Callable[[Any], Drafted], transaction: object, *, anybody: bool) -> Drafted:
    """Draft; only a key that was seen before can stand for a reset of nobody."""
    try:
        return draft(transaction)
    except BadCampaign as error:
        if error.problem is Problem.NO_RECIPIENTS and not anybody:
            raise Precondition(Code.NOBODY_OPTED_IN, kind="") from error
        raise


def _set_back_then(newest: Mapping[str, OptIn]) -> int:
    return len(optins.last_reset(said for said in newest.values() if said.how == optins.RESET))
