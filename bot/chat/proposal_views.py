"""How a start looks that waits for a second person, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.maintenance.plan_fields import counts
from bot.maintenance.telling import Deed, acts, start_deed, start_of
from bot.ports import Audience, Message

if TYPE_CHECKING:
    from bot.maintenance.words import Words
    from bot.ports import Proposal


class ProposalViews:
    """Answers about proposals, in the words given. All of them are for everybody."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words

    def proposed(self, proposal: Proposal, replaced: str = "") -> Message:
        """Say that a start waits, who may approve it, until when; *replaced* proposed before."""
        host = proposal.host
        text = self._words.say(
            "proposals",
            "proposed",
            host=host,
            actor=proposal.actor,
            command=start_deed(host, proposal.options).command,
            hash=proposal.plan.hash,
            reason=proposal.reason,
            until=proposal.until,
            replaced=replaced,
            **counts(proposal.plan),
        )
        decide = (
            Deed(code="approve", command=approval(proposal), hurts=True),
            Deed(code="refuse", command=f"refuse {host}"),
        )
        offered = [replace(act, about=start_of(host)) for act in acts(self._words, decide)]
        return Message(text=text, acts=tuple(offered), audience=Audience.CHANNEL, loud=True)

    def approved(self, proposal: Proposal, actor: str) -> Message:
        """Say that *actor* has approved it, and it begins."""
        return self._outcome("approved", proposal, actor)

    def refused(self, proposal: Proposal, actor: str) -> Message:
        """Say that *actor* has refused it, or has taken it back."""
        return self._outcome("refused", proposal, actor)

    def _outcome(self, macro: str, proposal: Proposal, actor: str) -> Message:
        known = {"host": proposal.host, "actor": actor, "proposer": proposal.actor}
        text = self._words.say("proposals", macro, **known)
        return Message(text=text, audience=Audience.CHANNEL).settling(start_of(proposal.host))


def approval(proposal: Proposal) -> str:
    """Return the command that approves *proposal*, and no other that takes its place."""
    return f"approve {proposal.host} --plan {proposal.plan.hash}"
