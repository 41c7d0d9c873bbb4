"""What became of a post: held, published or rejected, as Mailman's REST says.

Mailman answers 250 to every post, so only this tells (failure 48). Nothing here posts again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notifications.errors import StoreAway, TransportDown
from notifications.records import posts

if TYPE_CHECKING:
    from notifications.announce.mailman import Rest
    from notifications.compose.tokens import Tokens
    from notifications.ports import Clock, Transactions
    from notifications.records.posts import Post
    from notifications.terms import Campaign

logger = logging.getLogger(__name__)

HELD, PUBLISHED, REJECTED = "held", "published", "rejected"
# What a moderator accepts is published some seconds after it has left the held ones.
PATIENCE = timedelta(minutes=5)
# A post that was not held and not published in this time was dropped; nothing says so.
WATCHED = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the list says now."""

    count: int  # of what it has published, ever
    held: bool  # whether the post is among what waits for a moderator


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the list said before, kept with the campaign."""

    count: int
    held: bool = False
    gone: str = ""  # the instant since which it is no longer held

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """Return what `text` made; None: nothing was kept."""
        return cls(**json.loads(text)) if text else None

    @property
    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))


def judge(mark: Mark | None, seen: Seen, now: datetime) -> tuple[str, Mark | None]:
    """Say what became of a post, and what to keep for the next time; "": it cannot be told yet.

    The mark moves on while the post is held, so that what others post meanwhile does not count.
    """
    if seen.held:
        return HELD, Mark(count=seen.count, held=True)
    if mark is None:
        return "", None
    if seen.count > mark.count:
        return PUBLISHED, mark
    if not mark.held:
        return "", mark
    if not mark.gone:
        return HELD, replace(mark, gone=now.isoformat())
    patient = now - datetime.fromisoformat(mark.gone) < PATIENCE
    return (HELD if patient else REJECTED), mark


class Moderation:
    """Follows the posts of one list."""

    def __init__(
        self, transactions: Transactions, clock: Clock, tokens: Tokens, domain: str, rest: Rest
    ) -> None:
        """Ask *rest*; *domain* is that of our Message-IDs, which *tokens* makes."""
        self._transactions = transactions
        self._clock = clock
        self._tokens = tokens
        self._domain = domain
        self._rest = rest

    async def mark(self, campaign: Campaign) -> None:
        """Note how the list stands before a post. What goes wrong with that holds up no post."""
        number, text = campaign.number, ""
        try:
            text = Mark(count=await asyncio.to_thread(self._rest.count)).text
        except TransportDown as error:
            logger.warning("post %d goes out unmarked: %s", number, error)
        try:
            await self._transactions.write(lambda c: posts.note(c, number, text))
        except StoreAway as error:
            logger.warning("post %d goes out unmarked: %s", number, error)

    async def look(self) -> None:
        """Record what became of the posts that are not at their end; repeating it is harmless.

        Raises TransportDown (RELAY, phase "list"), StoreAway.
        """
        now = self._clock.now()
        watched = await self._transactions.read(lambda c: posts.watched(c, now - WATCHED))
        if not watched:
            return
        # The held ones last: a post that moves on between the questions is then not seen in
        # either place, and judged the next time.
        count = await asyncio.to_thread(self._rest.count)
        held = await asyncio.to_thread(self._rest.held)
        for post in watched:
            name = self._tokens.message_id(post.number, post.mailbox, self._domain)
            await self._judge(post, Seen(count=count, held=name in held), now)

    async def _judge(self, post: Post, seen: Seen, now: datetime) -> None:
        publication, mark = judge(Mark.read(post.mark), seen, now)
        text = mark.text if mark else ""
        if (publication, text) != (post.publication, post.mark):
            await self._transactions.write(lambda c: posts.tell(c, post, publication, text, now))
