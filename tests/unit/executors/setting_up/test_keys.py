"""The bot's own key, and its file of hosts' keys."""

import stat
import subprocess
from pathlib import Path

import pytest

from bot.executors.setting_up import Known, NotSetUp, Problem, note, public_key

KEY, OTHER = "ssh-ed25519 AAAAone", "ssh-ed25519 AAAAother"


async def test_a_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "ssh" / "id_ed25519"

    first, made = await public_key(path)

    assert made
    assert first.startswith("ssh-ed25519 AAAA")
    assert first.endswith(" maintbot")
    assert await public_key(path) == (first, False)


async def test_nobody_else_reads_the_key(tmp_path: Path) -> None:
    path = tmp_path / "ssh" / "id_ed25519"

    await public_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    path = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", path], check=True)
    return path


async def test_a_key_with_a_passphrase_is_refused_not_asked_for(locked: Path) -> None:
    with pytest.raises(NotSetUp) as refused:
        await public_key(locked)

    assert refused.value.problem is Problem.KEY


async def test_a_place_where_no_key_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(NotSetUp) as refused:
        await public_key(tmp_path / "file" / "id_ed25519")

    assert refused.value.problem is Problem.KEY


def test_a_hosts_key_is_noted_under_the_address_the_bot_uses(tmp_path: Path) -> None:
    known = tmp_path / "ssh" / "known_hosts"

    assert note(known, "hobgoblin.example.net", 22, [KEY]) is Known.NEW
    assert note(known, "imp", 2222, [KEY]) is Known.NEW
    assert known.read_text() == f"hobgoblin.example.net {KEY}\n[imp]:2222 {KEY}\n"


def test_the_same_key_is_not_noted_twice(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    note(known, "imp", 22, [KEY])

    assert note(known, "imp", 22, [KEY]) is Known.SAME
    assert known.read_text() == f"imp {KEY}\n"


def test_a_changed_key_replaces_the_one_before_and_no_other(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"imp {KEY}\nclockwork {KEY}\n")

    assert note(known, "imp", 22, [OTHER]) is Known.CHANGED
    assert known.read_text() == f"clockwork {KEY}\nimp {OTHER}\n"
