"""What lines are understood as, and what is said of those that are not."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.arguments import LONGEST, line_of, parse
from bot.chat.commands import FAMILIES, VERBS
from bot.chat.grammar import Command, Option, Slot, Spec
from bot.chat.mistakes import Mistake
from bot.chat.splitting import split
from bot.rules.errors import BadRequest, Code, MaintError
from bot.rules.hold import Scope

EXAMPLES = {
    Slot.HOST: "hobgoblin",
    Slot.GUEST: "vps31",
    Slot.CHOICE: "boot",
    Slot.SCOPE: "host hobgoblin",
    Slot.REASON: '"a reason"',
    Slot.COMMAND: "plan",
    Slot.ID: "7",
    Slot.KIND: "optout-reset",
    Slot.WORDS: "hobgoblin,clockwork vps31",
    Slot.ADDRESS: "anna@example.org",
    Slot.VERDICT: "unsent",
    Slot.ON_OFF: "off",
    Slot.KERNEL: "kernel 5.10.0-8-amd64",
    Slot.TEXT: '"a paragraph"',
    Slot.WINDOW: "#7",
    Slot.CELL: "3fa9",
    Slot.GUESTS: "vps31,vps32",
    Slot.NOTE: '"any evening"',
    Slot.FREEZE: "2",
    Slot.SCHEDULE: "hobgoblin,clockwork sat 01:00 for 2h auto",
    Slot.MOVE: "sun 01:00 for 2h",
    Slot.MOMENT: "sun 01:00",
    Slot.SPAN: '20 dec to 2 jan "holidays"',
    Slot.WHY: 'reason "no need"',
}
VALUES = {
    "": "",
    '"…"': ' "a reason"',
    "HOST": " hobgoblin",
    "HASH": " 0af3",
    "DIGEST": " 0af3",
    "NAME=VALUE": " next=20:00",
}


def refusal(line: str) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        parse(line)
    return caught.value


def whole(spec: Spec) -> str:
    def option(one: Option) -> str:
        return one.name + VALUES[one.takes]

    words = [EXAMPLES[argument.slot] for argument in spec.arguments]
    return " ".join([spec.name, *words, *map(option, spec.options)])


@pytest.mark.parametrize("spec", VERBS.values(), ids=VERBS)
def test_every_verb_is_understood_in_its_whole_form(spec: Spec) -> None:
    assert parse(whole(spec)).verb == spec.name


@pytest.mark.parametrize("spec", VERBS.values(), ids=VERBS)
def test_every_verb_refuses_a_form_without_its_first_needed_argument(spec: Spec) -> None:
    if all(argument.optional for argument in spec.arguments):
        assert parse(spec.name).verb == spec.name
    else:
        assert refusal(spec.name).fields["problem"] == Mistake.MISSING


@pytest.mark.parametrize("lead", ["/maint ", "maint ", "  /maint   ", ""])
def test_the_lead_is_dropped(lead: str) -> None:
    assert parse(f"{lead}guests hobgoblin") == Command(verb="guests", host="hobgoblin")


@pytest.mark.parametrize("line", ["", "   ", "/maint", "maint"])
def test_nothing_at_all_means_help(line: str) -> None:
    assert parse(line) == Command(verb="help")


def test_options_may_stand_anywhere() -> None:
    assert parse("start --guard hobgoblin --no-suspend --dry-run") == Command(
        verb="start", host="hobgoblin", guard=True, no_suspend=True, dry_run=True
    )


@pytest.mark.parametrize("line", ["--reason x", "--reason=x", '--reason "x"', "—reason “x”"])
def test_an_option_takes_its_value_however_it_is_written(line: str) -> None:
    assert parse(f"start hobgoblin {line}").reason == "x"


@pytest.mark.parametrize(
    ("line", "scope", "value"),
    [
        ('hold "dom0 5.10"', Scope.GLOBAL, ""),
        ('hold host hobgoblin "dom0 5.10"', Scope.HOST, "hobgoblin"),
        ("hold guest vps31 dom0 5.10", Scope.GUEST, "vps31"),
        ("hold kernel xen/pv/linux-3.16 “dom0 5.10”", Scope.KERNEL, "xen/pv/linux-3.16"),
    ],
)
def test_a_hold_says_how_far_it_reaches(line: str, scope: Scope, value: str) -> None:
    assert parse(line) == Command(verb="hold", scope=scope, value=value, reason="dom0 5.10")


@pytest.mark.parametrize(
    ("line", "window", "why"),
    [
        ("cancel 7", 7, ""),
        ('cancel #7 reason "no need"', 7, "no need"),
        ("cancel 7 no need", 7, "no need"),
        ("window #12", 12, ""),
    ],
)
def test_a_window_is_named_by_its_number(line: str, window: int, why: str) -> None:
    command = parse(line)

    assert (command.window, command.reason, command.number) == (window, why, 0)


def test_a_time_that_cannot_be_is_said_before_anything_is_looked_at() -> None:
    assert refusal("schedule hobgoblin sat 1am").fields["nearest"] == "sat 01:00"


def test_an_apostrophe_is_no_quote() -> None:
    assert parse("release hobgoblin it's broken").reason == "it's broken"


def test_a_mistyped_scope_is_not_taken_for_a_reason() -> None:
    assert refusal("unhold hst hobgoblin").fields["problem"] == Mistake.TOO_MANY


@pytest.mark.parametrize(
    ("line", "mistake", "word", "nearest"),
    [
        ("start", Mistake.MISSING, "HOST", ""),
        ("start ''", Mistake.MISSING, "HOST", ""),
        ("boot hobgoblin", Mistake.MISSING, "GUEST", ""),
        ("release hobgoblin", Mistake.MISSING, '"reason"', ""),
        ("hold host", Mistake.MISSING, "HOST", ""),
        ("hosts now", Mistake.TOO_MANY, "now", ""),
        ("start hobgoblin --gard", Mistake.UNKNOWN_OPTION, "--gard", "--guard"),
        ("start hobgoblin --plan", Mistake.NEEDS_VALUE, "--plan", ""),
        ("start hobgoblin --reason --guard", Mistake.NEEDS_VALUE, "--reason", ""),
        ("start hobgoblin --guard=yes", Mistake.TAKES_NO_VALUE, "--guard", ""),
        ("choose hobgoblin bot", Mistake.NOT_A_CHOICE, "bot", "boot"),
        ('hold "no end', Mistake.OPEN_QUOTE, "", ""),
        ("campaign", Mistake.WHICH, "", ""),
        ("campaign prevew 7", Mistake.NOT_A_CHOICE, "prevew", "preview"),
        ("announce 7", Mistake.NOT_A_CHOICE, "7", ""),
        ("campaign preview seven", Mistake.NOT_A_NUMBER, "seven", ""),
        ("campaign test 7", Mistake.MISSING, "ADDRESS", ""),
        ("campaign settle 7 a@example.org unsnt", Mistake.NOT_A_CHOICE, "unsnt", "unsent"),
        ("campaign new incident --set next", Mistake.NOT_NAME_VALUE, "next", ""),
        ("window seven", Mistake.NOT_A_WINDOW, "seven", ""),
        ("cancel hobgoblin", Mistake.NOT_A_WINDOW, "hobgoblin", ""),
        ("reschedule hobgoblin sat 01:00", Mistake.NOT_A_WINDOW, "hobgoblin", ""),
        ("reschedule 7", Mistake.MISSING, "WHEN", ""),
        ("unfreeze holidays", Mistake.NOT_A_FREEZE, "holidays", ""),
        ("windows --isc", Mistake.UNKNOWN_OPTION, "--isc", "--ics"),
        ("optin set vps31 of", Mistake.NOT_A_CHOICE, "of", "off"),
        ("optin set vps31 on 5.10", Mistake.NOT_A_CHOICE, "5.10", "kernel VERSION"),
    ],
)
def test_a_mistake_is_named_with_what_may_have_been_meant(
    line: str, mistake: Mistake, word: str, nearest: str
) -> None:
    fields = refusal(line).fields

    assert (fields["problem"], fields["word"], fields["nearest"]) == (mistake, word, nearest)


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("retry hobgoblin", "retry HOST GUEST"),
        ("campaign prevew 7", "campaign preview ID [--files]"),
        ("suppressions lfit", "suppressions"),
        ("announce", "announce preview|post"),
        ("cancel hobgoblin", 'cancel WINDOW [reason "…"]'),
        ("reschedule 7 sat 01:00 auto", "reschedule WINDOW WHEN [for DURATION]"),
        ("freeze 20 dec to 2 jan", 'freeze FROM to UNTIL "reason"'),
    ],
)
def test_a_mistake_is_told_with_the_nearest_whole_form(line: str, usage: str) -> None:
    assert refusal(line).fields["usage"] == usage


@pytest.mark.parametrize(
    ("word", "nearest"),
    [("strat", "start"), ("PAUZE", "pause"), ("campain", "campaign"), ("x" * 30, "")],
)
def test_an_unknown_verb_is_answered_with_the_nearest(word: str, nearest: str) -> None:
    error = refusal(f"{word} hobgoblin")

    assert (error.code, error.fields["nearest"]) == (Code.UNKNOWN_VERB, nearest)


@pytest.mark.parametrize(
    "line",
    ["start " + "x" * 10_000, "start hob\x1bgoblin", "hold a\nb", "hold \u202ereverse", "plan a;b"],
)
def test_names_and_lines_that_could_harm_are_refused(line: str) -> None:
    assert refusal(line).code is Code.BAD_NAME


@given(st.text() | st.from_regex(r"(start|hold|unhold|choose|boot|help)( .*)?", fullmatch=True))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    try:
        command = parse(text)
    except MaintError as error:
        assert error.exit_status == 1  # noqa: PT017 - not raising is as good
    else:
        assert command.verb in VERBS


@given(st.lists(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")))))
def test_what_a_shell_took_apart_is_put_together_again(words: list[str]) -> None:
    assert split(line_of(words)) == shlex.split(line_of(words)) == words


def test_a_line_from_the_shell_reads_as_it_was_typed() -> None:
    assert line_of(["hold", "customer's wish"]) == 'hold "customer\'s wish"'


@pytest.mark.parametrize(("line", "guest"), [("log hobgoblin", ""), ("log hobgoblin v1", "v1")])
def test_the_guest_of_a_log_may_be_left_out(line: str, guest: str) -> None:
    assert parse(line) == Command(verb="log", host="hobgoblin", guest=guest)


def test_the_longer_of_two_commands_that_begin_alike_is_understood() -> None:
    lines = ("suppressions", "Suppressions  LIFT a@example.org")

    assert [parse(line).verb for line in lines] == ["suppressions", "suppressions lift"]


@pytest.mark.parametrize("topic", ["plan", "campaign", "campaign preview", "suppressions"])
def test_help_is_asked_about_a_command_or_a_family(topic: str) -> None:
    assert parse(f"help {topic}").topic == topic


def test_a_new_campaign_takes_what_it_is_about_its_values_and_a_text() -> None:
    line = (
        "campaign new Maintenance-Overrun hobgoblin --set next=2021-08-25T22:00Z --announce "
        '--set "reason=a slow disk" --text "We are sorry."'
    )

    assert parse(line) == Command(
        verb="campaign new",
        kind="maintenance-overrun",
        about=("hobgoblin",),
        values=(("next", "2021-08-25T22:00Z"), ("reason", "a slow disk")),
        announce=True,
        text="We are sorry.",
    )


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ('"We said “sorry” and „Entschuldigung“."', "We said “sorry” and „Entschuldigung“."),
        ("“We said “sorry” to you”", "We said “sorry” to you"),
        ('We said "sorry" and “it\'s late”', 'We said "sorry" and “it\'s late”'),
        (r'"He wrote \"no\"."', 'He wrote "no".'),
        (r'"We are sorry.\n\nIt is our fault."', "We are sorry.\n\nIt is our fault."),
    ],
)
def test_no_letter_of_a_text_is_changed(typed: str, text: str) -> None:
    assert parse(f"campaign text 7 {typed}").text == text


def test_a_text_of_a_new_campaign_may_have_paragraphs_too() -> None:
    assert parse(r'campaign new incident h g --text "So\n\nsorry"').text == "So\n\nsorry"


def test_a_text_keeps_its_lines_and_may_be_long() -> None:
    text = "We're sorry.\n\n" + "x" * LONGEST

    assert parse(line_of(["campaign", "text", "#7", text])) == Command(
        verb="campaign text", number=7, text=text
    )


@pytest.mark.parametrize("line", ["campaign send 7\n8", "campaign new incident \x1b[2J"])
def test_what_takes_no_text_takes_no_lines_and_nothing_takes_control(line: str) -> None:
    assert refusal(line).code is Code.BAD_NAME


def test_an_address_may_stand_in_brackets() -> None:
    assert parse("campaign test 7 <anna@example.org>").address == "anna@example.org"


def test_a_kernel_is_given_by_its_word() -> None:
    command = parse("optin set vps31 on kernel 5.10.0-8-amd64")

    assert (command.choice, command.kernel) == ("on", "5.10.0-8-amd64")


def test_a_family_is_no_command_by_itself() -> None:
    assert {family for family in FAMILIES if family not in VERBS} == {
        "announce",
        "campaign",
        "optin",
    }
