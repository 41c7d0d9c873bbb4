"""Test mails: the first mail of a campaign, to somebody of the house, as a campaign of its own."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from notifications import audience
from notifications.errors import CampaignRefused, Problem
from notifications.records import campaigns, changes, contents, recipients
from notifications.states import CampaignState
from notifications.terms import ChangeEvent, Drafted

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from notifications.compose.mailbox import Mailbox
    from notifications.records.commands import Ask


def record(
    connection: Connection, ask: Ask, mailbox: Mailbox, compose: Callable[[bytes, int], bytes]
) -> Drafted:
    """Record a test mail that is being sent; *compose* makes it of the sample and its number.

    It is never a post, also if it tests one: what only the list may see would go with it.

    Raises BadCampaign(UNKNOWN_CAMPAIGN); CampaignRefused: CHANGED: it is being rendered anew;
    NO_RECIPIENTS: there is no sample.
    """
    head = campaigns.read(connection, ask.number, lock=True)
    if not head.digest:
        raise CampaignRefused(Problem.CHANGED, number=head.number)
    _, sample = contents.first(connection, ask.number)
    if not sample:
        raise CampaignRefused(Problem.NO_RECIPIENTS, number=head.number, kind=head.kind, left_out=0)
    number = campaigns.add(
        connection,
        kind=head.kind,
        request_key=f"test/{head.number}/{secrets.token_hex(8)}",
        state=CampaignState.SENDING,
        actor=ask.actor,
        created=ask.at,
        started=ask.at,
        test_of=head.number,
        kept={},
    )
    recipients.add(connection, number, [audience.sole(mailbox)])
    contents.keep_sole(connection, number, compose(sample, number))
    fields = {"address": mailbox.address, "test": number}
    changes.add(connection, head.number, ask.at, ChangeEvent.TESTED, actor=ask.actor, fields=fields)
    return Drafted(campaign=number)
