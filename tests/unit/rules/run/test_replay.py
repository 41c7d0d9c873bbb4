"""What each row of a journal means for its run, and what a journal cannot say."""

from __future__ import annotations

import pytest

from bot.rules.errors import BadConfiguration, Code
from bot.rules.run.journal import Event
from bot.rules.run.replay import replay
from bot.rules.run.states import Phase
from bot.rules.run.terms import Run
from tests.builders import first_row, fresh, journal, later, row, then
from tests.unit.rules.courses import after, ways
from tests.unit.rules.plans import NOW, shut, step

WAYS = ways()


def problem(*rows: object) -> tuple[object, object, object]:
    """Return run, number and problem of the corruption that these rows are."""
    with pytest.raises(BadConfiguration) as refused:
        replay("r1", rows)  # type: ignore[arg-type]
    fields = refused.value.fields
    assert refused.value.code is Code.CORRUPT_JOURNAL
    return fields["run"], fields["number"], fields["problem"]


def test_the_first_row_makes_the_run_as_it_was_planned() -> None:
    run = journal(plan=[step("a"), shut("c")])

    assert (run.id, run.host, run.actor, run.phase) == ("r1", "hobgoblin", "os:anna", "drain")
    assert {n: (s.state, s.action) for n, s in run.steps.items()} == {
        "a": ("planned", "suspend"),
        "c": ("planned", "shutdown"),
    }


def test_what_was_off_is_untouched_from_the_start() -> None:
    run = journal(plan=[step("a", action="untouched", reason="was_off", was="off")])

    assert run.steps["a"].state == "untouched"


def test_an_empty_journal_is_corrupt() -> None:
    assert problem() == ("r1", 1, "the first row does not begin a run")


def test_a_journal_that_begins_in_the_middle_is_corrupt() -> None:
    assert problem(row(4, Event.PAUSED))[:2] == ("r1", 4)


def test_a_plan_that_cannot_be_read_is_corrupt() -> None:
    assert problem(row(1, Event.BEGUN, plan={})) == ("r1", 1, "its plan cannot be read")


def test_a_missing_row_is_corrupt() -> None:
    found = problem(first_row(), row(3, Event.PAUSED))

    assert found == ("r1", 3, "row 2 should stand here")


@pytest.mark.parametrize(
    ("event", "guest", "data"),
    [
        (Event.DONE, "a", {"verb": "save", "attempt": 1}),  # nothing was intended
        (Event.INTENDED, "nobody", {"verb": "save", "attempt": 1}),
        (Event.INTENDED, "a", {"verb": "fly", "attempt": 1}),
        (Event.INTENDED, "a", {"attempt": 1}),
        (Event.LOOKED, "a", {"verdict": "up"}),
        (Event.CHOSEN, "a", {"choice": "boot"}),
        (Event.PHASE, "", {"to": "drain"}),
        (Event.PHASE, "", {"to": "nowhere"}),
        (Event.ENDED, "", {}),
        (Event.ASKED, "", {}),
        (Event.PAUSED, "a", {}),
    ],
)
def test_a_row_that_does_not_fit_is_corrupt(event: Event, guest: str, data: dict[str, str]) -> None:
    assert problem(first_row(), row(2, event, guest, **data))[:2] == ("r1", 2)


@pytest.mark.parametrize(
    ("events", "flags"),
    [
        ([Event.PAUSED], (True, False, False)),
        ([Event.PAUSED, Event.RESUMED], (False, False, False)),
        ([Event.PAUSED, Event.ABORTED], (False, True, False)),
        ([Event.RELEASED], (False, False, True)),
        ([Event.RELEASED, Event.TAKEN_BACK], (False, False, False)),
        ([Event.NOT_OBEYED, Event.TAKEN_OVER], (False, False, False)),
    ],
)
def test_what_a_person_says_of_the_run(events: list[Event], flags: tuple[bool, bool, bool]) -> None:
    run = journal(*((event, "", {}) for event in events))

    assert (run.paused, run.aborting, run.released) == flags


def test_contact_is_lost_since_its_row_until_it_is_back() -> None:
    lost = journal((Event.CONTACT_LOST, "", {"problem": "no_answer"}))

    assert lost.silent_since == later(2)
    assert then(lost, Event.CONTACT_BACK).silent_since is None


def test_a_question_stands_until_it_is_answered() -> None:
    asked = journal(
        (Event.ASKED, "", {"question": "choose", "guests": ["a"], "deadline": NOW.isoformat()})
    )
    question = asked.question

    assert question is not None
    assert (question.kind, question.guests, question.deadline) == ("choose", ("a",), NOW)
    assert then(asked, Event.ANSWERED, choice="boot", cold=["a"]).question is None


def test_wait_takes_the_deadline_off_a_question_and_leaves_it_open() -> None:
    asked = journal((Event.ASKED, "", {"question": "choose", "deadline": NOW.isoformat()}))
    waiting = then(asked, Event.ANSWERED, choice="wait").question

    assert waiting is not None
    assert waiting.deadline is None


