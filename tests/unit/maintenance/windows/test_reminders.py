"""Reminders: shown to staff, then mailed once; and why one is not mailed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.rules.errors import Precondition
from bot.rules.window.terms import WindowEvent
from notifications import CampaignState
from tests.night import HOST
from tests.unit.maintenance.windows.keeping import BOSS, DAY, Keeping, hours, keeping

REMINDER = "maintenance-reminder"
WEEK, HALF = timedelta(days=7), timedelta(hours=12)
BEFORE = timedelta(minutes=20)
SUSPEND, SHUTDOWN = ("suspend", None), ("shutdown", None)


async def why(k: Keeping) -> list[str]:
    """Return why reminders did not go."""
    return [each.data["why"] for each in await k.entries(WindowEvent.NOT_REMINDED)]


async def shown(k: Keeping) -> int:
    """Let the reminder of the week before be shown; return its campaign."""
    await k.tell()
    await k.look(k.start - WEEK - HALF)
    return int((await k.the(WindowEvent.SHOWN))["campaign"])


async def test_a_reminder_is_shown_half_a_day_before_it_goes(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)

        data = await k.the(WindowEvent.SHOWN)
        assert data["days"] == 7
        assert (data["contacts"], data["at"]) == (1, (k.start - WEEK).isoformat())
        assert await k.items(number) == {"a": SUSPEND, "b": SHUTDOWN}
        assert await k.going(REMINDER) == []


async def test_what_was_shown_is_mailed_once_in_the_name_of_the_window(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)

        for _ in range(3):
            await k.look(k.start - WEEK)

        assert await k.the(WindowEvent.REMINDED) == {"days": 7, "campaign": number, "contacts": 1}
        campaign = await k.campaign(REMINDER)
        assert (campaign.number, campaign.state) == (number, CampaignState.SENDING)
        assert campaign.approved_by == k.window.occasion


async def test_two_keepers_mail_it_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await shown(k)
        k.night.clock.set(k.start - WEEK)
        other = k.another()

        await k.keeper.look()
        await other.look()

        assert len(await k.entries(WindowEvent.REMINDED)) == 1
        assert len(await k.going(REMINDER)) == 1


async def test_every_reminder_of_a_life_goes_at_its_time(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look_often(k.start - WEEK - 2 * HALF, k.start - BEFORE, minutes=120)

        assert await k.events() == ["scheduled", "told", *["shown", "reminded"] * 2]
        assert [e.data["days"] for e in await k.entries(WindowEvent.REMINDED)] == [7, 1]
        assert len(await k.going(REMINDER)) == 2


async def test_before_the_first_notice_was_approved_none_goes(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.look(k.start - WEEK - HALF)
        await k.look(k.start - WEEK)

        assert (await k.the(WindowEvent.SHOWN))["campaign"] == 0
        assert await why(k) == ["not_approved"]
        assert await k.campaigns(REMINDER) == []


async def test_too_soon_after_the_first_notice_none_goes(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.look(k.start - WEEK - timedelta(hours=11))
        await k.tell()

        await k.look(k.start - WEEK)

        assert await why(k) == ["too_soon"]
        assert await k.going(REMINDER) == []


async def test_long_enough_after_the_first_notice_one_goes(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.look(k.start - WEEK - timedelta(hours=13))
        await k.tell()
        await k.look(k.start - WEEK - HALF)

        await k.look(k.start - WEEK)
        await k.look(k.start - timedelta(days=1.5))
        await k.look(k.start - timedelta(days=1))

        assert await why(k) == []
        assert len(await k.going(REMINDER)) == 2


async def test_one_that_a_person_has_cancelled_does_not_go(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)
        await k.kit.mail.cancel(number, BOSS)

        await k.look(k.start - WEEK)

        assert await why(k) == ["cancelled"]
        assert await k.going(REMINDER) == []


async def test_one_that_a_person_has_sent_is_not_sent_again(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)
        await k.office.sent(number)

        await k.look(k.start - WEEK)

        assert await why(k) == ["too_soon"]
        assert await k.going(REMINDER) == [number]


async def test_after_the_start_none_goes(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()

        await k.look(k.start + timedelta(minutes=5))

        assert await k.campaigns(REMINDER) == []
        late = await k.late()
        assert {("remind", 7), ("remind", 1), ("show", 7), ("show", 1)} <= set(late)


async def test_after_a_week_away_one_reminder_goes_and_not_two(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()

        await k.look(k.start - timedelta(hours=20))
        await k.look(k.start - timedelta(hours=19.5))

        assert (await k.the(WindowEvent.REMINDED))["days"] == 1
        assert len(await k.going(REMINDER)) == 1
        assert await k.late() == [("show", 7), ("remind", 7), ("show", 1)]


async def test_what_was_shown_is_drafted_anew_where_an_opt_in_has_changed(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)
        await k.office.say("a", wanted=False)

        await k.look(k.start - WEEK)

        (sent,) = await k.going(REMINDER)
        assert sent != number
        assert (await k.kit.mail.campaign(number)).state is CampaignState.CANCELLED
        assert await k.items(sent) == {"a": ("shutdown", "suspend"), "b": SHUTDOWN}


async def test_what_was_shown_goes_as_it_is_where_nothing_has_changed(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)
        await k.office.say("a")

        await k.look(k.start - WEEK)

        assert await k.going(REMINDER) == [number]


async def test_when_nobody_is_concerned_it_says_so(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        k.night.fleet.guests.clear()  # type: ignore[attr-defined]
        k.office.sources.fleet.guests.clear()  # type: ignore[attr-defined]

        await k.look(k.start - WEEK)

        assert await why(k) == ["nobody"]


@pytest.mark.parametrize("start", [DAY * 6, DAY * 1.2])
async def test_a_reminder_that_there_is_no_time_for_is_said_when_it_is_scheduled(
    tmp_path: Path, start: float
) -> None:
    async with keeping(tmp_path, start) as k:
        too_late = (await k.the(WindowEvent.SCHEDULED))["too_late"]

        assert too_late == ([7] if start > DAY * 2 else [7, 1])


async def test_for_a_host_that_has_left_the_inventory_nobody_is_reminded(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        k.night.fleet.hosts.pop(HOST)  # type: ignore[attr-defined]

        for _ in range(2):
            await k.look(k.start - timedelta(days=7))

        assert len(await k.entries(WindowEvent.NOT_REMINDED)) == 1


# ---- whom it reaches ----


async def test_a_guest_for_whom_nobody_is_known_keeps_no_reminder(tmp_path: Path) -> None:
    async with keeping(tmp_path, nobodys=["b"]) as k:
        number = await shown(k)

        await k.look(k.start - WEEK)

        assert await k.going(REMINDER) == [number]
        assert await k.items(number) == {"a": SUSPEND}


async def test_who_has_lost_their_address_since_is_left_out_of_one_new_draft(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)
        k.belongs("b", "")

        await k.look(k.start - WEEK)

        drafted = [each.number for each in await k.campaigns(REMINDER)]
        assert drafted == [number, *await k.going(REMINDER)]
        assert await k.items(drafted[-1]) == {"a": SUSPEND}


async def test_a_contact_who_was_not_told_of_the_window_is_not_reminded(tmp_path: Path) -> None:
    async with keeping(tmp_path, nobodys=["b"]) as k:
        await k.tell()
        k.belongs("b", "ben")
        await k.look(k.start - WEEK - HALF)

        await k.look(k.start - WEEK)

        assert await k.items((await k.campaign(REMINDER)).number) == {"a": SUSPEND}


async def test_of_another_date_nobody_is_reminded_before_it_was_told(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        k.night.clock.set(hours(DAY))
        await k.move(DAY * 10)

        await k.look(k.start - WEEK - HALF)
        await k.look(k.start - WEEK)

        assert await why(k) == ["not_approved"]
        assert await k.campaigns(REMINDER) == []


@pytest.mark.parametrize("stop", ["pause", "cancel"])
async def test_where_the_first_notice_reached_nobody_none_goes(tmp_path: Path, stop: str) -> None:
    async with keeping(tmp_path) as k:
        number = (await k.the(WindowEvent.SCHEDULED))["campaign"]
        await k.office.sent(number)
        await getattr(k.kit.mail, stop)(number, BOSS)

        await k.look(k.start - WEEK - HALF)
        await k.look(k.start - WEEK)

        assert await why(k) == ["not_approved"]


# ---- what staff have done, or were not there to see ----


async def test_one_that_staff_have_approved_goes_with_the_bytes_of_then(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)
        preview = await k.kit.mail.preview(number, BOSS)
        await k.kit.mail.approve(number, "os:ben", preview.campaign.digest)

        await k.look(k.start - WEEK)

        sent = await k.kit.mail.campaign(number)
        assert (sent.state, sent.approved_by) == (CampaignState.SENDING, "os:ben")
        assert sent.digest == preview.campaign.digest


async def test_one_that_was_approved_and_is_not_true_any_more_is_drafted_anew(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        number = await shown(k)
        await k.kit.mail.preview(number, BOSS)
        await k.kit.mail.approve(number, "os:ben")
        await k.office.say("a", wanted=False)

        await k.look(k.start - WEEK)

        (sent,) = await k.going(REMINDER)
        assert sent != number
        assert (await k.kit.mail.campaign(number)).state is CampaignState.CANCELLED


async def test_a_mail_that_told_only_some_of_a_change_keeps_no_reminder(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await shown(k)
        await k.hold()
        await k.look(k.start - WEEK - timedelta(hours=4))
        changed = await k.campaign("maintenance-changed")
        await k.office.sent(changed.number)
        await k.office.finished(changed.number)

        await k.look(k.start - WEEK)

        assert await why(k) == []
        assert len(await k.going(REMINDER)) == 1


async def test_one_that_nobody_was_shown_is_shown_before_it_goes(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()

        await k.look(k.start - WEEK)
        assert await k.going(REMINDER) == []
        at = k.start - WEEK + timedelta(minutes=30)
        await k.look(at)

        data = await k.the(WindowEvent.SHOWN)
        assert (data["days"], data["at"]) == (7, at.isoformat())
        assert await k.going(REMINDER) == [data["campaign"]]
        assert ("ask", 15) in {
            (due.kind, due.about) for due in await k.store.agenda(k.window.number)
        }


async def test_one_that_was_shown_of_another_date_is_shown_again(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await shown(k)
        await k.move(DAY * 16)
        (moved,) = await k.entries(WindowEvent.RESCHEDULED)
        await k.office.sent(moved.data["campaign"])
        await k.office.finished(moved.data["campaign"])
        await k.look()

        await k.look(k.start - WEEK)

        assert len(await k.entries(WindowEvent.SHOWN)) == 2
        assert await k.going(REMINDER) == []


# ---- a reason that cannot be given yet ----


async def revealed(k: Keeping) -> list[dict[str, object]]:
    """Return what the mails say that give the reason."""
    return [dict(each.values) for each in await k.campaigns("maintenance-reason")]


async def test_a_reason_under_embargo_is_drafted_when_it_can_be_given(tmp_path: Path) -> None:
    until = hours(DAY * 2)
    async with keeping(tmp_path, reason="a security update", embargo=until) as k:
        first = await k.campaign("maintenance-scheduled")
        assert "reason" not in first.values
        assert first.values["reason_at"] == until
        await k.tell()

        await k.look(until - timedelta(minutes=1))
        assert await revealed(k) == []
        for _ in range(2):
            await k.look(until)

        assert [each["reason"] for each in await revealed(k)] == ["a security update"]
        assert (await k.the(WindowEvent.REVEALED))["contacts"] == 1
        assert await k.going("maintenance-reason") == []


@pytest.mark.parametrize(("worked", "given"), [(True, [True]), (False, [])])
async def test_a_reason_that_can_be_given_after_the_window_is_given_if_there_was_work(
    tmp_path: Path,
    worked: bool,  # noqa: FBT001 - a case
    given: list[bool],
) -> None:
    async with keeping(tmp_path, reason="a security update", embargo=hours(DAY * 20)) as k:
        await k.tell()
        await k.look(k.start)
        if worked:
            await k.run()
            await k.run_to_its_end()
        await k.look(k.end)
        assert await revealed(k) == []

        for _ in range(2):
            await k.look(hours(DAY * 20))

        assert [each["over"] for each in await revealed(k)] == given
        assert await k.store.agenda(k.window.number) == ()


async def test_a_reason_that_was_given_is_not_given_again_when_the_window_is_moved(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, reason="a security update", embargo=hours(DAY)) as k:
        await k.tell()
        await k.look(hours(DAY))
        await k.move(DAY * 15)

        await k.look(hours(DAY * 1.1))

        assert len(await revealed(k)) == 1


async def approved(k: Keeping, number: int) -> None:
    """Let a campaign be approved, and not sent."""
    await k.kit.mail.preview(number, "os:ann")
    await k.kit.mail.approve(number, "os:ben")


async def test_a_notice_that_was_approved_and_promises_a_reason_is_drafted_anew_with_it(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path, reason="a security update", embargo=hours(DAY)) as k:
        data = await k.the(WindowEvent.SCHEDULED)
        await approved(k, data["campaign"])

        await k.look(hours(DAY))

        new = (await k.the(WindowEvent.REVEALED))["campaign"]
        first, second = await k.campaigns("maintenance-scheduled")
        assert (first.state, second.number) == (CampaignState.CANCELLED, new)
        assert second.values["reason"] == "a security update"
        assert await k.items(new) == {"a": SUSPEND, "b": SHUTDOWN}
        assert (await k.kit.mail.campaign(data["post"])).state is CampaignState.CANCELLED


async def test_before_it_is_drafted_anew_it_is_refused(tmp_path: Path) -> None:
    async with keeping(tmp_path, reason="a security update", embargo=hours(DAY)) as k:
        number = (await k.campaign("maintenance-scheduled")).number
        await approved(k, number)
        await k.office.notices.refuse_untrue(number)
        k.night.clock.set(hours(DAY))

        with pytest.raises(Precondition) as refused:
            await k.office.notices.refuse_untrue(number)

        assert refused.value.fields["why"] == "past"
        assert refused.value.fields["fields"] == {"at": hours(DAY)}


async def test_a_reminder_that_was_shown_before_the_reason_could_be_given_gives_it(
    tmp_path: Path,
) -> None:
    until = hours(DAY * 7) - timedelta(hours=2)
    async with keeping(tmp_path, reason="a security update", embargo=until) as k:
        await approved(k, await shown(k))
        await k.look(until)

        await k.look(k.start - WEEK)

        (number,) = await k.going(REMINDER)
        assert (await k.kit.mail.campaign(number)).values["reason"] == "a security update"
