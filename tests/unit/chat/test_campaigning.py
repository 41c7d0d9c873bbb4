"""Campaigns by chat: from the draft to the report, against the real front door."""

import csv
import io
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest

from notifications import CampaignState, DeliveryState, Pace
from tests.unit.chat.mailroom import Room, mailroom
from tests.unit.notifications.clock import START
from tests.unit.notifications.front import recipient
from tests.unit.notifications.planting import move

NEW = 'campaign new offer --set "why=to try"'
A, B = "a@example.org", "b@example.org"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with mailroom(tmp_path) as made:
        yield made


async def state(room: Room, number: int = 1) -> CampaignState:
    return (await room.front.campaigns.campaign(number)).state


async def test_a_new_campaign_says_how_many_contacts_and_what_is_next(room: Room) -> None:
    said = await room.types("campaign new notice")

    assert said == (
        "Campaign 1 (notice) is drafted, to 2 contacts. Nothing is sent. Next: campaign preview 1"
    )


async def test_what_is_typed_after_the_kind_reaches_the_notices(room: Room) -> None:
    await room.types('campaign new offer hobgoblin vps31 --set why=now --text "Sorry."')

    values = {"why": "now", "paragraph": "Sorry."}
    assert room.notices.asked == [("offer", ("hobgoblin", "vps31"), values)]


async def test_a_repeated_request_drafts_once(room: Room) -> None:
    for _ in range(2):
        await room.person.types("campaign new notice", key="same")

    assert len(await room.front.campaigns.campaigns()) == 1


async def test_an_unknown_kind_is_said_with_where_the_kinds_are(room: Room) -> None:
    said = await room.types("campaign new notise")

    assert 'There is no kind of campaign "notise".' in said
    assert "help campaign new" in said


async def test_a_preview_counts_guests_and_contacts_and_names_who_is_left_out(room: Room) -> None:
    room.notices.people = (
        recipient(A, "alpha"),
        recipient("A@example.org", "beta", name="anna's shop"),
        recipient("", "gamma", name="boris"),
        recipient("c@@example.org", "delta"),
    )

    lines = (await room.types("campaign new notice", "campaign preview 1")).splitlines()

    assert lines[0] == (
        "Campaign 1 (notice): 4 guests → 1 contact (1 merged, 1 without address, 1 with a bad"
        " address)"
    )
    assert lines[2].strip() == "a@example.org: a and anna's shop (2 guests)"
    assert lines[4].strip() == "boris: no address"


async def test_a_preview_shows_one_whole_mail_and_what_is_next(room: Room) -> None:
    await room.types("campaign new notice")

    reply = await room.person.types("campaign preview 1")

    shown = [line for line in reply.messages[0].text.splitlines() if line.startswith("  |")]
    assert shown[:5] == [
        "  | From: Example Hosting <support@example.net>",
        "  | Reply-To: Example Hosting <support@example.net>",
        "  | To: a <a@example.org>",
        "  | Subject: News of notice",
        "  |",
    ]
    assert "  | alpha" in shown
    assert [act.command[:18] for act in reply.messages[0].acts] == ["campaign approve 1"]


async def test_every_mail_is_a_file_of_one_archive_on_request(room: Room) -> None:
    await room.types("campaign new notice")

    reply = await room.person.types("campaign preview 1 --files")

    ((name, content),) = reply.messages[0].files
    archive = ZipFile(io.BytesIO(content))
    assert name == "campaign-1.zip"
    assert [b"gamma" in archive.read(each) for each in archive.namelist()] == [False, True]


async def test_a_text_makes_it_a_draft_again(room: Room) -> None:
    await room.types("campaign new notice", "campaign preview 1", 'campaign text 1 "So sorry."')

    campaign = await room.front.campaigns.campaign(1)
    assert (campaign.state, campaign.values["paragraph"]) == (CampaignState.DRAFT, "So sorry.")


