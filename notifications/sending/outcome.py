"""What an answer makes of a delivery. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from notifications.outbox.settle import Settlement
from notifications.sending.retry import next_try
from notifications.states import Step
from notifications.verdict import Meaning

if TYPE_CHECKING:
    from datetime import datetime

    from notifications.outbox.claim import Claimed
    from notifications.settings import Pace
    from notifications.verdict import Verdict

GIVEN_UP = "given_up"  # the code of what was deferred for too long


def concluded(
    claimed: Claimed, verdict: Verdict, now: datetime, pace: Pace, *, begun: bool
) -> Settlement:
    """Return what *verdict* makes of *claimed*, whose body was *begun* or only offered."""
    reply = _words(verdict)
    match verdict.meaning:
        case Meaning.ACCEPTED:
            return _settled(claimed, Step.ACCEPT, now, reply)
        case Meaning.UNKNOWN:
            return _settled(claimed, Step.LOSE, now, reply)
        case Meaning.REFUSED:
            return replace(_settled(claimed, Step.REFUSE, now, reply), denied=begun)
        case Meaning.LATER:
            return replace(_later(claimed, now, pace, reply), denied=begun)
        case Meaning.RELAY if begun:
            # It cannot go back to where it was before the body; due at once is as good.
            deferred = _settled(claimed, Step.DEFER, now, reply)
            return replace(deferred, due=now, denied=True, untried=True)
        case Meaning.RELAY:
            return released(claimed, now)


def released(claimed: Claimed, now: datetime) -> Settlement:
    """Return that *claimed* is as if it had never been tried."""
    return replace(_settled(claimed, Step.RELEASE, now), untried=True)


def unfit(claimed: Claimed, now: datetime, code: str, reply: str) -> Settlement:
    """Return that *claimed* cannot be offered to any relay, for the reason *code*."""
    return replace(_settled(claimed, Step.REFUSE, now, reply), code=code)


def _later(claimed: Claimed, now: datetime, pace: Pace, reply: str) -> Settlement:
    due = next_try(claimed.attempts, claimed.first, now, pace)
    if due is None:
        return unfit(claimed, now, GIVEN_UP, reply)
    return replace(_settled(claimed, Step.DEFER, now, reply), due=due)


def _settled(claimed: Claimed, step: Step, now: datetime, reply: str = "") -> Settlement:
    return Settlement(
        id=claimed.id,
        campaign=claimed.campaign,
        address=claimed.address,
        step=step,
        at=now,
        reply=reply,
    )


def _words(verdict: Verdict) -> str:
    """Return the relay's words as they are kept: the code, if there is one, and the text."""
    return f"{verdict.code} {verdict.text}".rstrip() if verdict.code else verdict.text
