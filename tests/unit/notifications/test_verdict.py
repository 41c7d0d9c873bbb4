"""What answers of a relay mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.verdict import Meaning, Phase, Verdict, awaited, cleaned, understand

BEFORE_THE_BODY = [phase for phase in Phase if phase is not Phase.BODY]

TABLE = [
    (Phase.CONNECT, 554, Meaning.RELAY, True),
    (Phase.AUTH, 535, Meaning.RELAY, True),
    (Phase.AUTH, 454, Meaning.RELAY, True),
    (Phase.MAIL, 450, Meaning.RELAY, False),
    (Phase.MAIL, 452, Meaning.RELAY, False),
    (Phase.MAIL, 550, Meaning.RELAY, False),
    (Phase.MAIL, 530, Meaning.RELAY, False),
    (Phase.MAIL, 552, Meaning.REFUSED, False),
    (Phase.RCPT, 450, Meaning.LATER, False),
    (Phase.RCPT, 452, Meaning.LATER, False),
    (Phase.RCPT, 552, Meaning.LATER, False),
    (Phase.RCPT, 550, Meaning.REFUSED, False),
    (Phase.RCPT, 553, Meaning.REFUSED, False),
    (Phase.RCPT, 503, Meaning.RELAY, False),
    (Phase.RCPT, 530, Meaning.RELAY, False),
    (Phase.DATA, 451, Meaning.LATER, False),
    (Phase.DATA, 552, Meaning.REFUSED, False),
    (Phase.DATA, 554, Meaning.REFUSED, False),
    (Phase.DATA, 503, Meaning.RELAY, False),
    (Phase.DATA, 250, Meaning.RELAY, True),
    (Phase.BODY, 250, Meaning.ACCEPTED, False),
    (Phase.BODY, 252, Meaning.ACCEPTED, False),
    (Phase.BODY, 451, Meaning.LATER, False),
    (Phase.BODY, 552, Meaning.REFUSED, False),
    (Phase.BODY, 554, Meaning.REFUSED, False),
    (Phase.BODY, 354, Meaning.UNKNOWN, True),
    (Phase.QUIT, 500, Meaning.RELAY, True),
]


@pytest.mark.failure(43, 44)
@pytest.mark.parametrize(("phase", "code", "meaning", "broken"), TABLE)
def test_the_table(phase: Phase, code: int, meaning: Meaning, broken: bool) -> None:  # noqa: FBT001
    verdict = understand(phase, code, "text")
    assert (verdict.meaning, verdict.broken) == (meaning, broken)


@pytest.mark.failure(44)
@pytest.mark.parametrize("phase", Phase)
def test_421_is_the_relays_trouble_in_every_phase(phase: Phase) -> None:
    verdict = understand(phase, 421, "")
    assert (verdict.meaning, verdict.broken) == (Meaning.RELAY, True)


@pytest.mark.failure(40)
@pytest.mark.parametrize("code", [-1, 0, 1, 99, 199, 300, 399, 600, 999])
def test_what_is_no_answer_after_the_body_is_unknown(code: int) -> None:
    verdict = understand(Phase.BODY, code, "")
    assert (verdict.meaning, verdict.broken) == (Meaning.UNKNOWN, True)


@pytest.mark.parametrize("phase", BEFORE_THE_BODY)
@pytest.mark.parametrize("code", [-1, 0, 1, 99, 199, 300, 399, 600, 999])
def test_what_is_no_answer_before_the_body_is_the_relays_trouble(phase: Phase, code: int) -> None:
    verdict = understand(phase, code, "")
    assert (verdict.meaning, verdict.broken) == (Meaning.RELAY, True)


def test_a_refusal_by_policy_is_a_refusal() -> None:
    verdict = understand(Phase.BODY, 550, "5.7.1 looks like spam")
    assert (verdict.meaning, verdict.status) == (Meaning.REFUSED, "5.7.1")


@given(st.sampled_from(Phase), st.integers(-1, 999), st.text())
def test_only_an_answer_to_the_body_accepts_or_leaves_in_doubt(
    phase: Phase, code: int, text: str
) -> None:
    verdict = understand(phase, code, text)
    certain = verdict.meaning not in {Meaning.ACCEPTED, Meaning.UNKNOWN}
    assert certain or phase is Phase.BODY


@pytest.mark.parametrize(
    ("phase", "code", "goes_on"),
    [
        (Phase.MAIL, 250, True),
        (Phase.RCPT, 251, True),
        (Phase.RCPT, 354, False),
        (Phase.DATA, 354, True),
        (Phase.DATA, 250, False),
        (Phase.BODY, 250, True),
        (Phase.MAIL, 550, False),
        (Phase.MAIL, 0, False),
    ],
)
def test_what_is_awaited(phase: Phase, code: int, goes_on: bool) -> None:  # noqa: FBT001
    assert awaited(phase, code) is goes_on


@given(st.text(st.characters(exclude_categories=())))
def test_a_text_is_one_short_line_that_can_be_stored(text: str) -> None:
    clean = cleaned(text)
    assert clean.isprintable()
    assert len(clean) <= 200
    assert cleaned(clean) == clean


def test_lines_of_an_answer_become_one() -> None:
    assert cleaned("5.1.1 no\n5.1.1 such\tuser\x1b[1m") == "5.1.1 no 5.1.1 such user [1m"


def test_a_text_without_an_enhanced_code_has_no_status() -> None:
    assert Verdict(meaning=Meaning.LATER, phase=Phase.RCPT, text="later").status == ""