async def test_approval_freezes_and_sends_nothing(room: Room) -> None:
    said = await room.types("campaign new notice", "campaign preview 1", "campaign approve 1")

    assert await state(room) is CampaignState.APPROVED
    assert said.startswith("Campaign 1 (notice) is approved by os:dora. Its 2 recipients are fro")
    assert said.endswith("Nothing is sent yet. Next: campaign send 1")


async def test_the_offered_approval_is_of_the_preview_that_was_seen(room: Room) -> None:
    await room.types("campaign new notice")
    seen = (await room.person.types("campaign preview 1")).messages[0].acts[0].command
    await room.types('campaign text 1 "x"', "campaign preview 1")

    assert (await state(room), (await room.types(seen))[:10]) == (
        CampaignState.PREVIEWED,
        "Campaign 1",
    )


async def test_approval_needs_its_right_and_the_refusal_is_recorded(room: Room) -> None:
    await room.types("campaign new notice", "campaign preview 1")
    room.become("os:anna")

    assert "needs the role approve" in await room.types("campaign approve 1")
    assert room.person.desk.store.results()[-1] == ("campaign approve 1", "not_permitted")


async def test_a_second_person_approves_where_that_is_configured(tmp_path: Path) -> None:
    with mailroom(tmp_path, pace=Pace(second_person=True)) as room:
        said = await room.types("campaign new notice", "campaign preview 1", "campaign approve 1")

        assert said.startswith("os:dora has drafted campaign 1, or changed it last, and")
        assert room.person.desk.store.results()[-1] == ("campaign approve 1", "mail")


async def test_sending_is_followed(room: Room) -> None:
    await room.types("campaign new notice", "campaign preview 1", "campaign approve 1")

    reply = await room.person.types("campaign send 1")

    assert (reply.campaign, await state(room)) == (1, CampaignState.SENDING)


async def test_what_is_not_possible_now_is_said_with_what_is(room: Room) -> None:
    said = await room.types("campaign new notice", "campaign send 1")

    assert said.startswith('"campaign send" is not possible now: campaign 1 is a draft.')
    assert 'campaign text 1 "…"' in said
    assert "campaign preview 1" in said


async def test_a_pause_holds_and_a_resume_goes_on(room: Room) -> None:
    await room.front.sending()

    said = await room.types("campaign pause 1")
    reply = await room.person.types("campaign resume 1")

    assert said.startswith("Campaign 1 (notice) is paused: 0 of 2 sent.")
    assert (reply.campaign, await state(room)) == (1, CampaignState.SENDING)


@pytest.mark.parametrize(("confirm", "answer"), [("name", "1"), ("yes", "yes")])
async def test_a_campaign_is_cancelled_at_the_right_answer(
    tmp_path: Path, confirm: str, answer: str
) -> None:
    with mailroom(tmp_path, confirm=confirm) as room:
        await room.front.sending()

        asked = await room.types("campaign cancel 1")
        said = await room.types(answer)

        assert "2 recipients would never get it" in asked
        assert said.startswith("Campaign 1 (notice) is cancelled: 0 of 2 sent before, 2 cancelled.")
        assert room.person.desk.store.results() == [("campaign cancel 1", "done")]


@pytest.mark.parametrize("answer", ["2", "no", "", "yes please"])
async def test_any_other_answer_cancels_nothing(tmp_path: Path, answer: str) -> None:
    with mailroom(tmp_path, confirm="name") as room:
        await room.front.sending()

        said = await room.types("campaign cancel 1", answer)

        assert "in one line: campaign cancel 1 --confirm" in said
        assert await state(room) is CampaignState.SENDING


async def test_a_cancel_that_says_all_is_asked_nothing(tmp_path: Path) -> None:
    with mailroom(tmp_path, confirm="name") as room:
        await room.front.sending()
        await room.types("campaign cancel 1 --confirm")

        assert await state(room) is CampaignState.CANCELLED


async def test_a_test_goes_to_one_address_and_is_followed(room: Room) -> None:
    await room.types("campaign new notice")

    reply = await room.person.types("campaign test 1 anna@example.net")

    assert reply.campaign == 2
    assert list(room.front.states(2)) == ["anna@example.net"]


