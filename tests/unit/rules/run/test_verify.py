from __future__ import annotations

from dataclasses import replace

import pytest

from bot.rules.fleet import Check
from bot.rules.run.verify import (
    KEPT,
    SETTLED,
    Judgement,
    Look,
    Verdict,
    judge_booted,
    judge_restored,
)

PING, SSH = Check(), Check(port=22)
BOTH = frozenset({PING, SSH})

#: A guest that works, answers what it answered before, and prints nothing.
WELL = Look(cpu_progress=1.5, answered=BOTH, answers=BOTH, number=1, age=5.0)
QUIET = replace(WELL, answers=frozenset())
IDLE = replace(WELL, cpu_progress=0.0)
HANGS = replace(QUIET, cpu_progress=0.0)
NO_DEVICES = replace(WELL, devices_connected=False)
NO_CHECKS = replace(WELL, answered=frozenset(), answers=frozenset())


def last(look: Look) -> Look:
    return replace(look, number=3, last=True, age=600.0)


# ---- restored ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("look", "verdict"),
    [
        (WELL, Verdict.FINE),
        (IDLE, Verdict.FINE),
        (NO_CHECKS, Verdict.FINE),
        (QUIET, Verdict.SILENT),
        (replace(WELL, answers=frozenset({PING})), Verdict.SILENT),
        (HANGS, Verdict.SILENT),
        (NO_DEVICES, Verdict.SILENT),
        (last(WELL), Verdict.UP),
        (last(IDLE), Verdict.UP),
        (last(NO_CHECKS), Verdict.UP),
        (last(replace(WELL, answered=frozenset())), Verdict.UP),
        (last(QUIET), Verdict.UNREACHABLE),
        (last(replace(WELL, answers=frozenset({PING}))), Verdict.UNREACHABLE),
        (last(HANGS), Verdict.DEAD),
        (last(replace(NO_CHECKS, cpu_progress=0.0)), Verdict.DEAD),
        (last(NO_DEVICES), Verdict.DEAD),
    ],
)
def test_a_restored_guest_is_judged_dead_or_unreachable_at_its_last_look_only(
    look: Look, verdict: Verdict
) -> None:
    assert judge_restored(look) == Judgement(verdict=verdict)


DAMAGE = [
    "vbd vbd-51712: 16 Backend has not unmapped grant: 1234",
    "[  812.1] backed has not unmapped grant: 77",
    "end_request: I/O error, dev xvda, sector 204800",
    "blk_update_request: I/O error, dev xvda, sector 204800 op 0x1:(WRITE)",
    "print_req_error: I/O error, dev xvda2, sector 8",
    "[ 9283.120000] I/O error, dev xvda, sector 8 op 0x0:(READ) flags 0x0",
    "blk_update_request: critical medium error, dev vda, sector 5",
    "Buffer I/O error on device xvda1, logical block 25600",
    "Buffer I/O error on dev dm-0, logical block 3, lost async page write",
    "Aborting journal on device xvda1-8.",
    "JBD2: Error -5 detected when updating journal superblock for xvda1-8.",
    "EXT4-fs error (device xvda1): ext4_journal_check_start: Detected aborted journal",
    "EXT3-fs error (device xvda1): ext3_lookup: deleted inode referenced: 12",
    "EXT4-fs (xvda1): Remounting filesystem read-only",
    "EXT3-fs (xvda1): error: remounting filesystem read-only",
    "XFS (xvda1): Metadata corruption detected at xfs_agi_verify+0x12a/0x160 [xfs]",
    "XFS (dm-0): metadata I/O error in 'xfs_trans_read_buf_map' at daddr 0x2 len 1 error 5",
    "XFS (xvda1): Corruption of in-memory data detected.  Shutting down filesystem",
    "BTRFS critical (device xvda1): corrupt leaf: root=5 block=1",
    "BTRFS error (device xvda1): bdev /dev/xvda1 errs: wr 1, rd 0, flush 0, corrupt 0, gen 0",
    "BTRFS info (device xvda1): forced readonly",
    "\x1b[31mblk_update_request: I/O \x1b[0merror, dev xvda, sector 1",
]

