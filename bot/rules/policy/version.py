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
_IN_FULL = re.compile(r"\d+\.\d+(\.\d|-rc\d)", re.ASCII)
# "4.2.0-rc7+", Ubuntu's "4.2.0-040200rc6-generic", Fedora's "4.2.0-0.rc6.git0.1.fc24.x86_64"
_CANDIDATE = re.compile(r"(?<![a-z])rc(\d{1,2})", re.ASCII)
_CONSOLE = re.compile(r"\bLinux version (\S+)")


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


def parse_attested(text: str) -> Version | None:
    """Read the version a customer attests; None unless it is in full, as `uname -r` prints it.

    Two numbers are not enough: people who are asked for their kernel tell their distribution's
    version, and a CentOS "6.10" runs 2.6.32, a Debian "8.11" 3.16.
    """
    return parse(text) if _IN_FULL.match(text.strip()) else None
