"""The script that root runs on a host: what is the same everywhere stands in `install.sh`."""

from __future__ import annotations

import base64
import shlex
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE = "@STATE@"  # stands in a hook's text where the host's state folder belongs
_END = "END_OF_WHAT_IS_CARRIED"
_COLUMNS = 100


@dataclass(frozen=True, kw_only=True)
class Hook:
    """What a hypervisor asks before it starts a guest."""

    place: str  # path on the host
    mark: str  # a text in it by which it is known to be ours
    text: str  # with STATE in it


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What one host is set up with."""

    host: str  # its name in the inventory
    user: str  # as whom the bot comes
    public_key: str  # one line, as in a `.pub` file
    version: str  # of the helper
    helper: bytes
    hooks: Mapping[str, Hook]  # by dialect


def render(setup: Setup, body: str) -> str:
    """Return the whole script; *body* is the text of `install.sh`."""
    return "\n".join(
        [
            "#!/bin/sh",
            f"# Sets this machine up as the host {setup.host} of maintbot. May be run again.",
            f"# Made by: maint host install {setup.host} --print",
            "set -eu",
            "umask 022",
            *_settings(setup),
            f"helper() {{\n    base64 -d <<'{_END}'",
            *wrap(base64.b64encode(setup.helper).decode(), _COLUMNS),
            f"{_END}\n}}",
            *_hooks(setup.hooks),
            body,
        ]
    )


def _settings(setup: Setup) -> list[str]:
    values = {
        "HOST": setup.host,
        "BOT_USER": setup.user,
        "PUBLIC_KEY": setup.public_key,
        "VERSION": setup.version,
    }
    lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    trial = "ROOT=${MAINT_ROOT-} # another root, to try this out in"
    return [*lines, trial, "ROOT_HOME=${MAINT_HOME-/root}"]


def _hooks(hooks: Mapping[str, Hook]) -> list[str]:
    """Return functions that print, for a dialect, where its hook is and what is in it."""
    places = [f"    {name}) echo {shlex.quote(hook.place)} ;;" for name, hook in hooks.items()]
    texts = [
        f"    {name})\n        cat <<'{_END}'\n{hook.text.rstrip()}\n{_END}\n        ;;"
        for name, hook in hooks.items()
    ]
    marks = sorted({hook.mark for hook in hooks.values()})
    return [
        f"HOOK_MARK={shlex.quote(marks[0] if marks else '')}",
        "hook_place() {\n    case $1 in",
        *places,
        "    esac\n}",
        "hook() {\n    case $1 in",
        *texts,
        "    esac\n}",
    ]
