"""What to do next: one function from a run and a look at the world to journal rows. Pure.

`rules_for` names the rules of each phase in order. The runner applies the rows of one before it
asks the next, so no rule sees a guest that another has just set in motion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.run import bring_up, hostwork, patience, question, trying
from bot.rules.run.breaking import hold
from bot.rules.run.drain import drain, empty
from bot.rules.run.moves import phase, restarted
from bot.rules.run.repair import repair
from bot.rules.run.states import Phase
from bot.rules.run.twice import stop_both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.rules.run.journal import Draft
    from bot.rules.run.sight import Rulebook, Sight
    from bot.rules.run.terms import Run

    Rule = Callable[[Run, Sight, Rulebook], Iterator[Draft]]


def rules_for(run: Run, sight: Sight) -> tuple[Rule, ...]:
    """Return the rules that apply now, in order; none while the run is released."""
    if run.released:
        return ()
    if not sight.contact:
        return (patience.with_host,)
    return (patience.with_host, patience.with_operations, stop_both, _hold, *_BY_PHASE[run.phase])


def _hold(run: Run, _sight: Sight, book: Rulebook) -> Iterator[Draft]:
    return hold(run, book.policy)


def _work(run: Run, sight: Sight, _book: Rulebook) -> Iterator[Draft]:
    return hostwork.host_work(run, sight)


def _gate(run: Run, sight: Sight, _book: Rulebook) -> Iterator[Draft]:
    return hostwork.gate(run, sight)


def _two_phase(run: Run, sight: Sight, _book: Rulebook) -> Iterator[Draft]:
    return bring_up.two_phase(run, sight)


def _host_restarted(run: Run, sight: Sight, _book: Rulebook) -> Iterator[Draft]:
    """Send a host back to the gate that was restarted while its guests were brought up."""
    if restarted(run, sight) and not patience.rebooting(run) and not run.going_back:
        kernel = run.work.kernel if run.gated else run.plan.before.kernel
        yield phase(Phase.GATE, "restarted", kernel=kernel)


def _begin(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    if run.paused:
        return
    if run.going_back:
        yield from bring_up.go_back(run, sight)
    else:
        yield from bring_up.begin(run, sight, book)


def _beside(run: Run, sight: Sight, _book: Rulebook) -> Iterator[Draft]:
    return trying.tell_beside(run, sight)


def _finish(run: Run, sight: Sight, _book: Rulebook) -> Iterator[Draft]:
    if not run.going_back:
        yield from bring_up.tidy(run)
        if trying.waiting(run):
            yield from trying.go_on(run)
        else:
            yield from bring_up.finish(run, sight)


_BY_PHASE: dict[Phase, tuple[Rule, ...]] = {
    Phase.DRAIN: (drain,),
    Phase.HOST_WORK: (empty, _work),
    Phase.GATE: (_beside, _gate),
    Phase.BRING_UP: (_beside, _host_restarted, _two_phase, repair, question.ask, _begin, _finish),
    Phase.ENDED: (bring_up.aftercare,),
}
