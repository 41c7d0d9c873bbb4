"""The commands for evidence: the matrix, one cell of it, and what staff say of a cell."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.chat.replies import Pending, Reply, Wants
from bot.rules.errors import BadRequest, Code, MaintError, Precondition
from bot.rules.policy.evidence import Judgement, Verdict
from bot.rules.run.combined import saved_under
from bot.settings.people import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.chat.asked import Desk
    from bot.chat.evidence_views import EvidenceViews
    from bot.chat.grammar import Command
    from bot.ports import Request
    from bot.rules.policy.evidence import Combination
    from bot.rules.policy.matrix import Cell

#: Who may withdraw what was said: who may say the contrary.
_WITHDRAWS = {Verdict.BAN: Right.APPROVE, Verdict.TRUST: Right.OPERATE}


#: So many digits of its name are typed by who judges a cell: one or two are soon mistyped.
_LEAST = 4


class Judging:
    """Looks at evidence and judges it. Raises MaintError."""

    def __init__(self, desk: Desk, views: EvidenceViews) -> None:
        """Know cells by *desk*, speak by *views*."""
        self._desk, self._views = desk, views
        self.looks: Mapping[str, Callable[[Command], Awaitable[Reply]]] = {"evidence": self._show}
        self.changes: Mapping[str, Callable[[Command, Request], Awaitable[Reply]]] = {
            f"evidence {verdict}": partial(self._judge, verdict) for verdict in Verdict
        }

    async def right(self, command: Command) -> Right | None:
        """Return what is needed to withdraw what was said of a cell; None: no more than for all."""
        if command.verb != f"evidence {Verdict.WITHDRAW}":
            return None
        said = (await self._desk.cell(command.cell)).judgement
        return _WITHDRAWS[Verdict(said.verdict)] if said else None

    async def question(self, command: Command, text: str) -> Reply:
        """Show the cell that is to be trusted, and ask. Raises as judging it does."""
        cell = await self._cell(command)
        _refuse(cell, Verdict.TRUST)
        pending = Pending(command=replace(command, cell=cell.name), text=text, wants=Wants.YES)
        return Reply(messages=(self._views.cell(cell), self._views.question(cell)), pending=pending)

    async def _cell(self, command: Command) -> Cell:
        """Return the cell that is to be judged. Raises BadRequest: SHORT_CELL, and as the desk."""
        cell, typed = await self._desk.cell(command.cell), command.cell
        if len(typed) < _LEAST:
            known = {"cell": cell.name, "family": cell.combination.family, "least": _LEAST}
            raise BadRequest(Code.SHORT_CELL, typed=typed, **known)
        return cell

    async def _show(self, command: Command) -> Reply:
        if command.cell:
            return Reply(messages=(self._views.cell(await self._desk.cell(command.cell)),))
        return Reply(messages=(self._views.matrix(await self._desk.cells()),))

    async def _judge(self, verdict: Verdict, command: Command, request: Request) -> Reply:
        cell = await self._cell(command)
        _refuse(cell, verdict)
        judgement = Judgement(
            at=self._desk.clock.now(),
            actor=request.actor,
            combination=cell.combination,
            verdict=verdict,
            reason=command.reason,
        )
        await self._desk.store.judge(judgement)
        after = await self._desk.cell(cell.name)
        saved = await self._saved(cell.combination) if verdict is Verdict.BAN else ()
        return Reply(messages=(self._views.judged(after, judgement, saved),))

    async def _saved(self, combination: Combination) -> tuple[str, ...]:
        """Return the guests that are saved under *combination* now: no ban keeps them so."""
        names: list[str] = []
        for head in await self._desk.store.runs(open_only=True):
            with suppress(MaintError):  # the ban is recorded, whatever a journal is like
                view = await self._desk.run(head.host)
                names += saved_under(view.run, combination) if view else ()
        return tuple(sorted(names))


def _refuse(cell: Cell, verdict: Verdict) -> None:
    """Raise Precondition(NEVER_TRUSTED) or BadRequest(NOT_JUDGED) where that is not to be said."""
    if verdict is Verdict.TRUST and cell.never:
        known = {"cell": cell.name, "family": cell.combination.family}
        raise Precondition(Code.NEVER_TRUSTED, why=cell.never.value, **known)
    if verdict is Verdict.WITHDRAW and cell.judgement is None:
        raise BadRequest(Code.NOT_JUDGED, cell=cell.name, standing=cell.standing.value)
