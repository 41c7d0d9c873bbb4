"""The life cycles of a campaign and of a delivery: one table each; what is not in it fails."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class CampaignState(StrEnum):
    """Where a campaign is."""

    DRAFT = "draft"  # recipients are fixed; nothing is rendered
    PREVIEWED = "previewed"  # every mail is rendered and kept; it may be rendered anew
    APPROVED = "approved"  # recipients and bytes are frozen
    SENDING = "sending"  # workers deliver it
    PAUSED = "paused"  # by a person, or by a transport stop
    DONE = "done"  # every delivery has come to an end
    CANCELLED = "cancelled"  # by a person; what was sent was sent


class Verb(StrEnum):
    """What moves a campaign."""

    REVISE = "revise"
    PREVIEW = "preview"
    APPROVE = "approve"
    SEND = "send"
    PAUSE = "pause"
    STOP = "stop"  # a transport stop: the program's own pause
    RESUME = "resume"
    CANCEL = "cancel"
    FINISH = "finish"  # the program: nothing is left to deliver
    RESEND = "resend"


_C = CampaignState
_V = Verb

#: The state that a verb leads to. Verbs that are not listed for a state are refused there.
CAMPAIGN: Mapping[tuple[CampaignState, Verb], CampaignState] = MappingProxyType(
    {
        (_C.DRAFT, _V.REVISE): _C.DRAFT,
        (_C.DRAFT, _V.PREVIEW): _C.PREVIEWED,
        (_C.DRAFT, _V.CANCEL): _C.CANCELLED,
        (_C.PREVIEWED, _V.REVISE): _C.DRAFT,
        (_C.PREVIEWED, _V.PREVIEW): _C.PREVIEWED,
        (_C.PREVIEWED, _V.APPROVE): _C.APPROVED,
        (_C.PREVIEWED, _V.CANCEL): _C.CANCELLED,
        (_C.APPROVED, _V.SEND): _C.SENDING,
        (_C.APPROVED, _V.CANCEL): _C.CANCELLED,
        (_C.SENDING, _V.PAUSE): _C.PAUSED,
        (_C.SENDING, _V.STOP): _C.PAUSED,
        (_C.SENDING, _V.FINISH): _C.DONE,
        (_C.SENDING, _V.CANCEL): _C.CANCELLED,
        (_C.SENDING, _V.RESEND): _C.SENDING,
        (_C.PAUSED, _V.RESUME): _C.SENDING,
        (_C.PAUSED, _V.CANCEL): _C.CANCELLED,
        (_C.PAUSED, _V.RESEND): _C.PAUSED,
        (_C.DONE, _V.RESEND): _C.SENDING,
    }
)


class DeliveryState(StrEnum):
    """Where one recipient's mail is."""

    PENDING = "pending"  # to be sent
    CLAIMED = "claimed"  # a worker has it in hand; nothing was handed over
    SENDING = "sending"  # committed before the first byte of the body is written
    SENT = "sent"  # the relay said 250 after the final dot, or a person or its log says so
    DEFERRED = "deferred"  # not accepted for now; tried again at `due`
    REFUSED = "refused"  # it will not be accepted, or was given up; the reason is kept
    UNCERTAIN = (
        "uncertain"  # handed over, and no answer; only a person or the relay's log settles it
    )
    SUPPRESSED = "suppressed"  # not sent, on purpose; the reason is kept
    CANCELLED = "cancelled"  # its campaign was cancelled before it was its turn


class Step(StrEnum):
    """What moves a delivery."""

    CLAIM = "claim"
    RELEASE = "release"  # back to pending: its worker died, or gave it back
    BEGIN = "begin"  # the body follows
    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE = "refuse"
    LOSE = "lose"  # no answer after the body began: the connection or the worker died
    SUPPRESS = "suppress"
    ADMIT = "admit"  # a preview decides anew who is suppressed
    CANCEL = "cancel"
    SETTLE_SENT = "settle_sent"  # a person, or the relay's log
    SETTLE_LOST = "settle_lost"  # a person: it did not go out; it is sent again
    RESEND = "resend"  # a person


_D = DeliveryState
_S = Step

#: The state that a step leads to. A step that is not listed for a state does not happen there.
DELIVERY: Mapping[tuple[DeliveryState, Step], DeliveryState] = MappingProxyType(
    {
        (_D.PENDING, _S.CLAIM): _D.CLAIMED,
        (_D.PENDING, _S.SUPPRESS): _D.SUPPRESSED,
        (_D.PENDING, _S.CANCEL): _D.CANCELLED,
        (_D.DEFERRED, _S.CLAIM): _D.CLAIMED,
        (_D.DEFERRED, _S.SUPPRESS): _D.SUPPRESSED,
        (_D.DEFERRED, _S.CANCEL): _D.CANCELLED,
        (_D.CLAIMED, _S.RELEASE): _D.PENDING,
        (_D.CLAIMED, _S.BEGIN): _D.SENDING,
        (_D.CLAIMED, _S.DEFER): _D.DEFERRED,
        (_D.CLAIMED, _S.REFUSE): _D.REFUSED,
        (_D.CLAIMED, _S.SUPPRESS): _D.SUPPRESSED,
        (_D.CLAIMED, _S.CANCEL): _D.CANCELLED,
        (_D.SENDING, _S.ACCEPT): _D.SENT,
        (_D.SENDING, _S.DEFER): _D.DEFERRED,
        (_D.SENDING, _S.REFUSE): _D.REFUSED,
        (_D.SENDING, _S.LOSE): _D.UNCERTAIN,
        # Its worker was thought dead, lives, and knows the answer after all.
        (_D.UNCERTAIN, _S.ACCEPT): _D.SENT,
        (_D.UNCERTAIN, _S.SETTLE_SENT): _D.SENT,
        (_D.UNCERTAIN, _S.SETTLE_LOST): _D.PENDING,
        (_D.SENT, _S.RESEND): _D.PENDING,
        (_D.REFUSED, _S.RESEND): _D.PENDING,
        (_D.UNCERTAIN, _S.RESEND): _D.PENDING,
        (_D.SUPPRESSED, _S.ADMIT): _D.PENDING,
        (_D.SUPPRESSED, _S.RESEND): _D.PENDING,
    }
)

#: States in which a delivery has come to an end, as far as the program can bring it.
ENDED = frozenset({_D.SENT, _D.REFUSED, _D.UNCERTAIN, _D.SUPPRESSED, _D.CANCELLED})


def verbs_of(state: CampaignState) -> tuple[Verb, ...]:
    """Return the verbs that are possible in *state*, in the order of `Verb`."""
    return tuple(verb for verb in Verb if (state, verb) in CAMPAIGN)


def before(step: Step) -> tuple[DeliveryState, ...]:
    """Return the states in which *step* is possible: what an UPDATE for it must ask for."""
    return tuple(state for state in DeliveryState if (state, step) in DELIVERY)


def after(step: Step) -> DeliveryState:
    """Return the one state that *step* leads to, from wherever it is possible."""
    (state,) = {target for (_, each), target in DELIVERY.items() if each is step}
    return state
