"""The errors of `bot`, one tree.

MaintError
├── BadRequest        the user asks again, differently          (exit 1)
├── Precondition      the operator changes something first      (exit 1)
├── BadConfiguration  the operator mends a file                 (exit 2)
├── TryAgain          nobody: the same may work in a moment     (exit 1)
│   └── ContactLost   a host did not answer; what it did is unknown
└── NeedsPerson       a person decides, after looking           (exit 3)

An error carries a code and fields; its words stand in `templates/chat/errors.jinja`,
one macro per code.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Code(StrEnum):
    """What went wrong; each has a macro of the same name in `templates/chat/errors.jinja`."""

    # what the asker typed
    UNKNOWN_VERB = "unknown_verb"  # verb, nearest
    BAD_USAGE = "bad_usage"  # verb, usage, problem, word, nearest
    BAD_NAME = "bad_name"  # what, shown, problem
    UNKNOWN_HOST = "unknown_host"  # host, nearest
    UNKNOWN_GUEST = "unknown_guest"  # guest, host, nearest
    UNKNOWN_HOLD = "unknown_hold"  # scope
    UNKNOWN_FAMILY = "unknown_family"  # family, nearest
    NOT_PERMITTED = "not_permitted"  # actor, verb, role
    NOT_CONFIRMED = "not_confirmed"  # host, command
    NOT_NOW = "not_now"  # verb, host, guest, state, can
    NO_RUN = "no_run"  # host, verb
    BAD_TIME = "bad_time"  # shown, problem: a TimeProblem, nearest
    CLOCK_CHANGE = "clock_change"  # local, zone, kind: "gap" or "fold", readings: two instants
    TIME_PAST = "time_past"  # instant, now
    # what stands in the way
    HOST_BUSY = "host_busy"  # host, who, since
    PLAN_CHANGED = "plan_changed"  # host, then, now, command
    PLAN_REFUSED = "plan_refused"  # host, problems
    NO_HOST_WORK = "no_host_work"  # host
    # a second person
    NO_PROPOSAL = "no_proposal"  # host
    OTHER_PROPOSAL = "other_proposal"  # host, actor, then, now
    OWN_PROPOSAL = "own_proposal"  # host, actor
    PROPOSAL_EXPIRED = "proposal_expired"  # host, actor, until, command
    PROPOSER_GONE = "proposer_gone"  # host, actor, role, command
    NOT_ALONE = "not_alone"  # host, second, command
    # evidence, and judgements of staff
    UNKNOWN_CELL = "unknown_cell"  # cell, nearest
    AMBIGUOUS_CELL = "ambiguous_cell"  # cell, names
    SHORT_CELL = "short_cell"  # typed, cell, family, least
    NEVER_TRUSTED = "never_trusted"  # cell, family, why: a Lacking
    NOT_JUDGED = "not_judged"  # cell, standing
    # lifting the global hold, with a second person
    NO_LIFT = "no_lift"
    OTHER_LIFT = "other_lift"  # actor
    OWN_LIFT = "own_lift"  # actor
    LIFT_EXPIRED = "lift_expired"  # actor, until
    LIFTER_GONE = "lifter_gone"  # actor, role
    LIFT_CHANGED = "lift_changed"
    # notices to customers, and opt-ins
    MAIL = "mail"  # problem, fields: as `notifications` says it
    NOTICE_FORM = "notice_form"  # kind, usage
    UNKNOWN_VALUE = "unknown_value"  # kind, name, known
    BAD_VALUE = "bad_value"  # name, shown, problem: a ValueProblem
    NO_HOLD = "no_hold"  # kind
    HOLD_STANDS = "hold_stands"  # kind, since, why
    NO_RESET = "no_reset"  # kind
    NO_EVIDENCE = "no_evidence"  # kind, since
    NO_LINKS = "no_links"
    NOT_ENDED = "not_ended"  # host, phase
    NO_INCIDENT = "no_incident"  # guest, host, result
    NO_PARAGRAPH = "no_paragraph"  # number, guest
    INCIDENT_OVER = "incident_over"  # number, guest, host, result
    ALREADY_DRAFTED = "already_drafted"  # kind, about, number, state
    TRIAL_HOSTS = "trial_hosts"  # hosts, commands: one for each host
    TRIAL_KERNEL = "trial_kernel"  # guest, kernel, minimum
    NO_TRIAL_WISH = "no_trial_wish"  # guest
    GUESTS_WAIT = "guests_wait"  # host, guests: of the run before
    TRIAL_OTHERWISE = "trial_otherwise"  # guest, host, claimed, result
    NO_TRIAL = "no_trial"  # guest, host
    NOT_ANNOUNCED = "not_announced"  # kind, host, start: as it was asked for, or None
    NOTHING_CHANGED = "nothing_changed"  # kind, hosts, campaign
    NO_LONGER_TRUE = "no_longer_true"  # number, kind, why: an Untrue, fields
    NOBODY_OPTED_IN = "nobody_opted_in"  # kind: empty for a reset
    KERNEL_REFUSED = "kernel_refused"  # guest, kernel, problem: a KernelVerdict, minimum
    POST_NOT_NOW = "post_not_now"  # number, state: of a post that is to be posted
    INFRASTRUCTURE_GUEST = "infrastructure_guest"  # guest
    # windows
    UNKNOWN_WINDOW = "unknown_window"  # number
    WINDOW_OVERLAPS = "window_overlaps"  # hosts, number, start, end, who, reason
    FROZEN = "frozen"  # start, freeze
    UNKNOWN_FREEZE = "unknown_freeze"  # number
    WINDOW_OVER = "window_over"  # number, state
    WINDOW_BEGUN = "window_begun"  # number, hosts: those whose runs have begun in it
    WINDOW_CHANGED = "window_changed"  # number: somebody else has changed it meanwhile
    WINDOW_SAME = "window_same"  # number, start, end: it is there already
    WINDOW_BACKWARDS = "window_backwards"  # start, end: of a freeze
    WINDOW_TOO_LONG = "window_too_long"  # hours: of the longest
    SCHEDULE_FORM = "schedule_form"  # verb, word, usage
    # the chat of staff
    SLACK_TOKEN = "slack_token"  # noqa: S105 - variable, kind: bot, app or signing; problem
    CANNOT_LISTEN = "cannot_listen"  # host, port, problem
    # this machine
    NO_PING = "no_ping"  # guests
    # files and the database
    CONFIGURATION = "configuration"  # faults
    NEWER_DATABASE = "newer_database"  # path, theirs, ours
    CORRUPT_JOURNAL = "corrupt_journal"  # run, number, problem
    STORE_UNREACHABLE = "store_unreachable"  # path, problem
    LEASE_LOST = "lease_lost"  # host, owner
    INVENTORY_SHRANK = "inventory_shrank"  # missing, limit, names
    # hosts
    CONTACT_LOST = "contact_lost"  # host, problem, detail: what the machines said
    SIMULATOR = "simulator"  # host, problem
    SIMULATED_HOST = "simulated_host"  # host
    NOT_SET_UP = "not_set_up"  # problem, fields: as `bot.executors.setting_up` says it
    NOT_WRITTEN = "not_written"  # path, problem


class MaintError(Exception):
    """Something that a person or a network caused; never a defect of the program."""

    exit_status: ClassVar[int] = 1

    def __init__(self, code: Code, **fields: object) -> None:
        """Keep *code* and the *fields* its words need."""
        super().__init__(f"{code.value}: {fields}")
        self.code = code
        self.fields = fields


class BadRequest(MaintError):
    """What was asked cannot be understood or is not allowed; nothing was changed."""


class Precondition(MaintError):
    """What was asked is clear, but something must change first; nothing was changed."""


class BadConfiguration(MaintError):
    """A file of the configuration, the inventory or the database cannot be used."""

    exit_status = 2


class TryAgain(MaintError):
    """It did not work now; the state is known, and the same may work later."""


class ContactLost(TryAgain):
    """A host did not answer; whether it acted is not known until it is asked again."""


class NeedsPerson(MaintError):
    """Going on could do harm; a person looks first."""

    exit_status = 3
