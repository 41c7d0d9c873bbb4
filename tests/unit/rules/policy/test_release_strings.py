"""What people type when they are asked for their kernel, and what becomes of each."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bot.rules.policy.attesting import LONGEST_TEXT, Attested, KernelVerdict, attest
from bot.rules.policy.terms import PolicySettings
from bot.rules.policy.version import parse, parse_attested, parse_release

ACCEPTED, FIXED, OLD = KernelVerdict.ACCEPTED, KernelVerdict.FIXED, KernelVerdict.OLD
SHIPPED = PolicySettings()
RED_HAT_7 = PolicySettings(fixed_kernels=("3.10.0-*.el7.*", "3.16.0-11-*"))


class Typed(NamedTuple):
    """One text and what is decided about it by the shipped policy."""

    text: str
    verdict: KernelVerdict
    release: str = ""


def same(verdict: KernelVerdict, *releases: str) -> list[Typed]:
    """Releases that are recorded as they are typed."""
    return [Typed(release, verdict, release) for release in releases]


def none(verdict: KernelVerdict, *texts: str) -> list[Typed]:
    """Texts of which nothing is recorded."""
    return [Typed(text, verdict) for text in texts]


LINUX = [
    # Debian: jessie, stretch, bullseye, bookworm, backports, experimental, cloud, arm
    *same(OLD, "3.2.0-4-amd64", "3.16.0-4-amd64", "3.16.0-11-amd64", "4.1.0-2-amd64"),
    *same(OLD, "4.2.0-rc6-amd64", "3.16.0-0.bpo.4-amd64"),
    *same(ACCEPTED, "4.2.0-1-amd64", "4.9.0-13-amd64", "5.10.0-8-amd64", "6.1.0-13-amd64"),
    *same(ACCEPTED, "4.9.0-0.bpo.12-amd64", "6.1.0-13-cloud-amd64", "6.1.0-13-arm64"),
    *same(ACCEPTED, "6.12.9+bpo-amd64", "5.10.0-32-686-pae", "4.19.0-21-rt-amd64"),
    # Ubuntu, and its builds of mainline
    *same(OLD, "2.6.32-74-server", "3.13.0-170-generic", "4.2.0-040200rc6-generic"),
    *same(ACCEPTED, "4.2.0-16-generic", "4.2.0-040200rc7-generic", "4.4.0-210-generic"),
    *same(ACCEPTED, "5.15.0-91-generic", "6.8.0-31-lowlatency", "5.15.0-1041-azure"),
    # Red Hat and its kin: 2.6.32 is CentOS 6, 3.10 is 7; Amazon, Oracle, ELRepo, Fedora
    *same(OLD, "2.6.18-419.el5xen", "2.6.32-754.el6.x86_64", "3.10.0-1160.el7.x86_64"),
    *same(OLD, "3.10.0-1160.119.1.el7.x86_64", "4.1.12-124.el7uek"),
    *same(OLD, "4.1.12-124.48.6.el7uek.x86_64", "4.2.0-0.rc6.git0.1.fc24.x86_64"),
    *same(ACCEPTED, "4.18.0-553.el8_10.x86_64", "5.14.0-427.el9.x86_64"),
    *same(ACCEPTED, "4.14.355-275.570.amzn2.x86_64", "5.4.17-2136.300.7.el8uek.x86_64"),
    *same(ACCEPTED, "5.4.278-1.el7.elrepo.x86_64", "4.2.0-0.rc7.git1.1.fc24.x86_64"),
    *same(ACCEPTED, "6.8.5-301.fc40.x86_64", "6.1.79-99.164.amzn2023.x86_64"),
    # OpenVZ and Virtuozzo, grsecurity
    *same(OLD, "2.6.32-042stab145.3", "3.18.20-1-grsec", "3.10.0-1160.80.1.vz7.191.4"),
    # Alpine
    *same(OLD, "3.18.20-0-virtgrsec"),
    *same(ACCEPTED, "6.6.31-0-virt", "5.15.145-0-lts", "4.9.65-1-hardened"),
    # Arch, openSUSE, SLES 11, 12 and 15, Gentoo, Void, Slackware, NixOS
    *same(OLD, "4.1.6-1-ARCH", "3.0.101-63-xen", "3.12.74-60.64.40-default", "3.10.17"),
    *same(ACCEPTED, "6.9.1-arch1-1", "4.2.0-3-ARCH", "6.6.30-1-lts", "6.8.9-zen1-1-zen"),
    *same(ACCEPTED, "5.14.21-150500.55-default", "4.12.14-122.37-default", "5.15.26-gentoo"),
    *same(ACCEPTED, "6.6.30_1", "5.15.19", "6.1.55-gentoo-x86_64", "6.9.1-1.g9f4a2c1-default"),
    # Raspberry, Armbian, Proxmox, xanmod, liquorix, Mariner
    *same(ACCEPTED, "6.1.21-v8+", "6.6.31+rpt-rpi-v8", "6.1.77-current-sunxi64", "6.8.4-2-pve"),
    *same(ACCEPTED, "6.8.9-x64v3-xanmod1", "6.8.9-1-liquorix-amd64", "5.15.137.1-1.cm2"),
    # their own
    *same(ACCEPTED, "6.1.55-mykernel+", "5.10.0-dirty", "4.2.0", "4.2-rc7", "4.2.0-rc7", "5.4.0+"),
    *same(ACCEPTED, "4.2.0-rc8-00004-g1efdb5f0a924", "4.9.337-vserver-2.3.9.12", "7.0.0-rc3"),
    *same(ACCEPTED, "5.4.0-arc3", "8.1.0-2-amd64", "6.1.55-xenU"),
    *same(OLD, "4.1.99", "4.2.0-rc6", "4.2-rc6", "4.2.0-RC6", "2.6.32.61", "2.4.37", "0.99.15"),
    *same(OLD, "4.2.0-rc5-next-20150806", "3.4.113-xenU"),
]

PASTED = [
    Typed(" 6.1.0-13-amd64\n", ACCEPTED, "6.1.0-13-amd64"),
    Typed('"6.1.0-13-amd64"', ACCEPTED, "6.1.0-13-amd64"),
    Typed("`6.1.0-13-amd64`", ACCEPTED, "6.1.0-13-amd64"),
    Typed("\u201c6.1.0-13-amd64\u201d", ACCEPTED, "6.1.0-13-amd64"),
    Typed("Linux 6.1.0-13-amd64", ACCEPTED, "6.1.0-13-amd64"),
    Typed("linux 3.16.0-4-amd64", OLD, "3.16.0-4-amd64"),
    Typed("6.1.0-13-amd64 x86_64", ACCEPTED, "6.1.0-13-amd64"),
    Typed("$ uname -r\n6.1.0-13-amd64", ACCEPTED, "6.1.0-13-amd64"),
    Typed("$ uname -r\r\n6.1.0-13-amd64\r\n$", ACCEPTED, "6.1.0-13-amd64"),
    Typed("uname -r 6.1.0-13-amd64", ACCEPTED, "6.1.0-13-amd64"),
    Typed("root@vps:~# uname -r\n3.16.0-4-amd64\nroot@vps:~# ", OLD, "3.16.0-4-amd64"),
    Typed("[root@vps ~]# uname -r 5.14.0-427.el9.x86_64", ACCEPTED, "5.14.0-427.el9.x86_64"),
    Typed(
        "Linux vps 6.1.0-13-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29) x86_64"
        " GNU/Linux",
        ACCEPTED,
        "6.1.0-13-amd64",
    ),
    Typed(
        "Linux 6.1.0 3.16.0-4-amd64 #1 SMP Debian 3.16.7-ckt25-2 (2016-04-08) x86_64 GNU/Linux",
        OLD,
        "3.16.0-4-amd64",  # the guest is called "6.1.0"
    ),
    Typed(
        "Linux ip-10-0-0-5 5.15.0-91-generic #101~20.04.1-Ubuntu SMP Thu Nov 16 14:22:28 UTC 2023"
        " x86_64 x86_64 x86_64 GNU/Linux",
        ACCEPTED,
        "5.15.0-91-generic",
    ),
    Typed(
        "Linux version 3.16.0-11-amd64 (debian-kernel@lists.debian.org) (gcc version 4.9.2"
        " (Debian 4.9.2-10+deb8u2) ) #1 SMP Debian 3.16.84-1 (2020-06-09)",
        OLD,
        "3.16.0-11-amd64",
    ),
    Typed(
        "[    0.000000] Linux version 6.6.31-0-virt (buildozer@build-3-20-x86_64) #1-Alpine SMP",
        ACCEPTED,
        "6.6.31-0-virt",
    ),
    Typed(
        "root@vps:~# uname -a\nLinux vps 4.9.0-13-amd64 #1 SMP Debian 4.9.228-1 x86_64 GNU/Linux\n"
        "root@vps:~#",
        ACCEPTED,
        "4.9.0-13-amd64",
    ),
]

NOT_UNDERSTOOD = [
    *none(KernelVerdict.EMPTY, "", " ", "\n", '""'),
    # a distribution's version, a part, or a system that has two numbers: OpenBSD, NetBSD, Solaris
    *none(KernelVerdict.NOT_IN_FULL, "6.1", "4.2", "8.11", "6.10", "12", "Linux 6.1", "6.1-amd64"),
    *none(KernelVerdict.NOT_IN_FULL, "7.4", "9.3", "0.9", "5.11", "6.x", "2.6.x", "20.04"),
    *none(KernelVerdict.NOT_IN_FULL, "7.9.2009", "22.04.3", "8.11.0", "10.15.7", "12.5.0"),
    *none(KernelVerdict.NOT_IN_FULL, "debian 12", "Ubuntu 22.04.3 LTS", "CentOS 7", "Debian 8.11"),
    # FreeBSD, DragonFly, NetBSD, Darwin, Windows 10 and 7, HP-UX, and `uname -a` of others
    *none(KernelVerdict.OTHER_SYSTEM, "13.2-RELEASE", "13.2-RELEASE-p4", "14.0-CURRENT"),
    *none(KernelVerdict.OTHER_SYSTEM, "12.4-STABLE", "13.2-RC3", "6.4.0-RELEASE", "9.3_STABLE"),
    *none(KernelVerdict.OTHER_SYSTEM, "21.6.0", "23.4.0", "Darwin 21.6.0", "macOS 12.7.1"),
    *none(KernelVerdict.OTHER_SYSTEM, "10.0.19041", "10.0.19041.3636", "6.1.7601", "B.11.31"),
    *none(KernelVerdict.OTHER_SYSTEM, "Microsoft Windows [Version 10.0.19041.1]", "Windows 10"),
    *none(
        KernelVerdict.OTHER_SYSTEM,
        "FreeBSD vps 13.2-RELEASE FreeBSD 13.2-RELEASE releng/13.2-n254617 GENERIC amd64",
        "OpenBSD vps.example.net 7.4 GENERIC.MP#1397 amd64",
        "DragonFly vps 6.4-RELEASE",
        "SunOS vps 5.11 11.4.0.15.0 i86pc i386 i86pc",
        "AIX vps 2 7 00F9C1964C00",
        "GNU vps 0.9 GNU-Mach 1.8+git20230410/Hurd-0.9 i686-AT386 GNU",
    ),
    # WSL 2 and 1, Docker on a Mac, a telephone, Git's shell for Windows
    *none(KernelVerdict.OWN_COMPUTER, "5.15.90.1-microsoft-standard-WSL2"),
    *none(KernelVerdict.OWN_COMPUTER, "4.4.0-19041-Microsoft", "6.6.16-linuxkit"),
    *none(KernelVerdict.OWN_COMPUTER, "5.10.66-android12-9-00001-g0cba15d2a3a4"),
    *none(
        KernelVerdict.OWN_COMPUTER,
        "Linux DESKTOP-7QK 5.15.90.1-microsoft-standard-WSL2 #1 SMP Fri Jan 27 02:56:13 UTC 2023",
        "MINGW64_NT-10.0-19045 DESKTOP-7QK 3.4.7-25de8b84.x86_64 2023-08-02 20:34 UTC x86_64",
    ),
    # garbage
    *none(KernelVerdict.UNREADABLE, "latest", "jessie", "6.1.0 or so", "v6.1.0", "6,1,0", "-4.2"),
    *none(KernelVerdict.UNREADABLE, "uname -r", "kernel", "???", "5.9.12.34", "192.168.1.10"),
    *none(KernelVerdict.UNREADABLE, "6.1.0'; DROP TABLE opt_ins;--", "<script>alert(1)</script>"),
    *none(KernelVerdict.UNREADABLE, "6.1.0<script>", "{{ 7 * 7 }}", "6.1.0%00", "../../etc/passwd"),
    *none(KernelVerdict.UNREADABLE, "\U0001f427", "6.1.0\U0001f427", "Linux", "Linux version"),
    *none(KernelVerdict.UNREADABLE, "6.1.0 3.16.0", "bash: uname: command not found"),
]

UNPRINTABLE = [
    "6.1.0\x00",
    "6.1.0-13\x00-amd64",
    "\x1b[31m6.1.0\x1b[0m",
    "6.1.0\x7f",
    "6.1.0\t-13",
    "6.1.0\x85",
    "6.1.0\x1c",
    "6.1.0\n3.16.0-4-amd64",
    "6.1.0-13-\namd64",
    "Linux vps 6.1.0-13-amd64 #1\nLinux vps 3.16.0-4-amd64 #1",
    "$ uname -r\n6.1.0\n3.16.0",
    "\u202e6.1.0-13-amd64",
    "6.1.0\u200f",
    "\ufeff6.1.0",
    "6.1.0\u00a0-13",
    "\u0666.\u0661.\u0660",
    "6.1.\uff10",
    "6.1.0\u201313-amd64",
    "\ud8006.1.0",
]


@pytest.mark.parametrize("typed", [*LINUX, *PASTED, *NOT_UNDERSTOOD], ids=lambda t: repr(t.text))
def test_every_release_gets_its_decision(typed: Typed) -> None:
    assert attest(typed.text, SHIPPED) == Attested(typed.release, typed.verdict)


@pytest.mark.parametrize("typed", [*LINUX, *NOT_UNDERSTOOD], ids=lambda t: repr(t.text))
def test_what_is_recorded_is_read_back_and_nothing_else_is(typed: Typed) -> None:
    assert (parse_release(typed.text) is not None) == (typed.release == typed.text.strip() != "")


@pytest.mark.parametrize("text", ["3.16.0 (jessie)", "2.6.32-754 on CentOS 6", "4.2.0-rc6?"])
def test_an_inventory_file_that_says_more_is_believed_that_a_kernel_is_old(text: str) -> None:
    assert parse_attested(text) == parse(text) is not None


@pytest.mark.parametrize("text", ["6.1.0 (was 3.16)", "21.6.0", "6.4.0-RELEASE", "4.2.0-rc7 soon"])
def test_an_inventory_file_that_says_more_is_not_believed_that_a_kernel_is_new(text: str) -> None:
    assert parse_attested(text) is None


@pytest.mark.parametrize("text", UNPRINTABLE, ids=repr)
def test_what_cannot_be_printed_is_neither_accepted_nor_recorded(text: str) -> None:
    assert attest(text, SHIPPED) == Attested("", KernelVerdict.UNREADABLE)
    assert parse_release(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "6.1.0-" + "a" * 10_000,
        "6.1.0" + " " * 10_000,
        "6" * 10_000,
        "6.1.0-" + "a" * 59,
        "Linux vps 6.1.0-13-amd64 #1 " + "x" * LONGEST_TEXT,
    ],
    ids=len,
)
def test_what_is_longer_than_a_release_can_be_is_told_so(text: str) -> None:
    assert attest(text, SHIPPED) == Attested("", KernelVerdict.TOO_LONG)


def test_a_release_may_be_as_long_as_linux_allows() -> None:
    release = "6.1.0-" + "a" * 58

    assert attest(release, SHIPPED) == Attested(release, ACCEPTED)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("3.10.0-1160.el7.x86_64", FIXED),
        ("Linux vps 3.10.0-1160.119.1.el7.x86_64 #1 SMP Tue Jun 4 14:43:51 UTC 2024", FIXED),
        ("3.16.0-11-amd64", FIXED),
        ("3.16.0-4-amd64", OLD),
        ("3.10.0-1160.80.1.vz7.191.4", OLD),
        ("2.6.32-754.el6.x86_64", OLD),
        ("5.14.0-427.el9.x86_64", ACCEPTED),
        ("3.10", KernelVerdict.NOT_IN_FULL),
        ("3.10.0-1160.el7.x86_64 or so", KernelVerdict.UNREADABLE),
    ],
)
def test_a_distributors_fixed_kernels_are_accepted_as_fixed(
    text: str, verdict: KernelVerdict
) -> None:
    assert attest(text, RED_HAT_7).verdict is verdict


@pytest.mark.parametrize(
    "text", ["21.6.0", "6.1", "garbage", "", "5.15.90.1-microsoft-standard-WSL2"]
)
def test_a_pattern_for_everything_still_takes_releases_only(text: str) -> None:
    assert not attest(text, PolicySettings(fixed_kernels=("*",))).verdict.may_opt_in


def test_the_policy_says_from_which_kernel_on() -> None:
    stricter = PolicySettings(minimum_kernel="5.0")

    assert attest("4.19.0-21-amd64", stricter).verdict is OLD
    assert attest("4.19.0-21-amd64", SHIPPED).verdict is ACCEPTED
