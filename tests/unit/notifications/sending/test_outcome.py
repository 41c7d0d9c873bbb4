"""What each answer makes of a delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from notifications.outbox.claim import Claimed
from notifications.sending.outcome import GIVEN_UP, concluded
from notifications.settings import Pace
from notifications.states import Step
from notifications.verdict import Meaning, Phase, Verdict
from tests.unit.notifications import scripted
from tests.unit.notifications.clock import START

CLAIMED = Claimed(
    id=7, campaign=1, address="a@example.com", content=b"", attempts=1, first=START, handed=0
)
PACE = Pace()
DYING = Verdict(meaning=Meaning.RELAY, phase=Phase.BODY, code=421, broken=True)
LATER = Verdict(meaning=Meaning.LATER, phase=Phase.BODY, code=451, text="4.3.0 Not now")


@pytest.mark.parametrize(
    ("verdict", "begun", "step", "denied", "untried"),
    [
        (scripted.ACCEPTED, True, Step.ACCEPT, False, False),
        (scripted.GREYLISTED, False, Step.DEFER, False, False),
        (LATER, True, Step.DEFER, True, False),
        (scripted.NO_SUCH_USER, False, Step.REFUSE, False, False),
        (scripted.TOO_BIG, True, Step.REFUSE, True, False),
        (scripted.SENDER_REFUSED, False, Step.RELEASE, False, True),
        (DYING, True, Step.DEFER, True, True),
        (scripted.NO_ANSWER, True, Step.LOSE, False, False),
    ],
)
def test_each_answer_is_one_step(
    verdict: Verdict,
    begun: bool,  # noqa: FBT001 - of the table
    step: Step,
    denied: bool,  # noqa: FBT001 - of the table
    untried: bool,  # noqa: FBT001 - of the table
) -> None:
    settlement = concluded(CLAIMED, verdict, START, PACE, begun=int(begun))

    assert (settlement.step, settlement.denied, settlement.untried) == (step, denied, untried)


@pytest.mark.failure(43)
def test_what_is_deferred_too_long_is_refused_with_the_last_words() -> None:
    old = replace(CLAIMED, first=START - timedelta(hours=PACE.give_up_hours))

    settlement = concluded(old, scripted.GREYLISTED, START, PACE, begun=0)

    assert (settlement.step, settlement.code) == (Step.REFUSE, GIVEN_UP)
    assert settlement.reply == "450 4.2.0 Greylisted, come back"
