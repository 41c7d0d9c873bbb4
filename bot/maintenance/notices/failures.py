"""What goes wrong in a campaign, as the errors that chats know; the words stay theirs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.rules.errors import BadRequest, Code, MaintError, Precondition, TryAgain
from notifications import (
    BadCampaign,
    CampaignRefused,
    NotificationError,
    StoreAway,
    TransportDown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS: tuple[tuple[type[NotificationError], type[MaintError]], ...] = (
    (BadCampaign, BadRequest),
    (CampaignRefused, Precondition),
    (TransportDown, TryAgain),
    (StoreAway, TryAgain),
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn a NotificationError into the MaintError of whoever must act, with Code.MAIL."""
    try:
        yield
    except NotificationError as error:
        kind = next(ours for theirs, ours in _KINDS if isinstance(error, theirs))
        raise kind(Code.MAIL, problem=error.problem.value, fields=error.fields) from error
