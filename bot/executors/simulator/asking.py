"""Submitting an operation to a host, and asking what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.executors.simulator import injecting
from bot.executors.simulator.course import advance
from bot.executors.simulator.disk import flow
from bot.executors.simulator.instants import SECOND, datetime_of
from bot.executors.simulator.verbs import begin, refusal
from bot.executors.simulator.verbs.scene import Scene
from bot.executors.simulator.world import OpRecord
from bot.rules.errors import Code, TryAgain
from bot.rules.operation import Done, Fault, NeverSeen, Refused, Running

if TYPE_CHECKING:
    from bot.executors.simulator.world import HostWorld
    from bot.rules.operation import Operation, OperationId, Outcome


def submit(host: HostWorld, operation: Operation, token: int, now: int) -> str:
    """Start the operation unless its id is known; return how contact is lost: "", before, after.

    Raises:
        TryAgain: LEASE_LOST: the host has seen a higher token; nothing was done.
    """
    if token < host.token:
        raise TryAgain(Code.LEASE_LOST, host=host.name, owner="")
    host.token = token
    known = _known(host, str(operation.id))
    faults = injecting.struck(host, operation.id.guest, operation.id.verb, known=known)
    draft = _draft(operation, now)
    injecting.mark(draft, faults)
    lost = str(draft.marks.pop("lost", ""))
    if lost != "before" and not known:
        injecting.before(host, faults, operation.id.guest, now)
        _start(Scene(host=host, op=draft, now=now), operation)
    return lost


def outcome(host: HostWorld, operation: OperationId, now: int) -> Outcome:
    """Say what became of an operation, by the host's records alone."""
    op = host.ops.get(str(operation))
    if op is None or op.forgotten:
        return NeverSeen()
    if op.refused:
        return Refused(error=op.refused, detail=op.detail)
    if not op.over or op.ends is None:
        return Running(started=datetime_of(op.started), done=_share(host, op, now))
    return Done(
        started=datetime_of(op.started),
        ended=datetime_of(op.ends),
        error=op.error,
        detail=op.detail,
        values=dict(op.values),
    )


def printed(host: HostWorld, operation: OperationId, now: int) -> list[str]:
    """Return what the tool behind an operation has printed until now."""
    op = host.ops.get(str(operation))
    if op is None or op.forgotten:
        return []
    work = host.work.get(op.argument) if op.verb == "work" else None
    lines = list(work.output) if work else []
    if not op.over:
        return lines[: int(_share(host, op, now) * len(lines))]
    if op.error or op.refused:
        return [*lines[: len(lines) // 2], f"{op.error or op.refused}: {op.detail}"]
    return lines


def _draft(operation: Operation, now: int) -> OpRecord:
    return OpRecord(
        id=str(operation.id),
        verb=operation.id.verb.value,
        guest=operation.id.guest,
        started=now,
        image=operation.image,
        snapshot=operation.snapshot,
        argument=operation.argument,
        again=operation.again,
    )


def _known(host: HostWorld, id_: str) -> bool:
    """Say whether the id is on record; a record that was lost is put out of the id's way."""
    op = host.ops.get(id_)
    if op is None or not op.forgotten:
        return op is not None
    lost = host.ops.pop(id_)
    lost.id = f"{id_}#{len(host.ops)}"
    host.ops[lost.id] = lost
    host.active = [lost.id if one == id_ else one for one in host.active]
    return False


def _start(scene: Scene, operation: Operation) -> None:
    host, op = scene.host, scene.op
    host.ops[op.id] = op
    refused = (Fault(op.refused), op.detail) if op.refused else refusal(scene, operation)
    if refused:
        op.refused, op.detail = refused
        op.over, op.ends = True, scene.now
        return
    begin(scene)
    host.active.append(op.id)
    flow(host, scene.now)
    advance(host, scene.now)


def _share(host: HostWorld, op: OpRecord, now: int) -> float:
    if op.total_mib:
        flowed = 0.0 if op.flows_from > now else op.rate * (now - host.flowed_at) / SECOND
        return min(1.0, (op.moved_mib + flowed) / op.total_mib)
    if op.ends is None or op.ends <= op.started:
        return 0.0
    return min(1.0, max(0.0, (now - op.started) / (op.ends - op.started)))
