"""Why there was no answer from a host; the words stand in `templates/chat/contact.jinja`."""

from __future__ import annotations

from enum import StrEnum

SHOWN = 300  # characters of what a host or a library said that go into a message


class Problem(StrEnum):
    """What kept an answer away; `detail` is what the machines said of it."""

    # on this side
    KEY_UNUSABLE = "key_unusable"  # detail: the path, and why
    KNOWN_HOSTS_UNUSABLE = "known_hosts_unusable"  # detail: the path, and why
    # on the way
    UNREACHABLE = "unreachable"  # detail
    HOST_KEY_UNKNOWN = "host_key_unknown"  # detail: the key's fingerprint
    HOST_KEY_CHANGED = "host_key_changed"  # detail: the key's fingerprint
    NOT_ADMITTED = "not_admitted"  # detail: as whom the bot came
    NO_SESSION = "no_session"  # detail
    # the helper is not as it must be
    HELPER_MISSING = "helper_missing"  # detail
    HELPER_OTHER = "helper_other"  # detail: its version
    HELPER_SETTINGS = "helper_settings"  # detail
    HELPER_FAILED = "helper_failed"  # detail
    OTHER_HOST = "other_host"  # detail: the name it gives itself
    RELEASED = "released"  # detail: nothing; root works there by hand
    # the hypervisor's tools
    TOOL_MISSING = "tool_missing"  # detail: its name
    TOOL_TIMED_OUT = "tool_timed_out"  # detail
    TOOL_FAILED = "tool_failed"  # detail
    # in the middle of a question
    MALFORMED = "malformed"  # detail: where
    CUT = "cut"
    NO_ANSWER = "no_answer"


class Lost(Exception):
    """There is no answer; whether anything was done depends on the problem."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        """Keep both; *detail* is cut."""
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem
        self.detail = " ".join(detail.split())[:SHOWN]


class Failed(Exception):
    """The helper has answered that it could not; `code` is one of the protocol's."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Keep both."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
