"""Names and free texts, refused where they enter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.errors import BadRequest
from bot.rules.names import NAME_LENGTH, REASON_LENGTH, SHOWN_LENGTH, NameProblem, checked
from bot.rules.names import reason as checked_reason

BAD_NAMES = [
    ("", NameProblem.EMPTY),
    ("x" * (NAME_LENGTH + 1), NameProblem.TOO_LONG),
    ("x" * 10_000, NameProblem.TOO_LONG),
    ("vps31\n", NameProblem.CONTROL),
    ("vps\x1b[2J31", NameProblem.CONTROL),
    ("vps\u202e31", NameProblem.CONTROL),
    ("<!channel>", NameProblem.CHARACTERS),
    ("*bold*", NameProblem.CHARACTERS),
    ("-rf", NameProblem.CHARACTERS),
    ("..", NameProblem.CHARACTERS),
    ("a/b", NameProblem.CHARACTERS),
    ("a b", NameProblem.CHARACTERS),
    ("vpsé", NameProblem.CHARACTERS),
]


@pytest.mark.parametrize("name", ["vps31", "john-dory", "a", "web_1.example.org", "x" * 64])
def test_a_plain_name_is_kept_as_it_is(name: str) -> None:
    assert checked("guest", name) == name


@pytest.mark.parametrize(("name", "problem"), BAD_NAMES)
def test_a_bad_name_is_refused_with_the_reason(name: str, problem: NameProblem) -> None:
    with pytest.raises(BadRequest) as refused:
        checked("guest", name)

    assert refused.value.fields["problem"] == problem


@given(st.text(max_size=300))
def test_what_is_shown_of_a_refused_name_is_short_and_harmless(name: str) -> None:
    try:
        checked("guest", name)
    except BadRequest as refused:
        shown = str(refused.fields["shown"])
        assert shown.isprintable()
        assert len(shown) <= 10 * SHOWN_LENGTH  # an escape has up to ten characters


def test_a_reason_loses_the_spaces_around_it() -> None:
    assert checked_reason("  new kernel: naïve test ") == "new kernel: naïve test"


@pytest.mark.parametrize("text", ["", "  ", "a\r\nBcc: x", "a\x00b", "x" * (REASON_LENGTH + 1)])
def test_a_reason_that_could_forge_a_line_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        checked_reason(text)
