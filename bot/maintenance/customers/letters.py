"""The mails that answer what a customer has just done: what was changed, and their links."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.audiences import recipients
from notifications import Draft, NotificationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.maintenance.notices.gathered import Sources
    from bot.rules.optin import OptIn, TrialWish

logger = logging.getLogger(__name__)

ACTOR = "pages"  # who sends them; nobody approves an answer to what its reader has done
CHANGED, LINKS = "optin-changed", "optin-links"


@dataclass(frozen=True, kw_only=True)
class Before:
    """What counted for a guest until now."""

    generation: int  # of its links
    number: int  # of the statement that counted; 0: nothing had been said
    undoable: bool = True  # what is said now can be taken back by a link
    held: bool = False  # a hold keeps it from being heeded


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Makes the work that mails an answer, for a transaction that is open."""

    sources: Sources

    def confirm(self, transaction: Any, said: OptIn, before: Before) -> None:  # noqa: ANN401 - only the store knows what it is
        """Mail what was said of opting in or out, in the transaction that records it.

        Without pages there is no mail: it would lead nowhere. An opt-out counts also if its mail
        cannot be made; that is logged. Raises NotificationError.
        """
        links = self.sources.links
        if not links.address:
            return
        what = "undone" if said.how == "undo" else "in" if said.wanted else "out"
        values: dict[str, Any] = {
            "what": what,
            "wanted": said.wanted,
            "at": said.at,
            "kernel": said.kernel,
            "held": before.held,
            "by": said.how,
        }
        if before.undoable:
            values["undo"] = links.undo(said.guest, before.generation, before.number, said.at)
        key = f"optin/{said.guest}/{before.number}"
        draft = self._draft(said.guest, before.generation, said.at, values, key)
        try:
            self.sources.mail.answering(draft)(transaction)
        except NotificationError as error:
            if said.wanted:
                raise
            problem = error.problem.value  # its fields may have what is nobody else's
            logger.error("an opt-out is recorded; its mail could not be made: %s", problem)  # noqa: TRY400

    def wished(self, transaction: Any, wish: TrialWish, before: Before) -> None:  # noqa: ANN401 - as above
        """Mail that a trial is asked for or withdrawn, as `confirm`."""
        letter = self.trial(wish, before.generation, str(before.number))
        if letter is not None:
            self.sources.mail.answering(letter)(transaction)

    def trial(self, wish: TrialWish, generation: int, key: str) -> Draft | None:
        """Return the mail that a trial is asked for or withdrawn; None: there are no pages."""
        if not self.sources.links.address:
            return None
        values = {
            "what": "trial" if wish.wanted else "no-trial",
            "at": wish.at,
            "note": wish.note,
            "by": wish.how,
        }
        return self._draft(wish.guest, generation, wish.at, values, f"trial/{wish.guest}/{key}")

    def links(self, guests: Mapping[str, int], key: str, at: datetime) -> Draft:
        """Return the mail with the links of *guests*, given with their generations."""
        links = self.sources.links
        items = {guest: {"link": links.of(guest, known, at)} for guest, known in guests.items()}
        found = recipients(self.sources.fleet, items)
        return Draft(kind=LINKS, actor=ACTOR, request_key=key, recipients=found)

    def _draft(
        self, guest: str, generation: int, at: datetime, values: Mapping[str, Any], key: str
    ) -> Draft:
        item = {"link": self.sources.links.of(guest, generation, at)}
        found = recipients(self.sources.fleet, {guest: item})
        return Draft(kind=CHANGED, actor=ACTOR, request_key=key, recipients=found, values=values)
