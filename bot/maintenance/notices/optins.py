"""Opt-ins as staff see and state them, and setting them all back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.maintenance.notices.audiences import is_customer
from bot.rules.errors import BadRequest, Code
from bot.rules.optin import OptIn
from bot.rules.policy.attesting import attest
from bot.rules.policy.kernel import KernelView, Safety, safety
from bot.rules.policy.version import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.rules.fleet import Fleet, Guest
    from bot.rules.policy.terms import PolicySettings

RESET = "reset"  # OptIn.how of a statement that a reset has made

# The rule for kernels concerns Linux guests of Xen. An attested kernel is a Linux's; where its
# guest runs is not asked, so that a guest may move to any host.
_SYSTEM, _HYPERVISOR = "linux", "xen"


@dataclass(frozen=True, kw_only=True)
class OptInView:
    """How a customer's guest stands; without `since` nothing was ever said about it."""

    guest: str
    host: str  # empty: the guest has left the inventory
    wanted: bool = False
    since: datetime | None = None
    who: str = ""
    how: str = ""
    kernel: str = ""
    before_reset: bool = False  # was opted in until a reset, and nothing was said since


def views(fleet: Fleet, newest: Mapping[str, OptIn]) -> tuple[OptInView, ...]:
    """Return how every customer's guest stands that is here or was, in order of name."""
    names = sorted(fleet.guests.keys() | newest.keys())
    return tuple(_view(fleet, n, newest.get(n)) for n in names if is_customer(fleet, n))


def _view(fleet: Fleet, guest: str, said: OptIn | None) -> OptInView:
    known = fleet.guests.get(guest)
    host = known.host if known else ""
    if said is None:
        return OptInView(guest=guest, host=host)
    return OptInView(
        guest=guest,
        host=host,
        wanted=said.wanted,
        since=said.at,
        who=said.who,
        how=said.how,
        kernel=said.kernel,
        before_reset=said.how == RESET,
    )


def opted_in(fleet: Fleet, newest: Mapping[str, OptIn]) -> tuple[OptIn, ...]:
    """Return the standing opt-ins of customers' guests, in order of name.

    Guests that have left the inventory are among them: one that is back keeps what it said.
    """
    return tuple(
        said for guest, said in sorted(newest.items()) if said.wanted and is_customer(fleet, guest)
    )


def set_back(standing: Iterable[OptIn], actor: str, at: datetime) -> tuple[OptIn, ...]:
    """Return the statements that opt these guests out. The rows before say what was.

    An attested kernel is not said again: nobody has attested it anew.
    """
    return tuple(
        OptIn(guest=said.guest, wanted=False, at=at, who=actor, how=RESET) for said in standing
    )


def last_reset(resets: Iterable[OptIn]) -> tuple[OptIn, ...]:
    """Return the statements of the newest reset among all that resets have made."""
    known = tuple(resets)
    at = max((said.at for said in known), default=None)
    return tuple(said for said in known if said.at == at)


def attested(said: Iterable[OptIn], since: datetime) -> tuple[str, datetime | None]:
    """Return the newest kernel that was attested after *since*, and when that was.

    *said* is given oldest first; without one it is ("", None).
    """
    found = [(each.kernel, each.attested or each.at) for each in said if each.kernel]
    return next((pair for pair in reversed(found) if pair[1] > since), ("", None))


def refuse_kernel(guest: Guest, kernel: str, policy: PolicySettings) -> str:
    """Return *kernel* as it is recorded; empty if none is stated.

    Raises BadRequest(KERNEL_REFUSED): it cannot be understood, or must not be suspended.
    """
    if not kernel:
        return ""
    read = attest(kernel, policy)
    if not read.verdict.may_opt_in:
        raise BadRequest(
            Code.KERNEL_REFUSED,
            guest=guest.name,
            kernel=read.release or kernel,
            problem=read.verdict.value,
            minimum=policy.minimum_kernel,
        )
    return read.release


def too_old(kernel: str, policy: PolicySettings, hypervisor: str = _HYPERVISOR) -> bool:
    """Say whether *kernel*, if anything is known of it, is known to be damaged by a restore."""
    seen = KernelView(version=parse(kernel), release_text=kernel.strip())
    return safety(seen, _SYSTEM, hypervisor, policy) is Safety.OLD
