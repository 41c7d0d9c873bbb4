"""Snapshots on real LVM: thin, thick, overflowing, killed at every command, then looked at.

Runs on a host, as root, with lvm2 (and thin-provisioning-tools) and Python 3.9; it needs the
package `bot.executors.host_helper` on its path and 600 MiB in the folder it is given, where it
makes its own disk and its own volume group `mainttest`, and removes both at the end.

    python3 lvm_check.py /root/lvm_check [CHECK…]
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

from bot.executors.host_helper import snapshots, tools
from bot.executors.host_helper.domain import OFF, Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots import manifest
from bot.executors.host_helper.snapshots.lvm import LVM

GROUP = "mainttest"
MIB = 1 << 20


def sh(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        stop(*words, done.stderr)
    return done.stdout


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def stop(*words: object) -> NoReturn:
    raise SystemExit(" ".join(map(str, words)))


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    loop = begin(folder)
    try:
        chosen = sys.argv[2:]
        for check in (
            thin,
            thick,
            overflow,
            both,
            killed_thin,
            killed_thick,
            unwatched,
            missing,
            open_disk,
        ):
            if chosen and check.__name__ not in chosen:
                continue
            began = time.monotonic()
            check(scene(folder, check.__name__))
            say(f"good  {check.__name__}  {time.monotonic() - began:.1f} s")
    finally:
        subprocess.run(["vgremove", "--yes", "--force", GROUP], capture_output=True, check=False)
        sh("losetup", "-d", loop)
        (folder / "disk").unlink()
    return 0


def begin(folder: Path) -> str:
    disk = folder / "disk"
    with disk.open("wb") as file:
        file.truncate(600 * MIB)
    loop = sh("losetup", "--find", "--show", str(disk)).strip()
    sh("pvcreate", "--yes", loop)
    sh("vgcreate", GROUP, loop)
    sh("lvcreate", "--yes", "--size", "128m", "--thinpool", "pool", GROUP)
    sh("lvcreate", "--yes", "--virtualsize", "32m", "--thinpool", "pool", "--name", "t-1", GROUP)
    sh("lvcreate", "--yes", "--size", "32m", "--name", "k1", GROUP)
    return loop


class Scene:
    """One guest with disks on LVM."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.thin = Disk(f"/dev/mapper/{GROUP}-t--1")
        self.thick = Disk(f"/dev/{GROUP}/k1")

    def guest(self, *disks: Disk) -> Domain:
        return Domain("g1", "00000000-0000-4000-8000-000000000001", OFF, disks=disks)

    def take(self, guest: Domain) -> None:
        snapshots.take(self.settings, guest, "s1")

    def roll_back(self, guest: Domain) -> None:
        snapshots.roll_back(self.settings, guest, "s1")

    def drop(self, guest: Domain) -> None:
        snapshots.drop(self.settings, guest, "s1")

    def names(self, guest: Domain) -> list[str]:
        return snapshots.names(self.settings, guest)


def scene(folder: Path, name: str) -> Scene:
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    made = Settings(name="h1", dialect="xen", state=place)
    return Scene(replace(made, snapshots=place / "snapshots"))


def write(disk: Disk, mib: int = 2, at: int = 0) -> str:
    with Path(disk.path).open("r+b") as file:
        file.seek(at * MIB)
        file.writelines(os.urandom(MIB) for _ in range(mib))
        file.flush()
        os.fsync(file.fileno())
    return seen(disk)


def seen(disk: Disk) -> str:
    hashed = hashlib.sha256()
    with Path(disk.path).open("rb") as file:
        while block := file.read(MIB):
            hashed.update(block)
    return hashed.hexdigest()


def ours() -> list[str]:
    """Return the volumes that snapshots have left."""
    return [v.name for v in LVM.volumes(fresh=True) if v.name.startswith("maint.")]


def equal(found: object, expected: object) -> None:
    if found != expected:
        stop("found", repr(found), "expected", repr(expected))


def faulty(fault: str, act: Callable[[], object]) -> None:
    try:
        act()
    except ToolFailed as error:
        equal((error.fault, error.detail if error.fault != fault else ""), (fault, ""))
        return
    stop("no", fault)


def _twice(stage: Scene, disk: Disk) -> None:
    """Take, roll back twice, drop: the disk is each time what it was, under the same path."""
    guest, before = stage.guest(disk), write(disk)
    stage.take(guest)
    for at in (0, 5):
        differ(write(disk, at=at), before)
        stage.roll_back(guest)
        equal(seen(disk), before)
        equal(stage.names(guest), ["s1"])
    stage.drop(guest)
    equal((seen(disk), stage.names(guest), ours()), (before, [], []))


def differ(found: object, other: object) -> None:
    if found == other:
        stop("nothing has changed")


def thin(stage: Scene) -> None:
    equal(snapshots.kind(stage.settings, [stage.guest(stage.thin)]), "thin")
    sh("lvchange", "--addtag", "owner", f"{GROUP}/t-1")
    _twice(stage, stage.thin)
    equal(LVM.volume(GROUP, "t-1", fresh=True).tags, ("owner",))  # type: ignore[union-attr]


