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
    claimed: Claimed, verdict: Verdict, now: datetime, pace: Pace, *, begun: int = 0
) -> Settlement:
    """Return what *verdict* makes of *claimed*; *begun*: what the ledger said, 0: only offered."""
    reply = _words(verdict)
    made = _made(claimed, verdict.meaning, now, pace, reply)
    if not begun:
        return released(claimed, now) if verdict.meaning is Meaning.RELAY else made
    denied = verdict.meaning not in {Meaning.ACCEPTED, Meaning.UNKNOWN}
    return replace(made, handed=begun, denied=denied)


def _made(claimed: Claimed, meaning: Meaning, now: datetime, pace: Pace, reply: str) -> Settlement:
    match meaning:
        case Meaning.ACCEPTED:
            return _settled(claimed, Step.ACCEPT, now, reply)
        case Meaning.UNKNOWN:
            return _settled(claimed, Step.LOSE, now, reply)
        case Meaning.REFUSED:
            return _settled(claimed, Step.REFUSE, now, reply)
        case Meaning.LATER:
            return _later(claimed, now, pace, reply)
        case Meaning.RELAY:
            # After the body there is no way back to before it; due at once is as good.
            deferred = _settled(claimed, Step.DEFER, now, reply)
            return replace(deferred, due=now, untried=True)


def withdrawn(claimed: Claimed, now: datetime) -> tuple[Settlement, Settlement]:
    """Return that *claimed* is as if it had never been tried, or else in doubt.

    The database did not say that its body was begun. If it went away just then, it may have kept
    that it was: then only a person can say so, else the delivery would be ours for ever. Only one
    of the two settlements can come true.
    """
    lost = _settled(claimed, Step.LOSE, now)
    return released(claimed, now), replace(lost, handed=claimed.handed + 1)


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
        handed=claimed.handed,
        reply=reply,
    )


def _words(verdict: Verdict) -> str:
    """Return the relay's words as they are kept: the code, if there is one, and the text."""
    return f"{verdict.code} {verdict.text}".rstrip() if verdict.code else verdict.text