async def test_an_uncertain_delivery_is_settled_by_a_person(room: Room) -> None:
    number = await room.front.sending()
    for address in (A, B):
        room.front.become(number, address, DeliveryState.UNCERTAIN)

    sent = await room.types(f"campaign settle 1 {A} sent")
    unsent = await room.types(f"campaign settle 1 {B} unsent")

    assert sent.endswith("It is not sent again.")
    assert "sent again, with the same Message-ID, while the bot runs" in unsent
    assert room.front.states(1) == {A: DeliveryState.SENT, B: DeliveryState.PENDING}


async def test_one_recipient_gets_it_again(room: Room) -> None:
    number = await room.front.sending()
    room.front.become(number, A, DeliveryState.REFUSED)

    reply = await room.person.types(f"campaign resend 1 {A}")

    assert reply.campaign == 0  # it is answered, and nobody has to wait for it
    assert room.front.states(1)[A] is DeliveryState.PENDING


@pytest.mark.parametrize("line", [f"campaign resend 1 {A}", f"campaign settle 1 {A} unsent"])
async def test_who_gets_it_again_gets_no_date_that_was_changed_since(room: Room, line: str) -> None:
    number = await room.front.sending()
    room.front.become(number, A, DeliveryState.UNCERTAIN)

    await room.types(line)

    assert room.notices.heard[-1] == (f"refuse_outdated {number}", "")


async def test_the_report_names_those_with_trouble_and_has_everyone_in_a_file(room: Room) -> None:
    number = await room.front.sending()
    room.front.become(number, A, DeliveryState.SENT, attempts=1)
    room.front.become(number, B, DeliveryState.UNCERTAIN, attempts=1)

    message = (await room.person.types("campaign report 1")).messages[0]

    lines = message.text.splitlines()
    assert lines[1].startswith("2 recipients: 1 sent, 1 UNCERTAIN")
    assert lines[-2].split()[:2] == ["UNCERTAIN", B]
    assert lines[-1].startswith("Without trouble: 1 sent. All are in the file below")
    assert [act.command for act in message.acts] == [
        f"campaign settle 1 {B} sent",
        f"campaign settle 1 {B} unsent",
    ]
    assert message.files[0][1].decode().splitlines()[1].startswith(f"{A},a,sent,1")


async def test_the_report_has_the_message_ids_by_which_a_relays_log_knows_the_mails(
    room: Room,
) -> None:
    await room.front.sending()

    reply = await room.person.types("campaign report 1 --files")

    (_, table), (_, mails) = reply.messages[0].files
    archive = ZipFile(io.BytesIO(mails))
    kept = [message_from_bytes(archive.read(name))["Message-ID"] for name in archive.namelist()]
    listed = [row["message_id"] for row in csv.DictReader(io.StringIO(table.decode()))]
    assert sorted(listed) == sorted(kept)
    assert len(set(kept)) == 2


async def test_a_mail_that_bounced_is_not_without_trouble(room: Room) -> None:
    number = await room.front.sending()
    room.front.become(number, A, DeliveryState.SENT, attempts=1, bounce="hard")
    room.front.become(number, B, DeliveryState.SENT, attempts=1)

    message = (await room.person.types("campaign report 1")).messages[0]

    assert "Without trouble: 1 sent." in message.text


async def test_the_list_has_a_line_for_each_and_the_newest_last(room: Room) -> None:
    lines = (await room.types("campaign new notice", NEW, "campaign list")).splitlines()

    assert [line.split()[:6] for line in lines[1:3]] == [
        ["1", "notice", "drafted", "2021-09-01", "a", "draft"],
        ["2", "offer", "drafted", "2021-09-01", "a", "draft"],
    ]


@pytest.mark.parametrize(
    ("values", "about"),
    [
        ({"guest": "mulberry"}, "mulberry"),
        ({"hosts": ["hobgoblin.example.net"], "start": START}, "hobgoblin, 1 Sep 08:00"),
    ],
)
async def test_the_list_says_what_each_is_about(
    room: Room, values: dict[str, object], about: str
) -> None:
    await room.front.drafted(values=values)

    assert f"  {about}  a draft" in await room.types("campaign list")


