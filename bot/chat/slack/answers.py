"""Where answers go: what only looks, and what is wrong, to the one who asked; the rest to all."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.slack.deliveries import PREFIX
from bot.chat.slack.failures import Refused
from bot.chat.trying import STARTS
from bot.ports import Act, Audience, Message, Posting
from bot.settings.people import Right

if TYPE_CHECKING:
    from bot.chat.grammar import Spec
    from bot.chat.replies import Reply
    from bot.chat.slack.board import Board
    from bot.chat.slack.drawing import Drawing
    from bot.chat.slack.web import SlackWeb
    from bot.maintenance.words import Words
    from bot.ports import Asked

logger = logging.getLogger(__name__)

_APPROVES = re.compile(r"campaign approve (\d+)\b")
_TO_ME = re.compile(r"(campaign test \d+) me")
#: What a run obeys: its journal tells everybody, so that the answer is for the asker alone.
WISHES = frozenset(
    {
        *("continue", "pause", "resume", "abort", "retry", "boot", "rollback", "leave"),
        *("wait", "destroy", "choose", "release", "takeback"),
    }
)


class Answers:
    """Gives answers in Slack."""

    def __init__(self, board: Board, web: SlackWeb, drawing: Drawing, words: Words) -> None:
        """Pin on *board* what all see; say the rest by *web*, as *drawing* makes it look."""
        self._board, self._web, self._drawing, self._words = board, web, drawing, words

    @property
    def place(self) -> str:
        """The channel of all messages."""
        return self._board.place

    def said(self, macro: str, **known: object) -> Message:
        """Return a message of Slack's own words."""
        return Message(text=self._words.say("slack_cards", macro, **known), loud=True)

    async def give(self, asked: Asked, reply: Reply, spec: Spec | None) -> None:
        """Give *reply* to whom it concerns; what a run tells all in a moment is not said twice."""
        if _for_all(reply, spec):
            for message in _news(reply, spec):
                known = self._testable(message)
                await self._board.pin(Posting(chat=self._board.name, message=known))
        elif reply.exit_status or not _told_by_run(asked, spec):
            for message in reply.messages:
                await self.whisper(asked, message)

    async def meant(self, asked: Asked) -> str:
        """Return what was asked, with the asker's own address for "me".

        Raises Refused: their profile shows none.
        """
        test = _TO_ME.fullmatch(asked.text)
        if test is None:
            return asked.text
        address = await self._web.address(asked.actor.removeprefix(PREFIX))
        if not address:
            raise Refused("no_address")
        return f"{test[1]} {address}"

    def _testable(self, message: Message) -> Message:
        """Offer a test to oneself where an approval is offered."""
        approvals = (_APPROVES.match(act.command) for act in message.acts)
        approval = next((found for found in approvals if found), None)
        if approval is None:
            return message
        label = self._words.say("slack_cards", "test_to_me")
        test = Act(label=label, command=f"campaign test {approval[1]} me")
        return replace(message, acts=(*message.acts, test))

    async def ask(self, asked: Asked, reply: Reply) -> None:
        """Ask once more before what cannot be taken back."""
        *before, question = reply.messages
        answer = reply.pending.yes if reply.pending else "--confirm"
        yes = Act(
            label=self._words.say("slack_cards", "yes"),
            command=f"{asked.text} {answer}",
            hurts=True,
        )
        for message in (*before, replace(question, acts=(yes,))):
            await self.whisper(asked, message)

    async def whisper(self, asked: Asked, message: Message) -> None:
        """Show *message* to the asker alone; files can only be shown where they talk to us."""
        person = asked.actor.removeprefix(PREFIX)
        if message.files:
            await self._send(person, message)
            message = replace(message, files=(), text=self._words.say("slack_cards", "sent"))
        drawn = self._drawing.message(message, asked.delivery)
        if url := asked.where.get("url"):
            try:
                await self._web.respond(url, drawn)
            except Refused:  # it is good for half an hour, and five answers
                logger.info("an answer goes another way: %s", asked.text)
            else:
                return
        place, thread = asked.where.get("place") or self.place, asked.where.get("thread", "")
        await self._web.whisper(place, person, drawn, thread=thread)

    async def _send(self, person: str, message: Message) -> None:
        place = await self._web.talk(person)
        await self._board.pin(Posting(chat=self._board.name, message=message, place=place))


def _for_all(reply: Reply, spec: Spec | None) -> bool:
    """Say whether everybody sees the answer: it changed something that no journal tells."""
    if any(message.audience is Audience.CHANNEL and message.settles for message in reply.messages):
        return True
    # Whoever has a customer's link acts for them; what becomes of a window its journal tells all.
    private = WISHES | {"optin link", "schedule", "reschedule", "cancel"}
    changes = spec is not None and spec.needs is not Right.LOOK and spec.name not in private
    files = any(message.files for message in reply.messages)
    return changes and bool(reply.messages) and reply.exit_status in {0, 3} and not files


def _news(reply: Reply, spec: Spec | None) -> tuple[Message, ...]:
    """Return what of *reply* is new: a start has shown its plan before, on the card."""
    if spec is None or spec.name not in STARTS:
        return reply.messages
    return () if reply.follow else reply.messages[-1:]


def _told_by_run(asked: Asked, spec: Spec | None) -> bool:
    return bool(spec and spec.name in WISHES and asked.where.get("pressed"))
