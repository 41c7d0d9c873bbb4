"""The questions a run asks, and what each can be answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.maintenance.telling import Deed, Telling, failure, host_deed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.rules.run.terms import Question, Run


def question(run: Run, asked: Question) -> Telling:
    """Return the words and choices of a question, as often as they are wanted."""
    deeds = _ANSWERS.get(asked.kind, _goes_on)(run)
    known = {
        "host": run.host,
        "guests": asked.guests,
        "until": asked.deadline,
        "error": run.work.error,
        "detail": run.work.detail,
        "kernel": run.plan.work.kernel,
        "problems": run.problems,
        "reboots": run.plan.work.reboot,
        "proven": asked.fields.get("proven", ()),
    }
    return failure(f"asked_{asked.kind}", *deeds, **known)


def _choose(run: Run) -> tuple[Deed, ...]:
    possible = run.question.fields if run.question else {}
    offered = ["boot", *(c for c in ("proven", "back") if possible.get(c)), "wait"]
    return tuple(host_deed("choose", run.host, c, hurts=c in {"boot", "back"}) for c in offered)


def _goes_on(run: Run) -> tuple[Deed, ...]:
    return (host_deed("continue", run.host),)


def goes_on_or_back(run: Run) -> tuple[Deed, ...]:
    """Return what can be done when the work on the host has failed."""
    return (host_deed("continue", run.host), host_deed("abort", run.host, hurts=True))


def goes_on_or_cold(run: Run) -> tuple[Deed, ...]:
    """Return what can be done when the host is back, but not what it should be."""
    return (host_deed("continue", run.host), host_deed("choose", run.host, "boot", hurts=True))


_ANSWERS: Mapping[str, Callable[[Run], tuple[Deed, ...]]] = {
    "choose": _choose,
    "gate": goes_on_or_cold,
    "work": _goes_on,
    "work_failed": goes_on_or_back,
}
