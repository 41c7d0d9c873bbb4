"""Posts to a real announce list: what its subscribers get, and what its REST says of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from notifications.announce.mailman import Rest
from notifications.announce.moderation import PATIENCE, Moderation
from notifications.announce.posts import finisher
from notifications.announce.signature import Signer
from notifications.clock import MachineClock
from notifications.compose.tokens import Tokens
from notifications.settings import Secrets, Watch
from notifications.terms import Campaign
from tests.integration.mailman_server import MODERATOR, PASSWORD, AnnounceList, Mailman
from tests.integration.patience import until
from tests.integration.pgp_key import OWNER, verified
from tests.integration.pipeline import SECRETS, Pipeline, house, pipeline
from tests.integration.postfix_server import Postfix
from tests.smtpd import Smtpd
from tests.unit.notifications.clock import SettableClock

NOW = timedelta(0)
SUBSCRIBER = "subscriber@example.org"
REST = replace(SECRETS, rest_password=PASSWORD)
APPROVING = replace(REST, list_password=MODERATOR)


@pytest.fixture
async def sink(postfix: Postfix) -> AsyncIterator[Smtpd]:
    async with Smtpd(port=postfix.sink) as sink:
        yield sink


@pytest.fixture
def announce(mailman: Mailman) -> AnnounceList:
    return mailman.announce_list(SUBSCRIBER)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Posts, and looks what became of them."""

    posts: Pipeline
    moderation: Moderation
    clock: SettableClock
    sink: Smtpd
    announce: AnnounceList

    async def publication(self, number: int, word: str, *, later: timedelta = NOW) -> None:
        """Look until the post is said to be *word*; let *later* pass before each look."""

        async def said() -> bool:
            self.clock.advance(later.total_seconds())
            await self.moderation.look()
            return (await self.posts.campaigns.campaign(number)).publication == word

        await until(said)

    async def published(self, count: int) -> list[Message]:
        """Return what the subscriber has got from this list, once that is *count* mails."""

        async def enough() -> bool:
            return len(self._got()) >= count

        await until(enough)
        return self._got()

    def _got(self) -> list[Message]:
        mails = [message_from_bytes(mail.content) for mail in self.sink.mails]
        return [mail for mail in mails if mail["List-Id"] == f"<{self.announce.id}>"]


@asynccontextmanager
async def desk(
    folder: Path,
    postfix: Postfix,
    announce: AnnounceList,
    sink: Smtpd,
    secrets: Secrets,
    signer: Signer | None = None,
) -> AsyncIterator[Desk]:
    clock = SettableClock(MachineClock().now())
    about = replace(house(announce.address), list_id=announce.id)
    rest = Rest(Watch(rest=announce.mailman.address), secrets, announce.id)
    follower: list[Moderation] = []

    async def mark(post: Campaign) -> None:
        await follower[0].mark(post)

    finish = finisher(clock, secrets, signer, mark)
    async with pipeline(folder, postfix.port, about, finish=finish) as posts:
        follower.append(Moderation(posts.database, clock, Tokens(secrets.key), about.domain, rest))
        yield Desk(posts=posts, moderation=follower[0], clock=clock, sink=sink, announce=announce)


async def test_an_approved_post_is_published_to_the_subscribers(
    postfix: Postfix, announce: AnnounceList, sink: Smtpd, tmp_path: Path
) -> None:
    async with desk(tmp_path, postfix, announce, sink, APPROVING) as at:
        number = await at.posts.post()

        (mail,) = await at.published(1)
        await at.publication(number, "published")

    assert sink.mails[0].rcpt == SUBSCRIBER
    assert "Approved" not in mail
    assert MODERATOR.encode() not in sink.mails[0].content


@pytest.mark.failure(48)
async def test_a_post_of_somebody_unknown_is_held_and_shown_as_held(
    postfix: Postfix, announce: AnnounceList, sink: Smtpd, tmp_path: Path
) -> None:
    async with desk(tmp_path, postfix, announce, sink, REST) as at:
        number = await at.posts.post()

        await at.publication(number, "held")

    assert len(announce.held()) == 1
    assert sink.mails == []


@pytest.mark.failure(48)
async def test_a_held_post_that_a_moderator_accepts_is_published(
    postfix: Postfix, announce: AnnounceList, sink: Smtpd, tmp_path: Path
) -> None:
    async with desk(tmp_path, postfix, announce, sink, REST) as at:
        number = await at.posts.post()
        await at.publication(number, "held")

        announce.moderate("accept")

        await at.publication(number, "published")
        assert len(await at.published(1)) == 1


@pytest.mark.failure(48)
async def test_a_held_post_that_a_moderator_discards_is_rejected_and_not_posted_again(
    postfix: Postfix, announce: AnnounceList, sink: Smtpd, tmp_path: Path
) -> None:
    async with desk(tmp_path, postfix, announce, sink, REST) as at:
        number = await at.posts.post()
        await at.publication(number, "held")

        announce.moderate("discard")

        await at.publication(number, "rejected", later=PATIENCE)
    assert announce.held() == []
    assert sink.mails == []


async def test_a_trusted_poster_needs_no_password(
    postfix: Postfix, announce: AnnounceList, sink: Smtpd, tmp_path: Path
) -> None:
    announce.trust("support@example.net")
    async with desk(tmp_path, postfix, announce, sink, REST) as at:
        number = await at.posts.post()

        await at.publication(number, "published")
        assert len(await at.published(1)) == 1


async def test_a_post_that_follows_another_is_in_its_thread(
    postfix: Postfix, announce: AnnounceList, sink: Smtpd, tmp_path: Path
) -> None:
    async with desk(tmp_path, postfix, announce, sink, APPROVING) as at:
        first = await at.posts.post()
        await at.published(1)

        await at.posts.post(follows=first)

        one, other = await at.published(2)
    assert other["In-Reply-To"] == other["References"] == one["Message-ID"]


async def test_a_signature_holds_for_what_the_list_publishes(
    postfix: Postfix, announce: AnnounceList, sink: Smtpd, tmp_path: Path, pgp_home: Path
) -> None:
    signer = Signer(OWNER, str(pgp_home))
    async with desk(tmp_path, postfix, announce, sink, APPROVING, signer) as at:
        await at.posts.post()
        await at.published(1)

    assert verified(pgp_home, tmp_path, sink.mails[-1].content)
