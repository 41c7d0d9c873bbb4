"""What the helper does with real guests, and what it leaves when it is disturbed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bot.rules.errors import ContactLost
from bot.rules.operation import Done, Fault, Refused, Verb
from tests.integration.libvirt import lab
from tests.integration.libvirt.asking import asked, done, ended, error_of, outcome_of
from tests.integration.libvirt.host import RealHost
from tests.integration.patience import until_now

#: How a saved guest comes back.
BACK = (Verb.VERIFY, Verb.RESTORE, Verb.SPEND, Verb.UNPAUSE)


def is_saving(real: RealHost, run: str) -> bool:
    part = real.images / "vg1" / f"{run}-vg1.part"
    return part.exists() and part.stat().st_size > 0


async def test_a_saved_guest_goes_on_where_it_was(real: RealHost, run: str, tmp_path: Path) -> None:
    before = lab.beats_anew("vg1")
    async with real.reached() as executor:
        await done(executor, *(asked(verb, run=run) for verb in (Verb.SAVE, *BACK)))
    assert lab.beats_anew("vg1").goes_on_from(before)
    assert lab.is_clean("vg1", tmp_path)


@pytest.mark.failure(38)
async def test_a_connection_cut_in_the_middle_ends_no_part_of_a_restore(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    before = lab.beats_anew("vg1")
    async with real.reached() as executor:
        for verb in (Verb.SAVE, *BACK):
            await executor.submit(asked(verb, run=run), 1)
            real.cut()
            assert error_of(await ended(executor, asked(verb, run=run))) == "", verb
    assert lab.beats_anew("vg1").goes_on_from(before)
    assert lab.is_clean("vg1", tmp_path)


@pytest.mark.failure(38)
async def test_a_cut_connection_ends_no_shutdown_no_boot_and_no_rollback(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    before = lab.beats_anew("vg1")
    async with real.reached() as executor:
        verbs = (Verb.SHUTDOWN, Verb.SNAPSHOT, Verb.BOOT, Verb.DESTROY, Verb.ROLLBACK, Verb.BOOT)
        for number, verb in enumerate(verbs):
            operation = asked(verb, run=run, attempt=number + 1, snapshot="s1", image="")
            await executor.submit(operation, 1)
            real.cut()
            assert error_of(await ended(executor, operation)) == "", verb
    assert lab.beats_anew("vg1").boot > before.boot
    assert lab.is_clean("vg1", tmp_path)


async def test_libvirtd_killed_in_a_save_leaves_the_guest_running(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    before = lab.beats_anew("vg1")
    async with real.reached() as executor:
        await executor.submit(asked(Verb.SAVE, run=run), 1)
        until_now(lambda: is_saving(real, run))
        os.kill(lab.daemon("libvirtd"), signal.SIGKILL)
        with pytest.raises(ContactLost):
            await executor.guests()
        lab.revive_libvirtd()
        outcome = await ended(executor, asked(Verb.SAVE, run=run))
        (guest, *_) = await executor.guests()
    assert isinstance(outcome, Done)
    assert outcome.error
    assert not guest.images
    assert not guest.lock
    assert lab.beats_anew("vg1").goes_on_from(before)
    assert lab.is_clean("vg1", tmp_path)


async def test_libvirtd_terminated_in_a_save_does_not_end_it(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    before = lab.beats_anew("vg1")
    async with real.reached() as executor:
        await executor.submit(asked(Verb.SAVE, run=run), 1)
        until_now(lambda: is_saving(real, run))
        os.kill(lab.daemon("libvirtd"), signal.SIGTERM)
        until_now(lambda: not Path("/run/libvirtd.pid").exists())
        lab.revive_libvirtd()
        saved = error_of(await ended(executor, asked(Verb.SAVE, run=run))) == ""
        if saved:
            await done(executor, *(asked(verb, run=run) for verb in BACK))
    assert lab.beats_anew("vg1").goes_on_from(before)
    assert lab.is_clean("vg1", tmp_path)


@pytest.mark.failure(9)
async def test_a_full_image_folder_leaves_the_guest_running(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    before = lab.beats_anew("vg1")
    async with real.reached() as executor:
        with small(real, tmp_path):
            await executor.submit(asked(Verb.SAVE, run=run), 1)
            until_now(lambda: is_saving(real, run))
            fill(real.images)
            outcome = await ended(executor, asked(Verb.SAVE, run=run))
            (guest, *_) = await executor.guests()
    assert error_of(outcome) == Fault.NO_SPACE, outcome
    assert not guest.images
    assert not guest.lock
    assert lab.beats_anew("vg1").goes_on_from(before)
    assert lab.is_clean("vg1", tmp_path)


@contextmanager
def small(real: RealHost, folder: Path) -> Iterator[None]:
    """Give the images a file system of their own with room for one guest, for all who write."""
    image = folder / "small"
    with image.open("wb") as file:
        file.truncate(130 << 20)
    subprocess.run(
        ["/sbin/mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", str(image)], check=True
    )
    attach = ["/sbin/losetup", "--find", "--show", str(image)]
    device = subprocess.run(attach, check=True, capture_output=True, text=True).stdout.strip()
    # They may live in mount namespaces of their own.
    processes = (os.getpid(), real.server, lab.daemon("libvirtd"))
    places = {Path(f"/proc/{process}/ns/mnt").stat().st_ino: process for process in processes}
    enter = [["nsenter", "--target", str(process), "--mount"] for process in places.values()]
    try:
        for one in enter:
            subprocess.run([*one, "mount", device, str(real.images)], check=True)
        yield
    finally:
        for one in enter:
            subprocess.run([*one, "umount", "-l", str(real.images)], check=False)
        subprocess.run(["/sbin/losetup", "-d", device], check=True)


def fill(images: Path) -> None:
    """Take all the room that is left, at once: a save is quick."""
    with (images / "other").open("wb") as other:
        while left := os.statvfs(images).f_bavail:
            at = os.fstat(other.fileno()).st_size
            with suppress(OSError):  # what writes beside us has taken it
                os.posix_fallocate(other.fileno(), at, left * os.statvfs(images).f_frsize)


@pytest.mark.failure(10)
async def test_an_image_short_of_100_bytes_is_not_restored(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    async with real.reached() as executor:
        await done(executor, asked(Verb.SAVE, run=run), asked(Verb.VERIFY, run=run))
        image = real.images / "vg1" / f"{run}-vg1.img"
        os.truncate(image, image.stat().st_size - 100)
        outcome = await outcome_of(executor, asked(Verb.RESTORE, run=run))
        assert error_of(outcome) == Fault.TRUNCATED
        await done(executor, asked(Verb.BOOT, run=run))
    lab.beats_anew("vg1")
    assert lab.is_clean("vg1", tmp_path)


async def test_an_image_with_other_bytes_is_not_restored(real: RealHost, run: str) -> None:
    async with real.reached() as executor:
        await done(executor, asked(Verb.SAVE, run=run), asked(Verb.VERIFY, run=run))
        with (real.images / "vg1" / f"{run}-vg1.img").open("r+b") as image:
            image.seek(20 << 20)
            image.write(os.urandom(64))
        outcome = await outcome_of(executor, asked(Verb.RESTORE, run=run))
        assert error_of(outcome) == Fault.CORRUPT
        await done(executor, asked(Verb.BOOT, run=run))


@pytest.mark.failure(1)
async def test_a_stale_image_is_refused(real: RealHost, run: str, tmp_path: Path) -> None:
    async with real.reached() as executor:
        await done(executor, asked(Verb.SAVE, run=run), asked(Verb.VERIFY, run=run))
        lab.virsh("start", "vg1")  # by somebody else, on a host without our hook
        lab.beats_anew("vg1")
        lab.virsh("destroy", "vg1")
        outcome = await outcome_of(executor, asked(Verb.RESTORE, run=run))
        assert isinstance(outcome, Refused)
        assert outcome.error == Fault.STALE_IMAGE
        await done(executor, asked(Verb.BOOT, run=run))
    lab.beats_anew("vg1")
    assert lab.is_clean("vg1", tmp_path)


async def test_a_save_whose_helper_is_killed_is_finished(real: RealHost, run: str) -> None:
    before = lab.beats_anew("vg1")
    async with real.reached() as executor:
        await executor.submit(asked(Verb.SAVE, run=run), 1)
        until_now(lambda: is_saving(real, run))
        kill_workers(real)
        assert error_of(await ended(executor, asked(Verb.SAVE, run=run))) == ""
        await done(executor, *(asked(verb, run=run) for verb in BACK))
    assert lab.beats_anew("vg1").goes_on_from(before)


def kill_workers(real: RealHost) -> None:
    """Kill every process of the helper, workers and sessions alike; not the tools they started."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(real.helper).encode() in words[:4]:
            os.kill(int(path.parent.name), signal.SIGKILL)


async def test_a_rollback_takes_back_what_was_written_since(
    real: RealHost, run: str, tmp_path: Path
) -> None:
    async with real.reached() as executor:
        await done(executor, asked(Verb.SAVE, run=run))
        await done(executor, asked(Verb.SNAPSHOT, run=run, snapshot=f"{run}-pair"))
        before = lab.written("vg1", tmp_path).strip().rsplit("\n", maxsplit=1)[-1]
        await done(executor, asked(Verb.BOOT, run=run))
        lab.beats_anew("vg1")
        await done(executor, asked(Verb.DESTROY, run=run))
        after = lab.written("vg1", tmp_path)
        await done(executor, asked(Verb.ROLLBACK, run=run, snapshot=f"{run}-pair"))
    assert before in lab.written("vg1", tmp_path)
    assert len(lab.written("vg1", tmp_path)) < len(after)
