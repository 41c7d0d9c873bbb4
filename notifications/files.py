"""Kept mails as files: safe names, one batch in memory at a time."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from notifications.records import contents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from notifications.ports import Transactions

_UNSAFE = re.compile(r"[^A-Za-z0-9@_+.-]")
_LONGEST = 100  # characters of an address in a name


async def mails(transactions: Transactions, number: int) -> AsyncIterator[tuple[str, bytes]]:
    """Yield name and bytes of every kept mail of a campaign, in the order of their mailboxes.

    Raises BadCampaign(UNKNOWN_CAMPAIGN); CampaignRefused(CHANGED), also between two of them.
    """
    place, mailbox = 0, ""
    read = contents.mails
    while batch := await transactions.read(partial(read, number=number, mailbox=mailbox)):
        for mailbox, address, content in batch:  # noqa: B007 - the last one is where to go on
            place += 1
            yield name(place, address), content


def name(place: int, address: str) -> str:
    """Return a name that no other *place* has, and that no file system minds."""
    return f"{place:06}-{_UNSAFE.sub('_', address)[:_LONGEST]}.eml"
