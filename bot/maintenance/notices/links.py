"""Personal links: a signed token for each guest, by which its customer is known."""

from __future__ import annotations

import hashlib

from itsdangerous import BadData, URLSafeSerializer

from bot.rules.errors import Code, Precondition

SALT = "maintbot.opt-in"  # a token made for something else under the same key is not ours
GENERATION = 1  # raising it revokes every link that was ever sent


class Links:
    """Makes personal links and reads them."""

    def __init__(self, address: str, key: bytes) -> None:
        """Link to the pages at *address* (no slash at its end; empty: there are none)."""
        self.address = address
        self._signer = URLSafeSerializer(
            key, salt=SALT, signer_kwargs={"digest_method": hashlib.sha256}
        )

    def of(self, guest: str) -> str:
        """Return the link for the customer of *guest*; it is the same every time.

        Raises Precondition(NO_LINKS) if no address of pages is configured.
        """
        if not self.address:
            raise Precondition(Code.NO_LINKS)
        return f"{self.address}/optin/{self._signer.dumps([guest, GENERATION])}"

    def guest(self, token: str) -> str | None:
        """Return the guest that *token* was made for; None: it is not ours, or is revoked."""
        try:
            guest, generation = self._signer.loads(token)
        except (BadData, TypeError, ValueError):
            return None
        return guest if isinstance(guest, str) and generation == GENERATION else None
