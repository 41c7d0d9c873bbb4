"""What is wrong with a file of the configuration, and where; the words stand in templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Problem(StrEnum):
    """What is wrong; each has a macro of the same name in `templates/chat/problems.jinja`."""

    # the file
    UNREADABLE = "unreadable"  # detail
    SYNTAX = "syntax"  # detail
    # one value
    UNKNOWN_KEY = "unknown_key"  # nothing; the key says it
    MISSING = "missing"  # nothing
    INVALID = "invalid"  # kind (what the validation calls it), limit, wanted; else detail
    BAD_NAME = "bad_name"  # shown, why (a NameProblem)
    BAD_TEXT = "bad_text"  # shown, why (a NameProblem)
    BAD_FORM = "bad_form"  # shown, form (a values.Form)
    BAD_CHECK = "bad_check"  # shown
    NO_HOME = "no_home"  # shown: a path with a "~" that leads nowhere
    NOT_JSON = "not_json"  # nothing; only in the environment: a list is written as JSON
    NOT_ASCENDING = "not_ascending"  # nothing
    NO_ZONE = "no_zone"  # shown: not a time zone that this machine knows
    NOT_A_URL = "not_a_url"  # shown
    KEY_SHORT = "key_short"  # length, wanted
    MAIL_UNNAMED = "mail_unnamed"  # nothing: mail goes to a relay, and nobody says who writes
    NO_NETWORK = "no_network"  # shown: neither an IP address nor a network
    SLACK_NOWHERE = "slack_nowhere"  # nothing: a mode, and no channel
    PAGES_BELOW = "pages_below"  # nothing: they are found below a path of something else
    PAGES_UNNAMED = "pages_unnamed"  # nothing: pages, and nobody says where the public finds them
    SLACK_UNDELIVERED = "slack_undelivered"  # nothing: it delivers, and no port is open
    # values that contradict each other
    UNKNOWN_HOST = "unknown_host"  # name
    UNKNOWN_CONTACT = "unknown_contact"  # name
    UNKNOWN_GUEST = "unknown_guest"  # name
    UNKNOWN_PLACE = "unknown_place"  # name: neither a host nor a guest
    NEEDS_CIRCLE = "needs_circle"  # names
    SAME_UUID = "same_uuid"  # names
    SAME_ADDRESS = "same_address"  # names
    NOT_FOR_ROLE = "not_for_role"  # role
    WORK_CONTRADICTS = "work_contradicts"  # nothing: commands, but manual
    WORK_EMPTY = "work_empty"  # nothing: neither manual, nor commands, nor a reboot
    MIXED_WORLDS = "mixed_worlds"  # names: of hosts that are simulated beside real ones
    WARNING_TOO_EARLY = "warning_too_early"  # nothing: shutdown_warning before the shutdown


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong. `line` 0: not known; `key` empty: the file as a whole."""

    file: str
    problem: Problem
    key: str = ""
    line: int = 0
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
