"""When the host has no record of an operation, the state of the world decides what became of it.

The answer is a row: DONE (the effect is there), NEVER (it provably is not, and under a higher
token never will be), or FAILED with what is left. What is not safe to tell leads to STUCK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.operation import Operation, Verb
from bot.rules.run.journal import Draft, Event

if TYPE_CHECKING:
    from bot.rules.fleet import GuestFacts

#: The state a guest is in when the verb has worked, and the states it is in when it has not begun.
_RUN, _PAUSED, _OFF = GuestState.RUNNING, GuestState.PAUSED, GuestState.OFF
_SIGNS: dict[Verb, tuple[GuestState | None, frozenset[GuestState]]] = {
    Verb.SAVE: (None, frozenset({_RUN, _PAUSED})),
    Verb.SHUTDOWN: (_OFF, frozenset({_RUN})),
    Verb.RESTORE: (_PAUSED, frozenset({_OFF})),
    Verb.UNPAUSE: (_RUN, frozenset({_PAUSED})),
    Verb.PAUSE: (_PAUSED, frozenset({_RUN})),
    Verb.BOOT: (_RUN, frozenset({_OFF})),
    Verb.DESTROY: (_OFF, frozenset({_RUN, _PAUSED, GuestState.SUSPENDED})),
    Verb.ANNOUNCE: (None, frozenset({_RUN})),
    Verb.REPLUG: (None, frozenset({_RUN})),
    Verb.VERIFY: (None, frozenset({_OFF})),
    Verb.ROLLBACK: (None, frozenset({_OFF})),  # repeating it gives the same disk
    Verb.SNAPSHOT: (None, frozenset({_OFF})),
    Verb.SPEND: (None, frozenset({_PAUSED, _RUN, _OFF})),
    Verb.DISCARD_IMAGE: (None, frozenset(GuestState)),
    Verb.DROP_SNAPSHOT: (None, frozenset(GuestState)),
}


def witness(flight: Operation, facts: GuestFacts) -> Draft:
    """Return the row that says what became of *flight*, judged by its guest alone."""
    about = {"verb": str(flight.id.verb), "attempt": flight.id.attempt, "by": "world"}
    worked, not_begun = _SIGNS[flight.id.verb]
    if _left_a_trace(flight, facts) or (worked is not None and facts.state is worked):
        return _row(Event.DONE, facts, {**about, "domid": facts.domid})
    if facts.state in not_begun:
        return _row(Event.NEVER, facts, about)
    return _row(Event.FAILED, facts, {**about, "error": "unrecorded", "left": str(facts.state)})


def _row(event: Event, facts: GuestFacts, data: dict[str, object]) -> Draft:
    return Draft(event=event, guest=facts.name, data=data)


def _left_a_trace(flight: Operation, facts: GuestFacts) -> bool:
    image = next((i for i in facts.images if i.name == flight.image), None)
    match flight.id.verb:
        case Verb.SAVE:
            return facts.state is _OFF and image is not None and image.complete
        case Verb.SPEND:
            return image is not None and image.spent
        case Verb.SNAPSHOT:
            return flight.snapshot in facts.snapshots
        case Verb.VERIFY:
            return image is not None and image.verified
        case _:
            return False
