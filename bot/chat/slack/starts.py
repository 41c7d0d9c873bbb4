"""Starting a run in Slack: the plan as a card, then a form that asks for the host's name."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.chat.arguments import line_of, parse
from bot.chat.inside import inside
from bot.chat.looking import options_of
from bot.chat.outside import outside
from bot.chat.slack import modals
from bot.chat.slack.failures import Away, Refused
from bot.chat.trying import placed
from bot.maintenance.notices.failures import translated
from bot.maintenance.telling import card_of, start_deed
from bot.ports import Act, Message, Posting
from bot.rules.errors import MaintError
from bot.rules.names import problem_of_text
from bot.rules.plan.data import plan_from_data, plan_to_data

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.chat.grammar import Command
    from bot.chat.handlers import Handler
    from bot.chat.replies import PendingStart, Reply
    from bot.chat.slack.board import Board, Postings
    from bot.chat.slack.deliveries import Form, Press
    from bot.chat.slack.drawing import Drawing
    from bot.chat.slack.web import SlackWeb
    from bot.maintenance.words import Words
    from bot.rules.plan.terms import Plan

logger = logging.getLogger(__name__)

_NUMBER = re.compile("[0-9]{1,15}")
DISMISS = "dismiss"  # what the second button of a card begins with; no command of the grammar


class Starts:
    """Leads a person from `/maint start HOST` over the card and the form to the command."""

    def __init__(  # noqa: PLR0913 - the parts that a start touches
        self,
        handler: Handler,
        store: Postings,
        board: Board,
        web: SlackWeb,
        drawing: Drawing,
        words: Words,
        *,
        reason: bool,
    ) -> None:
        """Plan by *handler*'s desk, pin cards on *board*; *reason*: a start needs one."""
        self._handler, self._store, self._board = handler, store, board
        self._web, self._drawing, self._words = web, drawing, words
        self._reason = reason

    async def card(self, pending: PendingStart, shown: tuple[Message, ...]) -> None:
        """Pin the plan that was asked for, with what can be done; older cards are settled."""
        command, plan = pending.command, pending.plan
        about = card_of(plan.host)
        start = _start(command, plan)
        acts = (
            Act(label=self._words.say("acts", "start"), command=start, about=about),
            Act(
                label=self._words.say("slack_cards", "cancel"),
                command=f"{DISMISS} {plan.host}",
                about=about,
            ),
        )
        *before, last = shown
        for message in before:
            await self._board.pin(self._posting(message))
        newer = self._words.say("slack_cards", "newer")
        card = replace(last, acts=acts, settles=((about, newer),))
        context = {"command": start, "plan": plan_to_data(plan)}
        await self._board.pin(replace(self._posting(card), context=context))

    async def cancel(self, press: Press, actor: str) -> None:
        """Take the buttons of a card that offers this away, and say who did."""
        posting = await self._card(press)
        if posting is None or press.command not in {a.command for a in posting.message.acts}:
            return
        outcome = self._words.say("slack_cards", "cancelled", actor=actor)
        settled = (*posting.message.settled, outcome)
        message = replace(posting.message, acts=(), settled=settled)
        await self._board.update(str(posting.number), message)

    async def open(self, press: Press, refusal: Callable[[], Awaitable[Reply | None]]) -> None:
        """Open the form at once, then fill it, or say in it why its person may not start this.

        A trigger lives three seconds; reading a plan, or who is in a group, may take longer.
        """
        command = placed(self._handler.desk, parse(press.command))
        number = await self._web.open_view(press.trigger, self._told("reading", command.host))
        try:
            refused = await refusal()
            said = self._said(refused.messages[0]) if refused else None
            view = said or await self._filled(press, command)
        except MaintError as error:
            view = self._said(self._handler.views.error(error))
        except Exception:
            logger.exception("a defect, while reading the plan of %s again", command.host)
            view = self._told("broken", command.host)
        try:
            await self._web.update_view(number, view)
        except (Away, Refused) as error:
            logger.warning("the form for %s is not filled: %r", press.command, error)

    async def faults(self, form: Form) -> Mapping[str, str]:
        """Say what is wrong with what was typed, by block; nothing: it is right.

        Also that the card it was opened from offers nothing any more.
        """
        host, card = form.about.get("host", ""), await self._opened_from(form)
        if card and not card.message.acts:
            return {modals.NAME: self._words.say("slack_cards", "card_over", host=host)}
        found = {}
        if not host or form.values.get(modals.NAME, "").strip() != host:
            found[modals.NAME] = self._words.say("slack_cards", "not_the_name", host=host)
        reason = form.values.get(modals.REASON, "").strip()
        if form.about.get(modals.REASON) and (problem := problem_of_text(reason)):
            found[modals.REASON] = self._words.code("names", problem)
        return found

    def line(self, form: Form) -> str:
        """Return the command that a form without faults means."""
        command, host = form.about.get("command", ""), form.about.get("host", "")
        reason = form.values.get(modals.REASON, "").strip()
        given = ["--confirm", host, *(["--reason", reason] if reason else [])]
        return f"{command} {line_of(given)}"

    # ---- parts ----

    async def _filled(self, press: Press, command: Command) -> dict[str, Any]:
        posting = await self._card(press)
        options = options_of(command)
        plan = await self._handler.desk.plan(command.host, options)
        if plan.problems:
            return self._said(self._handler.views.plan(plan, options))
        around, asks = await self._around(plan)
        texts = [*around, self._since(posting, plan, command)]
        card = str(posting.number) if posting else ""
        about = {"host": plan.host, "command": _start(command, plan), "card": card}
        about |= {modals.REASON: "asked"} if asks else {}
        said = {
            name: self._words.say("slack_cards", f"form_{name}", host=plan.host)
            for name in ("title", "submit", "close", "name", "reason")
        }
        blocks = self._drawing.message(Message(text="\n".join(texts))).blocks
        return modals.asking(said, blocks, about, reason=asks)

    async def _around(self, plan: Plan) -> tuple[list[str], bool]:
        """Say in which window the start is, or that it is in none; and whether it needs a reason.

        That of its window is as good as one.
        """
        views = self._handler.views
        if plan.trial:
            return [], False
        with translated():
            if window := await inside(self._handler.windows, plan):
                return [views.inside(window).text], False
            if not self._reason:
                return [], False
            known = await outside(self._handler.office.notices, plan.host)
        return [views.outside(known).text], True

    def _since(self, posting: Posting | None, plan: Plan, command: Command) -> str:
        """Say what of the plan has changed since the card was shown."""
        data = posting.context.get("plan") if posting else None
        if not data:
            return self._handler.views.plan(plan, options_of(command)).text
        before = plan_from_data(data)
        if before.hash == plan.hash:
            return self._words.say("slack_cards", "unchanged", host=plan.host, at=before.at)
        return self._handler.views.difference(before, plan, options_of(command)).text

    async def _opened_from(self, form: Form) -> Posting | None:
        number = form.about.get("card", "")
        if not _NUMBER.fullmatch(number):
            return None
        return await self._store.posting(self._board.name, int(number))

    async def _card(self, press: Press) -> Posting | None:
        return await self._store.posting(self._board.name, reference=press.reference)

    def _posting(self, message: Message) -> Posting:
        return Posting(chat=self._board.name, message=message)

    def _told(self, macro: str, host: str) -> dict[str, Any]:
        return self._said(Message(text=self._words.say("slack_cards", macro, host=host)))

    def _said(self, message: Message) -> dict[str, Any]:
        title, close = (
            self._words.say("slack_cards", f"form_{name}", host="") for name in ("title", "close")
        )
        return modals.plain(title, close, self._drawing.message(replace(message, acts=())).blocks)


def _start(command: Command, plan: Plan) -> str:
    """Return the start of *plan* as it is typed, without what the form asks for."""
    line = start_deed(plan.host, options_of(command), plan.hash).command
    return f"{line} {line_of(['--alone', command.alone])}" if command.alone else line
