"""The desk of windows: what is scheduled, moved, cancelled, frozen, and what goes with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.maintenance.windows.desk import Wanted
from bot.rules.errors import BadRequest, Code, MaintError, Precondition
from bot.rules.window.terms import WindowEvent
from notifications import CampaignState
from tests.night import HOST
from tests.unit.maintenance.windows.keeping import BOSS, DAY, Keeping, hours, keeping

SCHEDULED, MOVED, CANCELLED = (
    f"maintenance-{each}" for each in ("scheduled", "rescheduled", "cancelled")
)


def wanted(start: float, length: float = 2.0, hosts: tuple[str, ...] = (HOST,)) -> Wanted:
    return Wanted(hosts=hosts, start=hours(start), end=hours(start + length), zone="UTC")


async def refused(k: Keeping, *asked: Wanted) -> MaintError:
    """Ask for windows that are refused; nothing was changed."""
    before = (await k.store.windows(), await k.store.entries(), await k.kit.mail.campaigns())
    with pytest.raises((BadRequest, Precondition)) as error:
        await k.desk.schedule(asked, BOSS)
    assert before == (
        await k.store.windows(),
        await k.store.entries(),
        await k.kit.mail.campaigns(),
    )
    return error.value


# ---- scheduling ----


async def test_a_window_is_scheduled_with_its_first_notice_and_its_post(tmp_path: Path) -> None:
    async with keeping(tmp_path, reason="new kernel", auto=True) as k:
        data = await k.the(WindowEvent.SCHEDULED)
        letter = await k.kit.mail.campaign(data["campaign"])
        post = await k.kit.mail.campaign(data["post"])

        assert (k.window.actor, k.window.reason, k.window.auto) == (BOSS, "new kernel", True)
        assert (letter.kind, letter.state, letter.occasion) == (SCHEDULED, "draft", "window:1")
        assert (post.announce, letter.announce) == (True, False)
        assert (letter.values["start"], letter.values["reason"]) == (k.start, "new kernel")
        assert await k.items(letter.number) == {"a": ("suspend", None), "b": ("shutdown", None)}


async def test_what_is_due_for_it_waits(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        kinds = [str(due.kind) for due in await k.store.agenda(k.window.number)]

        assert kinds == [*["show", "remind"] * 2, "ask", "start", "ending", "ending", "end"]


async def test_a_series_is_scheduled_whole_with_a_notice_for_each(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        made = await k.desk.schedule([wanted(DAY * n) for n in (20, 21, 22)], BOSS)

        assert {each.series for each in made} == {made[0].number}
        entries = [e for e in await k.store.entries() if e.window in {w.number for w in made}]
        assert len({entry.data["campaign"] for entry in entries}) == 3


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ([wanted(DAY * 20, hosts=("hobgoblen",))], Code.UNKNOWN_HOST),
        ([wanted(DAY * 20, 24.1)], Code.WINDOW_TOO_LONG),
        ([wanted(DAY * 14 + 1)], Code.WINDOW_OVERLAPS),
        ([wanted(DAY * 20), wanted(DAY * 20 + 1)], Code.WINDOW_OVERLAPS),
        ([wanted(DAY * 20), wanted(DAY * 14 - 1)], Code.WINDOW_OVERLAPS),
        ([wanted(DAY * 30)], Code.FROZEN),
    ],
)
async def test_what_cannot_be_scheduled_is_refused_and_leaves_nothing(
    tmp_path: Path, asked: list[Wanted], code: Code
) -> None:
    async with keeping(tmp_path) as k:
        await k.desk.freeze(hours(DAY * 29), hours(DAY * 31), "holidays", BOSS)

        assert (await refused(k, *asked)).code is code


async def test_a_reason_that_no_mail_can_have_is_refused_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        told = await refused(k, replace(wanted(DAY * 20), reason="disks\r\nBcc: x@example.org"))

        assert (told.code, told.fields["problem"]) == (Code.MAIL, "bad_value")


# ---- moving ----


async def test_a_window_that_is_moved_before_anybody_knew_is_told_as_a_new_one(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        first = await k.campaign(SCHEDULED)

        await k.move(DAY * 16)

        old, new = await k.campaigns(SCHEDULED)
        assert (old.number, old.state) == (first.number, CampaignState.CANCELLED)
        assert (new.values["start"], new.state) == (hours(DAY * 16), "draft")
        assert await k.campaigns(MOVED) == []


async def test_a_window_that_is_moved_is_told_with_both_dates_to_those_who_knew(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()

        await k.move(DAY * 16, length=3)

        data, letter = await k.the(WindowEvent.RESCHEDULED), await k.campaign(MOVED)
        assert data["was_start"] == hours(DAY * 14).isoformat()
        assert data["campaign"] == letter.number
        assert letter.values["was_start"] == hours(DAY * 14)
        assert (letter.values["start"], letter.values["end"]) == (k.start, hours(DAY * 16 + 3))
        assert "SEQUENCE:1" in letter.values["calendar"]
        assert len(await k.campaigns(SCHEDULED)) == 1


async def test_what_was_due_for_a_window_is_due_at_its_new_time(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        before = {due.id for due in await k.store.agenda(k.window.number)}

        await k.move(DAY * 5)

        after = await k.store.agenda(k.window.number)
        assert before.isdisjoint(due.id for due in after)
        assert max(due.at for due in after) == k.end
        assert (await k.the(WindowEvent.RESCHEDULED))["too_late"] == [7]


async def test_a_window_that_is_moved_may_be_moved_again(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        for day in (16, 18):
            await k.move(DAY * day)
            await k.look(k.night.clock.now() + timedelta(minutes=1))

        first, second = await k.campaigns(MOVED)
        assert (first.state, second.state) == (CampaignState.CANCELLED, "draft")
        assert second.values["was_start"] == hours(DAY * 14)
        assert k.window.revision == 2


async def test_a_window_that_is_moved_back_before_anybody_knew_is_told_to_nobody(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.move(DAY * 10)
        await k.move(DAY * 14)

        assert (await k.campaign(MOVED)).state is CampaignState.CANCELLED
        assert (await k.entries(WindowEvent.RESCHEDULED))[-1].data["campaigns"] == []
        assert len(await k.campaigns(SCHEDULED)) == 1


async def test_a_window_is_not_moved_to_where_it_is(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        before = k.window
        with pytest.raises(Precondition) as error:
            await k.move(DAY * 14)

        assert error.value.code is Code.WINDOW_SAME
        assert await k.store.window(before.number) == before


async def test_of_a_window_that_only_becomes_longer_its_new_end_is_told(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.move(DAY * 14, length=3)
        told = " ".join((await k.office.text((await k.campaign(MOVED)).number)).split())

        assert "as announced, but the window ends at 23:00 UTC, not at 22:00 UTC." in told
        assert "void" not in told


async def test_a_window_cannot_be_moved_onto_another(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        other, window = k.window, await k.schedule(DAY * 20)

        with pytest.raises(Precondition) as error:
            await k.move(DAY * 14 + 1)

        assert error.value.code is Code.WINDOW_OVERLAPS
        assert await k.store.windows() == (other, window)


@pytest.mark.parametrize("ended", [True, False])
async def test_a_window_that_has_begun_is_neither_moved_nor_cancelled(
    tmp_path: Path,
    ended: bool,  # noqa: FBT001 - of a table
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start)
        await k.run()
        if ended:
            await k.run_to_its_end()

        for change in (k.move(DAY * 16), k.desk.cancel(k.window.number, BOSS)):
            with pytest.raises(Precondition) as error:
                await change
            assert (error.value.code, error.value.fields["hosts"]) == (Code.WINDOW_BEGUN, [HOST])


async def test_a_window_that_nobody_knows_is_not_moved(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        known: tuple[datetime, datetime] = (k.start, k.end)
        with pytest.raises(BadRequest) as error:
            await k.desk.reschedule(7, *known, "UTC", BOSS)

        assert error.value.code is Code.UNKNOWN_WINDOW


# ---- cancelling ----


async def test_a_window_that_is_cancelled_is_told_to_those_who_knew(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()

        gone = await k.desk.cancel(k.window.number, "os:dora", "the disks did not come")

        letter, data = await k.campaign(CANCELLED), await k.the(WindowEvent.CANCELLED)
        assert (gone.state, gone.revision) == ("cancelled", 1)
        assert (data["campaign"], data["reason"]) == (letter.number, "the disks did not come")
        assert "STATUS:CANCELLED" in letter.values["calendar"]
        assert (await k.entries(WindowEvent.CANCELLED))[0].actor == "os:dora"
        assert await k.store.next_due() is None


async def test_a_window_that_nobody_knew_of_is_cancelled_in_silence(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        first = await k.campaign(SCHEDULED)

        await k.desk.cancel(k.window.number, BOSS)

        assert await k.campaigns(CANCELLED) == []
        assert (await k.kit.mail.campaign(first.number)).state is CampaignState.CANCELLED
        assert (await k.the(WindowEvent.CANCELLED))["campaign"] == 0


async def test_a_reminder_that_was_shown_does_not_go_after_a_window_was_cancelled(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        await k.look(k.start - timedelta(days=7, hours=12))

        await k.desk.cancel(k.window.number, BOSS)
        await k.look(k.start - timedelta(days=7))
        await k.look(k.end)

        assert await k.going("maintenance-reminder") == []
        assert (await k.campaign("maintenance-reminder")).state is CampaignState.CANCELLED
        assert (await k.events())[-1] == "cancelled"


async def test_what_is_over_is_cancelled_no_more(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await k.desk.cancel(k.window.number, BOSS)

        with pytest.raises(Precondition) as error:
            await k.desk.cancel(k.window.number, BOSS)

        assert (error.value.code, error.value.fields["state"]) == (Code.WINDOW_OVER, "cancelled")


# ---- freezes ----


async def test_a_freeze_names_the_windows_in_it_which_stand(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        made = await k.desk.freeze(hours(DAY * 13), hours(DAY * 15), "holidays", BOSS)

        assert made.windows == (k.window,)
        assert await k.store.freezes() == (made.freeze,)
        assert await k.state() == "scheduled"


@pytest.mark.parametrize("end", [DAY * 13, DAY * 12])
async def test_a_freeze_that_ends_before_it_begins_is_refused(tmp_path: Path, end: float) -> None:
    async with keeping(tmp_path) as k:
        with pytest.raises(BadRequest) as error:
            await k.desk.freeze(hours(DAY * 13), hours(end), "holidays", BOSS)

        assert error.value.code is Code.WINDOW_BACKWARDS
        assert await k.store.freezes() == ()
