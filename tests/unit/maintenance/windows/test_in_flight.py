"""A window is moved or cancelled while its first notice goes out: nobody reads an old date anew."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.maintenance.windows.stopping import Stopper
from bot.ports import WindowChange
from bot.rules.errors import BadRequest, Code, Precondition
from bot.rules.fleet import Contact
from notifications import CampaignState, DeliveryState
from tests.contract.windows_in_flight import InFlightContract
from tests.unit.maintenance.windows.moving import (
    CHANGES,
    KEYS,
    LENGTH,
    LETTER,
    NEW,
    OLD,
    POST,
    THIRD,
    TOLD,
    Hurry,
    Scene,
    at,
    ended,
    scene,
    wanted,
)
from tests.window_life import ANN, process

CANCELLED, SENT = DeliveryState.CANCELLED, DeliveryState.SENT
KNOW, KNOW_NOT = list(KEYS[:4]), list(KEYS[4:])
#: The relay takes its time to answer for the last of those who get the first notice.
HELD = (("body", KNOW[-1]),)


async def interrupted(s: Scene, change: str, number: int = LETTER) -> None:
    """Change the window while the relay has the mail to the last of `KNOW` in hand."""
    await s.bots[0].approve(number)
    await s.relay.until("body", at(KNOW[-1]))
    changing = asyncio.create_task(CHANGES[change](s))
    await s.paused(number)
    s.relay.release()
    await changing


@pytest.mark.parametrize("change", TOLD)
async def test_no_mail_of_the_old_date_is_begun_after_a_change(tmp_path: Path, change: str) -> None:
    async with scene(tmp_path, holds=HELD) as s:
        await interrupted(s, change)
        begun = list(s.relay.begun)
        await s.released()

    assert begun == [at(key) for key in KNOW]
    assert s.taken(LETTER) == KNOW


@pytest.mark.parametrize("change", TOLD)
async def test_what_was_not_begun_is_cancelled(tmp_path: Path, change: str) -> None:
    async with scene(tmp_path, holds=HELD) as s:
        await interrupted(s, change)

        assert await s.state() is CampaignState.CANCELLED
        states = await s.states()
    assert states == dict.fromkeys(KNOW, SENT) | dict.fromkeys(KNOW_NOT, CANCELLED)


async def test_those_who_knew_hear_that_it_is_moved_and_the_others_of_the_new_date(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, holds=HELD) as s:
        await interrupted(s, "moved")
        await s.released()

        assert await s.got("rescheduled") == KNOW
        assert await s.got("scheduled") == KNOW_NOT


async def test_those_who_knew_hear_that_it_is_cancelled_and_the_others_nothing(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, holds=HELD) as s:
        await interrupted(s, "cancelled")
        await s.released()

        assert await s.got("cancelled") == KNOW
        assert await s.got("scheduled") == []


@pytest.mark.parametrize("change", TOLD)
async def test_a_deferred_mail_is_cancelled(tmp_path: Path, change: str) -> None:
    async with scene(tmp_path, f"450_rcpt,match={at('c1')},times=1", holds=HELD) as s:
        await interrupted(s, change)
        await s.released()

        assert (await s.states())["c1"] is CANCELLED
        assert s.taken(LETTER) == ["c0", "c2", "c3"]


@pytest.mark.parametrize("fault", ["drop_after_dot", "drop_after_dot_lost"])
@pytest.mark.parametrize("change", TOLD)
async def test_who_may_have_it_is_listed_and_hears_of_the_change(
    tmp_path: Path, change: str, fault: str
) -> None:
    async with scene(tmp_path, f"{fault},match={at('c1')},times=1", holds=HELD) as s:
        await interrupted(s, change)
        entry = await s.bot.entry(s.window, TOLD[change])
        await s.released()

        assert (entry.data["uncertain"], entry.data["in_flight"]) == ([at("c1")], [])
        assert await s.got(entry.event.value) == KNOW


@pytest.mark.parametrize("change", TOLD)
async def test_what_the_relay_does_not_answer_for_in_time_is_listed_and_hears_of_the_change(
    tmp_path: Path, change: str
) -> None:
    async with scene(tmp_path, holds=HELD, machine=Hurry()) as s:
        await s.bot.approve(LETTER)
        await s.relay.until("body", at("c3"))
        await CHANGES[change](s)
        entry = await s.bot.entry(s.window, TOLD[change])
        s.relay.release()
        await s.released()

        assert (entry.data["uncertain"], entry.data["in_flight"]) == ([], [at("c3")])
        assert s.taken(LETTER) == KNOW
        assert await s.got(entry.event.value) == KNOW


async def test_what_is_refused_goes_on_with_the_old_date(tmp_path: Path) -> None:
    async with scene(tmp_path, holds=HELD, processes=2) as s:
        other = s.bots[0]
        await s.bot.approve(LETTER)
        await s.relay.until("body", at("c3"))
        moving = asyncio.create_task(s.moved())
        await s.paused()
        await other.windows.schedule([wanted(NEW)], ANN)
        s.relay.release()
        with pytest.raises(Precondition) as refused:
            await moving
        await s.bot.done(LETTER)

        assert refused.value.code is Code.WINDOW_OVERLAPS
        assert (await s.bot.store.window(s.window.number)).start == OLD
    assert sorted(s.taken(LETTER)) == list(KEYS)


@pytest.mark.parametrize("change", TOLD)
async def test_the_list_hears_of_a_change_if_it_knew_of_the_window(
    tmp_path: Path, change: str
) -> None:
    async with scene(tmp_path) as s:
        await s.released()
        await CHANGES[change](s)
        drafts = await s.bot.drafted()

    assert [draft.announce for draft in drafts] == [False, True]


@pytest.mark.parametrize("change", TOLD)
async def test_the_list_hears_of_no_change_of_what_it_did_not_know(
    tmp_path: Path, change: str
) -> None:
    async with scene(tmp_path, "450_rcpt,match=announce@*") as s:
        await s.bot.approve(LETTER)
        await s.bot.done(LETTER)
        await s.bot.approve(POST)
        await s.becomes("announce", DeliveryState.DEFERRED, POST)
        await CHANGES[change](s)
        drafts = await s.bot.drafted()

    assert [draft.announce for draft in drafts] == [False]


@pytest.mark.parametrize("change", TOLD)
async def test_a_change_by_one_process_stops_another(tmp_path: Path, change: str) -> None:
    async with scene(tmp_path, holds=HELD, processes=2) as s:
        await interrupted(s, change)
        known = sorted(s.taken(LETTER))
        await s.released()

        assert sorted(s.taken(LETTER)) == known
        assert await s.got(TOLD[change]) == known


async def moved_twice(s: Scene, change: str) -> None:
    """Change a window again while it is mailed that it was moved; `KNOW` have read that."""
    await s.released()
    await s.moved()
    s.relay.hold("body", at(KNOW[-1]))
    (letter, _) = await s.bot.drafted()
    await interrupted(s, change, letter.number)
    await s.released()


async def test_who_knows_an_older_date_than_others_hears_that_it_is_moved_too(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as s:
        await moved_twice(s, "moved again")

        assert await s.got("rescheduled") == sorted([*KNOW, *KEYS])
        assert await s.got("scheduled") == []
        assert s.told_of("c0") == [OLD, NEW]
        assert s.told_of("c7") == [OLD]


async def test_who_knows_the_new_date_already_is_told_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        await s.released()
        await s.moved()
        s.relay.hold("body", at(KNOW[-1]))
        (letter, _) = await s.bot.drafted()
        await s.bot.approve(letter.number)
        await s.relay.until("body", at(KNOW[-1]))
        back = asyncio.create_task(s.moved(OLD))
        await s.paused(letter.number)
        s.relay.release()
        await back
        told = await listed(s)

    assert told == {"maintenance-rescheduled": set(map(at, KNOW))}


async def test_who_knows_an_older_date_than_others_hears_that_it_is_cancelled_too(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as s:
        await moved_twice(s, "cancelled")

        assert await s.got("cancelled") == list(KEYS)


async def test_a_change_that_is_given_up_while_it_waits_lets_the_mails_go_on(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, holds=HELD) as s:
        await s.bot.approve(LETTER)
        await s.relay.until("body", at("c3"))
        moving = asyncio.create_task(s.moved())
        await s.paused()
        moving.cancel()
        await ended(moving)
        s.relay.release()
        await s.bot.done(LETTER)

        assert await s.bot.store.window(s.window.number) == s.window
    assert s.taken(LETTER) == list(KEYS)


@pytest.mark.parametrize("number", [LETTER, POST])
@pytest.mark.parametrize("change", TOLD)
async def test_what_has_gone_out_with_an_old_date_is_not_to_go_out_again(
    tmp_path: Path, change: str, number: int
) -> None:
    async with scene(tmp_path) as s:
        await s.released()
        await s.bot.notices.refuse_outdated(number)
        await CHANGES[change](s)
        with pytest.raises(Precondition) as refused:
            await s.bot.notices.refuse_outdated(number)

    assert refused.value.code is Code.NO_LONGER_TRUE


async def test_a_contact_with_a_new_guest_gets_one_mail_that_it_is_moved(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        await s.released()
        more = {**s.night.fleet.guests, "new": replace(s.night.fleet.guests["gc0"], name="new")}
        s.night.fleet = replace(s.night.fleet, guests=more)
        async with process(s.night, s.means, "later") as later:
            await later.windows.reschedule(s.window.number, NEW, NEW + LENGTH, "UTC", ANN)
        letter, _ = await s.bot.drafted()
        listed = {
            d.address: len(d.items) for d in (await s.bot.mail.report(letter.number)).deliveries
        }

    assert listed == {at(key): 1 for key in KEYS} | {at("c0"): 2}


async def listed(s: Scene) -> dict[str, set[str]]:
    """Return by kind to whom that is which is drafted, apart from posts."""
    drafts = [draft for draft in await s.bot.drafted() if not draft.announce]
    reports = {draft.kind: await s.bot.mail.report(draft.number) for draft in drafts}
    return {kind: {d.address for d in report.deliveries} for kind, report in reports.items()}


@pytest.mark.parametrize("change", TOLD)
async def test_what_was_told_is_unsaid_to_who_read_it_whoever_the_contact_is_now(
    tmp_path: Path, change: str
) -> None:
    async with scene(tmp_path) as s:
        await s.released()
        contacts = {**s.night.fleet.contacts, "c0": Contact(key="c0", name="C0", address=at("new"))}
        s.night.fleet = replace(s.night.fleet, contacts=contacts)
        async with process(s.night, s.means, "later") as later:
            await CHANGES[change](replace(s, bots=(later,)))
        known = {f"maintenance-{TOLD[change]}": set(map(at, KEYS))}

        assert await listed(s) == known | (
            {"maintenance-scheduled": {at("new")}} if change == "moved" else {}
        )


async def test_of_a_host_that_has_left_the_inventory_it_can_be_told_that_it_is_off(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as s:
        await s.released()
        s.night.fleet = replace(s.night.fleet, hosts={}, guests={})
        async with process(s.night, s.means, "later") as later:
            with pytest.raises(BadRequest) as refused:
                await later.windows.reschedule(s.window.number, NEW, NEW + LENGTH, "UTC", ANN)
            await later.windows.cancel(s.window.number, ANN)
        assert await listed(s) == {"maintenance-cancelled": set(map(at, KEYS))}
        await s.released()

        assert refused.value.code is Code.UNKNOWN_HOST
        assert await s.got("cancelled") == list(KEYS)


async def test_a_change_is_refused_if_mails_of_the_old_date_went_out_that_it_has_not_counted(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as s:
        stopper = Stopper(s.bot.mail)
        stopped = await stopper.stop(s.window, ANN)
        await s.released()  # somebody is quicker
        work = stopper.cancelling(s.window, stopped, ANN)
        change = WindowChange(window=replace(s.window, revision=1), also=work)
        with pytest.raises(Precondition) as refused:
            await s.bot.store.change_windows([change])

        assert refused.value.code is Code.WINDOW_CHANGED
        assert await s.bot.store.window(s.window.number) == s.window


async def test_a_post_continues_the_thread_of_its_own_window(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        await s.released()
        await s.bot.windows.schedule([wanted(THIRD)], ANN)
        await s.released()
        await s.moved()
        await s.released()
        first, _, moved = s.posts()

    assert moved["In-Reply-To"] == first["Message-ID"]


class TestOverSqlite(InFlightContract):
    @pytest.fixture
    def address(self) -> str:
        return ""


async def test_a_process_that_is_killed_before_its_change_leaves_the_mails_paused(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, holds=HELD) as s:
        await s.bot.approve(LETTER)
        await s.relay.until("body", at("c3"))
        async with process(s.night, s.means, "killed") as killed:
            stopping = asyncio.create_task(Stopper(killed.mail).stop(s.window, ANN))
            await s.paused()
            s.relay.release()
            await stopping
        assert await s.state() is CampaignState.PAUSED
        assert await s.bot.store.window(s.window.number) == s.window
        await s.bot.mail.resume(LETTER, ANN)
        await s.bot.done(LETTER)

    assert s.taken(LETTER) == list(KEYS)
