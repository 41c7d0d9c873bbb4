"""Versions of Linux, as `uname -r`, a console or a customer tells them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Version:
    """A Linux version; release candidates come before their release."""

    major: int
    minor: int
    patch: int = 0
    rc: float = math.inf  # infinite: the release itself
    or_newer: bool = False  # a lower bound; the series is not known

    @property
    def series(self) -> str:
        """The part that decides the kernel family: "5.10", "2.6.32", "4.2-rc", "4.10+".

        The third number counts only before 3.0: 2.6.18 and 2.6.32 are years apart.
        Candidates without the fix stay apart from the series that has it.
        """
        if self.or_newer:
            return f"{self.major}.{self.minor}+"
        if self.major < 3:  # noqa: PLR2004 - see above
            return f"{self.major}.{self.minor}.{self.patch}"
        unfixed = (self.major, self.minor) == (FIXED_IN.major, FIXED_IN.minor) and self < FIXED_IN
        return f"{self.major}.{self.minor}" + ("-rc" if unfixed else "")

    @property
    def announces(self) -> bool:
        """Whether a kernel of this version writes `control/feature-suspend` into xenstore."""
        return (self.major, self.minor) >= (ANNOUNCING.major, ANNOUNCING.minor)


#: "xen-blkfront: introduce blkfront_gather_backend_features()": without it a guest does not notice
#: that the features of its disk's backend changed while it was saved, and its disk is destroyed.
FIXED_IN = Version(major=4, minor=2, rc=7)

#: About since this version a guest writes `control/feature-suspend = 1`.
ANNOUNCING = Version(major=4, minor=10, or_newer=True)

# "3.16.0-11-amd64", "2.6.32-754.el6.x86_64", "4.2-rc6". Longer numbers are no kernel's:
# "10.0.19041" is a Windows, "7.9.2009" a CentOS.
_VERSION = re.compile(
    r"(\d{1,2})\.(\d{1,3})(?:\.(\d{1,3}))?(?!\d|\.\d{4})(.*)", re.DOTALL | re.ASCII
)
# "4.2.0-rc7+", Ubuntu's "4.2.0-040200rc6-generic", Fedora's "4.2.0-0.rc6.git0.1.fc24.x86_64"
_CANDIDATE = re.compile(r"(?<![a-z])rc(\d{1,2})", re.ASCII | re.IGNORECASE)
_CONSOLE = re.compile(r"\bLinux version (\S+)")

#: The longest release that a Linux can have: `__NEW_UTS_LEN`.
LONGEST = 64

#: The newest major that there is, in 2026; a new one comes every three or four years. Of a newer
#: one a distributor's suffix is asked for: bare, "8.11.0" is a Debian on 3.16, "10.15.7" a macOS.
NEWEST_MAJOR = 7

#: What is higher is no Linux for some 20 years: Darwin is at 20 and more, FreeBSD at 13.
HIGHEST_MAJOR = 12

#: What people read on their own computer instead: WSL, Docker on a Mac, a telephone.
OWN_COMPUTER = re.compile(r"(?i)microsoft|wsl\d?\b|linuxkit|android")

#: FreeBSD's "13.2-RELEASE-p4", DragonFly's "6.4.0-RELEASE", NetBSD's "9.3_STABLE". Capitals only:
#: "6.1.77-current-sunxi64" is Armbian's Linux.
OTHER_SYSTEM = re.compile(r"[-_](?:PRE)?(?:RELEASE|STABLE|CURRENT|BETA|ALPHA|DEVELOPMENT)")

# Two numbers are enough before a candidate only; a number has no zeros before it.
_NUMBER = r"(?:0|[1-9]\d{0,2})"
_IN_FULL = re.compile(
    rf"(?:\d|[1-9]\d)\.{_NUMBER}(?:\.{_NUMBER}(?!\d)|(?=-rc\d))(?:[\w.+~-]*[a-z\d+])?",
    re.ASCII | re.IGNORECASE,
)
_AT_LEAST = re.compile(r"\d+\.\d+(\.\d|-rc\d)", re.ASCII)
_BARE = re.compile(r"[\d.]+(?:-rc\d+)?", re.ASCII | re.IGNORECASE)
#: "5.9.12.34" is an address; only the releases of 2.6 had four numbers and nothing else.
ADDRESS = re.compile(r"(?!2\.6\.)\d+\.\d+\.\d+\.\d+", re.ASCII)


def parse(text: str) -> Version | None:
    """Read a version as `uname -r` prints it; None if it is not one."""
    found = _VERSION.match(text.strip())
    if not found:
        return None
    major, minor, patch, rest = found.groups()
    candidate = _CANDIDATE.search(rest)
    return Version(
        major=int(major),
        minor=int(minor),
        patch=int(patch or 0),
        rc=int(candidate[1]) if candidate else math.inf,
    )


def release_on_console(line: str) -> str:
    """Return the release in a console line "Linux version …", or an empty string."""
    found = _CONSOLE.search(line)
    return found[1] if found else ""


def parse_release(text: str) -> Version | None:
    """Read a Linux release in full, as `uname -r` prints it, with nothing around it.

    Two numbers are not enough: people who are asked for their kernel tell their distribution's
    version, and a CentOS "6.10" runs 2.6.32, a Debian "8.11" 3.16. `attesting` says more.
    """
    release = text.strip(" \t\r\n")
    if len(release) > LONGEST or not _IN_FULL.fullmatch(release) or ADDRESS.fullmatch(release):
        return None
    if OWN_COMPUTER.search(release) or OTHER_SYSTEM.search(release):
        return None
    version = parse(release)
    highest = NEWEST_MAJOR if _BARE.fullmatch(release) else HIGHEST_MAJOR
    return version if version and version.major <= highest else None


def parse_attested(text: str) -> Version | None:
    """Read a recorded kernel; None if it is not a Linux release in full.

    An inventory file may say more, "3.16.0 (jessie)": of that only a version without the fix is
    believed, for it warns.
    """
    version = parse_release(text)
    if version is None and _AT_LEAST.match(text.strip()):
        told = parse(text)
        version = told if told and told < FIXED_IN else None
    return version
