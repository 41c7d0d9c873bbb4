"""What root does at the host with the bot dead: `docs/by-hand.md`, tried on real guests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.executors.host_helper.dialects import libvirt_hook
from bot.rules.errors import ContactLost
from bot.rules.operation import Verb
from tests.integration.libvirt import lab
from tests.integration.libvirt.asking import asked, done
from tests.integration.libvirt.host import RealHost


async def saved(real: RealHost, run: str) -> None:
    async with real.reached() as executor:
        await done(executor, asked(Verb.SAVE, run=run))


async def test_root_finds_the_saved_guest_and_brings_it_back(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    before = lab.beats_anew("vg1")
    await saved(real, run)
    assert "maint-host restore vg1" in real.by_hand("list").stdout
    restored = real.by_hand("restore", "vg1")
    assert restored.returncode == 0, restored.stderr
    assert lab.beats_anew("vg1").goes_on_from(before)
    assert lab.is_clean("vg1", tmp_path)
    again = real.by_hand("restore", "vg1")
    assert again.returncode == 1
    assert "only a guest that is off is restored" in again.stderr


async def test_root_loses_a_memory_only_by_saying_so(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    before = lab.beats_anew("vg1")
    await saved(real, run)
    refused = real.by_hand("boot", "vg1")
    assert refused.returncode == 1
    assert "--lose-memory" in refused.stdout
    assert lab.state("vg1") == "shut off"
    assert real.by_hand("boot", "vg1", "--lose-memory").returncode == 0
    assert lab.beats_anew("vg1").boot == before.boot + 1
    assert real.by_hand("restore", "vg1").returncode == 1
    assert lab.is_clean("vg1", tmp_path)


async def test_a_restore_that_stopped_in_the_middle_is_gone_on_with(
    real: RealHost, run: str
) -> None:
    before = lab.beats_anew("vg1")
    async with real.reached() as executor:
        await done(executor, *(asked(v, run=run) for v in (Verb.SAVE, Verb.VERIFY, Verb.RESTORE)))
    assert "not yet let go" in real.by_hand("list").stdout
    assert real.by_hand("restore", "vg1").returncode == 0
    assert lab.beats_anew("vg1").goes_on_from(before)


async def test_a_released_host_obeys_the_bot_no_more(real: RealHost, run: str) -> None:
    real.by_hand("release", "disk controller on fire")
    async with real.reached() as executor:
        try:
            await executor.submit(asked(Verb.SAVE, run=run), 1)
            refused = ""
        except ContactLost as lost:
            refused = str(lost.fields["problem"])
        assert refused == "released"
        assert lab.state("vg1") == "running"
        real.by_hand("takeback")
        await done(executor, asked(Verb.PAUSE, run=run), asked(Verb.UNPAUSE, run=run))


@contextmanager
def hooked(real: RealHost) -> Iterator[None]:
    """Let libvirt ask the boot lock before it starts a guest."""
    hook = Path(libvirt_hook.PLACE)
    hook.write_text(libvirt_hook.script(str(real.state)), encoding="utf-8")
    hook.chmod(0o755)
    lab.restart_libvirtd()
    try:
        yield
    finally:
        hook.unlink()
        lab.restart_libvirtd()


@pytest.mark.failure(6)
async def test_libvirt_starts_no_guest_whose_image_lives_but_for_the_helper(
    real: RealHost, run: str
) -> None:
    before = lab.beats_anew("vg1")
    with hooked(real):
        await saved(real, run)
        said = lab.virsh("start", "vg1", check=False)
        assert "maint-host restore vg1" in said
        assert lab.state("vg1") == "shut off"
        assert real.by_hand("restore", "vg1").returncode == 0
    assert lab.beats_anew("vg1").goes_on_from(before)


def asks(script: Path, guest: str) -> subprocess.CompletedProcess[str]:
    """Ask the hook as libvirt does before it starts *guest*."""
    words = ["sh", str(script), guest, "prepare", "begin", "-"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


async def test_the_hook_stops_a_guest_whose_image_lives_and_no_other(
    real: RealHost, run: str
) -> None:
    await saved(real, run)
    script = real.folder / "hook"
    script.write_text(libvirt_hook.script(str(real.state)), encoding="utf-8")
    said, other = asks(script, "vg1"), asks(script, "vg2")
    assert said.returncode == 1
    assert "maint-host restore vg1" in said.stderr
    assert other.returncode == 0
    assert real.by_hand("restore", "vg1").returncode == 0