def thick(stage: Scene) -> None:
    guest = stage.guest(stage.thick)
    equal(snapshots.kind(stage.settings, [guest]), "thick")
    equal([name for name in snapshots.volume_groups() if name == GROUP], [GROUP])
    say(f"      space {snapshots.space_mib(stage.settings, [guest])} MiB")
    _twice(stage, stage.thick)


def overflow(stage: Scene) -> None:
    """A thick snapshot that overflowed is no longer told of, and not rolled back to."""
    guest = stage.guest(stage.thick)
    stage.take(guest)
    kept = ours()[0]
    sh("lvremove", "--yes", f"{GROUP}/{kept}")
    sh("lvcreate", "--snapshot", "--size", "8m", "--name", kept, f"{GROUP}/k1")
    after = write(stage.thick, mib=16)
    LVM.volumes(fresh=True)
    equal(stage.names(guest), [])
    faulty("snapshot_full", lambda: stage.roll_back(guest))
    equal(seen(stage.thick), after)
    stage.drop(guest)
    equal(ours(), [])


def both(stage: Scene) -> None:
    """Two disks of different kinds are kept and rolled back together."""
    guest = stage.guest(stage.thin, stage.thick)
    before = write(stage.thin), write(stage.thick)
    stage.take(guest)
    write(stage.thin, at=3)
    write(stage.thick, at=3)
    stage.roll_back(guest)
    equal((seen(stage.thin), seen(stage.thick)), before)
    stage.drop(guest)
    equal(ours(), [])


def _killing(guest: Domain, act: Callable[[Domain], None], count: int) -> bool:
    """Do *act* in a process of its own that is killed before or after its command *count*."""
    child = os.fork()
    if child == 0:
        real, left = tools.run, [count]

        def run(command: list[str], *, seconds: float) -> tools.Said:
            if command[0] in {"lvs", "vgs"}:
                return real(command, seconds=seconds)
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), 9)
            done = real(command, seconds=seconds)
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), 9)
            return done

        tools.run = run  # type: ignore[assignment]
        act(guest)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9


def killed_thin(stage: Scene) -> None:
    """Killed before and after each command of a rollback, it is finished by the next one."""
    guest, before = stage.guest(stage.thin), write(stage.thin)
    stage.take(guest)
    count = 1
    while True:
        write(stage.thin, at=count % 20)
        if not _killing(guest, stage.roll_back, count):
            break
        equal(stage.names(guest), ["s1"])
        equal(snapshots.unfinished(stage.settings, guest), ["s1"])
        LVM.volumes(fresh=True)
        stage.roll_back(guest)
        equal((seen(stage.thin), len(ours())), (before, 1))
        count += 1
    say(f"      {count - 1} kills")
    stage.drop(guest)
    equal(ours(), [])


def killed_thick(stage: Scene) -> None:
    """As above; where the merge has ended before, the repeat says that the snapshot is used up."""
    count, outcomes = 1, []
    while True:
        guest, before = stage.guest(stage.thick), write(stage.thick)
        stage.take(guest)
        write(stage.thick, at=4)
        if not _killing(guest, stage.roll_back, count):
            break
        LVM.volumes(fresh=True)
        try:
            stage.roll_back(guest)
            outcomes.append("done")
        except ToolFailed as error:
            outcomes.append(error.fault)
        equal(seen(stage.thick), before)
        stage.drop(guest)
        equal(ours(), [])
        count += 1
    say(f"      {outcomes}")
    stage.drop(guest)


def unwatched(stage: Scene) -> None:
    """A merge that nobody waits for any more is waited for, and the snapshot is used up."""
    guest, before = stage.guest(stage.thick), write(stage.thick, mib=16)
    stage.take(guest)
    write(stage.thick, mib=16)
    place = manifest.folder(stage.settings, "g1", "s1")
    found = manifest.read(place)
    if found is None:
        stop("no manifest")
    manifest.write(place, replace(found, state=manifest.ROLLING))
    child = subprocess.Popen(["lvconvert", "--merge", "--yes", f"{GROUP}/{ours()[0]}"])
    while not any(volume.merging for volume in LVM.volumes(fresh=True)):
        pass
    child.kill()
    child.wait()
    faulty("no_snapshot", lambda: stage.roll_back(guest))
    equal(seen(stage.thick), before)
    stage.drop(guest)
    equal(ours(), [])


def missing(stage: Scene) -> None:
    """Without the snapshot's volume nothing is touched, and nothing is promised."""
    guest = stage.guest(stage.thin, stage.thick)
    stage.take(guest)
    sh("lvremove", "--yes", f"{GROUP}/{ours()[0]}")
    LVM.volumes(fresh=True)
    after = write(stage.thin), write(stage.thick)
    equal(stage.names(guest), [])
    faulty("no_snapshot", lambda: stage.roll_back(guest))
    equal((seen(stage.thin), seen(stage.thick)), after)
    stage.drop(guest)
    equal(ours(), [])


def open_disk(stage: Scene) -> None:
    """A disk that somebody has open is not rolled back."""
    for disk in (stage.thin, stage.thick):
        guest = stage.guest(disk)
        stage.take(guest)
        with Path(disk.path).open("rb"):
            faulty("wrong_state", partial(stage.roll_back, guest))
        stage.drop(guest)
    equal(ours(), [])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
