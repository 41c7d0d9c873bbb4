"""Why a host could not be set up; the words stand in `templates/chat/hosts.jinja`."""

from __future__ import annotations

from enum import StrEnum

from bot.rules.errors import Code, Precondition


class Problem(StrEnum):
    """Each has a macro `not_CODE` in `hosts.jinja`; the fields stand beside it."""

    TOOL = "tool"  # tool: a program of OpenSSH that is not on this machine
    KEY = "key"  # path, detail: the bot's own key cannot be made or read
    KNOWN_HOSTS = "known_hosts"  # path, detail: the file cannot be written
    ADMITTED = "admitted"  # admin: ssh did not get there; it has said why
    SUDO = "sudo"  # host, admin: sudo wants a password there
    SCRIPT = "script"  # host, status: the script ended early; it has said why
    HOST_KEY = "host_key"  # address: the admin's own ssh does not know the host's key


class NotSetUp(Precondition):
    """It did not work; `known` are the fields of the problem."""

    def __init__(self, problem: Problem, **known: object) -> None:
        """Keep both."""
        super().__init__(Code.NOT_SET_UP, problem=problem.value, fields=known)
        self.problem = problem
        self.known = known
