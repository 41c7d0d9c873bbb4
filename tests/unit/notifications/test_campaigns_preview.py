"""The front door: previews and approval."""

from __future__ import annotations

from email import message_from_bytes, policy
from functools import partial
from typing import TYPE_CHECKING

import pytest

from notifications.errors import Problem
from notifications.records import contents, suppressions
from notifications.settings import Pace
from notifications.states import CampaignState, DeliveryState
from notifications.terms import Omission, Scope, Suppression
from tests.unit.notifications.front import (
    ANNA,
    BORIS,
    OFFER,
    PEOPLE,
    TEXT,
    front,
    recipient,
    refusal,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.notifications.front import Front


@pytest.fixture
def f(tmp_path: Path) -> Iterator[Front]:
    with front(tmp_path) as made:
        yield made


async def bytes_of(f: Front, number: int) -> dict[str, bytes]:
    return {name: content async for name, content in f.campaigns.mails(number)}


def suppress(f: Front, address: str, scope: Scope = Scope.OFFERS, occasion: str = "") -> None:
    work = partial(
        suppressions.add,
        mailbox=address,
        suppression=Suppression(
            address=address, scope=scope, why=Omission.BOUNCED, at=f.clock.now(), occasion=occasion
        ),
        offers=frozenset({"offer"}),
    )
    f.database.writes(work)


async def test_a_preview_counts_guests_contacts_and_who_is_left_out(f: Front) -> None:
    people = [*PEOPLE, recipient("A@example.org", "delta"), recipient("", "x", "y", name="Nobody")]
    shown = await f.campaigns.preview(await f.drafted(recipients=people), ANNA)

    assert (shown.items, shown.recipients) == (6, 2)
    assert [(m.address, m.names, m.items) for m in shown.merged] == [
        ("a@example.org", ("a", "A"), 2)
    ]
    assert [(each.name, each.why) for each in shown.left_out] == [("Nobody", Omission.NO_ADDRESS)]


async def test_a_preview_shows_the_first_mail_as_it_is_kept(f: Front) -> None:
    number = await f.drafted(recipients=[*PEOPLE, recipient("boss@example.net", "own")])
    shown = await f.campaigns.preview(number, ANNA)

    assert (shown.sample_to, shown.subject) == ("boss@example.net", "News of notice")
    assert "own" in shown.sample_text
    assert shown.sample in (await bytes_of(f, number)).values()
    assert shown.campaign.state is CampaignState.PREVIEWED


async def test_every_mail_is_a_file_with_a_safe_name(f: Front) -> None:
    number = await f.previewed(
        recipients=[recipient("a/b@example.org"), recipient("ü@example.org")]
    )

    names = list(await bytes_of(f, number))

    assert names == ["000001-a_b@example.org.eml", "000002-_@example.org.eml"]


async def test_more_mails_than_a_batch_are_all_kept(f: Front) -> None:
    many = [recipient(f"{n}@example.org", f"guest-{n}") for n in range(2 * contents.BATCH + 1)]
    kept = await bytes_of(f, await f.previewed(recipients=many))

    assert len(kept) == 2 * contents.BATCH + 1
    texts = {message_from_bytes(each, policy=policy.default)["To"] for each in kept.values()}
    assert len(texts) == len(kept)


@pytest.mark.failure(47)
async def test_a_template_that_lacks_a_variable_fails_the_preview_with_its_name(f: Front) -> None:
    write(f.templates / "email" / "notice.txt.jinja", TEXT.replace("item.guest", "item.host"))
    number = await f.drafted()

    error = await refusal(f.campaigns.preview(number, ANNA))

    assert (error.problem, error.fields["variable"]) == (Problem.TEMPLATE, "host")
    assert (error.fields["template"], error.fields["line"]) == ("email/notice.txt.jinja", 5)
    assert (await f.campaigns.campaign(number)).state is CampaignState.DRAFT


async def test_what_an_aborted_preview_left_is_rendered_anew(f: Front) -> None:
    many = [recipient(f"{n}@example.org", "x") for n in range(contents.BATCH)]
    bad = recipient("last@example.org", "x", name="Fatal")
    write(
        f.templates / "email" / "notice.txt.jinja",
        TEXT.replace("Dear", "Old {{ 1 // (to.name != 'Fatal') }}"),
    )
    number = await f.drafted(recipients=[*many, bad])
    assert (await refusal(f.campaigns.preview(number, ANNA))).problem is Problem.TEMPLATE

    write(f.templates / "email" / "notice.txt.jinja", TEXT)
    await f.restarted().preview(number, ANNA)

    assert not [mail for mail in (await bytes_of(f, number)).values() if b"Old" in mail]


async def test_a_preview_that_another_has_overtaken_is_refused(f: Front) -> None:
    number = await f.drafted()
    begun = partial(contents.begin, number=number, by="theirs")
    f.database.writes(begun)
    ours = await f.campaigns.preview(number, ANNA)

    keep = partial(contents.keep, number=number, by="theirs", mails=[(1, b"stale")])
    error = await refusal(f.database.write(keep))

    assert error.problem is Problem.CHANGED
    assert (await f.campaigns.campaign(number)).digest == ours.campaign.digest


async def test_offers_are_not_written_to_who_unsubscribed_and_notices_are(f: Front) -> None:
    assert await f.campaigns.unsubscribe(f.parts.tokens.unsubscribe("a@example.org"))

    offer = await f.campaigns.preview(await f.drafted("offer"), ANNA)
    notice = await f.campaigns.preview(await f.drafted("notice", request_key="2"), ANNA)

    assert [(each.address, each.why) for each in offer.left_out] == [
        ("a@example.org", Omission.UNSUBSCRIBED)
    ]
    assert (offer.recipients, offer.sample_to, notice.recipients) == (1, "b@example.org", 2)


@pytest.mark.parametrize(("occasion", "mails"), [("window/1", 1), ("window/2", 2), ("", 2)])
async def test_a_bounce_stops_further_notices_of_its_occasion_only(
    f: Front, occasion: str, mails: int
) -> None:
    suppress(f, "a@example.org", Scope.OCCASION, "window/1")

    shown = await f.campaigns.preview(await f.drafted(occasion=occasion), ANNA)

    assert shown.recipients == mails


async def test_a_preview_decides_anew_who_is_suppressed(f: Front) -> None:
    suppress(f, "a@example.org")
    number = await f.previewed("offer")
    await f.campaigns.lift("A@example.org", ANNA)

    shown = await f.campaigns.preview(number, ANNA)

    assert (shown.recipients, shown.left_out) == (2, ())


async def test_a_campaign_that_nobody_would_get_is_refused(f: Front) -> None:
    suppress(f, "a@example.org")
    number = await f.drafted("offer", recipients=PEOPLE[:1])

    error = await refusal(f.campaigns.preview(number, ANNA))

    assert (error.problem, error.fields["left_out"]) == (Problem.NO_RECIPIENTS, 1)
    assert (await f.campaigns.campaign(number)).state is CampaignState.DRAFT


async def test_the_same_mails_have_the_same_digest_and_others_another(f: Front) -> None:
    number = await f.drafted("offer")
    digests = [(await f.campaigns.preview(number, ANNA)).campaign.digest for _ in range(2)]
    await f.campaigns.revise(number, {"why": "another"}, ANNA)

    third = (await f.campaigns.preview(number, ANNA)).campaign.digest

    assert digests[0] == digests[1] != third


async def test_what_was_previewed_since_is_not_approved(f: Front) -> None:
    number = await f.previewed()

    error = await refusal(f.campaigns.approve(number, BORIS, "of another preview"))

    assert error.problem is Problem.CHANGED
    assert (await f.campaigns.campaign(number)).state is CampaignState.PREVIEWED


async def test_who_drafted_it_does_not_approve_it_where_two_are_asked_for(tmp_path: Path) -> None:
    with front(tmp_path, pace=Pace(second_person=True)) as f:
        number = await f.previewed()

        assert (await refusal(f.campaigns.approve(number, ANNA))).problem is Problem.SAME_PERSON
        assert (await f.campaigns.approve(number, BORIS)).approved_by == BORIS


async def test_who_wrote_it_last_does_not_approve_it_where_two_are_asked_for(
    tmp_path: Path,
) -> None:
    with front(tmp_path, pace=Pace(second_person=True)) as f:
        number = await f.drafted("offer")
        await f.campaigns.revise(number, {"why": "of my own"}, BORIS)
        await f.campaigns.preview(number, ANNA)

        assert (await refusal(f.campaigns.approve(number, BORIS))).problem is Problem.SAME_PERSON
        assert (await f.campaigns.approve(number, ANNA)).approved_by == ANNA


async def test_what_the_program_has_revised_leaves_its_author_who_it_was(tmp_path: Path) -> None:
    with front(tmp_path, pace=Pace(second_person=True)) as f:
        number = await f.drafted("offer")
        await f.campaigns.revise(number, {"why": "of my own"}, BORIS)
        await f.campaigns.revise(number, {"why": "as it is now"}, "")
        await f.campaigns.preview(number, ANNA)

        assert (await refusal(f.campaigns.approve(number, BORIS))).problem is Problem.SAME_PERSON


async def test_after_approval_neither_recipients_nor_bytes_change(f: Front) -> None:
    """P11."""
    number = await f.previewed("offer")
    before = await bytes_of(f, number)
    await f.campaigns.approve(number, BORIS)
    write(f.templates / "email" / "offer.txt.jinja", OFFER.replace("Dear", "Other"))

    errors = [
        await refusal(f.campaigns.preview(number, ANNA)),
        await refusal(f.campaigns.revise(number, {"why": "x"}, ANNA)),
    ]

    assert [error.problem for error in errors] == [Problem.NOT_NOW] * 2
    assert await bytes_of(f, number) == before


async def test_a_mail_that_comes_after_approval_is_not_kept(f: Front) -> None:
    """P11: the database is asked, in the transaction that would change it."""
    number = await f.previewed()
    digest = (await f.campaigns.approve(number, BORIS)).digest

    keep = partial(contents.keep, number=number, by=digest, mails=[(1, b"late")])

    assert (await refusal(f.database.write(keep))).problem is Problem.NOT_NOW


async def test_a_preview_that_the_database_does_not_take_leaves_a_draft(f: Front) -> None:
    number = await f.previewed()
    f.database.refuses = 1

    assert (await refusal(f.campaigns.preview(number, ANNA))).problem is Problem.STORE
    assert (await f.campaigns.preview(number, ANNA)).recipients == 2


async def test_what_was_never_previewed_has_no_files(f: Front) -> None:
    assert (await refusal(bytes_of(f, await f.drafted()))).problem is Problem.CHANGED


async def test_a_post_is_previewed_with_its_announce_text(f: Front) -> None:
    shown = await f.campaigns.preview(await f.drafted("word"), ANNA)

    assert (shown.subject, shown.sample_text) == ("To all", "to test\n")
    assert (shown.recipients, shown.items) == (1, 0)
    assert list(f.states(shown.campaign.number).values()) == [DeliveryState.PENDING]
