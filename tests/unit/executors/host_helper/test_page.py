"""The page for the night on which the bot is dead says what is really there."""

import re
from pathlib import Path

import pytest

from bot.executors.host_helper.by_hand import _MEANINGS, USAGE
from bot.executors.host_helper.dialects import libvirt_hook

DOCS = Path(__file__).parents[4] / "docs"
PAGE = (DOCS / "by-hand.md").read_text()
HOSTS = (DOCS / "hosts.md").read_text()
VERBS = set(re.findall(r"maint-host (\w+)", USAGE)) | {"facts", "guests", "check", "outcome"}
#: Not by hand: what sshd and sudo start, and what tells the version.
ENTRIES = {"ssh", "session", "version"}


@pytest.mark.parametrize("text", [PAGE, HOSTS], ids=["by-hand", "hosts"])
def test_every_command_on_it_is_one(text: str) -> None:
    typed = set(re.findall(r"(?:`|# |: )maint-host ([a-z]+)", text))

    assert typed
    assert typed <= VERBS | ENTRIES


def test_every_refusal_that_it_explains_is_one() -> None:
    table = PAGE[PAGE.index("| it says") :]
    quoted = re.findall(r"`((?:the|its|somebody) [a-z ]+)`", table)

    assert quoted
    assert set(quoted) <= set(_MEANINGS.values())


def test_it_fits_on_a_page() -> None:
    assert len(PAGE.splitlines()) < 90


def test_what_the_boot_lock_says_is_what_it_is_said_to_say() -> None:
    script = libvirt_hook.script("/var/lib/maint")
    said = " ".join(re.findall(r'"([^"]*)"', script.partition("echo")[2]))

    assert said.replace("$1", "blog") in HOSTS
