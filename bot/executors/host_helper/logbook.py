"""What was done on this host and by whom, for people who look later: `log` in the state folder."""

from __future__ import annotations

import os
import time

from bot.executors.host_helper.settings import Settings


def note(settings: Settings, text: str) -> None:
    """Add a line, with the time in UTC and who is at work."""
    who = os.environ.get("SUDO_USER") or os.environ.get("SSH_CONNECTION", "").split(" ")[0] or "-"
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = f"{when} {who} {text}".replace("\n", " ")
    descriptor = os.open(
        str(settings.state / "log"),
        os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC,
        0o600,
    )
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(f"{line}\n")
