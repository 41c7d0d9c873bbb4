"""What a posting looks like in Slack, and the words that only Slack needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.slack.blocks import Drawn, drawn
from bot.chat.slack.escaping import literal
from bot.ports import Message

if TYPE_CHECKING:
    from datetime import datetime

    from bot.chat.slack.door import Outage
    from bot.maintenance.words import Words
    from bot.ports import Posting

LONGEST = 3000  # characters of a text without blocks


class Drawing:
    """Draws, in the words given."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words

    def of(self, posting: Posting) -> Drawn:
        """Return how *posting* looks; a press on one of its buttons names its present acts."""
        lines = [
            self._words.say("slack_cards", "settled", outcome=o) for o in posting.message.settled
        ]
        if posting.doubtful:
            lines.append(self._words.say("slack_cards", "doubtful"))
        text = "\n".join([posting.message.text, *lines])
        return self.message(replace(posting.message, text=text), str(posting.acts_version))

    def message(self, message: Message, nonce: str = "") -> Drawn:
        """Return how *message* looks."""
        return drawn(message, nonce, words=self._words)

    def plain(self, posting: Posting) -> Drawn:
        """Return how it looks without anything that Slack could object to, but its words."""
        lines = [literal(line) for line in posting.message.text.split("\n")]
        text = "\n".join(lines)
        return Drawn(text=text if len(text) <= LONGEST else self.of(posting).text, blocks=[])

    def catch_up(self, outage: Outage, late: int, now: datetime) -> Message:
        """Say that Slack took nothing for a while, and what comes late now."""
        until = outage.until or now
        known = {"since": outage.since, "until": until, "why": outage.why, "late": late}
        return Message(text=self._words.say("slack_cards", "catch_up", **known))
