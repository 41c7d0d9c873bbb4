"""What befell a guest, and the mails about it that are drafted when a run ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.maintenance.notices import runs
from bot.maintenance.notices.befell import befallen
from bot.maintenance.notices.incidents import ACTOR, Incidents
from bot.maintenance.worker import Worker
from bot.rules.errors import BadRequest, Code, MaintError, Precondition
from bot.rules.fleet import Role
from bot.rules.limits import Limits
from bot.rules.run.bring_up import due_at
from bot.rules.run.journal import Event
from bot.rules.run.report import failed
from bot.storage import DatabaseStore
from notifications import Draft, Recipient
from tests.failures.begun import PAIRED, begun, of, strike
from tests.failures.failing_store import FailingStore
from tests.night import HOST, START, Night, guest
from tests.unit.maintenance.journals import Journal, plan, without_pairs
from tests.unit.maintenance.notices.office import ANN, Office, after, staffed
from tests.unit.maintenance.windows.keeping import DAY, Keeping, keeping

SAVED = ("saving", "saved")


async def incident(desk: Office, name: str = "a") -> dict[str, object]:
    """Draft the incident of a guest, and return its values."""
    drafted = await desk.new("incident", HOST, name, paragraph="We are sorry.")
    assert "repaired" not in await desk.text(drafted.campaign)
    return dict((await desk.mail.campaign(drafted.campaign)).values)


def happenings(values: dict[str, object]) -> list[str]:
    timeline: list[dict[str, str]] = values["timeline"]  # type: ignore[assignment]
    return [each["what"] for each in timeline]


async def drafts(desk: Office) -> list[tuple[str, str, int]]:
    return [
        (p.campaign.kind, p.campaign.actor, p.counts.total) for p in await desk.mail.campaigns()
    ]


async def damaged(n: Night) -> Office:
    """Let guest `a` be damaged, without a pair, until the run has ended."""
    strike(n, "damage")
    await n.until("ended")
    return after(n)


async def test_a_damaged_guest_that_was_stopped(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        values = await incident(await damaged(n))

    assert (values["disk"], values["lost"], values["kept"]) == ("damaged_stopped", "damage", True)
    assert happenings(values) == [*SAVED, "restored", "damage", "paused", "stopped", "kept"]


async def test_what_a_damaged_guest_had_in_memory_when_it_stood_still_is_lost(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        values = await incident(await damaged(n))
        (asked, *_) = await of(n, "a", Event.INTENDED)

    assert values["until"] == asked.at == n.run.steps["a"].down_since


async def test_the_snapshot_of_a_damaged_disk_is_told_with_the_day_of_its_end(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        values = await incident(desk)
        due = due_at(n.run, n.run.steps["a"], Limits())

        assert due
        assert due - timedelta(hours=1) < values["kept_until"] <= due  # type: ignore[operator]
        assert "We keep it until Thursday 2 September 2021, 20:" in " ".join(
            (await desk.text(1)).split()
        )


async def test_a_guest_that_was_rolled_back(tmp_path: Path) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        values = await incident(await damaged(n))

    assert (values["disk"], values["lost"]) == ("rolled_back", "since")
    assert happenings(values)[-3:] == ["rolled_back", "booted", "up"]
    assert values["until"] == values["timeline"][0]["at"]  # type: ignore[index]


async def test_a_dead_guest_that_was_switched_off_and_booted(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "dead")
        await n.until("ended")
        values = await incident(after(n))

    assert (values["disk"], values["lost"]) == ("power_cut", "memory")
    assert happenings(values) == [*SAVED, "restored", "dead", "destroyed", "booted", "up"]


async def test_a_guest_that_was_suspended_and_booted_instead(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "lost_before", verb="unpause")
        await n.until_state("a", "unpausing")
        n.simulator.hand(HOST, "destroy", "a")
        await n.until("ended")
        values = await incident(after(n))

    assert (values["disk"], values["lost"]) == ("as_saved", "memory")


def test_a_damaged_guest_that_a_person_has_had_booted() -> None:
    journal = Journal(plan=without_pairs(["vps1"])).empty().restore("vps1")
    journal.look("vps1", "damage").did("pause", "vps1").did("destroy", "vps1")
    journal.add(Event.CHOSEN, "vps1", choice="boot", actor=ANN)
    journal.did("boot", "vps1").look("vps1", "up")
    known = befallen(journal.rows, journal.run(), "vps1")

    assert failed(known.step)
    assert (known.disk, known.lost) == ("booted_damaged", "damage")


@pytest.mark.parametrize("off", [-3600, 3600])
def test_a_host_whose_clock_is_off_does_not_disorder_what_is_told(off: int) -> None:
    journal = Journal(plan=without_pairs(["vps1"]))
    wrong = (journal.at + timedelta(seconds=off)).isoformat()
    journal.add(Event.INTENDED, "vps1", verb="save", attempt=1).wait(60)
    journal.add(Event.DONE, "vps1", verb="save", attempt=1, ended=wrong)
    saving, saved = befallen(journal.rows, journal.run(), "vps1").timeline

    asked, told = (row.at for row in journal.rows[-2:])
    assert (saving["at"], saved["at"]) == (asked, asked if off < 0 else told)


def test_a_guest_that_vanished_while_it_was_saved() -> None:
    journal = Journal(plan=without_pairs(["vps1"])).failed("save", "vps1", "no_memory", "off")
    journal.add(Event.PHASE, to="bring_up", why="aborted").did("boot", "vps1").look("vps1", "up")
    known = befallen(journal.rows, journal.run(), "vps1")

    assert failed(known.step)
    assert [each["what"] for each in known.timeline] == ["gone", "booted", "up"]
    assert (known.disk, known.until) == ("power_cut", known.timeline[0]["at"])


def test_a_guest_that_was_switched_off_because_it_did_not_shut_down() -> None:
    journal = Journal(plan=plan(saved=(), off=("vps3",))).add(
        Event.INTENDED, "vps3", verb="shutdown", attempt=1
    )
    journal.add(Event.FAILED, "vps3", verb="shutdown", attempt=1, error="timeout", left="running")
    journal.did("destroy", "vps3").add(Event.PHASE, to="bring_up", why="aborted")
    journal.did("boot", "vps3").look("vps3", "up")
    known = befallen(journal.rows, journal.run(), "vps3")

    assert failed(known.step)
    assert (known.disk, known.until) == ("power_cut", known.timeline[0]["at"])


def test_a_guest_that_is_down_and_was_never_touched_was_left() -> None:
    journal = Journal(plan=without_pairs(["vps1"])).add(Event.FOUND, "vps1", what="twice")
    known = befallen(journal.rows, journal.run(), "vps1")

    assert ([each["what"] for each in known.timeline], known.disk) == (["left"], "unknown")


async def test_a_damaged_guest_that_a_person_has_left(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await n.wish("leave", "a")
        await n.until_state("a", "left")
        values = await incident(desk)

    assert (values["disk"], happenings(values)[-1]) == ("damaged_stopped", "left")


async def test_a_damaged_guest_with_an_old_kernel_is_told_of_it(tmp_path: Path) -> None:
    old = guest("a", kernel="3.16.0-11-amd64")
    async with begun(tmp_path, old, guest("b")) as n:
        values = await incident(await damaged(n))

    assert (values["kernel"], values["old_kernel"]) == ("3.16.0-11-amd64", True)


@pytest.mark.parametrize(
    ("kernel", "may_be"),
    [
        ("", True),
        ("3.16", True),
        ("3.16.0-11-amd64", True),
        ("3.16.0-4-686-pae", True),
        ("3.16.0-23-generic", False),
        ("2.6.32-754.el6.x86_64", False),
    ],
)
def test_advice_for_jessie_is_for_what_may_be_one(kernel: str, may_be: bool) -> None:  # noqa: FBT001
    assert runs.jessie(kernel) is may_be


@pytest.mark.parametrize("name", ["b", "c"])
async def test_of_a_guest_that_came_back_well_there_is_no_incident(
    tmp_path: Path, name: str
) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        with pytest.raises(Precondition) as refused:
            await desk.new("incident", HOST, name)

    assert refused.value.code is Code.NO_INCIDENT


async def announced(n: Night, **window: datetime) -> Office:
    """Let a maintenance be announced, to the list too, and its night pass."""
    desk = after(n)
    values = {"start": START, "end": START + timedelta(hours=2), "hosts": [HOST], **window}
    item = {"guest": "a", "host": HOST, "action": "suspend"}
    draft = Draft(
        kind="maintenance-scheduled",
        actor=ANN,
        request_key="window",
        recipients=(Recipient(address="ada@lowe.example.com", items=(item,)),),
        values=values,
        occasion="window",
        announce=True,
    )
    await desk.sent((await desk.mail.draft(draft)).campaign)
    await n.until("ended")
    await desk.incidents.ended(n.run)
    return desk


async def test_the_end_of_a_run_that_was_announced_is_drafted_with_its_post(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        desk = await announced(n)
        await desk.incidents.catch_up()

        done, post = [p.campaign for p in await desk.mail.campaigns() if p.campaign.number > 2]
        assert {done.kind, post.kind, done.actor} == {"maintenance-completed", ACTOR}
        assert {done.announce, post.announce} == {True, False}
        assert desk.trouble == []


@pytest.mark.parametrize("late", [timedelta(days=-1), timedelta(hours=1)])
async def test_the_end_of_a_run_outside_the_window_is_not_drafted(
    tmp_path: Path, late: timedelta
) -> None:
    async with begun(tmp_path) as n:
        start = START + late
        desk = await announced(n, start=start, end=start + timedelta(hours=2))

        assert {kind for kind, *_ in await drafts(desk)} == {"maintenance-scheduled"}


async def worked(k: Keeping, at: datetime) -> list[str]:
    """Let the work be done that begins then; return the kinds of what is drafted at its end."""
    k.night.clock.set(at)
    before = len(await drafts(k.office))
    await k.run()
    await k.run_to_its_end()
    await k.office.incidents.ended(k.night.run)
    return [kind for kind, *_ in (await drafts(k.office))[:-before]]


async def test_the_end_of_a_run_is_drafted_also_if_a_window_of_its_hour_was_cancelled_before(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await k.desk.cancel(k.window.number, ANN)
        await k.schedule(DAY * 14)
        await k.tell()

        assert await worked(k, k.start) == ["maintenance-completed"] * 2


async def test_a_run_belongs_to_the_window_in_which_it_begins_and_not_to_the_next(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as k:
        await k.tell()
        late = k.end - timedelta(minutes=15)
        await k.schedule(DAY * 14 + 2)

        assert await worked(k, late) == ["maintenance-completed"] * 2


async def test_an_incident_waits_for_a_persons_paragraph(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        drafted = await desk.new("incident", HOST, "a")
        with pytest.raises(Precondition):
            await desk.notices.refresh(drafted.campaign, ANN)
        await desk.mail.revise(drafted.campaign, {"paragraph": "We are sorry."}, ANN)

        assert "We are sorry." in await desk.text(drafted.campaign)


async def test_when_a_run_ends_each_failed_guest_has_its_draft(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await desk.incidents.ended(n.run)

        assert await drafts(desk) == [("incident", ACTOR, 1)]
        assert desk.trouble == []


async def test_a_run_that_ends_again_drafts_nothing_more(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        for _ in range(2):
            await desk.incidents.ended(n.run)
        await desk.incidents.catch_up()

        assert len(await drafts(desk)) == 1


async def test_what_a_dead_process_has_not_drafted_the_next_one_does(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await desk.incidents.catch_up()

        assert await drafts(desk) == [("incident", ACTOR, 1)]


async def test_a_run_that_went_well_drafts_nothing(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until("ended")
        desk = after(n)
        await desk.incidents.ended(n.run)

        assert await drafts(desk) == []


async def test_of_infrastructure_no_customer_is_told(tmp_path: Path) -> None:
    records: dict[str, dict[str, object]] = {"a": {"role": Role.INFRASTRUCTURE}}
    async with begun(tmp_path, records=records) as n:
        desk = await damaged(n)
        await desk.incidents.ended(n.run)

        assert await drafts(desk) == []


async def test_a_guest_without_an_address_is_told_to_staff_and_keeps_no_other_from_its_draft(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path, out=()) as n:
        strike(n, "damage")
        strike(n, "dead", on="b")
        await n.until("ended")
        desk = after(n)
        guests = desk.sources.fleet.guests
        nobody = {**guests, "a": replace(guests["a"], contact="")}
        assert isinstance(n.store, DatabaseStore)
        lonely = staffed(n.store, replace(desk.sources.fleet, guests=nobody))
        await lonely.incidents.ended(n.run)

        assert [error.fields["problem"] for error in lonely.trouble] == ["no_recipients"]
        assert ("incident", ACTOR, 1) in await drafts(lonely)


async def test_a_database_that_is_away_is_told_and_harms_nothing(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        away = FailingStore(n.store, "rows")
        away.shut = True
        trouble: list[MaintError] = []
        sources = replace(desk.sources, store=away)  # type: ignore[arg-type]
        await Incidents(desk.notices, sources, trouble.append).ended(n.run)

        assert [error.code for error in trouble] == [Code.STORE_UNREACHABLE]


async def test_a_worker_gives_the_run_that_has_ended_away(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        assert n.runner is not None
        await n.wish("leave", "a")
        stop = asyncio.Event()

        async def ended(run: object) -> None:
            await desk.incidents.ended(run)  # type: ignore[arg-type]
            stop.set()

        equipment = n.runner._with
        n.runner = None
        worker = Worker(n.store.owner, {HOST: equipment}, ended=ended)
        await asyncio.wait_for(worker.serve(stop), 30)

        assert await drafts(desk) == [("incident", ACTOR, 1)]


async def test_a_trial_that_passed_is_told_with_its_link(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until("ended")
        desk = after(n)
        drafted = await desk.new("trial-result", "a", "passed")

        values = (await desk.mail.campaign(drafted.campaign)).values
        assert (values["result"], values["back"]) == ("passed", n.run.steps["a"].up_at)
        assert await desk.notices.link("a") in await desk.text(drafted.campaign)


async def test_a_trial_is_not_told_to_have_gone_otherwise_than_it_did(tmp_path: Path) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        desk = await damaged(n)
        with pytest.raises(Precondition) as refused:
            await desk.new("trial-result", "a", "passed")
        told = await desk.new("trial-result", "a", "rolled-back")

        assert refused.value.fields["result"] == "rolled_back"
        assert (await desk.mail.campaign(told.campaign)).values["result"] == "rolled_back"


async def test_who_came_back_by_a_power_cut_is_not_told_that_all_is_well(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "dead")
        await n.until("ended")
        desk = after(n)
        drafted = await desk.new("maintenance-completed", HOST)

        (items,) = (await desk.items(drafted.campaign)).values()
        assert [item["guest"] for item in items] == ["b", "c"]


async def test_a_guest_that_is_not_in_the_run_is_refused(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        with pytest.raises(BadRequest) as refused:
            await after(n).new("incident", HOST, "x")

    assert refused.value.code is Code.UNKNOWN_GUEST