def test_an_answer_allows_some_and_boots_others() -> None:
    run = journal(
        (Event.ANSWERED, "", {"choice": "proven", "allow": ["a"], "cold": ["b"]}),
        plan=[step("a"), step("b")],
    )

    assert [(s.allowed, s.cold) for s in run.steps.values()] == [(True, False), (False, True)]


def test_a_hold_takes_back_what_was_allowed_before_it() -> None:
    allowed = then(after(WAYS["saved"]), Event.ANSWERED, choice="proven", allow=["a"])
    held = then(allowed, Event.HELD, scope="global", value="", code="breaker_damage")

    assert (held.held, held.steps["a"].allowed) == ({("global", ""): frozenset()}, False)


def test_a_hold_that_is_opened_again_remembers_every_outcome() -> None:
    opened = {"scope": "global", "value": "", "code": "breaker_damage"}
    once = then(fresh(), Event.HELD, **opened, because=["h/a: damage"])
    twice = then(once, Event.HELD, **opened, because=["h/a: damage", "h/b: damage"])

    assert twice.held == {("global", ""): {"h/a: damage", "h/b: damage"}}


def test_going_back_lasts_until_the_gate() -> None:
    run = entered(fresh(), "host_work", "gate", "bring_up")
    back = then(run, Event.ANSWERED, choice="back", allow=["a"])

    assert back.going_back
    assert not entered(back, "gate").going_back


def entered(run: Run, *phases: str) -> Run:
    for phase in phases:
        run = then(run, Event.PHASE, to=phase)
    return run


def test_phases_leave_their_times() -> None:
    run = entered(fresh(), "host_work", "gate", "bring_up")

    assert (run.drained_at, run.phase_since, run.ready_at) == (later(2), later(4), later(4))
    assert (run.phase, run.gated) == (Phase.BRING_UP, True)


def test_an_ended_run_keeps_its_report_until_it_is_opened_again() -> None:
    ended = then(entered(fresh(), "bring_up"), Event.ENDED, exit_status=1)

    assert (ended.phase, ended.ended, ended.summary["exit_status"]) == ("ended", later(3), 1)
    assert entered(ended, "bring_up").ended is None


def test_host_work_is_counted_command_by_command() -> None:
    run = entered(fresh(), "host_work")
    run = then(run, Event.INTENDED, verb="work", attempt=1, argument="upgrade")
    assert run.work.flight is not None
    run = then(run, Event.DONE, verb="work", attempt=1)
    run = then(run, Event.INTENDED, verb="reboot", attempt=1, boot_id="b1")
    run = then(run, Event.DONE, verb="reboot", attempt=1)

    work = run.work
    assert (work.done, work.reboots, work.boot_before, work.flight) == (1, 1, "b1", None)


def test_failed_host_work_is_kept_until_a_person_continues() -> None:
    run = then(entered(fresh(), "host_work"), Event.INTENDED, verb="work", attempt=1)
    failed = then(run, Event.FAILED, verb="work", attempt=1, error="tool_failed", detail="rc 1")

    assert (failed.work.error, failed.work.detail, failed.work.done) == ("tool_failed", "rc 1", 0)
    assert then(failed, Event.CONTINUED).work.error == ""


def test_a_host_that_is_not_ready_is_looked_at_again_after_continue() -> None:
    run = then(entered(fresh(), "host_work", "gate"), Event.CONTINUED)
    found = then(run, Event.NOT_READY, problems=[{"code": "wrong_kernel"}])

    assert (run.continued, found.continued) == (True, False)
    assert [each["code"] for each in found.problems] == ["wrong_kernel"]


def test_what_was_reported_late_is_remembered() -> None:
    run = journal((Event.LATE, "", {"what": "host", "seconds": 900}))

    assert run.late == {"host"}


def test_an_operation_that_was_never_seen_leads_back_to_before() -> None:
    saving = after(["save"])
    back = then(saving, Event.NEVER, "a", verb="save", attempt=1).steps["a"]

    assert (saving.steps["a"].state, back.state, back.flight) == ("saving", "planned", None)
    assert back.attempts == {"save": 1}


def test_a_restore_that_was_never_seen_is_not_counted_as_tried() -> None:
    restoring = after(WAYS["restoring"])
    never = then(restoring, Event.NEVER, "a", verb="restore", attempt=1)

    assert (restoring.steps["a"].tries, never.steps["a"].tries) == (1, 0)


def test_an_image_lives_from_its_save_until_it_is_spent() -> None:
    lives = {s: after(WAYS[s]).steps["a"].image_lives for s in ("saving", "saved", "paused")}

    assert lives == {"saving": False, "saved": True, "paused": True}
    assert not after(WAYS["spent"]).steps["a"].image_lives


def test_a_failed_save_is_shut_down_instead() -> None:
    failed = after(["save", "save failed running"]).steps["a"]

    assert (failed.action, failed.reason) == ("shutdown", "save_failed")


def test_a_save_of_a_guest_that_was_started_anew_is_decided_once_more() -> None:
    saving = after(["save"])
    refused = {"error": "wrong_identity", "left": "running"}
    first = then(saving, Event.FAILED, "a", verb="save", attempt=1, **refused)
    second = then(first, Event.INTENDED, "a", verb="save", attempt=2)
    second = then(second, Event.FAILED, "a", verb="save", attempt=2, **refused)

    assert [r.steps["a"].action for r in (first, second)] == ["suspend", "shutdown"]


