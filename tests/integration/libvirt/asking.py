"""Operations on real guests: asked, waited for, and judged."""

from __future__ import annotations

from bot.executors.remote import RemoteHost
from bot.rules.errors import ContactLost
from bot.rules.operation import Done, Operation, OperationId, Outcome, Running, Verb
from tests.integration.patience import SystemWait

TOKEN = 1


def asked(verb: Verb, guest: str = "vg1", *, run: str, attempt: int = 1, **needs: str) -> Operation:
    """Return an operation on a guest's image `RUN-GUEST`, unless *needs* says another."""
    needs.setdefault("image", f"{run}-{guest}" if guest else "")
    id_ = OperationId(run=run, guest=guest, verb=verb, attempt=attempt)
    return Operation(id=id_, **needs)  # type: ignore[arg-type]  # texts only


async def ended(executor: RemoteHost, operation: Operation) -> Outcome:
    """Wait for the outcome, over as many connections as that takes."""
    pause = SystemWait()
    for _ in range(2400):
        try:
            outcome = await executor.outcome(operation.id, TOKEN)
        except ContactLost:
            outcome = None
        if outcome is not None and not isinstance(outcome, Running):
            return outcome
        await pause()
    raise AssertionError(operation)


async def outcome_of(executor: RemoteHost, operation: Operation) -> Outcome:
    """Submit, and wait for the outcome."""
    await executor.submit(operation, TOKEN)
    return await ended(executor, operation)


async def done(executor: RemoteHost, *operations: Operation) -> None:
    for operation in operations:
        outcome = await outcome_of(executor, operation)
        assert isinstance(outcome, Done), (operation, outcome)
        assert not outcome.error, (operation, outcome)


def error_of(outcome: Outcome) -> str:
    return str(getattr(outcome, "error", ""))
