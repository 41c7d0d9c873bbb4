"""Notices about suspend+restore itself: to whom, with which numbers, and when they are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.ports import Effects
from bot.rules.errors import Code, Precondition
from bot.rules.hold import Scope
from bot.rules.policy.evidence import RestoreOutcome, Trial
from tests.contract.store_values import begun, hold, trial
from tests.failures.begun import begun as begun_night
from tests.failures.begun import strike
from tests.unit.maintenance.notices.office import ANN, AT, HOUSE, Office, after, office

GLOBAL = hold(Scope.GLOBAL, "", "breaker_damage")
DAMAGE = RestoreOutcome.DAMAGE
NEW = "xen/pv/linux-5.10"
SINCE = AT + timedelta(hours=1)  # of restores: after the resets of these tests


def restored(guest: str, outcome: RestoreOutcome = RestoreOutcome.RESTORED, **more: str) -> Trial:
    one = trial(guest, outcome)
    known = replace(one.combination, **{"family": NEW, **more})
    return replace(one, at=SINCE, combination=known)


async def recorded(desk: Office, *trials: Trial) -> None:
    lease = await begun(desk.store, host="clockwork")
    await desk.store.append(replace(lease), "r1", [], Effects(evidence=trials))


@pytest.fixture
async def reset(desk: Office) -> Office:
    """Ada's two guests and Ben's one were opted in, and were set back."""
    await desk.say("aster", "birch", "cedar")
    await desk.notices.reset(ANN, "k1")
    return desk


async def refusal(desk: Office, kind: str) -> Code:
    with pytest.raises(Precondition) as refused:
        await desk.new(kind)
    return refused.value.code


async def test_a_hold_is_told_to_those_who_are_opted_in(desk: Office) -> None:
    await desk.say("aster", "cedar")
    await desk.store.hold(GLOBAL)
    drafted = await desk.new("feature-hold")

    campaign = await desk.mail.campaign(drafted.campaign)
    assert set(await desk.items(drafted.campaign)) == {"ada@lowe.example.com", "ben@example.org"}
    assert (campaign.values["since"], campaign.values["guests"]) == (GLOBAL.opened_at, 2)


async def test_a_hold_counts_customers_guests_where_some_were_damaged(desk: Office) -> None:
    old = restored("dogwood", restored_on="4.19.181")
    ours = restored("resolver", DAMAGE)
    await recorded(desk, restored("aster"), restored("birch", DAMAGE, family="f"), old, ours)
    await desk.say("aster")
    await desk.store.hold(GLOBAL)

    values = (await desk.mail.campaign((await desk.new("feature-hold")).campaign)).values
    assert (values["restored"], values["failed"]) == (2, 1)


async def test_the_notice_of_a_hold_names_no_guest_that_opened_it(desk: Office) -> None:
    await desk.say("aster")
    await desk.store.hold(replace(GLOBAL, because=("hobgoblin/cedar: damage",)))
    drafted = await desk.new("feature-hold")

    assert "cedar" not in await desk.text(drafted.campaign) + await desk.text(drafted.post)


async def test_what_is_known_is_a_list_of_sentences(desk: Office) -> None:
    await desk.say("aster")
    await desk.store.hold(GLOBAL)
    drafted = await desk.new("feature-hold", known="It is the kernel. | Of the guest.")

    text = await desk.text(drafted.campaign)
    assert "- It is the kernel.\n- Of the guest." in text


async def test_after_a_reset_nobody_is_left_to_tell_of_a_hold(reset: Office) -> None:
    await reset.store.hold(GLOBAL)

    assert await refusal(reset, "feature-hold") is Code.NOBODY_OPTED_IN


@pytest.mark.parametrize(("family", "suspected"), [("xen/pv/linux-3.16", True), (NEW, False)])
async def test_old_kernels_are_suspected_if_all_that_were_damaged_ran_one(
    desk: Office, family: str, *, suspected: bool
) -> None:
    old = restored("birch", DAMAGE, family="xen/pv/linux-2.6")
    await recorded(desk, old, restored("aster", DAMAGE, family=family))
    await desk.say("aster")
    await desk.store.hold(GLOBAL)
    drafted = await desk.new("feature-hold")

    said = "We suspect" in await desk.text(drafted.campaign)
    assert (await desk.mail.campaign(drafted.campaign)).values["suspected"] is said is suspected


async def test_who_has_a_damaged_guest_is_told_not_to_start_it(tmp_path: Path) -> None:
    async with begun_night(tmp_path) as n:
        strike(n, "damage")
        await n.until("ended")
        desk = after(n)
        drafted = await desk.new("feature-hold")
        text = " ".join((await desk.text(drafted.campaign)).split())

    assert "your guest b will be shut down and booted" in text
    assert "Your guest a is not up since our last maintenance" in text


async def test_without_a_global_hold_there_is_none_to_tell_of(desk: Office) -> None:
    await desk.store.hold(hold())

    assert await refusal(desk, "feature-hold") is Code.NO_HOLD


async def test_the_notice_of_a_reset_can_be_drafted_anew(reset: Office) -> None:
    await reset.say("cedar")
    drafted = await reset.new("optout-reset")

    campaign = await reset.mail.campaign(drafted.campaign)
    assert set(await reset.items(drafted.campaign)) == {"ada@lowe.example.com"}
    assert campaign.values["guests"] == 3


async def test_an_invitation_has_a_personal_link_for_each_guest(reset: Office) -> None:
    await recorded(reset, restored("aster"))
    items = await reset.items((await reset.new("reoptin")).campaign)

    links = {str(item["guest"]): item["link"] for of in items.values() for item in of}
    assert links == {guest: await reset.notices.link(guest) for guest in links}
    assert set(links) == {"aster", "birch", "cedar"}


async def test_an_invitation_goes_to_those_about_whom_nothing_was_said_since(
    reset: Office,
) -> None:
    await recorded(reset, restored("aster"))
    await reset.say("birch")
    await reset.say("cedar", wanted=False)

    items = await reset.items((await reset.new("reoptin")).campaign)
    assert [item["guest"] for of in items.values() for item in of] == ["aster"]


async def test_an_invitation_says_what_was_tested(reset: Office) -> None:
    await recorded(reset, restored("aster"), restored("birch"))
    drafted = await reset.new("reoptin")

    campaign = await reset.mail.campaign(drafted.campaign)
    assert campaign.values["tested"] == [
        {
            "host_kernel": "4.19.181 -> 5.10.46",
            "hypervisor": "xen-4.14.2",
            "family": NEW,
            "count": 2,
        }
    ]
    assert "2 good restores" in " ".join((await reset.text(drafted.campaign)).split())


async def test_what_went_well_before_a_reset_is_no_evidence(reset: Office) -> None:
    await recorded(reset, replace(restored("aster"), at=AT))

    assert await refusal(reset, "reoptin") is Code.NO_EVIDENCE


async def test_what_was_tested_is_in_order_of_version(reset: Office) -> None:
    await recorded(reset, restored("aster"), restored("aster", family="xen/pv/linux-5.4"))
    drafted = await reset.new("reoptin")

    tested = (await reset.mail.campaign(drafted.campaign)).values["tested"]
    assert [row["family"] for row in tested] == ["xen/pv/linux-5.4", NEW]


async def test_who_is_known_to_have_an_old_kernel_is_not_invited(desk: Office) -> None:
    await desk.say("aster", kernel="3.16.0-11-amd64")
    await desk.say("cedar", kernel="5.10.0-8-amd64")
    await desk.notices.reset(ANN, "k1")
    await recorded(desk, restored("aster"))
    drafted = await desk.new("reoptin")

    assert set(await desk.items(drafted.campaign)) == {"ben@example.org"}
    left_out = (await desk.mail.campaign(drafted.campaign)).values["left_out"]
    assert left_out == [{"guest": "aster", "why": "kernel_old"}]


async def test_whose_guest_is_damaged_is_offered_no_trial(tmp_path: Path) -> None:
    async with begun_night(tmp_path) as n:
        strike(n, "damage")
        await n.until("ended")
        desk = after(n)
        await desk.notices.reset(ANN, "k1")
        drafted = await desk.new("trial-offer")

        (items,) = (await desk.items(drafted.campaign)).values()
        left_out = (await desk.mail.campaign(drafted.campaign)).values["left_out"]
    assert [item["guest"] for item in items] == ["b"]
    assert left_out == [{"guest": "a", "why": "not_up"}]


@pytest.mark.parametrize(
    "trials",
    [
        (),
        (restored("aster", family="xen/pv/linux-3.16"),),
        (restored("aster", family="xen/pv/unknown"),),
        (restored("aster"), restored("birch", DAMAGE)),
        (restored("aster", RestoreOutcome.UNREACHABLE),),
    ],
)
async def test_nobody_is_invited_without_evidence(reset: Office, trials: tuple[Trial, ...]) -> None:
    await recorded(reset, *trials)

    assert await refusal(reset, "reoptin") is Code.NO_EVIDENCE


async def test_nobody_is_invited_while_a_global_hold_stands(reset: Office) -> None:
    await recorded(reset, restored("aster"))
    await reset.store.hold(GLOBAL)

    assert await refusal(reset, "reoptin") is Code.HOLD_STANDS


@pytest.mark.parametrize("kind", ["reoptin", "trial-offer", "optout-reset"])
async def test_nobody_is_invited_or_told_before_a_reset(desk: Office, kind: str) -> None:
    await recorded(desk, restored("aster"))
    await desk.say("aster")

    assert await refusal(desk, kind) is Code.NO_RESET


async def test_a_trial_is_offered_to_those_who_are_set_back(reset: Office) -> None:
    drafted = await reset.new("trial-offer")

    assert set(await reset.items(drafted.campaign)) == {"ada@lowe.example.com", "ben@example.org"}
    assert "aster" in await reset.text(drafted.campaign)


async def test_nobody_is_invited_where_there_are_no_pages_to_link_to(tmp_path: Path) -> None:
    async with office(tmp_path, house=replace(HOUSE, links="")) as desk:
        await desk.say("aster")
        await desk.notices.reset(ANN, "k1")

        assert await refusal(desk, "trial-offer") is Code.NO_LINKS


async def test_a_post_continues_the_thread_of_what_was_posted_before(desk: Office) -> None:
    await desk.say("aster")
    await desk.store.hold(GLOBAL)
    await desk.sent((await desk.new("feature-hold")).post)
    reset = await desk.notices.reset(ANN, "k1")

    post = await desk.mail.preview(reset.drafted.post, ANN)
    assert b"\r\nIn-Reply-To: <" in post.sample
