"""The work on an empty host, and the gate: is it back, and is it what it should be? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.operation import Verb
from bot.rules.run import moves
from bot.rules.run.drain import all_off, turn_round
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.fleet import HostFacts
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run

#: A host that has just booted may still be assembling its disks; seconds before staff are asked.
SETTLE_SECONDS = 60.0


def host_work(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield what is to be done next while the host is empty.

    A guest that somebody starts meanwhile is seen to by the rules of the drain; until it is off,
    nothing is done to the host (P7). Once a person has rebooted it, they may start guests.
    """
    inside = moves.in_memory(sight)
    if run.aborting and not run.work.reboots:
        yield from turn_round(run, sight)
    elif run.work.flight is not None or run.question is not None or run.paused:
        return
    elif moves.worked_by_hand(run, sight):
        yield _by_hand(run)
    elif not all_off(run):
        return
    elif inside:
        yield Draft(event=Event.ASKED, data={"question": "intruder", "guests": list(inside)})
    elif run.plan.work.manual:
        yield _by_hand(run)
    elif run.work.error:
        yield _work_failed(run)
    else:
        yield _next_task(run, sight)


def _by_hand(run: Run) -> Draft:
    if run.continued:
        return moves.phase(Phase.GATE, "continued")
    return Draft(event=Event.ASKED, data={"question": "work"})


def _work_failed(run: Run) -> Draft:
    failed = {"error": run.work.error, "detail": run.work.detail, "task": task(run)}
    return Draft(event=Event.ASKED, data={"question": "work_failed", **failed})


def task(run: Run) -> str:
    """Return the name of the host work that is next or under way; "reboot" is the last.

    At the gate the reboot is over: then it is what runs after it, or nothing.
    """
    commands = run.plan.work.commands
    if run.phase is Phase.GATE:
        return task_after(run)
    return commands[run.work.done] if run.work.done < len(commands) else "reboot"


def task_after(run: Run) -> str:
    """Return what is to be done next to a host that is back, or nothing.

    Nothing to one that was not worked on, because its run was aborted, or that went back to the
    kernel before.
    """
    left = run.work.done - len(run.plan.work.commands)
    if left < 0 or run.aborting or run.work.kernel:
        return ""
    return next(iter(run.plan.work.after[left:]), "")


def _next_task(run: Run, sight: Sight) -> Draft:
    if run.work.done < len(run.plan.work.commands):
        return moves.intend_host(run, Verb.WORK, argument=task(run))
    if run.plan.work.reboot and run.work.reboots == 0:
        return reboot(run, sight)
    return moves.phase(Phase.GATE, "worked")


def reboot(run: Run, sight: Sight, kernel: str = "") -> Draft:
    """Return the intent to reboot; the boot id it has now tells later whether it did."""
    boot_id = sight.facts.boot_id if sight.facts else ""
    return moves.intend_host(run, Verb.REBOOT, argument=kernel, boot_id=boot_id)


def gate(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield what follows from the look at a host that should be back."""
    if sight.facts is None or run.question is not None:
        return
    problems = not_ready(run, sight.facts)
    if not problems and task_after(run):
        yield from _after(run)
        return
    if not problems:
        yield moves.bring_up(sight, "ready", kernel=sight.facts.kernel)
        return
    waited = (sight.now - run.phase_since).total_seconds()
    settled = run.continued or run.plan.work.manual or waited >= SETTLE_SECONDS
    if settled:
        yield Draft(event=Event.NOT_READY, data={"problems": problems})
        yield Draft(event=Event.ASKED, data={"question": "gate", "problems": problems})


def _after(run: Run) -> Iterator[Draft]:
    """Do what is to be done to a host that is back, before any guest is."""
    if run.work.error:
        yield _work_failed(run)
    elif run.work.flight is None and not run.paused:
        yield moves.intend_host(run, Verb.WORK, argument=task_after(run))


def not_ready(run: Run, facts: HostFacts) -> list[dict[str, object]]:
    """Return how the host differs from what the plan expects; empty when it is ready."""
    before, work = run.plan.before, run.plan.work
    wanted = run.work.kernel or work.kernel or before.kernel
    hypervisor = before.hypervisor if run.work.kernel else work.hypervisor or before.hypervisor
    boot_before = run.work.boot_before or before.boot_id
    need = max((s.plan.memory_mib for s in run.steps.values()), default=0)
    found: list[dict[str, object]] = []
    if work.reboot and facts.boot_id == boot_before:
        found.append({"code": "not_rebooted"})
    found += _differs("wrong_kernel", wanted, facts.kernel)
    found += _differs("wrong_hypervisor", hypervisor, facts.hypervisor)
    found += _missing("bridges_missing", before.bridges, facts.bridges)
    found += _missing("cpu_features_missing", before.cpu_features, facts.cpu_features)
    found += _missing("volume_groups_missing", before.volume_groups, facts.volume_groups)
    if facts.memory_mib < need:
        found.append({"code": "memory_missing", "wanted": need, "found": facts.memory_mib})
    return found


def _differs(code: str, wanted: str, found: str) -> list[dict[str, object]]:
    return [] if wanted == found else [{"code": code, "wanted": wanted, "found": found}]


def _missing(code: str, before: tuple[str, ...], now: tuple[str, ...]) -> list[dict[str, object]]:
    missing = sorted(set(before) - set(now))
    return [{"code": code, "missing": missing}] if missing else []
