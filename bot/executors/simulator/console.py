"""What guests print on their consoles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.executors.simulator.world import GuestWorld

KEPT = 400  # lines; a console is a ring
_BUILDERS = {"el": "mockbuild@build.centos.org", "amzn": "mockbuild@build"}
_SERIES = re.compile(r"(\d+)\.(\d+)")
_WRITES_FEATURE_SUSPEND = (4, 10)  # Linux since about then


def say(guest: GuestWorld, *lines: str) -> None:
    """Print *lines*; the oldest are forgotten."""
    guest.console.extend(lines)
    if (excess := len(guest.console) - KEPT) > 0:
        del guest.console[:excess]
        guest.console_base += excess


def kernel_line(guest: GuestWorld) -> str:
    """Return what the guest's kernel says of itself when it boots."""
    if guest.system != "linux":
        return f"{guest.system} {guest.kernel}"
    tags = (who for tag, who in _BUILDERS.items() if f".{tag}" in guest.kernel)
    who = next(tags, "debian-kernel@lists.debian.org")
    return f"Linux version {guest.kernel} ({who}) (gcc) #1 SMP"


def boot_lines(guest: GuestWorld) -> list[str]:
    """Begin a boot; a console that is not readable has lost the kernel's line."""
    shown = kernel_line(guest) if guest.console_readable else "[    0.000000] Command line: ro"
    found = [] if guest.clean else ["EXT4-fs (xvda1): recovery complete"]
    return [shown, *found]


def ruin_lines(guest: GuestWorld, number: int) -> list[str]:
    """Return one burst of what a block driver says that lost its backend's protocol (2021)."""
    if number:
        return [
            "vbd vbd-51712: 16 Backend has not unmapped grant: " + str(1234 + number),
            f"blk_update_request: I/O error, dev xvda, sector {204800 + 8 * number}",
        ]
    grants = [f"vbd vbd-51712: 16 Backend has not unmapped grant: {g}" for g in (1234, 1240, 1302)]
    return [
        *grants,
        f"blk_update_request: I/O error, dev xvda, sector {204800 + len(guest.name)}",
        "Buffer I/O error on device xvda1, logical block 25600",
        "Aborting journal on device xvda1-8.",
        "EXT4-fs (xvda1): Remounting filesystem read-only",
    ]


def broken_boot_lines() -> list[str]:
    """Return how a boot from a destroyed disk ends."""
    return [
        "/dev/xvda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.",
        "fsck exited with status code 4",
        'You are in emergency mode. After logging in, type "journalctl -xb" to view logs.',
        "Give root password for maintenance",
    ]


def read_only_lines() -> list[str]:
    """Return how a boot ends whose root could not be made writable."""
    return [
        "EXT4-fs error (device xvda1): ext4_journal_check_start: Detected aborted journal",
        "EXT4-fs (xvda1): Remounting filesystem read-only",
    ]


def fsck_line(guest: GuestWorld, share: float) -> str:
    """Return one line of a file system check that goes on."""
    return f"fsck: /dev/xvda1 ({guest.name}): {share:.1%} complete"


def login_line(guest: GuestWorld) -> str:
    """Return the prompt of a guest that has booted."""
    return f"{guest.name} login:"


def feature_suspend(guest: GuestWorld) -> bool | None:
    """Return what stands in xenstore: Linux writes it since about 4.10; None if unknown."""
    if guest.feature_suspend is not None:
        return guest.feature_suspend
    series = _SERIES.match(guest.kernel)
    if guest.system != "linux" or not series:
        return None
    return (int(series[1]), int(series[2])) >= _WRITES_FEATURE_SUSPEND
