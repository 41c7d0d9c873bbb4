"""Signed tokens: by its link a customer is known; by its seal a form is of a page that we made.

A token proves itself, so nothing is looked up before its signature is checked: the answer to one
that is forged takes the same time whether its guest exists or not. What is signed can be read by
its holder, and says nothing of any other guest.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, URLSafeSerializer

from bot.rules.errors import Code, Precondition

if TYPE_CHECKING:
    from bot.rules.fleet import Fleet

LONGEST = 2000  # characters of a token; ours are far shorter
SEAL_HOURS = 24  # a page may lie open for a night before its form is sent
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_MARK = 8  # hex digits; it guards against a changed contact, not against guessing


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a personal link is for."""

    guest: str
    generation: int  # how often the guest's links had been revoked when it was made


@dataclass(frozen=True, kw_only=True)
class Undo:
    """What an undo link takes back: the statement that came after the one numbered `before`."""

    link: Link
    before: int  # 0: nothing had been said


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """What a page showed whose form is sent."""

    seen: int  # number of the statement that counted; 0: none
    words: str  # version of the warning
    fresh: bool  # it was not open for too long


class Links:
    """Makes links and seals, and reads them. Instants are the caller's; a token is of its day."""

    def __init__(self, address: str, key: bytes, fleet: Fleet, days: int = 90) -> None:
        """Link to the pages at *address* (no slash at its end; empty: there are none).

        A link is good for *days* and for as long as the contact of its guest is the same.
        """
        self.address = address
        self._key, self._fleet, self._days = key, fleet, days
        self._signers = {purpose: self._signer(purpose) for purpose in ("opt-in", "undo", "seal")}

    def _signer(self, purpose: str) -> URLSafeSerializer:
        """Return what signs for one *purpose*: a token made for another is not read."""
        return URLSafeSerializer(
            self._key,
            salt=f"maintbot.{purpose}",
            signer_kwargs={"digest_method": hashlib.sha256},
        )

    def of(self, guest: str, generation: int, at: datetime) -> str:
        """Return the link for the customer of *guest*; on one day it is the same every time.

        Raises Precondition(NO_LINKS) if no address of pages is configured.
        """
        return f"{self._pages()}{self.path(guest, generation, at)}"

    def path(self, guest: str, generation: int, at: datetime) -> str:
        """Return the part of the link behind the address of the pages."""
        return f"/optin/{self._signers['opt-in'].dumps(self._about(guest, generation, at))}"

    def undo(self, guest: str, generation: int, before: int, at: datetime) -> str:
        """Return the link that takes back the statement after the one numbered *before*."""
        token = self._signers["undo"].dumps([*self._about(guest, generation, at), before])
        return f"{self._pages()}/undo/{token}"

    def seal(self, guest: str, seen: int, words: str, at: datetime) -> str:
        """Return the token of a page of *guest* that shows the statement numbered *seen*.

        *words* is the version of the warning that it shows.
        """
        second = int((at - _EPOCH).total_seconds())
        return self._signers["seal"].dumps([guest, seen, words, second])

    def read(self, token: str, at: datetime) -> Link | None:
        """Return what a personal link is for; None: it is not ours, or its time has passed."""
        match self._loaded("opt-in", token):
            case [str(guest), int(generation), int(day), str(mark)]:
                return self._good(guest, generation, day, mark, at)
            case _:
                return None

    def read_undo(self, token: str, at: datetime) -> Undo | None:
        """Return what an undo link is for, as `read`."""
        match self._loaded("undo", token):
            case [str(guest), int(generation), int(day), str(mark), int(before)]:
                link = self._good(guest, generation, day, mark, at)
                return Undo(link=link, before=before) if link else None
            case _:
                return None

    def unsealed(self, seal: str, guest: str, at: datetime) -> Sealed | None:
        """Return what a page of *guest* showed; None: the seal is not ours, or of another guest."""
        match self._loaded("seal", seal):
            case [str(of), int(seen), str(words), int(second)] if of == guest:
                age = at - (_EPOCH + timedelta(seconds=second))
                fresh = age <= timedelta(hours=SEAL_HOURS)
                return Sealed(seen=seen, words=words, fresh=fresh)
            case _:
                return None

    def _pages(self) -> str:
        if not self.address:
            raise Precondition(Code.NO_LINKS)
        return self.address

    def _about(self, guest: str, generation: int, at: datetime) -> list[str | int]:
        return [guest, generation, (at - _EPOCH).days, self._mark(guest)]

    def _good(self, guest: str, generation: int, day: int, mark: str, at: datetime) -> Link | None:
        ours = guest in self._fleet.guests and hmac.compare_digest(mark, self._mark(guest))
        fresh = (at - _EPOCH).days - day <= self._days
        return Link(guest=guest, generation=generation) if ours and fresh else None

    def _mark(self, guest: str) -> str:
        """Return a trace of the guest's contact: whoever was its contact before has no link."""
        known = self._fleet.guests.get(guest)
        contact = self._fleet.contacts.get(known.contact) if known else None
        address = contact.address.strip().casefold() if contact else ""
        said = f"maintbot.contact/{guest}/{address}".encode()
        return hmac.digest(self._key, said, "sha256").hex()[:_MARK]

    def _loaded(self, purpose: str, token: str) -> Any:  # noqa: ANN401 - any JSON, until it is matched
        if len(token) > LONGEST:
            return None
        signer = self._signers[purpose]
        try:
            found = signer.loads(token)
            written = str(signer.dumps(found))
        except (BadData, TypeError, ValueError, RecursionError):
            return None
        # The library also reads a signature that is written otherwise: one link is one text.
        return found if hmac.compare_digest(written.encode(), token.encode()) else None
