"""Slack shows what anybody wrote as it was written; only actors are mentioned."""

import pytest

from bot.chat.slack.escaping import bold, code, literal
from tests.unit.chat.slack.judged import read, seen

MARKUP = [
    "*bold*",
    "_x_",
    "~x~",
    "__init__",
    "(_x_)",
    "\uff0awide\uff0a",
    "`code`",
    "```",
    "\uff40wide\uff40",
    "<!channel>",
    "<@U123ABC>",
    "<https://example.net|click>",
    "&lt;!here&gt;",
    "@here",
    ":fire:",
    "web:100:up",
    "00:16:3e:ab:cd:ef",
    "https://example.net/_a_?b=1&c=2",
    "> quoted",
    "\uff1e quoted",
    "日本*語*",
]
IDENTIFIERS = [
    "web_1",
    "vps-31",
    "vps_1_",
    "r3e420da6-mulberry-as-it-was",
    "xen/pv/linux-3.16",
    "anna_b@example.org",
    "20:14:03",
    "2021-08-24 20:00 UTC",
    "a * b",
    "C:\\x",
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_as_it_was_written(text: str) -> None:
    assert seen(literal(text)) == set()
    assert read(literal(text)) == text.replace("`", "\u02cb").replace("\uff40", "\u02cb")


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_bold_type_ends_it_nowhere(text: str) -> None:
    line = bold(f"vps1 and {text} are* DOWN")

    assert seen(line) <= {"bold"}
    assert line.startswith("*vps1 and")
    assert line.endswith("*DOWN*")


@pytest.mark.parametrize("text", IDENTIFIERS)
def test_ordinary_names_and_times_are_not_touched(text: str) -> None:
    assert literal(text) == text
    assert seen(text) == set()


def test_a_sentence_around_markup_stays_a_sentence() -> None:
    assert literal('he said "*now*", twice (at ~noon).') == 'he said "`*now*`", twice (at `~noon`).'


@pytest.mark.parametrize("actor", ["U123", "U0ABC123", "W0ABC123"])
@pytest.mark.parametrize("sentence", ["by {}", "by {}.", "{}: pause", "({})", "{} and {}"])
def test_an_actor_is_mentioned(actor: str, sentence: str) -> None:
    line = sentence.replace("{}", f"slack:{actor}")

    assert literal(line) == sentence.replace("{}", f"<@{actor}>")


@pytest.mark.parametrize(
    "text", ["os:anna", "slack:anna", "slack:C0123", "slack:U1-x", "xslack:U123", "slack:U123_"]
)
def test_nobody_else_is_mentioned(text: str) -> None:
    assert literal(text) == text


def test_bold_type_mentions_too() -> None:
    assert bold("hobgoblin: paused by slack:U123.") == "*hobgoblin: paused by <@U123>.*"


def test_nothing_ends_a_code_block() -> None:
    assert (
        code("```a```` `b` <x> slack:U123")
        == "\u02cb\u02cb\u02cba\u02cb\u02cb\u02cb\u02cb `b` &lt;x&gt; slack:U123"
    )
