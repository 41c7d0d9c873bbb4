"""What the page of a guest shows, made of what is known. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.maintenance.customers.terms import By, Coming, Course, Now, Said
from bot.rules.hold import Scope
from bot.rules.policy.version import parse
from bot.rules.run.states import StepState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.ports import RunRecord
    from bot.rules.fleet import Guest
    from bot.rules.hold import Hold
    from bot.rules.optin import OptIn
    from bot.rules.window.terms import Window

SHOWN_HOURS = 24  # that a run is shown after its end

_BY = {"reset": By.RESET, "inventory": By.BEFORE, "link": By.YOU, "undo": By.YOU}
_S = StepState

#: States that are not named are a matter for people.
_NOW: dict[StepState, Now] = {
    _S.PLANNED: Now.WAITING,
    _S.UNTOUCHED: Now.UNTOUCHED,
    _S.SAVING: Now.STOPPING,
    _S.IMAGED: Now.SUSPENDED,
    _S.PAIRING: Now.SUSPENDED,
    _S.HASHING: Now.SUSPENDED,
    _S.SAVED: Now.SUSPENDED,
    _S.SHUTTING: Now.STOPPING,
    _S.OFF: Now.OFF,
    _S.RESTORING: Now.COMING,
    _S.PAUSED: Now.COMING,
    _S.RESETTING: Now.COMING,
    _S.SPENDING: Now.COMING,
    _S.SPENT: Now.COMING,
    _S.UNPAUSING: Now.COMING,
    _S.BOOTING: Now.COMING,
    _S.WATCHED: Now.CHECKED,
    _S.MENDING: Now.CHECKED,
    _S.STARTED: Now.CHECKED,
    _S.UP: Now.UP,
}


def history(said: Iterable[OptIn], who: str) -> tuple[Said, ...]:
    """Return statements, given oldest first, as the customer *who* is shown them, newest first."""
    rows = [
        Said(
            at=row.at,
            wanted=row.wanted,
            by=spoken_by(row, who),
            undone=row.how == "undo",
            kernel=row.kernel,
        )
        for row in said
    ]
    return tuple(reversed(rows))


def spoken_by(said: OptIn, who: str) -> By:
    """Return who said it, as the customer *who* is told: another contact's word is of before."""
    by = _BY.get(said.how, By.US)
    return By.BEFORE if by is By.YOU and said.who != who else by


def held(holds: Iterable[Hold], guest: Guest, kernel: str) -> datetime | None:
    """Return since when a hold stands over *guest*, by all that is known without asking its host.

    Of a kernel family only the series is compared: how the guest is virtualised is not known here.
    """
    version = parse(kernel)
    series = f"/linux-{version.series}" if version else "/unknown"
    subject = {Scope.GLOBAL: "", Scope.HOST: guest.host, Scope.GUEST: guest.name}
    over = [
        hold.opened_at
        for hold in holds
        if subject.get(hold.scope) == hold.value
        or (hold.scope is Scope.KERNEL and hold.value.endswith(series))
    ]
    return min(over, default=None)


def coming(windows: Iterable[Window], host: str, now: datetime) -> tuple[Coming, ...]:
    """Return those of *windows*, which are open, that are of *host*."""
    return tuple(
        Coming(
            start=window.start,
            end=window.end,
            reason=window.public_reason(now),
            under_way=window.start <= now,
        )
        for window in windows
        if host in window.hosts
    )


def course(
    run: RunRecord | None, guest: str, states: Mapping[str, str], now: datetime
) -> Course | None:
    """Return how *guest* is doing in the newest *run* of its host; None: there is nothing to tell.

    *states* are those that the store caches of its steps.
    """
    if run is None or guest not in states:
        return None
    if run.ended and now - run.ended > timedelta(hours=SHOWN_HOURS):
        return None
    return Course(
        now=_NOW.get(StepState(states[guest]), Now.TROUBLE),
        started=run.started,
        trial=run.kind == "trial",
        ended=run.ended,
    )
