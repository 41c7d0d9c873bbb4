"""`maint-host`: over SSH for the bot, by hand for root.

maint-host [--etc DIR] ssh        the forced command of the bot's key: admits one command only
maint-host [--etc DIR] session    questions and answers on stdin and stdout
maint-host [--etc DIR] list | boot G | restore G | release | …    by hand
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.executors.host_helper import session
from bot.executors.host_helper.by_hand import USAGE, ByHand, is_root
from bot.executors.host_helper.dialects import speak
from bot.executors.host_helper.domain import ToolFailed
from bot.executors.host_helper.names import BadName
from bot.executors.host_helper.settings import ETC, BadSettings, Settings, read
from bot.executors.host_helper.version import version

ONLY = "maint-host session"  # what the bot's key may ask sshd for
_PRIVATE = 0o077


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit status."""
    os.umask(_PRIVATE)
    words = list(sys.argv[1:] if arguments is None else arguments)
    etc = ETC
    if words[:1] == ["--etc"] and len(words) > 1:
        etc, words = Path(words[1]), words[2:]
    if words == ["ssh"]:
        return _admit(etc)
    if words == ["session"]:
        return _session(etc)
    if words in (["--version"], ["version"]):
        print(f"maint-host {version()}")
        return 0
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(USAGE)
        return 0 if words else 2
    return _by_hand(etc, words)


def _admit(etc: Path) -> int:
    """Open a session for who holds the bot's key, and refuse whatever else they ask for."""
    asked = os.environ.get("SSH_ORIGINAL_COMMAND", "")
    if asked != ONLY:
        sys.stderr.write("maint-host: this key may ask for nothing but a session.\n")
        return 126
    if is_root():
        return _session(etc)
    narrow = ["sudo", "-n", os.path.realpath(sys.argv[0]), "session"]
    return os.execvp("sudo", narrow)  # noqa: S606, S607 - root has allowed exactly this


def _session(etc: Path) -> int:
    try:
        settings = _read(etc)
        asked = session.Session(settings, speak(settings))
    except (BadSettings, OSError) as error:
        session.refuse("settings", str(error))
        return 2
    asked.hold(sys.stdin.buffer, sys.stdout.buffer)
    return 0


def _read(etc: Path) -> Settings:
    """Read what root has configured; the tools are looked for where that says, nowhere else."""
    settings = read(etc)
    os.environ["PATH"] = settings.path
    return settings


def _by_hand(etc: Path, words: list[str]) -> int:
    if not is_root():
        sys.stderr.write("maint-host: by hand it is for root only.\n")
        return 1
    try:
        settings = _read(etc)
        return ByHand(settings, speak(settings)).obey(words)
    except BadName as error:
        sys.stderr.write(f"maint-host: {error}\n")
        return 2
    except BadSettings as error:
        sys.stderr.write(f"maint-host: {error}\n")
        return 2
    except ToolFailed as failed:
        sys.stderr.write(f"maint-host: {failed.fault}: {failed.detail}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