HARMLESS = [
    "",
    "blk_update_request: I/O error, dev fd0, sector 0",
    "[    2.10] I/O error, dev sr0, sector 0 op 0x0:(READ)",
    "Buffer I/O error on dev sr0, logical block 0, async page read",
    "blk_update_request: critical target error, dev xvda, sector 8 op 0x3:(DISCARD)",
    "EXT4-fs (xvda1): mounted filesystem with ordered data mode. Opts: errors=remount-ro",
    "EXT4-fs (xvda1): error count since last fsck: 4",
    "EXT4-fs (xvda1): recovery complete",
    "EXT4-fs (xvda1): re-mounted. Opts: errors=remount-ro",
    "EXT4-fs (xvda1): INFO: recovery required on readonly filesystem",
    "VFS: Mounted root (ext4 filesystem) readonly on device 202:1.",
    "XFS (xvda1): Ending clean mount",
    "XFS (xvda1): Starting recovery (logdev: internal)",
    "BTRFS info (device xvda1): disk space caching is enabled",
    "fsck from util-linux 2.36.1",
    "systemd-fsck[312]: /dev/xvda1: clean, 34829/655360 files, 309834/2621440 blocks",
    "Kernel command line: root=/dev/xvda1 ro",
    "clocksource: timekeeping watchdog on CPU0: Marking clocksource 'tsc' as unstable",
    "sshd[412]: error: kex_exchange_identification: read: Connection reset by peer",
]


@pytest.mark.parametrize("line", DAMAGE)
def test_damage_on_the_console_counts_at_any_look(line: str) -> None:
    for look in (WELL, last(WELL), HANGS):
        shown = replace(look, lines=("all well", line))

        assert judge_restored(shown).verdict is Verdict.DAMAGE


@pytest.mark.parametrize("line", HARMLESS)
def test_a_harmless_line_is_not_damage(line: str) -> None:
    assert judge_restored(replace(last(WELL), lines=(line,))).verdict is Verdict.UP
    assert judge_booted(replace(WELL, lines=(line,))).verdict is Verdict.UP


def test_a_judgement_shows_the_lines_it_rests_on_and_no_others() -> None:
    lines = ("hello", *DAMAGE[:2], "vps31 login: ")

    assert judge_restored(replace(WELL, lines=lines)).lines == tuple(DAMAGE[:2])


def test_shown_lines_are_cut_and_free_of_control_characters() -> None:
    line = "\x1b[2J\x07\tEXT4-fs error (device xvda1): \u202e" + "x" * 5000

    (shown,) = judge_restored(replace(WELL, lines=(line,))).lines

    assert len(shown) == 200
    assert shown.isprintable()


def test_of_a_console_that_scrolls_the_first_lines_are_kept() -> None:
    lines = tuple(f"has not unmapped grant: {number}" for number in range(5000))

    assert judge_restored(replace(WELL, lines=lines)).lines == lines[:KEPT]


# ---- booted ------------------------------------------------------------------------------------

LOGIN = "vps31 login: "
FSCK = "fsck: /dev/xvda1 (vps31): 45.0% complete"
EMERGENCY = "You are in emergency mode. After logging in, type "


def printed(look: Look, *lines: str) -> Look:
    return replace(look, lines=lines)


