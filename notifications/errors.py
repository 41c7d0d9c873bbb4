"""What can go wrong in a campaign, named by who must act.

NotificationError
├── BadCampaign         the author: mend the campaign and ask again
├── CampaignRefused     the operator: meet the precondition and ask again
├── TransportDown       nobody yet: the delivery is tried again
└── StoreAway           nobody yet: the database did not take it, nothing was recorded

An error carries a problem and fields; its words belong to the caller. That a delivery is
uncertain is no error but a state (`states`).
"""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """What went wrong, with the fields that its words need."""

    # what was asked for
    UNKNOWN_KIND = "unknown_kind"  # kind, nearest
    UNKNOWN_CAMPAIGN = "unknown_campaign"  # number
    UNKNOWN_RECIPIENT = "unknown_recipient"  # number, address
    BAD_ADDRESS = "bad_address"  # address, why
    MISSING_VALUES = "missing_values"  # kind, names, address: whose item lacks them, if one does
    # name; why: control (also a line break where a line is read), naive, type; address: whose it
    # is, empty if it is the campaign's
    BAD_VALUE = "bad_value"  # name, why, address
    NO_RECIPIENTS = "no_recipients"  # kind, left_out: how many
    # number or kind; why: kind (it has no announce text), list (none is configured), option (it was
    # drafted without), or empty
    NO_ANNOUNCE = "no_announce"  # number, kind, why
    # templates
    TEMPLATE = "template"  # template, line, variable, detail
    # what stands in the way
    ONLY_THEIRS = "only_theirs"  # number: what is in it is nobody's but its recipient's
    NOT_NOW = "not_now"  # number, verb, state, can: the verbs that are possible
    SAME_PERSON = "same_person"  # number, actor: somebody else must approve
    # What would be approved is not what was previewed: the digest given, and the one it has.
    CHANGED = "changed"  # number, given, known
    NOT_SETTLED = "not_settled"  # number, address, state: only what is uncertain can be settled
    NOT_TO_RESEND = "not_to_resend"  # number, address, state: it has not come to an end
    DAMAGED = "damaged"  # a kept mail cannot be read any more
    # the relay
    RELAY = "relay"  # phase, code, detail
    STORE = "store"  # detail


class NotificationError(Exception):
    """A campaign or one of its deliveries could not go on."""

    def __init__(self, problem: Problem, **fields: object) -> None:
        """Keep *problem* and the *fields* its words need."""
        super().__init__(f"{problem.value}: {fields}")
        self.problem = problem
        self.fields = fields


class BadCampaign(NotificationError):
    """What was asked for cannot be a campaign; nothing was recorded."""


class CampaignRefused(NotificationError):
    """A precondition of the campaign is not met; it is as it was before."""


class TransportDown(NotificationError):
    """The relay did not accept the mail, for now; the delivery is still to be made."""


class StoreAway(NotificationError):
    """The database is locked, full or away; nothing of the call is recorded."""
