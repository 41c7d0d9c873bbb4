"""Words: what is said, what is left out, and what outside texts cannot do."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from bot.maintenance import formats
from bot.maintenance.words import Words


@pytest.fixture
def words(tmp_path: Path) -> Words:
    (tmp_path / "some.jinja").write_text(
        "{% macro hello(name) %}\nHello, {{ name }}.\n{% endmacro %}\n"
        "{% macro nested(kind) %}<{{ said('some', kind, {'name': 'anna'}) }}>{% endmacro %}\n"
        "{% macro _own() %}own{% endmacro %}\n"
    )
    return Words(tmp_path)


def test_a_macro_says_its_fields_and_ignores_others(words: Words) -> None:
    assert words.say("some", "hello", name="anna", age=9) == "Hello, anna."


def test_a_missing_field_is_a_defect_and_not_silence(words: Words) -> None:
    with pytest.raises(UndefinedError):
        words.say("some", "hello")


def test_a_missing_macro_is_a_defect(words: Words) -> None:
    with pytest.raises(LookupError):
        words.say("some", "goodbye")


def test_a_code_without_words_is_shown_itself(words: Words) -> None:
    assert words.say("some", "nested", kind="new_fault") == "<new_fault>"


def test_a_code_with_words_is_said_within_others(words: Words) -> None:
    assert words.say("some", "nested", kind="hello") == "<Hello, anna.>"


def test_macros_for_the_file_itself_are_not_offered(words: Words) -> None:
    assert words.macros("some") == {"hello", "nested"}


@pytest.mark.parametrize("outside", ["a\nb", "a\r\x1b[31mb", "a\x00b", "a\u202eb", "a\u2028b"])
def test_control_characters_and_line_ends_are_removed(words: Words, outside: str) -> None:
    said = words.say("some", "hello", name=outside)

    assert said.isprintable()


def test_a_long_text_is_cut(words: Words) -> None:
    assert len(words.say("some", "hello", name="x" * 10_000)) < 500


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (45.4, "45 s"),
        (59.6, "1 min"),
        (250, "4 min 10 s"),
        (7500, "2 h 5 min"),
        (90000, "1 d 1 h"),
        (None, "not known"),
        (-3, "0 s"),
    ],
)
def test_a_length_of_time_has_two_units_at_most(seconds: float | None, text: str) -> None:
    assert formats.span(seconds) == text


def test_sizes_counts_and_lists_read_as_sentences_do() -> None:
    assert formats.gib(512) == "512 MiB"
    assert formats.gib(4096) == "4.0 GiB"
    assert formats.count(1, "guest") == "1 guest"
    assert formats.listed(["a", "b", "c", "d", "e"], 2) == "a, b and 3 more"


def test_one_name_too_many_is_named_rather_than_counted() -> None:
    assert formats.listed(["a", "b", "c"], 2) == "a, b and c"


def test_a_moment_names_its_zone() -> None:
    at = datetime(2021, 8, 25, 20, 14, 3, tzinfo=UTC)

    assert formats.moment(at) == "2021-08-25 20:14 UTC"
    assert formats.clock(at) == "20:14:03"


def test_no_line_of_a_table_is_wider_than_a_terminal() -> None:
    table = formats.columns([["host", "what"], ["h" * 80, "w" * 200]])

    assert max(map(len, table.splitlines())) <= formats.LINE
