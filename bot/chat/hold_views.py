"""How holds look, wherever they matter, and the lifting of the one that is everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.lifts import mark
from bot.maintenance.telling import Deed, acts, hold_of, lift_of, unhold
from bot.ports import Audience, Message
from bot.rules.hold import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.maintenance.words import Words
    from bot.ports import LiftProposal
    from bot.rules.hold import Hold


class HoldViews:
    """Answers about holds, in the words given."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words

    def listed(self, holds: Sequence[Hold]) -> Message:
        """List the holds that stand, and what lifts each."""
        rows = [vars(hold) | {"lift": unhold(hold.scope, hold.value)} for hold in holds]
        return Message(text=self._words.say("lists", "holds", holds=rows))

    def below(self, message: Message, holds: Sequence[Hold]) -> Message:
        """Return *message* with a line below for each of *holds*: where, why, since when, by whom.

        If there are none it stays as it is.
        """
        if not holds:
            return message
        lines = self._words.say("lists", "held", holds=[vars(hold) for hold in holds])
        return replace(message, text=f"{message.text}\n{lines}")

    def held(self, hold: Hold) -> Message:
        """Say that a hold stands, and what lifts it."""
        lift = unhold(hold.scope, hold.value)
        return self._message("answers", "held", scope=hold.scope, value=hold.value, lift=lift)

    def lifted(self, scope: Scope, value: str) -> Message:
        """Say that a hold is lifted."""
        said = self._message("answers", "lifted", scope=scope, value=value)
        return said.settling(hold_of(scope.value, value))

    # ---- the global hold ---------------------------------------------------------------------

    def question(self, holds: Sequence[Hold], guests: int, *, second: bool) -> Message:
        """Ask whether *holds*, which are everywhere, are to be lifted.

        *guests* can be suspended again at most; *second*: a second person must approve it.
        """
        rows = [vars(hold) for hold in holds]
        known = {"holds": rows, "guests": guests, "second": second}
        text = self._words.say("lifting", "question", **known)
        return Message(text=text, answer=self._words.say("lifting", "answer"), loud=True)

    def proposed(
        self, proposal: LiftProposal, holds: Sequence[Hold], guests: int, replaced: str = ""
    ) -> Message:
        """Say that a lifting waits, who may approve it, until when; *replaced* proposed before."""
        text = self._words.say(
            "lifting",
            "proposed",
            actor=proposal.actor,
            reason=proposal.reason,
            until=proposal.until,
            holds=[vars(hold) for hold in holds],
            guests=guests,
            replaced=replaced,
        )
        decide = (
            Deed(code="approve", command=approval_of(proposal), hurts=True),
            Deed(code="refuse", command="refuse unhold"),
        )
        offered = [replace(act, about=lift_of()) for act in acts(self._words, decide)]
        return Message(text=text, acts=tuple(offered), audience=Audience.CHANNEL, loud=True)

    def waits(self, commands: Sequence[str]) -> Message:
        """Say that a lifting still waits for a second person, and what that one types."""
        return Message(text=self._words.say("lifting", "waits", commands=commands), loud=True)

    def approved(self, proposal: LiftProposal, actor: str) -> Message:
        """Say that *actor* has approved it, and the hold is lifted."""
        everywhere = hold_of(Scope.GLOBAL.value, "")
        return self._outcome("approved", proposal, actor).settling(everywhere)

    def refused(self, proposal: LiftProposal, actor: str) -> Message:
        """Say that *actor* has refused it, or has taken it back."""
        return self._outcome("refused", proposal, actor)

    def _outcome(self, macro: str, proposal: LiftProposal, actor: str) -> Message:
        known = {"actor": actor, "proposer": proposal.actor, "reason": proposal.reason}
        text = self._words.say("lifting", macro, **known)
        return Message(text=text, audience=Audience.CHANNEL).settling(lift_of())

    def _message(self, file: str, macro: str, /, **known: object) -> Message:
        return Message(text=self._words.say(file, macro, **known))


def approval_of(proposal: LiftProposal) -> str:
    """Return the command that approves *proposal*, and no other that takes its place."""
    return f"approve unhold --seen {mark(proposal)}"
