"""The last touch before a mail is handed over: what was approved, plus what nobody approves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from notifications.compose.letters import dated
from notifications.errors import Problem, TransportDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from notifications.announce.signature import Signer
    from notifications.ports import Clock
    from notifications.settings import Secrets
    from notifications.terms import Campaign

    Finish = Callable[[Campaign, bytes], Awaitable[bytes]]
    Mark = Callable[[Campaign], Awaitable[None]]

SIGNING_SECONDS = 60.0


def finisher(clock: Clock, secrets: Secrets, signer: Signer | None, mark: Mark | None) -> Finish:
    """Return what makes frozen content ready to be handed over, at each attempt anew.

    Every mail gets its Date. A post is signed if there is a *signer*; a post that goes to the
    list, and not to somebody as a test, gets the moderator's password, and *mark* is told first.

    What is returned raises TransportDown (RELAY, phase "sign") if that is not
    possible; nothing has been handed over then.
    """

    async def finish(campaign: Campaign, content: bytes) -> bytes:
        to_list = campaign.announce and not campaign.test_of
        if campaign.announce and signer is not None:
            content = await _signed(signer, content)
        if to_list and mark is not None:
            await mark(campaign)
        finished = dated(content, clock.now())
        return _approved(secrets) + finished if to_list else finished

    return finish


async def _signed(signer: Signer, content: bytes) -> bytes:
    try:
        async with asyncio.timeout(SIGNING_SECONDS):
            return await asyncio.to_thread(signer.sign, content)
    except TimeoutError as error:
        detail = f"no answer in {SIGNING_SECONDS:.0f} s"
        raise TransportDown(Problem.RELAY, phase="sign", code=0, detail=detail) from error


def _approved(secrets: Secrets) -> bytes:
    password = secrets.list_password
    if not password:
        return b""
    if not (password.isascii() and password.isprintable()):
        detail = "the list's password does not fit into a header"
        raise TransportDown(Problem.RELAY, phase="sign", code=0, detail=detail)
    return b"Approved: %b\r\n" % password.encode()