@pytest.mark.parametrize("error", ["truncated", "corrupt", "stale_image", "spent_image"])
def test_an_image_of_no_use_means_a_cold_boot(error: str) -> None:
    run = then(after(WAYS["restoring"]), Event.FAILED, "a", verb="restore", error=error, left="off")

    assert run.steps["a"].cold


def test_a_snapshot_is_the_pair_of_an_image_or_a_damaged_disk_as_it_was() -> None:
    saved, damaged = after(WAYS["saved"]).steps["a"], after([*WAYS["keeping"], "snapshot done"])

    assert (saved.pair, saved.kept) == ("r1-a-1-pair", "")
    assert damaged.steps["a"].kept == "r1-a-1-pair"


@pytest.mark.parametrize(("seconds", "let_go"), [(0.5, 0.5), (-60.0, 0.0), (60.0, 1.0)])
def test_a_guest_runs_from_the_end_of_its_unpausing_whatever_the_hosts_clock_says(
    seconds: float, let_go: float
) -> None:
    unpausing = after(WAYS["unpausing"])
    begun = unpausing.number
    ended = later(begun + seconds).isoformat()
    running = then(unpausing, Event.DONE, "a", verb="unpause", ended=ended, domid=7).steps["a"]

    assert (running.let_go, running.domid) == (later(begun + let_go), 7)
    assert (running.how, running.looks) == ("restored", 0)


@pytest.mark.parametrize(
    ("way", "how"),
    [
        ([*WAYS["booting"], "boot done"], "booted"),
        (
            ["shutdown", "shutdown done", "rollback", "rollback done", "boot", "boot done"],
            "rolled_back",
        ),
        (WAYS["watched"], "restored"),
        ([*WAYS["saved"], "found intruder"], "booted"),
    ],
)
def test_a_guest_is_remembered_by_how_it_came_to_run(way: list[str], how: str) -> None:
    assert after(way).steps["a"].how == how


def test_a_bad_look_is_kept_with_its_lines_and_what_the_breaker_counts() -> None:
    run = then(
        after(WAYS["watched"]), Event.LOOKED, "a", verdict="damage", look=1, age=5.0, lines=["x"]
    )

    bad = run.steps["a"]
    assert (bad.verdict, bad.bad, bad.verdict_look, bad.verdict_age) == ("damage", "damage", 1, 5.0)
    assert bad.lines == ("x",)


def test_a_broken_boot_is_no_bad_restore() -> None:
    run = then(after(WAYS["started"]), Event.LOOKED, "a", verdict="dead", look=9)

    assert (run.steps["a"].verdict, run.steps["a"].bad) == ("dead", "")


def test_a_restored_guest_that_went_off_counts_as_dead() -> None:
    run = then(after(WAYS["watched"]), Event.FOUND, "a", what="off")

    assert run.steps["a"].bad == "dead"


def test_a_guest_is_down_from_its_save_until_it_runs_again() -> None:
    up = then(after(WAYS["watched"]), Event.LOOKED, "a", verdict="up", look=3).steps["a"]

    assert up.down_since == later(2)
    assert up.up_at == up.let_go


@pytest.mark.parametrize(
    ("choice", "cold", "allowed"),
    [("boot", True, False), ("retry", False, True), ("rollback", False, False)],
)
def test_a_choice_says_how_a_guest_comes_back(choice: str, *, cold: bool, allowed: bool) -> None:
    step = then(after(WAYS["down"]), Event.CHOSEN, "a", choice=choice, actor="os:anna").steps["a"]

    assert (step.choice, step.chooser, step.cold, step.allowed) == (
        choice,
        "os:anna",
        cold,
        allowed,
    )


def test_waiting_adds_to_a_deadline_and_it_is_announced_anew() -> None:
    late = then(after(WAYS["shutting"]), Event.LATE, "a", what="shutdown")
    more = then(late, Event.CHOSEN, "a", choice="wait", seconds=180.0, actor="os:anna")

    assert late.steps["a"].warned
    assert (more.steps["a"].more, more.steps["a"].warned) == (180.0, False)


def test_what_is_tried_of_a_stuck_guest_is_tried_once() -> None:
    chosen = then(after(WAYS["stuck"]), Event.CHOSEN, "a", choice="boot", actor="os:anna")
    tried = then(chosen, Event.INTENDED, "a", verb="destroy", attempt=1)
    tried = then(tried, Event.FAILED, "a", verb="destroy", error="tool_failed", left="zombie")

    assert (chosen.steps["a"].choice, tried.steps["a"].choice) == ("boot", "")


def test_a_guest_decided_anew_keeps_its_new_reason() -> None:
    run = journal((Event.DECIDED, "a", {"action": "shutdown", "reason": "held", "domid": 3}))

    decided = run.steps["a"]
    assert (decided.action, decided.reason, decided.domid) == ("shutdown", "held", 3)
    assert decided.state == "planned"