@pytest.mark.parametrize(
    ("look", "verdict"),
    [
        (WELL, Verdict.UP),
        (IDLE, Verdict.UP),
        (last(WELL), Verdict.UP),
        (QUIET, Verdict.FINE),
        (HANGS, Verdict.SILENT),
        (NO_DEVICES, Verdict.SILENT),
        (printed(QUIET, LOGIN), Verdict.FINE),
        # what it never answered says nothing: its console does, else that it went on working
        (NO_CHECKS, Verdict.FINE),
        (printed(NO_CHECKS, LOGIN), Verdict.UP),
        (printed(replace(NO_CHECKS, cpu_progress=0.0), LOGIN), Verdict.UP),
        (replace(NO_CHECKS, age=SETTLED), Verdict.UP),
        (replace(NO_CHECKS, age=SETTLED, cpu_progress=0.0), Verdict.SILENT),
        (printed(replace(NO_CHECKS, age=SETTLED), FSCK), Verdict.FINE),
        # past the deadline
        (last(printed(QUIET, LOGIN)), Verdict.UNREACHABLE),
        (last(printed(HANGS, LOGIN)), Verdict.UNREACHABLE),
        (last(printed(QUIET, "Loading initial ramdisk ...")), Verdict.DEAD),
        (last(HANGS), Verdict.DEAD),
        (last(NO_DEVICES), Verdict.DEAD),
        (last(QUIET), Verdict.UNREACHABLE),
        (last(printed(QUIET, FSCK)), Verdict.FINE),
        (last(printed(QUIET, FSCK, "/dev/xvda1: 34829/655360 files")), Verdict.DEAD),
        (last(printed(QUIET, FSCK, LOGIN)), Verdict.UNREACHABLE),
        (last(printed(HANGS, FSCK)), Verdict.DEAD),
    ],
)
def test_a_booted_guest_is_up_once_it_answers_and_has_until_its_deadline(
    look: Look, verdict: Verdict
) -> None:
    assert judge_booted(look) == Judgement(verdict=verdict)


@pytest.mark.parametrize(
    "line",
    [
        FSCK,
        "fsck from util-linux 2.25.2",
        "e2fsck 1.46.2 (28-Feb-2021)",
        "/dev/xvda1 was not cleanly unmounted, check forced.",
        "Pass 1: Checking inodes, blocks, and sizes",
        "/dev/xvda1: |======                  | 12.3%",
        "/dev/xvda1: recovering journal",
        "[ *** ] A start job is running for File System Check on /dev/xvda1 (5min / no limit)",
        "Checking root file system...",
    ],
)
def test_a_running_fsck_is_progress_even_past_the_deadline(line: str) -> None:
    assert judge_booted(last(printed(QUIET, "Linux version 5.10.0", line))).verdict is Verdict.FINE


FAILED_FOR_GOOD = [
    "/dev/xvda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.",
    "fsck exited with status code 4",
    "systemd-fsck[200]: fsck failed with exit status 12.",
    "fsck died with exit status 6",
    "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(202,1)",
    'VFS: Cannot open root device "xvda1" or unknown-block(0,0): error -6',
    "[FAILED] Failed to start Remount Root and Kernel File Systems.",
    "[FAILED] Failed to mount /sysroot.",
    "EXT4-fs (xvda1): Remounting filesystem read-only",
    "EXT4-fs (xvda1): write access unavailable, cannot proceed",
]
STOPPED = [
    EMERGENCY,
    "Give root password for maintenance",
    "Give root password for login: ",
    "ALERT!  /dev/xvda1 does not exist.  Dropping to a shell!",
    "(initramfs) ",
    "dracut-initqueue[271]: Warning: dracut-initqueue timeout - starting timeout scripts",
    "dracut:/# ",
    "Gave up waiting for root file system device.  Common problems:",
    "*** Dropping you to a shell; the system will reboot",
]


@pytest.mark.parametrize("line", [*FAILED_FOR_GOOD, *STOPPED])
def test_a_boot_that_failed_is_broken_even_if_it_answers(line: str) -> None:
    judged = judge_booted(printed(WELL, "Linux version 5.10.0", line))

    assert judged == Judgement(verdict=Verdict.BROKEN, lines=(line,))


@pytest.mark.parametrize("line", STOPPED)
def test_a_stop_is_over_once_a_login_prompt_follows(line: str) -> None:
    assert judge_booted(printed(WELL, line, LOGIN)).verdict is Verdict.UP


@pytest.mark.parametrize("line", FAILED_FOR_GOOD)
def test_a_damaged_root_is_never_up_though_it_shows_a_login_prompt(line: str) -> None:
    assert judge_booted(printed(WELL, line, LOGIN)).verdict is Verdict.BROKEN


@pytest.mark.parametrize("status", ["0", "1", "2"])
def test_a_fsck_that_mended_everything_is_no_failure(status: str) -> None:
    line = f"fsck exited with status code {status}"

    assert judge_booted(printed(WELL, line)).verdict is Verdict.UP
