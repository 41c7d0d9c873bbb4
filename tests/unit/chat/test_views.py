"""Answers: what matters first, one line for each, what to type next, nothing wider than 85."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.arguments import parse
from bot.chat.commands import FAMILIES, VERBS
from bot.chat.outside import Outside
from bot.chat.replies import Wants
from bot.chat.views import Views
from bot.executors.remote import Problem as LostProblem
from bot.maintenance.formats import LINE
from bot.maintenance.shapes import GuestView, HostView, RunView
from bot.ports import AuditRow, Message, RunRecord, Wish
from bot.rules.errors import BadRequest, Code, ContactLost
from bot.rules.hold import Hold, Scope
from bot.rules.optin import OptIn
from bot.rules.plan.terms import PlanOptions, Remark
from bot.rules.policy.evidence import Combination, RestoreOutcome, Trial
from bot.rules.policy.matrix import matrix
from bot.rules.policy.terms import Action, PolicySettings, Reason
from bot.rules.run.journal import Event
from tests.unit.maintenance.journals import WORDS, Journal, plan
from tests.unit.rules.plans import NOW, facts, guest, step

VIEWS = Views(WORDS)
EXAMPLES = [
    line.strip()
    for line in VIEWS.help((VERBS["schedule"],)).text.splitlines()[2:]
    if line.startswith("  schedule ")
]
ALL = tuple(VERBS.values())
WHOLE = PlanOptions()  # none of them


def commands(message: Message) -> list[str]:
    return [act.command for act in message.acts]


def looked_at(journal: Journal) -> RunView:
    record = RunRecord(id="r1", host="hobgoblin", actor="os:anna", started=NOW)
    return RunView(record=record, run=journal.run(), now=journal.at)


# ---- plans -----------------------------------------------------------------------------------


def test_a_plan_says_who_is_suspended_and_why_and_what_to_type() -> None:
    message = VIEWS.plan(plan(), WHOLE)

    assert "Suspended (2, 2.0 GiB of memory), later restored:" in message.text
    assert "    2  opted in: vps1 and vps2" in message.text
    assert "    1  not opted in: vps3" in message.text
    assert commands(message) == ["start hobgoblin --plan 3f9a12c0"]


@pytest.mark.parametrize(
    ("known", "line"),
    [
        ((31, 31), "31 of 31 contacts were not told of a maintenance now."),
        ((31, 1), "1 of 31 contacts was not told of a maintenance now."),
        ((31, 0), "all 31 contacts were told of a maintenance now."),
        ((1, 0), "the one contact was told of a maintenance now."),
    ],
)
def test_outside_a_window_the_first_line_counts_who_was_not_told(
    known: tuple[int, int], line: str
) -> None:
    outside = Outside(contacts=known[0], untold=known[1])

    text = VIEWS.plan(plan(), WHOLE, outside=outside).text

    assert text.splitlines()[0] == f"Outside a window: {line}"


@pytest.mark.parametrize(
    ("outside", "line"),
    [
        (Outside(contacts=0), "No customer's guest with a contact is concerned."),
        (Outside(), "Which contacts were told of a maintenance now is not known"),
    ],
)
def test_outside_a_window_it_is_said_when_nobody_can_be_counted(
    outside: Outside, line: str
) -> None:
    text = VIEWS.question(plan(), Wants.REASON, outside).text

    assert text.startswith(f"Outside a window. {line}")


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        (PlanOptions(guard=True), "--guard "),
        (PlanOptions(no_suspend=True, guard=True), "--no-suspend --guard "),
    ],
)
def test_the_start_of_a_plan_is_offered_as_it_was_planned(options: PlanOptions, flags: str) -> None:
    offered = [VIEWS.plan(plan(), options), VIEWS.difference(plan(), plan(), options)]

    line = f"start hobgoblin {flags}--plan 3f9a12c0"
    assert [commands(message) for message in offered] == [[line], [line]]


def test_warnings_stand_before_the_guests() -> None:
    warned = replace(plan(), warnings=(Remark(code="no_canary"),))

    lines = VIEWS.plan(warned, WHOLE).text.splitlines()

    assert lines[1].startswith("  ! restoring is not proven here")


def test_a_plan_with_problems_says_what_to_mend_and_offers_no_start() -> None:
    problem = Remark(code="image_space", fields={"needed_mib": 2048, "free_mib": 1024})

    message = VIEWS.plan(replace(plan(), problems=(problem,)), WHOLE)

    assert "MAY NOT START; nothing was touched. First mend:" in message.text
    assert "2.0 GiB are needed, 1.0 GiB are free. Free space, or use --no-suspend." in message.text
    assert message.acts == ()


def test_the_plan_of_a_start_under_way_does_not_offer_the_start_again() -> None:
    assert VIEWS.plan(plan(), WHOLE, starting=True).acts == ()


def test_a_group_of_many_guests_is_cut_and_counted() -> None:
    message = VIEWS.plan(plan([f"vps{n}" for n in range(10, 60)]), WHOLE)

    assert "vps10, vps11, vps12, vps13 and 46 more" in message.text


def test_a_difference_shows_only_what_differs_and_the_new_start() -> None:
    new = replace(
        plan(["vps1"], ["vps3", "vps9"]),
        hash="0badc0de",
    )

    message = VIEWS.difference(plan(), new, WHOLE)

    assert "  + vps9: new here, shut down: not opted in" in message.text
    assert "  - vps2: no longer here" in message.text
    assert "vps3" not in message.text
    assert commands(message) == ["start hobgoblin --plan 0badc0de"]


@pytest.mark.parametrize(
    ("wants", "text"),
    [
        (Wants.NAME, "type the host's name: hobgoblin"),
        (Wants.YES, "type: yes"),
        (Wants.REASON, "Why is hobgoblin maintained now?"),
    ],
)
def test_a_question_says_what_to_type(wants: Wants, text: str) -> None:
    assert text in VIEWS.question(plan(), wants, Outside(contacts=31, untold=2)).text


# ---- lists -----------------------------------------------------------------------------------


def test_hosts_are_listed_with_their_runs_and_the_silent_ones_marked() -> None:
    run = RunRecord(id="r1", host="clockwork", actor="os:anna", started=NOW, rest="asked")
    hosts = [
        HostView(name="clockwork", kernel="5.10.46", guests=12, running=11, run=run),
        HostView(name="hobgoblin", reachable=False),
    ]

    lines = VIEWS.hosts(hosts).text.splitlines()

    assert lines[1].split()[:3] == ["clockwork", "11/12", "0"]
    assert lines[1].endswith("saving and shutting guests down,")
    assert lines[2].strip() == "asked"
    assert lines[3].endswith("NOT REACHABLE")


def test_a_guest_has_a_line_with_what_a_run_would_do() -> None:
    wish = OptIn(guest="vps1", wanted=True, at=NOW, who="os:anna", how="chat")
    planned = step("vps1", kernel="3.16-6-amd64", action=Action.SHUTDOWN, reason=Reason.KERNEL_OLD)
    views = [
        GuestView(facts=facts("vps1"), guest=guest("vps1"), opt_in=wish, step=planned),
        GuestView(guest=guest("vps2")),
    ]

    lines = VIEWS.guests("hobgoblin", views).text.splitlines()

    assert lines[1].split()[:6] == ["vps1", "running", "1.0", "GiB", "3.16", "in"]
    assert lines[1].endswith("shut down: unsafe kernel")
    assert "not on the host" in lines[2]


def test_holds_say_what_opened_them_and_what_lifts_them() -> None:
    hold = Hold(
        scope=Scope.GLOBAL,
        value="",
        reason="breaker_damage",
        opened_by="breaker",
        opened_at=NOW,
        because=("hobgoblin/vps31: damage",),
    )

    text = VIEWS.holds.listed([hold]).text

    assert "everywhere, since 2021-08-24 20:00 UTC by breaker: a restore damaged a disk" in text
    assert "opened by hobgoblin/vps31: damage" in text
    assert "lift it with: unhold" in text


def test_no_holds_no_runs_no_restores_and_no_requests_are_said_and_not_left_empty() -> None:
    for message in (
        VIEWS.holds.listed([]),
        VIEWS.runs([]),
        VIEWS.evidence.matrix([]),
        VIEWS.audit([]),
    ):
        assert message.text.startswith(("No ", "Nobody "))


def test_evidence_counts_outcomes_by_combination() -> None:
    combination = Combination(
        saved_on="4.19.181",
        saved_hypervisor="xen-4.14.2",
        restored_on="5.10.46",
        restored_hypervisor="xen-4.14.2",
        family="xen-pv-linux-3.16",
    )
    outcomes = [RestoreOutcome.RESTORED, RestoreOutcome.RESTORED, RestoreOutcome.DAMAGE]
    trials = [
        Trial(at=NOW, run="r1", host="hobgoblin", guest="g", combination=combination, outcome=each)
        for each in outcomes
    ]

    lines = VIEWS.evidence.matrix(matrix(trials, (), PolicySettings())).text.splitlines()

    assert lines[0] == "Saved under 4.19.181 xen-4.14.2, restored under 5.10.46 xen-4.14.2:"
    assert lines[2].split()[1:] == [*"21001", "2021-08-24", "banned,", "xen-pv-linux-3.16"]


def test_the_newest_request_stands_last() -> None:
    rows = [
        AuditRow(at=NOW + timedelta(minutes=1), actor="os:anna", text="second", result="done"),
        AuditRow(at=NOW, actor="os:anna", text="first", result="done"),
    ]

    assert VIEWS.audit(rows).text.splitlines()[-1].endswith("second")


def test_what_came_of_a_request_is_said_in_words() -> None:
    rows = [AuditRow(at=NOW, actor="os:anna", text="boot h g", result=Code.NOT_NOW.value)]

    assert "os:anna  refused: not possible then  boot h g" in VIEWS.audit(rows).text


def test_the_journal_of_one_guest_has_its_rows_alone() -> None:
    journal = Journal().save("vps1", "vps2")

    text = VIEWS.log("hobgoblin", journal.rows, "vps2").text

    assert ("  vps2  " in text, "  vps1  " in text) == (True, False)
    assert "nothing about vps3" in VIEWS.log("hobgoblin", journal.rows, "vps3").text


def test_a_journal_has_a_line_for_each_row() -> None:
    journal = Journal().failed("save", "vps1", "no_space", "running")

    lines = VIEWS.log("hobgoblin", journal.rows).text.splitlines()

    assert len(lines) == 1 + len(journal.rows)
    assert "vps1  save failed running error=no_space" in lines[-1]


def test_help_for_a_family_lists_the_forms_of_each() -> None:
    lines = VIEWS.help(FAMILIES["campaign"]).text.splitlines()

    assert len(lines) == len(FAMILIES["campaign"]) + 1
    assert lines[3].split()[:4] == ["campaign", "preview", "ID", "…"]


def test_help_lists_every_command_and_explains_one_in_full() -> None:
    shared = sum(len(specs) - 1 for specs in FAMILIES.values())

    assert len(VIEWS.commands(ALL).text.splitlines()) == len(VERBS) - shared + 1
    assert VIEWS.help((VERBS["start"],)).text.startswith(VERBS["start"].usage)


@pytest.mark.parametrize("verb", ["schedule", "reschedule", "freeze"])
def test_help_shows_times_by_examples(verb: str) -> None:
    assert "sat 01:00" in VIEWS.help((VERBS[verb],)).text


@pytest.mark.parametrize("line", EXAMPLES)
def test_each_example_of_help_is_understood(line: str) -> None:
    assert parse(line).verb == line.split(maxsplit=1)[0]


@pytest.mark.parametrize(
    "message",
    [
        VIEWS.commands(ALL),
        VIEWS.help(FAMILIES["campaign"]),
        VIEWS.guests("hobgoblin", [GuestView(facts=facts("v" * 60), step=step("v" * 60))]),
        VIEWS.hosts([HostView(name="h" * 60, kernel="5.10.0-8-amd64", hypervisor="xen-4.14.2")]),
        VIEWS.log("hobgoblin", Journal().empty().rows),
    ],
    ids=["help", "family", "guests", "hosts", "log"],
)
def test_no_line_of_a_list_is_wider_than_a_terminal(message: Message) -> None:
    assert max(map(len, message.text.splitlines())) <= LINE


# ---- runs and short answers ------------------------------------------------------------------


def test_the_status_of_a_run_that_asks_shows_the_question_and_its_choices() -> None:
    deadline = (NOW + timedelta(minutes=20)).isoformat()
    journal = Journal().empty()
    journal.add(Event.ASKED, question="choose", guests=["vps1"], deadline=deadline, back=True)

    message = VIEWS.status("hobgoblin", looked_at(journal))

    assert "1 guest is still saved, and restoring is on hold: vps1." in message.text
    assert commands(message) == [f"choose hobgoblin {c}" for c in ("boot", "back", "wait")]


def test_the_status_lists_guests_that_wait_for_a_person_with_their_commands() -> None:
    journal = Journal().empty().did("boot", "vps3").look("vps3", "broken")

    message = VIEWS.status("hobgoblin", looked_at(journal))

    assert "vps3 is booted into a damaged system" in message.text
    assert "boot hobgoblin vps3" in commands(message)


def test_a_guest_that_was_left_waits_for_nobody() -> None:
    journal = Journal().empty().did("boot", "vps3").look("vps3", "broken")
    journal.add(Event.CHOSEN, "vps3", choice="leave", actor="os:anna")

    assert "Wait for a person" not in VIEWS.status("hobgoblin", looked_at(journal)).text


def test_the_status_of_a_host_without_a_run_says_what_to_type() -> None:
    message = VIEWS.status("hobgoblin", None)

    assert message.text == ("hobgoblin has no run. To see what one would do, type: plan hobgoblin")


def test_open_runs_have_a_line_each_and_the_waiting_ones_are_marked() -> None:
    journal = Journal().worked().add(Event.PAUSED, actor="os:anna")

    first = VIEWS.runs([looked_at(journal)]).text.splitlines()[0]

    assert first.startswith("hobgoblin: checking that the host is back")
    assert first.endswith("; paused")


def test_an_error_says_what_is_true_and_what_to_type() -> None:
    error = BadRequest(Code.UNKNOWN_HOST, host="hobgobln", nearest="hobgoblin")

    assert VIEWS.error(error).text == (
        'There is no host "hobgobln". Did you mean "hobgoblin"? Type "hosts" for the list.'
    )


def test_a_host_that_does_not_answer_is_said_in_words() -> None:
    error = ContactLost(Code.CONTACT_LOST, host="hobgoblin", problem="no_answer")

    assert "does not answer: nothing comes back from it" in VIEWS.error(error).text


@pytest.mark.parametrize("problem", LostProblem)
def test_every_way_to_lose_a_host_is_said_with_what_is_true_and_what_to_do(
    problem: LostProblem,
) -> None:
    known = {"host": "hobgoblin", "problem": problem.value, "detail": "rc 1"}

    text = VIEWS.error(ContactLost(Code.CONTACT_LOST, **known)).text

    assert text.startswith("hobgoblin does not answer: ")
    assert ("was not done." in text) != ("is not known until it answers." in text)
    assert text.partition("keeps asking by itself. ")[2]


def test_a_refused_choice_names_those_that_are_possible() -> None:
    error = BadRequest(
        Code.NOT_NOW,
        verb="rollback",
        host="hobgoblin",
        guest="vps3",
        state="down",
        can=("retry", "boot"),
    )

    assert VIEWS.error(error).text.endswith(
        "vps3 on hobgoblin is down. Nothing was done."
        " Possible now: retry hobgoblin vps3, boot hobgoblin vps3."
    )


def test_a_wish_is_echoed_with_where_to_see_it() -> None:
    wish = Wish(key="k", host="hobgoblin", actor="os:anna", verb="choose", argument="boot")

    assert VIEWS.wished(wish).text.startswith('hobgoblin: "choose boot" is recorded')


def test_a_world_that_ends_promises_nothing_to_type() -> None:
    for message in (VIEWS.waits("hobgoblin", []), VIEWS.interrupted("hobgoblin", "")):
        assert message.text.endswith("with KEEP=1 it would be kept.")
        assert "type" not in message.text


def test_the_welcome_says_what_a_policy_loosens_in_its_line() -> None:
    known = {"hosts": 7, "guests": 178, "opted_in": 85, "policy": "old", "mail": "x/mail"}

    made = VIEWS.welcome(**known, folder="x", kept=True, looser=("canaries", "pairs"), pages="")
    lines = made.text.splitlines()

    assert len(lines) == 4
    assert lines[0].endswith("Its files are kept in x.")
    assert lines[1] == "Mail goes into files, nobody is written to: x/mail"
    assert lines[2] == "Policy: old: no canaries, no disk snapshots."


def test_help_says_of_each_kind_what_it_is_and_what_it_needs() -> None:
    lines = VIEWS.help((VERBS["campaign new"],)).text.splitlines()

    at = lines.index("  maintenance-scheduled HOST[,HOST]")
    assert "  a maintenance is planned" in lines[at + 1]
    assert lines[at + 2].strip() == "needs end, start; takes downtime, page, reason"
    assert any(line.split()[:1] == ["downtime"] and "in minutes" in line for line in lines)


def test_a_hold_that_stands_says_how_to_lift_it() -> None:
    hold = Hold(
        scope=Scope.HOST, value="hobgoblin", reason="why", opened_by="os:anna", opened_at=NOW
    )

    held = VIEWS.holds.held(hold)
    assert commands(held) == []
    assert held.text.endswith('To lift it: unhold host hobgoblin "reason"')
