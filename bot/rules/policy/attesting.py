"""What a customer typed as their kernel: the release in it, and whether it can be accepted. Pure.

People paste more than `uname -r` prints, and other things than a kernel. What is not understood
gets the reason by which they can be told what to do; what is understood is recorded as the bare
release, and decided by the kernel rule for a Linux under Xen, wherever its guest runs today.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.policy.kernel import KernelView, Safety, safety
from bot.rules.policy.version import (
    ADDRESS,
    LONGEST,
    OTHER_SYSTEM,
    OWN_COMPUTER,
    Version,
    parse_release,
)

if TYPE_CHECKING:
    from bot.rules.policy.terms import PolicySettings

#: Characters; the whole of /proc/version has some 250.
LONGEST_TEXT = 1000


class KernelVerdict(StrEnum):
    """What becomes of an attested kernel; only with the first two may a guest be opted in."""

    ACCEPTED = "accepted"  # new enough
    FIXED = "fixed"  # older, and configured as fixed by its distributor
    OLD = "old"  # known to be destroyed by a restore
    # not understood, so nothing is recorded
    EMPTY = "empty"
    NOT_IN_FULL = "not_in_full"  # "6.1", "Debian 12": most often a distribution's version
    OTHER_SYSTEM = "other_system"  # of FreeBSD, macOS, Windows …
    OWN_COMPUTER = "own_computer"  # of WSL and the like: not typed in the guest
    UNREADABLE = "unreadable"
    TOO_LONG = "too_long"

    @property
    def may_opt_in(self) -> bool:
        """Whether a guest may be opted in with such a kernel."""
        return self in {KernelVerdict.ACCEPTED, KernelVerdict.FIXED}


@dataclass(frozen=True)
class Attested:
    """What was understood: the bare release, printable ASCII; empty if nothing was."""

    release: str
    verdict: KernelVerdict


_EDGES = " \t\r\n\"'`\u201c\u201d\u2018\u2019"
# "root@vps:~# uname -r", a line of its own or before its answer; and the prompt after that
_ASKED = re.compile(
    r"(?:[^\r\n]{0,80}[$#%>] ?)?(?:uname(?: +-[a-z-]+)*|cat /proc/version)[ \t]*[ \r\n][ \t]*"
)
_ASKS_AGAIN = re.compile(r"[ \t]*(?:\r?\n[^\r\n]{0,80}| [^ \r\n]{0,80})[$#%>]$")

# uname -r, -rm, -sr, -srm; /proc/version or the kernel's log; uname -rv, -srv, -a
_MACHINE = r"(?:x86_64|amd64|i[3-6]86|aarch64|arm64|armv\d\w*|ppc64le|s390x|riscv64)"
_SHAPES = tuple(
    re.compile(shape, re.ASCII | re.IGNORECASE)
    for shape in (
        rf"(?:Linux +)?(\S+)(?: +{_MACHINE})?(?: +GNU/Linux)?",
        r"(?:\[ *\d+\.\d+\] +)?Linux version (\S+)(?: .*)?",
        r"(?:Linux +(?:\S+ +)?)?(\S+) +#\d.*",
    )
)

# How a line begins that does not tell a Linux.
_BEGINNINGS = (
    (re.compile(r"(?i)(?:mingw|msys_|cygwin)"), KernelVerdict.OWN_COMPUTER),
    (
        re.compile(
            r"(?i)(?:(?:free|net|open|dragonfly ?)bsd|dragonfly|darwin|mac ?os|sunos|solaris|aix"
            r"|hp-ux|gnu/kfreebsd|gnu(?= )|minix|haiku|(?:microsoft )?windows)(?![a-z])"
        ),
        KernelVerdict.OTHER_SYSTEM,
    ),
    (
        re.compile(
            r"(?i)(?:debian|ubuntu|centos|red ?hat|rhel|fedora|alpine|arch|(?:open)?suse|sles"
            r"|gentoo|rocky|alma ?linux|oracle|devuan|slackware|kali|linux ?mint)(?![a-z])"
        ),
        KernelVerdict.NOT_IN_FULL,
    ),
)

# What one word is that is not a release in full; the first that matches the whole of it counts.
_WORDS = tuple(
    (re.compile(pattern, re.ASCII), verdict)
    for pattern, verdict in (
        (rf"\d.*{OTHER_SYSTEM.pattern}.*", KernelVerdict.OTHER_SYSTEM),
        (r"[A-Z]\.\d\d\.\d+", KernelVerdict.OTHER_SYSTEM),  # HP-UX "B.11.31"
        (r"(?:5|6|10)\.[0-3]\.\d{4,5}(?:\.\d+)*", KernelVerdict.OTHER_SYSTEM),  # Windows
        (ADDRESS.pattern, KernelVerdict.UNREADABLE),
        (r"\d\d\.(?:04|10)\.\d", KernelVerdict.NOT_IN_FULL),  # Ubuntu "22.04.3"
        (r"(?:1[3-9]|[2-9]\d)\.\d+(?:\.\d{1,3}|-RC\d).*", KernelVerdict.OTHER_SYSTEM),  # Darwin
        (r"\d{1,2}(?:[.+~_-][\w.+~-]*)?", KernelVerdict.NOT_IN_FULL),
    )
)


def attest(text: str, policy: PolicySettings) -> Attested:
    """Decide about what a customer typed as their kernel; never raises."""
    if len(text) > LONGEST_TEXT:
        return Attested("", KernelVerdict.TOO_LONG)
    line = _answer(text)
    if not line:
        return Attested("", KernelVerdict.EMPTY)
    release, reason = _read(line)
    version = None if reason else parse_release(release)
    if version is None:
        return Attested("", reason or _misread(release))
    return Attested(release, _decided(version, release, policy))


def _answer(text: str) -> str:
    """Return *text* without quotes, and without the prompts around the answer to a command."""
    line = text.strip(_EDGES)
    asked = _ASKED.match(line)
    if asked is None:
        return line
    return _ASKS_AGAIN.sub("", line[asked.end() :]).strip(_EDGES)


def _read(line: str) -> tuple[str, KernelVerdict | None]:
    """Return the word that should be the release, or why there is none."""
    if not (line.isascii() and line.isprintable()):
        return "", KernelVerdict.UNREADABLE  # also several lines: which of them would it be?
    for beginning, reason in _BEGINNINGS:
        if beginning.match(line):
            return "", reason
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(line))), None)
    return (found[1], None) if found else ("", KernelVerdict.UNREADABLE)


def _misread(word: str) -> KernelVerdict:
    """Return why *word* is no release."""
    if len(word) > LONGEST:
        return KernelVerdict.TOO_LONG
    if word[0].isdigit() and OWN_COMPUTER.search(word):
        return KernelVerdict.OWN_COMPUTER
    return next((why for shape, why in _WORDS if shape.fullmatch(word)), KernelVerdict.UNREADABLE)


def _decided(version: Version, release: str, policy: PolicySettings) -> KernelVerdict:
    seen = KernelView(version=version, release_text=release)
    if safety(seen, "linux", "xen", replace(policy, fixed_kernels=())) is Safety.SAFE:
        return KernelVerdict.ACCEPTED
    fixed = safety(seen, "linux", "xen", policy) is Safety.SAFE
    return KernelVerdict.FIXED if fixed else KernelVerdict.OLD