async def test_what_is_being_sent_is_followed_by_sending_it(room: Room) -> None:
    await room.front.sending()

    reply = await room.person.types("campaign send 1")

    assert reply.campaign == 1
    assert reply.messages[0].text == "Campaign 1 (notice) is sending: 0 of 2 sent, 2 to go"


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (("campaign new notice",), "campaign preview 1"),
        (("campaign new notice", "campaign preview 1"), "campaign approve 1"),
        (("campaign new notice", "campaign preview 1", "campaign approve 1"), "campaign send 1"),
        ((f"{NEW} --announce", "announce preview 2"), "announce post 1"),
    ],
)
async def test_what_is_not_true_any_more_goes_no_further(
    room: Room, lines: tuple[str, ...], last: str
) -> None:
    await room.types(*lines)
    before = [each.campaign.state for each in await room.front.campaigns.campaigns()]
    room.notices.untrue = {1, 2}

    assert "No global hold stands" in await room.types(last)
    assert [each.campaign.state for each in await room.front.campaigns.campaigns()] == before


@pytest.mark.parametrize("line", ["campaign preview 1", f"campaign test 1 {A}"])
async def test_what_a_mail_tells_is_brought_up_to_date_before_it_is_read(
    room: Room, line: str
) -> None:
    await room.types("campaign new notice", line)

    assert room.notices.heard[0] == ("refresh 1", "os:dora")


async def test_a_digest_that_was_not_previewed_is_told_with_the_one_that_was(room: Room) -> None:
    await room.types("campaign new notice", "campaign preview 1")
    digest = (await room.front.campaigns.campaign(1)).digest

    said = await room.types("campaign approve 1 --digest 00000000")

    assert said.startswith(f"00000000 is not what was previewed (campaign 1 is {digest[:8]}).")
    assert await state(room) is CampaignState.PREVIEWED


async def test_a_campaign_that_some_have_is_not_to_be_drafted_anew(room: Room) -> None:
    number = await room.front.sending()
    room.front.become(number, A, DeliveryState.SENT, at=START)

    said = await room.types("campaign cancel 1")

    assert said.endswith("it would go to all 2 again, also to the 1 who has it.")


@pytest.mark.parametrize("number", [1, 2])
async def test_a_post_is_named_by_its_number_or_its_campaigns(room: Room, number: int) -> None:
    await room.types(f"{NEW} --announce")

    said = await room.types(f"announce preview {number}")

    assert said.startswith("Post 2 (offer): one post to the announce list")
    assert "  | To: announce@lists.example.net" in said.splitlines()


async def test_posting_approves_and_sends_in_one(room: Room) -> None:
    await room.types(f"{NEW} --announce", "announce preview 1")

    reply = await room.person.types("announce post 1")

    assert (reply.campaign, await state(room, 2)) == (2, CampaignState.SENDING)


async def test_posting_what_is_not_approved_needs_the_right_to_approve(room: Room) -> None:
    await room.types(f"{NEW} --announce", "announce preview 1")
    room.become("os:anna")

    assert "needs the role approve" in await room.types("announce post 1")
    assert await state(room, 2) is CampaignState.PREVIEWED


async def test_posting_what_is_approved_needs_only_the_right_to_operate(room: Room) -> None:
    await room.types(f"{NEW} --announce", "announce preview 1", "campaign approve 2")
    room.become("os:anna")
    await room.types("announce post 1")

    assert await state(room, 2) is CampaignState.SENDING


async def test_a_campaign_without_a_post_says_so(room: Room) -> None:
    said = await room.types("campaign new offer --set why=now", "announce post 1")

    assert said.startswith("Campaign 1 has no post to the announce list: it was drafted without -")


