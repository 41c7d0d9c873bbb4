"""What lines are understood as, and what is said of those that are not."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.arguments import Mistake, line_of, parse
from bot.chat.commands import VERBS, Command, Option, Slot, Spec
from bot.rules.errors import BadRequest, Code, MaintError
from bot.rules.hold import Scope

EXAMPLES = {
    Slot.HOST: "hobgoblin",
    Slot.GUEST: "vps31",
    Slot.CHOICE: "boot",
    Slot.SCOPE: "host hobgoblin",
    Slot.REASON: '"a reason"',
    Slot.COMMAND: "plan",
}
VALUES = {"": "", '"…"': ' "a reason"', "HOST": " hobgoblin", "HASH": " 0af3"}


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
    ],
)
def test_a_mistake_is_named_with_what_may_have_been_meant(
    line: str, mistake: Mistake, word: str, nearest: str
) -> None:
    fields = refusal(line).fields

    assert (fields["problem"], fields["word"], fields["nearest"]) == (mistake, word, nearest)


def test_a_mistake_is_told_with_the_whole_form() -> None:
    assert refusal("retry hobgoblin").fields["usage"] == "retry HOST GUEST"


@pytest.mark.parametrize(
    ("word", "nearest"), [("strat", "start"), ("PAUZE", "pause"), ("x" * 30, "")]
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
    assert shlex.split(line_of(words)) == words


def test_a_line_from_the_shell_reads_as_it_was_typed() -> None:
    assert line_of(["hold", "customer's wish"]) == 'hold "customer\'s wish"'


@pytest.mark.parametrize(("line", "guest"), [("log hobgoblin", ""), ("log hobgoblin v1", "v1")])
def test_the_guest_of_a_log_may_be_left_out(line: str, guest: str) -> None:
    assert parse(line) == Command(verb="log", host="hobgoblin", guest=guest)
