"""Setting every opt-in back: at once, once, with its notice, and with what was before kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.maintenance.intake import take_in
from bot.rules.errors import BadRequest, Code, Precondition
from bot.settings import load, shipped
from tests.unit.maintenance.notices.office import ANN, HOUSE, Office, customer, fleet, office


async def test_every_standing_opt_in_of_a_customer_is_set_back(desk: Office) -> None:
    await desk.say("aster", "birch", "resolver")
    await desk.say("cedar", wanted=False)
    reset = await desk.notices.reset(ANN, "k1")

    views = {view.guest: (view.wanted, view.before_reset) for view in await desk.notices.optins()}
    assert reset.guests == 2
    assert views == {
        "aster": (False, True),
        "birch": (False, True),
        "cedar": (False, False),
        "dogwood": (False, False),
    }
    assert (await desk.store.opt_ins())["resolver"].wanted


async def test_its_notice_and_its_post_wait_for_approval(desk: Office) -> None:
    await desk.say("aster", "birch", "cedar")
    drafted = (await desk.notices.reset(ANN, "k1")).drafted

    letter, post = [await desk.mail.campaign(n) for n in (drafted.campaign, drafted.post)]
    assert (letter.kind, letter.state, letter.actor) == ("optout-reset", "draft", ANN)
    assert (post.announce, post.state) == (True, "draft")


async def test_the_contacts_of_those_set_back_are_told_of_all_their_guests(desk: Office) -> None:
    await desk.say("aster", "birch", "cedar")
    drafted = (await desk.notices.reset(ANN, "k1")).drafted

    items = await desk.items(drafted.campaign)
    told = {address: [item["guest"] for item in of] for address, of in items.items()}
    assert told == {"ada@lowe.example.com": ["aster", "birch"], "ben@example.org": ["cedar"]}
    assert "all 3 guests" in await desk.text(drafted.campaign)


async def test_who_cannot_be_written_to_is_set_back_and_reported(desk: Office) -> None:
    await desk.say("aster", "dogwood", "gone")
    reset = await desk.notices.reset(ANN, "k1")

    left_out = (await desk.report(reset.drafted.campaign)).left_out
    assert reset.guests == 3
    assert {each.name for each in left_out} == {"dogwood", "gone"}


async def test_what_was_before_can_be_looked_up(desk: Office) -> None:
    await desk.say("aster", kernel="5.10.0-8-amd64")
    desk.later(days=1)
    await desk.notices.reset(ANN, "k1")

    before, now = await desk.notices.history("aster")
    assert (before.wanted, before.kernel, before.who) == (True, "5.10.0-8-amd64", "aster")
    assert (now.wanted, now.how, now.who, now.kernel) == (False, "reset", ANN, "")


async def test_the_same_request_again_changes_nothing(desk: Office) -> None:
    await desk.say("aster", "cedar")
    first = await desk.notices.reset(ANN, "k1")
    await desk.say("aster")
    again = await desk.notices.reset(ANN, "k1")

    assert again.drafted == replace(first.drafted, again=True)
    assert [len(await desk.notices.history(guest)) for guest in ("aster", "cedar")] == [3, 2]


async def test_the_same_request_again_is_known_when_nobody_is_opted_in_any_more(
    desk: Office,
) -> None:
    await desk.say("aster", "cedar")
    first = await desk.notices.reset(ANN, "k1")

    again = await desk.notices.reset(ANN, "k1")
    assert (again.guests, again.drafted.campaign) == (2, first.drafted.campaign)


async def test_a_second_reset_with_nobody_opted_in_is_refused(desk: Office) -> None:
    await desk.say("aster")
    await desk.notices.reset(ANN, "k1")
    with pytest.raises(Precondition) as refused:
        await desk.notices.reset(ANN, "k2")

    assert refused.value.code is Code.NOBODY_OPTED_IN
    assert len(await desk.mail.campaigns()) == 2


async def test_of_two_resets_at_once_one_is_refused(desk: Office) -> None:
    await desk.say("aster", "cedar")
    done = await asyncio.gather(
        *(desk.notices.reset(ANN, key) for key in ("k1", "k2")), return_exceptions=True
    )

    assert sorted(isinstance(each, Precondition) for each in done) == [False, True]
    assert len(await desk.notices.history("aster")) == 2


async def test_nothing_is_set_back_when_its_notice_cannot_be_drafted(tmp_path: Path) -> None:
    async with office(tmp_path, fleet(customer("dogwood", contact=""))) as desk:
        await desk.say("dogwood")
        with pytest.raises(BadRequest) as refused:
            await desk.notices.reset(ANN, "k1")

        assert (refused.value.code, refused.value.fields["problem"]) == (Code.MAIL, "no_recipients")
        assert [view.wanted for view in await desk.notices.optins()] == [True]


async def test_without_an_announce_list_there_is_no_post(tmp_path: Path) -> None:
    async with office(tmp_path, house=replace(HOUSE, list="")) as desk:
        await desk.say("aster")

        assert (await desk.notices.reset(ANN, "k1")).drafted.post == 0


async def test_in_the_demo_85_guests_are_set_back_and_their_contacts_told(tmp_path: Path) -> None:
    demo = load(shipped("config") / "demo", data=tmp_path)
    async with office(tmp_path, demo.fleet) as desk:
        await take_in(desk.store, demo.fleet, demo.settings.drop_limit, desk.clock.now())
        reset = await desk.notices.reset(ANN, "k1")
        preview = await desk.mail.preview(reset.drafted.campaign, ANN)

        assert (reset.guests, preview.items, preview.left_out) == (85, 85, ())
        assert "all 85 guests" in " ".join(preview.sample_text.split())


async def test_a_guest_that_opts_in_after_a_reset_is_opted_in(desk: Office) -> None:
    await desk.say("aster")
    await desk.notices.reset(ANN, "k1")
    await desk.say("aster")

    view = (await desk.notices.optins())[0]
    assert (view.wanted, view.before_reset, view.host) == (True, False, "hobgoblin")
