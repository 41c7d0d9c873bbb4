"""What is told of a run: milestones, details, failures with what to type next, the report."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.maintenance.live import live
from bot.maintenance.progress import Projection, at_rest
from bot.maintenance.telling import worded
from bot.ports import Audience, Cursor, Effects, Lease, Message, RunRecord
from bot.rules.errors import Code, TryAgain
from bot.rules.run.journal import Event
from bot.storage.opening import open_store
from bot.storage.store import DatabaseStore
from tests.unit.maintenance.journals import GRANT, WORDS, Journal, plan, without_pairs


def commands(message: Message) -> list[str]:
    return [act.command for act in message.acts]


def last(journal: Journal) -> Message:
    return journal.told()[-1]


# ---- milestones and details ------------------------------------------------------------------


def test_the_start_says_who_and_how_many() -> None:
    (message,) = Journal().told()

    assert message.text.startswith("hobgoblin: started by os:anna. 2 guests to suspend, 1 to shut")
    assert message.audience is Audience.CHANNEL


def begun(**about: object) -> Message:
    journal = Journal()
    (row,) = journal.rows
    journal.rows = [replace(row, data={**row.data, **about})]
    return journal.told()[0]


def test_the_start_says_who_approved_it_and_settles_what_waited() -> None:
    message = begun(approver="os:carl")

    assert message.text.startswith("hobgoblin: started by os:anna, approved by os:carl. 2 guests")
    assert not message.loud
    assert dict(message.settles).keys() == {"start:hobgoblin", "card:hobgoblin"}


def test_a_start_alone_is_told_loudly_with_who_and_why() -> None:
    message = begun(alone=True, reason="disk is failing")

    alone = 'hobgoblin: STARTED ALONE by os:anna, without a second person: "disk is failing". 2 g'
    assert message.text.startswith(alone)
    assert (message.loud, message.audience) == (True, Audience.CHANNEL)


def test_neighbouring_details_share_a_message_in_the_thread() -> None:
    message = last(Journal().save("vps1", "vps2"))

    assert message.text.splitlines() == [
        "vps1 saved: 1.0 GiB in 5 s, image verified, disk snapshot taken",
        "vps2 saved: 1.0 GiB in 5 s, image verified, disk snapshot taken",
    ]
    assert message.audience is Audience.THREAD


def test_a_verified_guest_is_told_with_its_downtime_against_the_plan() -> None:
    message = last(Journal().empty().restore("vps1").look("vps1", "up"))

    assert message.text == "vps1 up: restored and verified, down 4 min 14 s (expected 5 min)"


def test_work_by_hand_says_what_to_type_when_it_is_done() -> None:
    asked = next(m for m in Journal().empty().told() if "Do your work" in m.text)

    assert "hobgoblin is empty. Do your work, reboot it, then: continue hobgoblin" in asked.text
    assert commands(asked) == ["continue hobgoblin"]


def test_a_whole_run_of_25_guests_is_told_in_40_to_80_lines() -> None:
    names = [f"vps{n}" for n in range(1, 18)]
    journal = Journal(plan=plan(names, [f"vps{n}" for n in range(18, 26)])).whole()

    lines = [line for message in journal.told() for line in message.text.splitlines()]

    assert 40 <= len(lines) <= 80


# ---- failures --------------------------------------------------------------------------------


def damaged(names: tuple[str, ...] = ("vps1", "vps2")) -> Journal:
    """The first guest is damaged without a pair, and is about to be stopped."""
    journal = Journal(plan=without_pairs(names))
    for name in names:
        journal.did("save", name, image=f"r1-{name}").did("verify", name)
    journal.did("shutdown", "vps3").add(Event.PHASE, to="host_work", why="drained")
    journal.add(Event.PHASE, to="gate", why="worked").add(Event.PHASE, to="bring_up", why="ready")
    return journal.restore(*names).look(names[0], "damage", lines=[GRANT, GRANT])


def test_the_first_line_of_a_failure_names_the_guest() -> None:
    message = last(damaged())

    assert message.text.splitlines()[0].startswith("vps1 on hobgoblin: DAMAGE")
    assert message.loud
    assert message.audience is Audience.BOTH


def test_a_console_line_that_matched_is_shown_once() -> None:
    message = last(damaged())

    assert message.text.count("has not unmapped grant") == 1


def test_failures_within_a_second_share_a_message() -> None:
    journal = damaged()
    journal.at -= timedelta(seconds=0.5)

    message = last(journal.look("vps2", "damage"))

    assert [line.split()[0] for line in message.text.splitlines() if "DAMAGE" in line] == [
        "vps1",
        "vps2",
    ]


def test_failures_more_than_a_second_apart_have_a_message_each() -> None:
    message = last(damaged().wait(5).look("vps2", "damage"))

    assert message.text.startswith("vps2")


def test_damage_without_a_pair_offers_what_is_possible_and_no_rollback() -> None:
    message = last(damaged().did("pause", "vps1").did("destroy", "vps1"))

    assert commands(message) == ["boot hobgoblin vps1", "leave hobgoblin vps1"]


def test_damage_with_a_pair_at_the_first_look_is_rolled_back_without_asking() -> None:
    journal = Journal().empty().restore("vps1").look("vps1", "damage", lines=[GRANT])

    told = journal.did("pause", "vps1").did("destroy", "vps1").did("rollback", "vps1").told(6)

    assert not any(message.acts for message in told)
    assert told[-1].text.startswith("vps1: its disk is back at the instant of its save")


def test_damage_that_was_seen_late_asks_before_it_rolls_back() -> None:
    journal = Journal().empty().restore("vps1")
    journal.add(Event.LOOKED, "vps1", verdict="damage", look=3, age=120.0)

    message = last(journal.did("pause", "vps1"))

    assert "rollback hobgoblin vps1" in commands(message)
    assert "Nothing happens by itself" in message.text


def test_a_dead_guest_is_told_with_the_time_at_which_it_is_destroyed() -> None:
    journal = Journal().empty().restore("vps1")
    until = journal.run().steps["vps1"].let_go
    assert until is not None

    message = last(journal.look("vps1", "dead"))

    assert f"{until + timedelta(seconds=300):%H:%M:%S} UTC" in message.text
    assert commands(message)[0] == "wait hobgoblin vps1"


def test_a_failed_save_says_that_the_guest_is_shut_down_instead() -> None:
    message = last(Journal().failed("save", "vps1", "not_acknowledged", "running"))

    assert "runs on and is shut down instead" in message.text
    assert not message.loud


def test_a_fault_without_words_is_shown_as_its_code() -> None:
    message = last(Journal().failed("save", "vps1", "brand_new_fault", "running"))

    assert "brand_new_fault (rc 1)" in message.text


def test_a_guest_near_its_shutdown_deadline_can_be_destroyed_or_given_time() -> None:
    journal = Journal().add(Event.INTENDED, "vps3", verb="shutdown", attempt=1).wait(150)
    deadline = journal.at + timedelta(seconds=30)

    message = last(journal.add(Event.LATE, "vps3", what="shutdown", deadline=deadline.isoformat()))

    assert f"destroyed at {deadline:%H:%M:%S} UTC" in message.text
    assert commands(message) == ["destroy hobgoblin vps3", "wait hobgoblin vps3"]


def test_lost_contact_says_what_goes_on_and_its_return_how_long_it_was() -> None:
    journal = Journal().add(Event.CONTACT_LOST, problem="no answer within 60 s").wait(99)

    lost, back = journal.add(Event.CONTACT_BACK).told()[-2:]

    assert "does NOT ANSWER: no answer within 60 s" in lost.text
    assert "answers again after 1 min 40 s" in back.text


def test_a_host_with_another_helper_is_told_with_its_version_and_how_to_update_it() -> None:
    journal = Journal().add(Event.CONTACT_LOST, problem="helper_other", detail="0123456789ab")

    text = journal.told()[-1].text

    assert "its host helper is of another version than the bot (0123456789ab)" in text
    assert text.endswith("Update it: maint host install hobgoblin")


def test_what_came_from_a_console_cannot_forge_a_line_or_steer_a_terminal() -> None:
    journal = Journal().empty().restore("vps1")

    message = last(journal.look("vps1", "damage", lines=["\x1b[2Jgrant\nvps9 up", "\u202eevil"]))

    assert "\x1b" not in message.text
    assert "\u202e" not in message.text
    assert not any(line.startswith("vps9") for line in message.text.splitlines())


# ---- questions -------------------------------------------------------------------------------


def asked(journal: Journal, **fields: object) -> Message:
    deadline = (journal.at + timedelta(minutes=15)).isoformat()
    offered: dict[str, Any] = {"proven": [], "back": False, **fields}
    return last(
        journal.add(Event.ASKED, question="choose", guests=["vps2"], deadline=deadline, **offered)
    )


def test_the_breakers_question_says_what_happens_by_itself_and_when() -> None:
    message = asked(damaged())

    assert "all of them boot cold by themselves" in message.text
    assert "a power cut at the instant of its save" in message.text
    assert commands(message) == ["choose hobgoblin boot", "choose hobgoblin wait"]


def test_only_choices_that_are_possible_are_offered() -> None:
    message = asked(damaged(), proven=["vps2"], back=True)

    words = [command.split()[-1] for command in commands(message)]
    assert words == ["boot", "proven", "back", "wait"]


def test_a_host_that_is_not_ready_is_told_once_with_what_differs() -> None:
    problem = {"code": "wrong_kernel", "wanted": "5.10.46", "found": "4.19.181"}
    journal = Journal().worked().add(Event.NOT_READY, problems=[problem])

    message = last(journal.add(Event.ASKED, question="gate", problems=[problem]))

    assert "kernel: 4.19.181 runs, 5.10.46 is expected" in message.text
    assert "nothing was restored" in message.text
    assert commands(message) == ["continue hobgoblin", "choose hobgoblin boot"]


def test_a_hold_says_what_opened_it_and_what_lifts_it() -> None:
    because = ["hobgoblin/vps1: damage"]

    message = last(
        damaged().add(
            Event.HELD, scope="kernel", value="xen-pv-3.16", code="breaker_damage", because=because
        )
    )

    assert "hobgoblin/vps1: damage" in message.text
    assert "unhold kernel xen-pv-3.16" in message.text


# ---- the report ------------------------------------------------------------------------------


def test_a_clean_report_says_that_all_is_as_before_and_alarms_nobody() -> None:
    message = last(Journal().whole())

    assert "Every guest is as it was before." in message.text
    assert not message.loud


def test_the_report_keeps_results_apart_and_says_what_is_lost() -> None:
    journal = damaged().did("pause", "vps1").did("destroy", "vps1")
    journal.look("vps2", "up").did("boot", "vps3").look("vps3", "up")

    message = last(journal.add(Event.ENDED, exit_status=1))

    assert "damaged        1  vps1" in message.text
    assert "treat its files as lost" in message.text
    assert commands(message) == ["boot hobgoblin vps1", "leave hobgoblin vps1"]
    assert "repaired" not in message.text


def test_the_report_says_whether_a_damaged_guest_runs() -> None:
    journal = Journal().empty().restore("vps1", "vps2").look("vps1", "up").look("vps2", "up")
    journal.did("boot", "vps3").look("vps3", "broken").add(Event.ENDED, exit_status=1)

    assert "damaged        1  vps3 (runs)" in last(journal).text


def test_the_report_asks_nothing_about_a_guest_that_was_left() -> None:
    journal = Journal().empty().restore("vps1", "vps2").look("vps1", "up").look("vps2", "up")
    journal.did("boot", "vps3").look("vps3", "broken")
    journal.add(Event.CHOSEN, "vps3", choice="leave", actor="os:anna")
    journal.add(Event.ENDED, exit_status=1)

    assert "damaged        1  vps3 (left)" in last(journal).text
    assert "for your choice" not in last(journal).text
    assert commands(last(journal)) == ["log hobgoblin"]


# ---- the live message ------------------------------------------------------------------------


def shown(journal: Journal) -> Message:
    return worded(WORDS, [live(journal.run(), journal.at)])


def test_the_live_message_counts_and_offers_to_stop() -> None:
    message = shown(Journal().save("vps1"))

    assert "saved 1 of 2, shut down 0 of 1" in message.text
    assert commands(message) == ["pause hobgoblin", "abort hobgoblin"]


def test_a_guest_that_came_back_in_trouble_is_counted_as_the_report_counts_it() -> None:
    journal = Journal().empty().restore("vps1", "vps2").look("vps1", "up").look("vps2", "damage")
    journal.did("boot", "vps3").look("vps3", "broken")

    assert "restored 1 of 2, booted 0 of 1, verified 1 of 3" in shown(journal).text


def test_the_live_message_names_guests_in_trouble() -> None:
    assert (
        "! vps1: damaged and stopped"
        in shown(damaged().did("pause", "vps1").did("destroy", "vps1")).text
    )


def test_the_live_message_of_a_released_run_offers_to_take_it_back() -> None:
    message = shown(Journal().add(Event.RELEASED, actor="os:anna", reason="by hand"))

    assert "The bot only watches (released: by hand)." in message.text
    assert commands(message)[0].startswith("takeback hobgoblin")


def test_a_run_rests_when_it_waits_for_a_person_and_not_while_the_host_is_silent() -> None:
    journal = Journal().add(Event.CONTACT_LOST, problem="no answer")

    assert not at_rest(journal.run())
    assert at_rest(journal.add(Event.PAUSED, actor="os:anna").add(Event.CONTACT_BACK).run())


# ---- the projection --------------------------------------------------------------------------


class Recording:
    """A chat that remembers; while `down` it takes nothing."""

    name = "recording"

    def __init__(self) -> None:
        self.down = False
        self.said: list[str] = []
        self.live: list[str] = []
        self.files: list[tuple[str, bytes]] = []

    async def post(self, message: Message) -> str:
        if self.down:
            raise TryAgain(Code.CONTACT_LOST, host="chat", problem="away")
        (self.live if message.live else self.said).append(message.text)
        self.files += message.files
        return str(len(self.said))

    async def update(self, reference: str, message: Message) -> None:
        assert reference
        await self.post(message)

    async def reply(self, reference: str, message: Message) -> str:
        assert reference
        return await self.post(message)


class Told:
    """A run in a real database, its projection, and a chat."""

    def __init__(self, store: DatabaseStore, journal: Journal) -> None:
        self.store, self.journal = store, journal
        self.chat, self.machine = Recording(), 0.0
        self.lease: Lease | None = None
        self.projection = self.anew()

    def anew(self) -> Projection:
        return Projection(self.store, WORDS, self, machine=lambda: self.machine)

    def now(self) -> datetime:
        return self.journal.at

    async def wait_until(self, instant: datetime) -> None:
        self.journal.at = max(self.journal.at, instant)

    async def commit(self) -> None:
        """Write what the journal has and the database has not."""
        drafts = self.journal.drafts()
        if self.lease is None:
            first = drafts[0]
            run = RunRecord(id="r1", host="hobgoblin", actor="os:anna", started=first[0])
            await self.store.begin(run, first[1], {})
            self.lease = await self.store.claim("hobgoblin", "test")
        assert self.lease
        known = len(await self.store.rows("r1"))
        await self.store.append(self.lease, "r1", drafts[known:], Effects())

    async def tell(self) -> bool:
        return await self.projection.tell(self.chat, "r1")


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    store = open_store(tmp_path / "db.sqlite", "test")
    yield Told(store, Journal())
    await store.close()


async def test_telling_twice_tells_nothing_twice(told: Told) -> None:
    told.journal.save("vps1")
    await told.commit()
    await told.tell()
    before = list(told.chat.said)

    await told.tell()

    assert told.chat.said == before


async def test_the_report_brings_picture_downtimes_and_log_and_nothing_else_does(
    told: Told,
) -> None:
    told.journal.whole()
    await told.commit()

    await told.tell()

    stem = "hobgoblin-20210824-2000"
    names = [name for name, _ in told.chat.files]
    assert names == [f"{stem}.png", f"{stem}.csv", f"{stem}-log.txt"]


async def test_a_report_that_is_told_late_shows_the_run_as_it_was_then(told: Told) -> None:
    told.journal.whole()
    rows = len(told.journal.rows)
    told.journal.add(Event.PAUSED, actor="os:anna")
    await told.commit()

    await told.tell()

    log = told.chat.files[-1][1].decode()
    assert f"  {rows}" in log
    assert "paused" not in log


async def test_a_new_process_goes_on_where_the_last_one_stopped(told: Told) -> None:
    await told.commit()
    await told.tell()
    told.journal.save("vps1")
    await told.commit()
    told.projection = told.anew()

    await told.tell()

    assert [text.split()[0] for text in told.chat.said] == ["hobgoblin:", "vps1"]


async def test_after_an_outage_all_is_told_in_order(told: Told) -> None:
    await told.commit()
    await told.tell()
    told.chat.down = True
    told.journal.save("vps1").wait(5).failed("save", "vps2", "no_space", "running")
    await told.commit()
    assert not await told.tell()
    told.chat.down = False

    await told.tell()

    assert [text.split()[0] for text in told.chat.said[1:]] == ["vps1", "vps2"]


async def test_the_live_message_is_edited_at_a_pace(told: Told) -> None:
    await told.commit()
    await told.tell()
    for _ in range(5):
        told.journal.wait(1)
        told.machine += 0.5
        await told.tell()

    assert len(told.chat.live) == 2


async def test_a_change_of_phase_is_shown_at_once(told: Told) -> None:
    await told.commit()
    await told.tell()
    told.journal.empty()
    await told.commit()

    await told.tell()

    assert told.chat.live[-1].startswith("hobgoblin: bringing guests back")


async def test_a_run_that_was_told_elsewhere_is_not_begun_again(told: Told) -> None:
    told.journal.whole()
    await told.commit()
    await told.store.move(Cursor(chat="recording", run="r1", number=len(told.journal.rows)))

    await told.tell()

    assert told.chat.said == told.chat.live == []


async def test_telling_returns_true_when_the_run_is_at_rest(told: Told) -> None:
    told.journal.whole()
    await told.commit()

    assert await told.tell()
