"""A preview: every mail rendered and kept, in batches, and the first one shown."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from functools import partial
from typing import TYPE_CHECKING

from notifications.compose.mailbox import parse
from notifications.order import named
from notifications.records import contents, previews
from notifications.terms import Merged, Preview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notifications.campaigns import Parts
    from notifications.records.contents import Begun, Waiting
    from notifications.records.previews import Shown
    from notifications.terms import Kind

_START = -(2**31)  # before every place in the order of sending


class Tally:
    """What is known of all mails together, after each of them was seen once."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._digest = hashlib.sha256()
        self.items = 0
        self.merged: list[Merged] = []

    @property
    def digest(self) -> str:
        """Of all addresses and mails, in the order of sending."""
        return self._digest.hexdigest()

    def add(self, waiting: Waiting, content: bytes) -> None:
        """See one more."""
        address, items = waiting.recipient.address, len(waiting.recipient.items)
        self._digest.update(f"{address}\0{len(content)}\0".encode() + content)
        self.items += items
        if waiting.names:
            self.merged.append(Merged(address=address, names=waiting.names, items=items))


async def preview(parts: Parts, number: int, actor: str) -> Preview:
    """Render, keep and show. Raises as `Campaigns.preview`; the campaign is a draft then.

    If another preview of it begins meanwhile, this one is refused: CHANGED.
    """
    by = f"rendering:{secrets.token_hex(8)}"
    begin = partial(contents.begin, number=number, by=by)
    begun = await parts.transactions.write(begin, first=True)
    kind = named(parts.kinds, begun.campaign.kind)
    tally = await _all(parts, begun, kind, by)
    rendered = previews.Rendered(
        number=number, by=by, actor=actor, digest=tally.digest, service=kind.service
    )
    finish = partial(previews.finish, rendered=rendered, at=parts.clock.now())
    return _shown(parts, await parts.transactions.write(finish, first=True), tally)


async def _all(parts: Parts, begun: Begun, kind: Kind, by: str) -> Tally:
    """Render and keep every mail."""
    number, tally, position = begun.campaign.number, Tally(), _START
    while batch := await parts.transactions.read(
        partial(contents.unrendered, number=number, position=position)
    ):
        mails = await asyncio.to_thread(_render, parts, begun, kind, batch)
        keep = partial(contents.keep, number=number, by=by, mails=mails)
        await parts.transactions.write(keep)
        for waiting, (_, content) in zip(batch, mails, strict=True):
            tally.add(waiting, content)
        position = batch[-1].position
    return tally


def _render(
    parts: Parts, begun: Begun, kind: Kind, batch: Sequence[Waiting]
) -> list[tuple[int, bytes]]:
    campaign, composer = begun.campaign, parts.composer
    if campaign.announce:
        return [(each.id, composer.post(kind, campaign, begun.follows)) for each in batch]
    return [
        (each.id, composer.letter(kind, campaign, each.recipient, parse(each.recipient.address)))
        for each in batch
    ]


def _shown(parts: Parts, shown: Shown, tally: Tally) -> Preview:
    subject, text = parts.composer.sample_parts(shown.sample)
    return Preview(
        campaign=shown.campaign,
        items=tally.items + shown.items_left_out,
        recipients=shown.recipients,
        merged=tuple(tally.merged),
        left_out=shown.left_out,
        subject=subject,
        sample=shown.sample,
        sample_text=text,
        sample_to=shown.sample_to,
    )
