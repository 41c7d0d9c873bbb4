"""What console lines mean: damage, a boot that failed, a running fsck, a login prompt.

A console is written by the guest, so a line is cleaned before it is matched or shown to anybody.
Patterns are whole messages, not words: "I/O error" on a floppy, a read-only mount on the way to
the root file system, or a journal being recovered after a power cut harm nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHOWN = 200  # characters of a line that people see
_READ = 1000  # characters of a line that are matched; a console has no longest line
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

# Floppies and CD drives report errors on every healthy guest that has none.
_DISK = r"(?!fd\d|sr\d|loop\d)\w"
_IO_ERROR = rf"(?:I/O|critical (?:medium|space allocation)) error, dev {_DISK}"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


#: The disk was damaged, or is being damaged now.
DAMAGE = _any(
    # drivers/block/xen-blkfront.c, which spells it "backed"; 2021: scrolling on both consoles
    r"has not unmapped grant",
    # block/blk-core.c: end_request up to 3.17, then blk_update_request or print_req_error, and
    # no name since 5.16. A "critical target error" is a discard the disk does not know: harmless.
    rf"(?:end_request|blk_update_request|print_req_error): {_IO_ERROR}",
    rf"^(?:\[[ \d.]+\] )?{_IO_ERROR}",
    # fs/buffer.c
    rf"Buffer I/O error on (?:dev |device ){_DISK}",
    # fs/jbd/journal.c, fs/jbd2/journal.c
    r"Aborting journal on device",
    r"JBD2?: (?:Error -?\d|Detected IO errors|I/O error)",
    # fs/ext3/super.c, fs/ext4/super.c
    r"EXT[234]-fs error \(device",
    r"[Rr]emounting filesystem read-only",
    # fs/xfs/xfs_error.c, xfs_fsops.c, xfs_log.c
    r"XFS \([^)]+\): .*(?:[Cc]orruption|Internal error|(?:metadata|log) I/O error)",
    r"XFS \([^)]+\): .*(?:xfs_do_force_shutdown|[Ss]hutting down filesystem)",
    # fs/btrfs/super.c
    r"BTRFS:? (?:error|critical) \(device",
    r"BTRFS info \(device [^)]+\): forced readonly",
)

#: A boot stopped here; over once a login prompt follows.
STOPPED = _any(
    # sulogin; systemd's emergency.service; Debian's initramfs; dracut
    r"Give root password for (?:maintenance|login)",
    r"You are in (?:emergency|rescue) mode",
    r"Entering (?:emergency|rescue) mode",
    r"Press Enter for (?:emergency|maintenance)",
    r"[Dd]ropping (?:you )?to a(?: debug)? shell",
    r"^\(initramfs\)",
    r"^dracut:/#",
    r"dracut-initqueue(?:\[\d+\])?: .*timeout",
    r"Gave up waiting for root",
    r"A maintenance shell will now be started",
)

#: A boot failed for good, or found the disk damaged.
FAILED = _any(
    # e2fsck asks for a person; those who start it print its status: 4 and more is not mended
    r"UNEXPECTED INCONSISTENCY",
    r"fsck\S* (?:died|failed|exited) with (?:exit )?(?:status|error)(?: code)? (?:[4-9]|\d\d)",
    # fs/ext4/super.c
    r"EXT4-fs \([^)]+\): write access unavailable, cannot proceed",
    # init/do_mounts.c, kernel/panic.c
    r"VFS: (?:Unable to mount root fs|Cannot open root device)",
    r"Kernel panic - not syncing",
    # systemd: the root file system
    r"Failed to (?:start|mount) .*(?:/sysroot|Remount Root)",
)

_FSCK = _any(
    r"\bfsck(?:\.\w+)? from util-linux",
    r"\bfsck\S*: .*\d%",
    r"\be2fsck \d",
    r"^Pass [1-5]\w?: ",
    r"\bcontains a file system with errors, check forced",
    r"\bwas not cleanly unmounted, check forced",
    r"\bhas been mounted \d+ times without being checked, check forced",
    r"^/dev/\S+: \|?[=\s]*[-/|\\]?\s*\|?\s*\d+\.\d%",
    r": recovering journal",
    r"start job is running for File System Check",
    r"Starting (?:systemd-fsck|File System Check)",
    r"Checking (?:root )?file ?systems?\b",
)
_FSCK_ENDED = _any(
    r"\d+/\d+ files",  # "/dev/xvda1: clean, 34829/655360 files, …", and after a whole check
    r"FILE SYSTEM WAS MODIFIED",
    r"(?:Started|Finished) (?:systemd-fsck|File System Check)",
    r"Reached target",
    r"Welcome to ",
)
_LOGIN = re.compile(r"^\S+ login:")  # one word before: not "Give root password for login:"


def clean(line: str) -> str:
    """Return *line* without colours, control and other invisible characters."""
    plain = _COLOUR.sub("", line[:_READ].replace("\t", " "))
    return "".join(char for char in plain if char.isprintable())


def matching(lines: Iterable[str], pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Return the cleaned *lines* that show *pattern*."""
    return tuple(line for line in lines if pattern.search(line))


def has_login(lines: Iterable[str]) -> bool:
    """Say whether a login prompt is among the cleaned *lines*."""
    return any(_LOGIN.search(line) for line in lines)


def after_login(lines: Sequence[str]) -> Sequence[str]:
    """Return the cleaned *lines* after the last login prompt; all of them if there is none."""
    prompts = [index for index, line in enumerate(lines) if _LOGIN.search(line)]
    return lines[prompts[-1] + 1 :] if prompts else lines


def checks_disk(lines: Sequence[str]) -> bool:
    """Say whether the newest thing the cleaned *lines* tell of a fsck is that it runs."""
    for line in reversed(lines):
        if _LOGIN.search(line) or _FSCK_ENDED.search(line):
            return False
        if _FSCK.search(line):
            return True
    return False
