"""What can come of asking Slack for something, in words that no library has."""

from __future__ import annotations

#: Slack's answers that say: not now. Whatever was asked may be asked again as it is.
PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
#: Those that shut the door of a channel or of the workspace, until a person opens it again.
SHUT = frozenset(
    {
        "access_denied",
        "account_inactive",
        "app_missing_action_url",
        "channel_not_found",
        "ekm_access_denied",
        "invalid_auth",
        "is_archived",
        "is_inactive",  # what an edit in an archived channel gets
        "missing_scope",
        "no_permission",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "restricted_action",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
#: Those that say that a token is wrong.
WRONG_TOKEN = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
#: Those that say that a message is not there any more, or can be edited no more.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
#: Those that say that the thread is not there any more.
NO_THREAD = frozenset({"thread_not_found", "cannot_reply_to_message"})


class Away(Exception):
    """Slack cannot be reached, or asks to be left alone for *seconds*.

    *problem* is Slack's own word or ours, *detail* is for the log. *acted*: it may have done what
    was asked all the same.
    """

    def __init__(
        self, problem: str, *, detail: object = "", seconds: float = 0.0, acted: bool = False
    ) -> None:
        """Tell it."""
        super().__init__(f"{problem}: {detail}" if detail else problem)
        self.problem, self.seconds, self.acted = problem, seconds, acted


class Refused(Exception):
    """Slack has answered no; *code* is its own word for why. Nothing was done."""

    def __init__(self, code: str, needed: str = "") -> None:
        """Tell it; *needed* is the scope that is missing."""
        super().__init__(code)
        self.code, self.needed = code, needed
