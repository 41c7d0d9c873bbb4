"""What the pages ask on behalf of customers; `bot.maintenance.customers.desk` answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bot.maintenance.customers.terms import GuestPage, UndoPage


class Customers(Protocol):
    """What a customer may see and do. *token* is from a personal link, *seal* from a page.

    *address* is the network address that it came from. What changes something raises PageRefused,
    and nothing was recorded then; TryAgain when the database is away. What was done already is
    done once: the same form sent twice is one statement.
    """

    async def page(self, token: str) -> GuestPage:
        """Return what the page of a guest shows. Raises PageRefused(LINK)."""

    async def opt_in(self, token: str, *, seal: str, kernel: str, read: bool, address: str) -> None:
        """Opt the guest in. Raises PageRefused: LINK, SEAL, UNREAD, KERNEL, CHANGED."""

    async def opt_out(self, token: str, *, seal: str, address: str) -> None:
        """Opt the guest out, whatever was said meanwhile. Raises PageRefused: LINK, SEAL."""

    async def ask_trial(
        self, token: str, *, seal: str, kernel: str, note: str, address: str
    ) -> None:
        """Ask for a trial. Raises PageRefused: LINK, SEAL, KERNEL."""

    async def withdraw_trial(self, token: str, *, seal: str, address: str) -> None:
        """Withdraw the wish for a trial. Raises PageRefused: LINK, SEAL."""

    async def undo_page(self, token: str) -> UndoPage:
        """Return what an undo link would do. Raises PageRefused: LINK, UNDONE."""

    async def undo(self, token: str, *, seal: str, address: str) -> str:
        """Take the last statement back; return the path of the guest's page. Raises as above."""

    async def send_links(self, address: str) -> None:
        """Mail the links of a contact's guests, if *address* is that of one; never says which."""

    async def unsubscribe(self, token: str) -> bool:
        """Stop offers to the mailbox that *token* was made for; False: it is not ours."""

    async def windows(self) -> list[dict[str, Any]]:
        """Return the windows to come and under way in public words (`windows.public.Public`)."""
