"""Guest kernels: what the sources say of one, which are safe, and their families.

Every source can be wrong: a console may show nothing of this boot, a customer may have changed
the kernel since attesting it, a guest may write what it likes into xenstore. So a kernel is a
gate to suspend+restore, never a proof that it works; the proof is evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.policy.version import (
    ANNOUNCING,
    FIXED_IN,
    Version,
    parse,
    parse_attested,
    release_on_console,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.rules.fleet import GuestFacts, Mode
    from bot.rules.optin import OptIn
    from bot.rules.policy.terms import PolicySettings


#: Under Xen a guest takes part in being suspended, and its block driver had the bug. Elsewhere
#: the hypervisor does it all: no Linux is too old, and no system is unable.
_XEN = "xen"

#: What `GuestFacts.system` says when nobody knows it. Such a guest may be a Linux.
_NOT_KNOWN = frozenset({"", "unknown"})

_PROVABLE = re.compile(r"linux-(\d+)\.(\d+)$")


def guest_takes_part(hypervisor: str) -> bool:
    """Say whether a guest of *hypervisor* ("xen-4.14.2") must help to be suspended."""
    return hypervisor.startswith(_XEN)


def is_other(system: str) -> bool:
    """Say whether *system* is known and is not Linux."""
    return system.lower() not in {"linux", *_NOT_KNOWN}


class Source(StrEnum):
    """Who says what kernel a guest runs, most believed first."""

    CONSOLE = "console"  # "Linux version …" of this boot
    ATTESTED = "attested"  # by the customer, not too long ago
    XENSTORE = "xenstore"  # control/feature-suspend: a lower bound only
    NONE = ""


@dataclass(frozen=True, kw_only=True)
class KernelView:
    """What all sources together say of a guest's kernel; `version` None: not known.

    With a contradiction the version is the oldest that was claimed.
    """

    version: Version | None = None
    release_text: str = ""  # as `uname -r` prints it; "4.10+" if that is all that is known
    source: Source = Source.NONE
    contradiction: tuple[tuple[str, str], ...] = ()  # (source, claim) of all sources


@dataclass(frozen=True, kw_only=True)
class _Claim:
    source: Source
    version: Version
    text: str


def view(
    facts: GuestFacts, opt_in: OptIn | None, now: datetime, max_age_months: int = 12
) -> KernelView:
    """Put together what console, customer and xenstore say.

    Of another system than Linux only its console is read: should that show a Linux, it is one.
    """
    claims = [_console(facts)]
    feature = None
    if not is_other(facts.system):
        feature = facts.feature_suspend
        claims.append(_attested(opt_in, now, max_age_months))
    exact = [claim for claim in claims if claim]
    if _contradict(exact, feature=feature):
        oldest = min(exact, key=lambda claim: claim.version)
        return _seen(oldest, contradiction=_pairs(exact, feature=feature))
    if exact:
        return _seen(exact[0])
    if feature:
        return _seen(_Claim(source=Source.XENSTORE, version=ANNOUNCING, text=ANNOUNCING.series))
    return KernelView()


def _console(facts: GuestFacts) -> _Claim | None:
    text = release_on_console(facts.kernel_line)
    version = parse(text)
    return _Claim(source=Source.CONSOLE, version=version, text=text) if version else None


def _attested(opt_in: OptIn | None, now: datetime, max_age_months: int) -> _Claim | None:
    if opt_in is None or _full_months(opt_in.attested or opt_in.at, now) >= max_age_months:
        return None
    text = opt_in.kernel.strip()
    version = parse_attested(text)
    return _Claim(source=Source.ATTESTED, version=version, text=text) if version else None


def _full_months(since: datetime, now: datetime) -> int:
    months = (now.year - since.year) * 12 + now.month - since.month
    part = (now.day, now.time()) < (since.day, since.time())
    return months - part


def _contradict(exact: Sequence[_Claim], *, feature: bool | None) -> bool:
    """Compare the claims: series with series, and each with what such a kernel announces.

    Before 4.10 nothing is announced. A newer one that does not is older than was claimed, or
    cannot suspend; neither should be tried.
    """
    if len({claim.version.series for claim in exact}) > 1:
        return True
    return feature is not None and any(claim.version.announces != feature for claim in exact)


def _pairs(exact: Iterable[_Claim], *, feature: bool | None) -> tuple[tuple[str, str], ...]:
    said = [(claim.source.value, claim.text) for claim in exact]
    if feature is not None:
        said.append((Source.XENSTORE.value, ANNOUNCING.series if feature else "<4.10"))
    return tuple(said)


def _seen(claim: _Claim, contradiction: tuple[tuple[str, str], ...] = ()) -> KernelView:
    return KernelView(
        version=claim.version,
        release_text=claim.text,
        source=claim.source,
        contradiction=contradiction,
    )


class Safety(StrEnum):
    """What the kernel rule says."""

    SAFE = "safe"  # new enough, marked fixed, or the rule does not concern it
    OLD = "old"  # known to be damaged by a restore
    UNKNOWN = "unknown"  # Linux or not known what, of an age not known


def safety(seen: KernelView, system: str, hypervisor: str, settings: PolicySettings) -> Safety:
    """Apply the kernel rule: under Xen a Linux needs the fix of its block driver."""
    if not guest_takes_part(hypervisor):
        return Safety.SAFE
    if seen.version is None:
        return Safety.SAFE if is_other(system) else Safety.UNKNOWN
    if seen.version >= (parse(settings.minimum_kernel) or FIXED_IN):
        return Safety.SAFE
    if any(_matches(seen.release_text, pattern) for pattern in settings.fixed_kernels):
        return Safety.SAFE
    return Safety.UNKNOWN if seen.version.or_newer else Safety.OLD


def _matches(text: str, pattern: str) -> bool:
    """Match the whole of *text*; `*` is any characters, `?` one."""
    parts = {"*": ".*", "?": "."}
    return bool(re.fullmatch("".join(parts.get(c) or re.escape(c) for c in pattern), text))


def family(hypervisor: str, mode: Mode, system: str, version: Version | None) -> str:
    """Return the kernel family: "xen/pv/linux-3.16", "xen/hvm/freebsd", "xen/pv/unknown".

    "linux-4.10+" is all that xenstore tells. It is a family of its own, so that what happens to
    unknown kernels does not hold these; but a guest can fake it, so it is never trusted.
    """
    kind = re.split(r"[^a-z]", hypervisor.lower(), maxsplit=1)[0] or "unknown"
    named = "-".join(system.lower().split())
    if version is not None:
        named = f"linux-{version.series}"
    elif not is_other(system):
        named = "unknown"
    return f"{kind}/{mode.value}/{named}"


def can_be_trusted(family: str) -> bool:
    """Say whether successes can ever make *family* trusted.

    Never `unknown`, whose successes are of other kernels than the next; nor Linux before the fix
    under Xen: in 2021 many of 27 such guests came back well, and two were destroyed.
    """
    kind, _, rest = family.partition("/")
    named = rest.partition("/")[2]
    if not named.startswith("linux-"):
        return named not in _NOT_KNOWN
    series = _PROVABLE.match(named)
    if series is None:
        return False
    fixed = (int(series[1]), int(series[2])) >= (FIXED_IN.major, FIXED_IN.minor)
    return fixed or kind != _XEN
