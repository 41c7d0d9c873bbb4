"""A run's timeline: what each guest went through, from its journal."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.maintenance.timeline import Bar, Kind, Timeline, timeline
from bot.rules.run.journal import Event
from bot.rules.run.replay import apply
from bot.rules.run.report import Result
from bot.rules.run.states import STEPS, StepState
from tests.unit.maintenance.journals import GRANT, Journal, plan, without_pairs
from tests.unit.maintenance.test_telling_all import row_of
from tests.unit.rules.plans import NOW


def told(journal: Journal) -> Timeline:
    return timeline("r1", journal.rows)


def bar(journal: Journal, guest: str) -> Bar:
    return next(bar for bar in told(journal).bars if bar.guest == guest)


def kinds(journal: Journal, guest: str) -> list[str]:
    return [span.kind.value for span in bar(journal, guest).spans]


def seen(journal: Journal, row: int) -> timedelta:
    """When the row was written, since the start."""
    return journal.rows[row].at - NOW


def watched(guest: str = "vps1") -> Journal:
    return Journal().empty().restore(guest)


# ---- what went well --------------------------------------------------------------------------


def test_a_guest_is_suspended_until_it_is_let_go_and_restored_until_it_is_verified() -> None:
    journal = watched().wait(120).look("vps1", "up")
    saved = next(row for row in journal.rows if row.guest == "vps1")

    suspended, restored = bar(journal, "vps1").spans

    assert (suspended.kind, restored.kind) == (Kind.SUSPENDED, Kind.RESTORED)
    assert suspended.start == saved.at
    assert suspended.end == restored.start == journal.rows[-2].at
    assert restored.end == journal.rows[-1].at


def test_a_guest_is_shut_down_until_it_runs_and_booted_until_it_is_verified() -> None:
    journal = Journal().empty().did("boot", "vps3").wait(40).look("vps3", "up")

    off, booted = bar(journal, "vps3").spans

    assert (off.kind, booted.kind) == (Kind.SHUT_DOWN, Kind.BOOTED)
    assert off.end == booted.start == journal.rows[-2].at


def test_a_boot_that_never_began_changes_nothing() -> None:
    journal = Journal().empty().add(Event.INTENDED, "vps3", verb="boot", attempt=1)
    journal.add(Event.NEVER, "vps3", verb="boot", attempt=1).did("boot", "vps3")

    assert kinds(journal, "vps3") == ["shut_down", "booted"]


def test_between_a_failed_save_and_the_shutdown_a_guest_runs() -> None:
    journal = Journal().failed("save", "vps1", "not_acknowledged", "running").wait(30)

    saving, shutting = bar(journal.did("shutdown", "vps1"), "vps1").spans

    assert (saving.kind, shutting.kind) == (Kind.SUSPENDED, Kind.SHUT_DOWN)
    assert shutting.start - saving.end > timedelta(seconds=30)


def test_a_guest_that_was_not_touched_has_no_bar() -> None:
    assert [bar.guest for bar in told(Journal().save("vps1")).bars] == ["vps1"]


def test_the_host_has_its_phases_without_a_gap() -> None:
    phases = told(Journal().whole()).phases

    assert [span.kind.value for span in phases[:4]] == ["drain", "host_work", "gate", "bring_up"]
    assert all(one.end == next_.start for one, next_ in pairwise(phases))


# ---- what failed -----------------------------------------------------------------------------


def test_a_guest_is_repaired_from_the_damage_until_it_is_booted() -> None:
    journal = watched().look("vps1", "damage", lines=[GRANT])
    journal.did("pause", "vps1").did("destroy", "vps1").did("rollback", "vps1")
    journal.did("boot", "vps1").look("vps1", "up")

    assert kinds(journal, "vps1") == ["suspended", "restored", "repaired", "booted"]
    assert bar(journal, "vps1").result is Result.ROLLED_BACK


def test_a_guest_that_stays_damaged_is_down_to_the_end_of_the_run() -> None:
    journal = Journal(plan=without_pairs(["vps1", "vps2"])).did("save", "vps1", image="i")
    journal.did("verify", "vps1").add(Event.PHASE, to="bring_up", why="aborted").restore("vps1")
    journal.look("vps1", "damage").did("pause", "vps1").did("destroy", "vps1").wait(99)

    last = bar(journal.add(Event.ENDED, exit_status=1), "vps1").spans[-1]

    assert kinds(journal, "vps1") == ["suspended", "restored", "repaired", "down"]
    assert (last.start, last.end) == (journal.rows[-2].at, journal.rows[-1].at)


def test_a_guest_that_waits_for_a_persons_choice_is_down_meanwhile() -> None:
    journal = watched().look("vps1", "dead").wait(60)
    journal.add(Event.CHOSEN, "vps1", choice="boot", actor="os:anna")

    journal.did("destroy", "vps1").did("boot", "vps1")

    assert kinds(journal, "vps1") == ["suspended", "restored", "down", "repaired", "booted"]


def test_a_guest_that_nobody_chose_about_is_repaired_from_the_first() -> None:
    journal = watched().look("vps1", "dead").wait(300).did("destroy", "vps1").did("boot", "vps1")

    assert kinds(journal, "vps1") == ["suspended", "restored", "repaired", "booted"]


def test_a_guest_destroyed_in_the_drain_is_shut_down_like_others_afterwards() -> None:
    journal = Journal().add(Event.INTENDED, "vps3", verb="shutdown", attempt=1).wait(180)

    journal.did("destroy", "vps3").wait(200)

    assert kinds(journal, "vps3") == ["shut_down", "repaired", "shut_down"]


def test_a_guest_that_goes_off_after_its_restore_is_repaired() -> None:
    journal = watched().add(Event.FOUND, "vps1", what="off").did("boot", "vps1")

    assert kinds(journal, "vps1") == ["suspended", "restored", "repaired", "booted"]


def test_a_guest_that_does_not_answer_is_down_and_in_trouble() -> None:
    journal = watched().look("vps1", "unreachable")

    assert kinds(journal, "vps1")[-1] == "down"
    assert bar(journal, "vps1").trouble


# ---- the whole -------------------------------------------------------------------------------


def test_guests_in_trouble_come_first_then_those_that_were_down_longest() -> None:
    journal = Journal(plan=plan(["vps1", "vps2", "vps4"])).empty()
    journal.restore("vps1").look("vps1", "up").restore("vps2", "vps4").look("vps2", "damage")
    journal.look("vps4", "up").did("boot", "vps3").look("vps3", "up").add(Event.ENDED)

    order = [bar.guest for bar in told(journal).bars]

    downs = {guest: bar(journal, guest).down or 0.0 for guest in order[1:]}
    assert order[0] == "vps2"
    assert list(downs.values()) == sorted(downs.values(), reverse=True)


def test_a_run_that_was_opened_again_has_two_stretches() -> None:
    journal = Journal().whole()
    ended = seen(journal, -1)
    journal.wait(3600).add(Event.PHASE, to="bring_up", why="again").wait(60)

    first, second = told(journal.add(Event.ENDED, exit_status=0)).stretches

    assert (first[0] - NOW, first[1] - NOW) == (timedelta(0), ended)
    assert (second[0] - NOW, second[1] - NOW) == (seen(journal, -2), seen(journal, -1))


@given(st.data())
@settings(deadline=None)
def test_whatever_happens_the_spans_of_a_guest_follow_each_other_until_it_is_up(
    data: st.DataObject,
) -> None:
    journal = Journal().empty()
    rows, run = list(journal.rows), journal.run()
    for _ in range(data.draw(st.integers(1, 25))):
        triggers = STEPS[run.steps["vps1"].state]
        if not triggers:
            break
        row = row_of(run, data.draw(st.sampled_from(sorted(triggers))))
        rows.append(replace(row, at=rows[-1].at + timedelta(seconds=1)))
        run = apply(run, rows[-1])

    spans = next(bar.spans for bar in timeline("r1", rows).bars if bar.guest == "vps1")

    edges = [at for span in spans for at in (span.start, span.end)]
    assert edges == sorted(edges)
    assert run.steps["vps1"].state is StepState.UP or edges[-1] == run.at
