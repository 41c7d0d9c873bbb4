from __future__ import annotations

from dataclasses import replace

import pytest

from notifications.announce.posts import finisher
from notifications.announce.signature import Signer
from notifications.errors import TransportDown
from notifications.settings import Secrets
from notifications.states import CampaignState
from notifications.terms import Campaign
from tests.unit.notifications.clock import START, SettableClock

LETTER = Campaign(number=7, kind="k", state=CampaignState.SENDING, actor="anna", created=START)
POST = replace(LETTER, announce=True)
TEST = replace(POST, test_of=3)
CONTENT = b"Subject: Maintenance\r\nContent-Type: text/plain\r\n\r\nWe will.\r\n"
DATE = b"Date: Wed, 01 Sep 2021 08:00:00 +0000\r\n"
SECRETS = Secrets(key=b"key", list_password="open sesame")


class Marked:
    """Notes which posts were marked."""

    def __init__(self) -> None:
        self.posts: list[int] = []

    async def __call__(self, campaign: Campaign) -> None:
        self.posts.append(campaign.number)


async def test_a_letter_gets_its_date_and_nothing_else() -> None:
    finish = finisher(SettableClock(), SECRETS, None, None)

    assert await finish(LETTER, CONTENT) == DATE + CONTENT


async def test_a_post_begins_with_the_moderators_password() -> None:
    marked = Marked()
    finish = finisher(SettableClock(), SECRETS, None, marked)

    assert await finish(POST, CONTENT) == b"Approved: open sesame\r\n" + DATE + CONTENT
    assert marked.posts == [7]


async def test_a_test_of_a_post_bears_no_password() -> None:
    marked = Marked()
    finish = finisher(SettableClock(), SECRETS, None, marked)

    assert await finish(TEST, CONTENT) == DATE + CONTENT
    assert marked.posts == []


async def test_without_a_password_a_post_has_no_such_line() -> None:
    finish = finisher(SettableClock(), Secrets(key=b"key"), None, None)

    assert await finish(POST, CONTENT) == DATE + CONTENT


@pytest.mark.parametrize("password", ["a\r\nBcc: everybody@example.org", "geheimnis\xfc"])
async def test_a_password_that_fits_into_no_header_is_not_sent(password: str) -> None:
    finish = finisher(SettableClock(), Secrets(key=b"key", list_password=password), None, None)

    with pytest.raises(TransportDown) as down:
        await finish(POST, CONTENT)

    assert password not in str(down.value)


async def test_a_post_that_cannot_be_signed_is_not_handed_over() -> None:
    marked = Marked()
    signer = Signer("nobody@example.net", "/nowhere")
    finish = finisher(SettableClock(), SECRETS, signer, marked)

    with pytest.raises(TransportDown) as down:
        await finish(POST, CONTENT)

    assert down.value.fields["phase"] == "sign"
    assert marked.posts == []
