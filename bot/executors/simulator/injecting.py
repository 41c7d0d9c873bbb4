"""Puts faults into a host, and lets them strike operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.executors.simulator import timers
from bot.executors.simulator.faults import FAULTS
from bot.executors.simulator.instants import span
from bot.executors.simulator.world import Injection, Timer
from bot.rules.errors import BadRequest, Code
from bot.rules.operation import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.executors.simulator.fault_kind import Kind
    from bot.executors.simulator.world import HostWorld, OpRecord


#: What others do at a time of their own, and not just before an operation.
_BY_ITSELF = {"intruder": "intruder", "double_start": "intruder", "snapshot_overflow": "overflow"}


def inject(host: HostWorld, injection: Injection, now: int) -> None:
    """Let a fault take hold now, or wait for its operation.

    With the parameter `after` (seconds) what a guest does by itself happens at that time instead
    of before an operation. Raises BadRequest (SIMULATOR) for names that do not exist.
    """
    kind = _checked(host, injection)
    marks = _marks(kind, injection)
    if "after" in injection.params:
        at = now + span(float(injection.params["after"]))
        event = kind.first or _BY_ITSELF[injection.fault]
        host.timers.append(Timer(at=at, kind=event, guest=injection.guest, params=marks))
    elif kind.verbs:
        host.faults.append(injection)
    else:
        _take_hold(host, injection, marks, now)


def struck(host: HostWorld, guest: str, verb: Verb, *, known: bool) -> list[Injection]:
    """Return the faults that strike this operation, and use each up once.

    Of an operation that is *known*, or that never arrives, only the contact can be lost.
    """
    found = [f for f in host.faults if f.guest in {"", guest} and verb in _verbs(f)]
    if known:
        found = [f for f in found if _loses(f)]
    found = [f for f in found if _loses(f) == "before"][:1] or found
    for fault in found:
        fault.times -= fault.times > 0
        if not fault.times and not fault.params.get("always"):
            host.faults.remove(fault)
    return found


def before(host: HostWorld, injections: list[Injection], guest: str, now: int) -> None:
    """Let happen what comes before an operation is looked at."""
    for one in injections:
        kind = FAULTS[one.fault]
        if kind.first and guest in host.guests:
            timers.strike(
                host, Timer(at=now, kind=kind.first, guest=guest, params=_marks(kind, one))
            )


def mark(op: OpRecord, injections: list[Injection]) -> None:
    """Write the faults' marks on the record of an operation that begins."""
    for one in injections:
        kind = FAULTS[one.fault]
        marks = _marks(kind, one)
        op.error = str(marks.pop("error", "")) or (kind.error.value if kind.error else op.error)
        op.detail = str(marks.pop("detail", op.detail or (op.error and one.fault)))
        op.pace *= float(marks.pop("factor", 1.0))
        op.hung = op.hung or bool(marks.pop("hung", False))
        op.forgotten = op.forgotten or bool(marks.pop("forgotten", False))
        op.refused = str(marks.pop("refused", op.refused))
        op.marks.update(marks)


def _checked(host: HostWorld, injection: Injection) -> Kind:
    kind = FAULTS.get(injection.fault)
    wrong = "fault" if kind is None else ""
    if injection.guest and injection.guest not in host.guests:
        wrong = "guest"
    if injection.verb and injection.verb not in set(Verb):
        wrong = "verb"
    if (
        "after" in injection.params
        and kind
        and not kind.first
        and injection.fault not in _BY_ITSELF
    ):
        wrong = "use of `after`"
    if kind is None or wrong:
        raise BadRequest(Code.SIMULATOR, host=host.name, problem=f"unknown {wrong}: {injection}")
    if not injection.times:
        injection.params["always"] = True
    return kind


def _marks(kind: Kind, injection: Injection) -> dict[str, Any]:
    marks: dict[str, Any] = dict(kind.marks)
    for name, value in injection.params.items():
        marks[kind.amount if name == "seconds" else name] = value
    if kind.first == "renamed":
        marks.setdefault("to", f"{injection.guest or 'guest'}-renamed")
    return {name: value for name, value in marks.items() if name not in {"always", "after"}}


def _loses(injection: Injection) -> str:
    return str(FAULTS[injection.fault].marks.get("lost", ""))


def _verbs(injection: Injection) -> tuple[Verb, ...]:
    return (Verb(injection.verb),) if injection.verb else FAULTS[injection.fault].verbs


def _take_hold(host: HostWorld, injection: Injection, marks: Mapping[str, Any], now: int) -> None:
    match injection.fault:
        case "no_checks":
            host.no_checks = True
        case "silence":
            host.silent_until = now + span(float(marks["seconds"]))
        case "xendomains":
            host.autostart.append("xendomains")
        case "feature_persistent":
            host.breaks_all.append(str(marks["under"]))
        case _:
            at = now + span(float(marks["seconds"]))
            host.timers.append(Timer(at=at, kind="intruder", guest=injection.guest))
