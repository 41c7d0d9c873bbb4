"""Who stands to be surprised: a draft is prepared at once, and staff are shown how many."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.maintenance.windows.keeper import SURPRISES
from bot.rules.hold import Scope
from bot.rules.window.terms import WindowEvent
from notifications import CampaignState
from tests.contract.store_values import hold
from tests.unit.maintenance.windows.keeping import BOSS, DAY, Keeping, hours, keeping

CHANGED = "maintenance-changed"


async def surprised(k: Keeping) -> list[list[str]]:
    """Return whose contacts are to hear otherwise, each time that it was told."""
    return [each.data["guests"] for each in await k.entries(WindowEvent.CHANGED)]


async def look_for_all(k: Keeping) -> None:
    """Let so much time pass that the keeper looks for what nobody has reported."""
    k.machine += SURPRISES
    await k.look()


async def test_a_hold_that_changes_what_was_told_prepares_a_mail_at_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.hold()

        await k.look()

        campaign = await k.campaign(CHANGED)
        data = await k.the(WindowEvent.CHANGED)
        assert data["guests"] == ["a"]
        assert (data["campaign"], data["contacts"]) == (campaign.number, 1)
        assert campaign.state is CampaignState.DRAFT
        assert await k.items(campaign.number) == {"a": ("shutdown", "suspend")}


async def test_it_is_told_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.hold()

        for _ in range(3):
            await look_for_all(k)
        await k.another().look()

        assert await surprised(k) == [["a"]]
        assert len(await k.campaigns(CHANGED)) == 1


async def test_a_hold_that_is_lifted_makes_the_mail_void(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.hold()
        await k.look()
        await k.lift()

        await k.look()
        await look_for_all(k)

        campaign = await k.campaign(CHANGED)
        assert campaign.state is CampaignState.CANCELLED
        assert (await k.the(WindowEvent.UNCHANGED))["campaign"] == campaign.number


async def test_a_hold_that_comes_again_is_told_again(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        for _ in range(2):
            await k.hold()
            await k.look()
            await k.lift()
            await k.look()

        assert await surprised(k) == [["a"], ["a"]]
        assert (await k.events())[-4:] == ["changed", "unchanged"] * 2


async def test_when_more_are_concerned_the_draft_is_replaced(tmp_path: Path) -> None:
    async with keeping(tmp_path, out=()) as k:
        await k.tell()
        for name in ("a", "b"):
            await k.store.hold(hold(Scope.GUEST, name))
            await k.look()

        first, second = await k.campaigns(CHANGED)
        assert await surprised(k) == [["a"], ["a", "b"]]
        assert (first.state, second.state) == (CampaignState.CANCELLED, CampaignState.DRAFT)


async def test_a_mail_that_was_approved_is_replaced_too_and_none_goes_out_untrue(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, out=()) as k:
        await k.tell()
        await k.store.hold(hold(Scope.GUEST, "a"))
        await k.look()
        draft = await k.campaign(CHANGED)
        await k.kit.mail.preview(draft.number, BOSS)
        await k.kit.mail.approve(draft.number, "os:ben")
        await k.store.hold(hold(Scope.GUEST, "b"))

        await k.look()

        assert (await k.kit.mail.campaign(draft.number)).state is CampaignState.CANCELLED
        assert len(await k.campaigns(CHANGED)) == 2


async def test_who_has_heard_it_is_surprised_no_more(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.hold()
        await k.look()
        draft = await k.campaign(CHANGED)
        await k.office.sent(draft.number)
        await k.office.finished(draft.number)

        await look_for_all(k)
        await look_for_all(k)

        assert await surprised(k) == [["a"]]
        assert await k.entries(WindowEvent.UNCHANGED) == []


async def test_what_a_customer_has_stated_is_no_surprise_to_them(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        k.night.clock.advance(60)
        await k.office.say("a", wanted=False)

        await look_for_all(k)

        assert await surprised(k) == []


async def test_what_a_reset_has_changed_is_a_surprise(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        k.night.clock.advance(60)
        await k.hold()
        await k.office.notices.reset(BOSS, "reset")

        await look_for_all(k)

        assert await surprised(k) == [["a"]]


async def test_before_customers_were_told_nobody_is_surprised(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.hold()

        await look_for_all(k)

        assert await k.campaigns(CHANGED) == []


async def test_when_the_window_has_begun_no_mail_of_a_change_is_prepared(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start + timedelta(minutes=1))
        await k.hold()

        await look_for_all(k)

        assert await k.campaigns(CHANGED) == []


async def test_two_keepers_that_see_it_at_once_prepare_one_mail(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.hold()
        first, second = k.another(), k.another()

        await first.look()
        await second.look()

        assert len(await k.campaigns(CHANGED)) == 1


@pytest.mark.parametrize("nobodys", [["c"], []])
async def test_who_has_no_address_makes_no_new_draft_at_each_look(
    tmp_path: Path, nobodys: list[str]
) -> None:
    async with keeping(tmp_path, names="abc", out=(), nobodys=nobodys) as k:
        await k.tell()
        k.belongs("b", "")
        await k.hold()

        for _ in range(3):
            await look_for_all(k)

        assert len(await surprised(k)) == 1
        draft = await k.campaign(CHANGED)
        assert set(await k.items(draft.number)) == {"a", "b", "c"} - {"b", *nobodys}


async def test_a_mail_that_a_person_has_cancelled_is_not_drafted_again(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.hold()
        await k.look()
        await k.kit.mail.cancel((await k.campaign(CHANGED)).number, BOSS)

        for _ in range(2):
            await look_for_all(k)

        assert len(await k.campaigns(CHANGED)) == 1


async def test_after_a_person_has_cancelled_a_mail_another_change_is_told(tmp_path: Path) -> None:
    async with keeping(tmp_path, out=()) as k:
        await k.tell()
        await k.store.hold(hold(Scope.GUEST, "a"))
        await k.look()
        await k.kit.mail.cancel((await k.campaign(CHANGED)).number, BOSS)
        await k.store.hold(hold(Scope.GUEST, "b"))

        await k.look()

        assert await surprised(k) == [["a"], ["a", "b"]]


async def test_a_mail_that_was_approved_without_the_reason_is_replaced_when_it_can_be_given(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, reason="a security update", embargo=hours(DAY)) as k:
        await k.tell()
        await k.hold()
        await k.look()
        draft = await k.campaign(CHANGED)
        await k.kit.mail.preview(draft.number, BOSS)
        await k.kit.mail.approve(draft.number, "os:ben")

        await k.look(hours(DAY))
        await look_for_all(k)

        first, second = await k.campaigns(CHANGED)
        assert first.state is CampaignState.CANCELLED
        assert second.values["reason"] == "a security update"
