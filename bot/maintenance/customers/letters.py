"""The mails that answer what a customer has just done: what was changed, and their links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.audiences import recipients
from notifications import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.maintenance.notices.gathered import Sources
    from bot.rules.optin import OptIn, TrialWish
    from notifications import Drafted

ACTOR = "pages"  # who sends them; nobody approves an answer to what its reader has done
CHANGED, LINKS = "optin-changed", "optin-links"


@dataclass(frozen=True, kw_only=True)
class Said:
    """Of which guest something was said, and when; its link is of this generation."""

    guest: str
    generation: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Makes the work that mails an answer, for a transaction that is open."""

    sources: Sources

    def changed(
        self, said: OptIn, *, generation: int, before: int, held: bool, undoable: bool
    ) -> Callable[[Any], Drafted] | None:
        """Return the work that confirms a statement, which came after the one numbered *before*.

        It has a link that takes it back, if that is *undoable*. None: there are no pages.
        """
        links = self.sources.links
        if not links.address:
            return None
        what = "undone" if said.how == "undo" else "in" if said.wanted else "out"
        values = {
            "what": what,
            "wanted": said.wanted,
            "at": said.at,
            "kernel": said.kernel,
            "held": held,
            "by": said.how,
        }
        if undoable:
            values["undo"] = links.undo(said.guest, generation, before, said.at)
        about = Said(guest=said.guest, generation=generation, at=said.at)
        draft = self._draft(about, values, f"optin/{said.guest}/{before}")
        return self.sources.mail.answering(draft)

    def trial(self, wish: TrialWish, *, generation: int, before: int) -> Draft:
        """Return the mail that confirms that a trial is asked for, or withdrawn."""
        values = {"what": "trial" if wish.wanted else "no-trial", "at": wish.at, "note": wish.note}
        about = Said(guest=wish.guest, generation=generation, at=wish.at)
        return self._draft(about, values, f"trial/{wish.guest}/{before}")

    def links(self, guests: Mapping[str, int], key: str, at: datetime) -> Draft:
        """Return the mail with the links of *guests*, given with their generations."""
        links = self.sources.links
        items = {guest: {"link": links.of(guest, known, at)} for guest, known in guests.items()}
        found = recipients(self.sources.fleet, items)
        return Draft(kind=LINKS, actor=ACTOR, request_key=key, recipients=found)

    def _draft(self, about: Said, values: Mapping[str, Any], key: str) -> Draft:
        item = {"link": self.sources.links.of(about.guest, about.generation, about.at)}
        found = recipients(self.sources.fleet, {about.guest: item})
        return Draft(kind=CHANGED, actor=ACTOR, request_key=key, recipients=found, values=values)