async def test_a_post_that_nobody_has_read_is_not_posted(room: Room) -> None:
    said = await room.types(f"{NEW} --announce", "announce post 1")

    assert said.endswith("not read yet, so it is not posted. First: announce preview 2")
    assert await state(room, 2) is CampaignState.DRAFT


async def test_a_post_that_is_posted_says_so(room: Room) -> None:
    await room.types(f"{NEW} --announce", "announce preview 1", "announce post 1")
    room.front.database.writes(lambda c: move(c, 2, CampaignState.DONE))

    assert "the post is already posted" in await room.types("announce post 1")


async def test_suppressions_are_listed_and_lifted(room: Room) -> None:
    token = room.front.parts.tokens.unsubscribe(A)
    await room.front.campaigns.unsubscribe(token)

    listed = await room.types("suppressions")
    lifted = await room.types(f"suppressions lift {A}")

    assert f"{A}: no offers" in listed
    assert "1 suppression lifted" in lifted
    assert await room.types("suppressions") == "No address is suppressed."


async def test_looking_is_for_those_who_may_only_look(room: Room) -> None:
    await room.types("campaign new notice")
    room.become("os:bob")

    assert (await room.types("campaign report 1")).startswith("Campaign 1 (notice): a draft.")
    assert "needs the role operate" in await room.types("campaign preview 1")


async def test_a_database_that_is_away_is_said_and_nothing_is_lost(room: Room) -> None:
    await room.types("campaign new notice")
    room.front.database.away = True

    assert (await room.types("campaign preview 1")).startswith("The database does not take part")


@pytest.mark.parametrize("line", ["campaign report 9", "campaign preview 9", "announce post 9"])
async def test_a_campaign_that_is_not_there_is_said(room: Room, line: str) -> None:
    assert await room.types(line) == ("There is no campaign 9. Those that there are: campaign list")


# ---- approved and sent at one press ----

AT_ONCE = "campaign approve 1 --send"


@pytest.mark.parametrize(
    "before", [(), ("campaign preview 1",), ("campaign preview 1", "campaign approve 1")]
)
async def test_a_letter_goes_at_one_press_however_far_it_was(
    room: Room, before: tuple[str, ...]
) -> None:
    await room.types("campaign new notice", *before)

    reply = await room.person.types(AT_ONCE)

    assert (reply.campaign, await state(room)) == (1, CampaignState.SENDING)


async def test_its_post_goes_with_it(room: Room) -> None:
    await room.types(f"{NEW} --announce")

    reply = await room.person.types(AT_ONCE)

    assert (reply.campaign, reply.post) == (1, 2)
    assert [await state(room, number) for number in (1, 2)] == [CampaignState.SENDING] * 2


async def test_a_post_that_was_cancelled_keeps_its_letter_from_nobody(room: Room) -> None:
    await room.types(f"{NEW} --announce", "campaign cancel 2", AT_ONCE)

    assert [await state(room, number) for number in (1, 2)] == [
        CampaignState.SENDING,
        CampaignState.CANCELLED,
    ]


@pytest.mark.parametrize("announce", ["", " --announce"])
async def test_what_is_untrue_does_not_go_at_one_press(room: Room, announce: str) -> None:
    await room.types(f"{NEW}{announce}")
    room.notices.untrue = {1}

    assert (await room.person.types(AT_ONCE)).exit_status == 1
    assert await state(room) is CampaignState.DRAFT


async def test_another_preview_than_was_read_does_not_go_at_one_press(room: Room) -> None:
    await room.types("campaign new notice", "campaign preview 1", f"{AT_ONCE} --digest 00000000")

    assert await state(room) is CampaignState.PREVIEWED


async def test_pressing_twice_sends_once(room: Room) -> None:
    said = await room.types("campaign new notice", AT_ONCE, AT_ONCE)

    assert said.startswith("Campaign 1 (notice) is sending")


async def test_one_press_needs_the_right_to_approve(room: Room) -> None:
    await room.types("campaign new notice")
    room.become("os:anna")

    assert "needs the role approve" in await room.types(AT_ONCE)
