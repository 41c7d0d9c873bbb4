"""What people do in Slack, done: each request once, its answer where it belongs."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bot.chat.arguments import parse
from bot.chat.commands import VERBS
from bot.chat.replies import PendingStart, Reply
from bot.chat.slack import deliveries, modals
from bot.chat.slack.answers import Answers
from bot.chat.slack.failures import Away, Refused
from bot.chat.slack.starts import DISMISS
from bot.chat.trying import STARTS
from bot.ports import Request
from bot.rules.errors import BadRequest, MaintError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from typing import Any

    from bot.chat.grammar import Spec
    from bot.chat.handlers import Handler
    from bot.chat.slack.deliveries import Form, Press
    from bot.chat.slack.starts import Starts
    from bot.ports import Asked, AuditRow, Message

logger = logging.getLogger(__name__)

RECORDING = 2.0  # seconds for a request to be recorded; Slack waits three for its acknowledgement
CLOSING = 10.0  # seconds for answers that are under way when the process ends
FORGOTTEN = 600.0  # seconds after which it is not what its person wants any more


class Requests(Protocol):
    """The part of the store (`bot.ports.Store`) that keeps what was asked."""

    async def asked(self, asked: Asked) -> str:
        """Record a request; return its key, no other's; empty if it came before."""

    async def answered(self, key: str, status: int) -> None:
        """Record that a request has its answer."""

    async def orphaned(self, chat: str) -> tuple[Asked, ...]:
        """Return the requests without an answer whose process is no more, oldest first."""

    async def audited(self, key: str) -> AuditRow | None:
        """Return the audit row of a request, or None."""


class Front:
    """Takes what Slack delivers: recorded first, acknowledged, then done in a task of its own.

    Nothing here raises into Slack's library: that would lose the acknowledgement.
    """

    def __init__(
        self,
        handler: Handler,
        store: Requests,
        answers: Answers,
        starts: Starts,
        chat: str,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Obey by *handler*, remember in *store*; *chat* is the name requests are kept under."""
        self._handler, self._store = handler, store
        self._answers, self._starts = answers, starts
        self._chat, self._now = chat, now
        self._tasks: set[asyncio.Task[None]] = set()
        self._home = asyncio.get_running_loop()  # where requests are done, wherever they come in

    # ---- what comes in ----

    async def command(self, body: Mapping[str, Any]) -> Message | None:
        """Take a slash command; return what is to be said with its acknowledgement."""
        return await self._take(deliveries.command(body, self._chat, self._now()))

    async def mention(self, body: Mapping[str, Any]) -> None:
        """Take a message that names the bot."""
        asked = deliveries.mention(body, self._chat, self._now())
        if asked and (problem := await self._take(asked)):
            self._spawn(self._answers.whisper(asked, problem))

    async def press(self, body: Mapping[str, Any]) -> None:
        """Take the press of a button."""
        press = deliveries.press(body)
        if press is None:
            return
        if _dismisses(press.command) or _opens_form(press.command):
            self._spawn(self._form_or_dismissal(press))
            return
        asked = deliveries.pressed(press, self._chat, self._now())
        if problem := await self._take(asked):
            self._spawn(self._answers.whisper(asked, problem))

    async def submit(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Take a form; return what is wrong with it, by block."""
        form = deliveries.form(body)
        if form is None or form.kind != modals.START:
            return {}
        try:
            return await self._starts.faults(form) or await self._submitted(form)
        except MaintError as error:
            return {modals.NAME: self._handler.views.error(error).text}

    async def _submitted(self, form: Form) -> Mapping[str, str]:
        line, place = self._starts.line(form), self._answers.place
        problem = await self._take(deliveries.filled(form, line, self._chat, self._now(), place))
        return {modals.NAME: problem.text} if problem else {}

    # ---- what comes of it ----

    async def catch_up(self) -> None:
        """Take up what a process has recorded and not answered that is no more."""
        for asked in await self._store.orphaned(self._chat):
            late = self._now() - asked.at > FORGOTTEN
            await self._guarded(self._take_up(asked, late=late))

    async def close(self) -> None:
        """Wait for what is being done, but not for a Slack that does not answer."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING)

    async def _take(self, asked: Asked | None) -> Message | None:
        """Record a request and begin it; return what is in the way."""
        if asked is None:
            return self._answers.said("not_understood")
        recording = asyncio.ensure_future(self._store.asked(asked))
        recording.add_done_callback(lambda done: self._begin(asked, done))
        try:
            await asyncio.wait_for(asyncio.shield(recording), RECORDING)
        except TimeoutError:
            return self._answers.said("slow", text=asked.text)
        except MaintError as error:
            return self._handler.views.error(error)
        except Exception as defect:
            logger.exception("a defect, while recording %r of %s", asked.text, asked.actor)
            return self._handler.views.defect(repr(defect))
        return None

    def _begin(self, asked: Asked, recording: asyncio.Future[str]) -> None:
        if recording.cancelled() or recording.exception() or not recording.result():
            return
        self._spawn(self._obey(replace(asked, key=recording.result())))

    async def _obey(self, asked: Asked) -> None:
        try:
            text = await self._answers.meant(asked)
        except (Away, Refused) as error:
            await self._store.answered(asked.key, 1)
            macro = "no_answer" if isinstance(error, Away) else "no_address"
            await self._answers.whisper(asked, self._answers.said(macro))
            return
        reply = await self._handler.handle(Request(actor=asked.actor, text=text, key=asked.key))
        try:
            await self._answer(asked, reply)
        finally:  # if we die before, the next process knows by the audit what was done
            await self._store.answered(asked.key, reply.exit_status)

    async def _answer(self, asked: Asked, reply: Reply) -> None:
        spec = _spec(asked.text)
        if isinstance(reply.pending, PendingStart):
            shown = reply.messages[:-1]  # the last one asks for a line, which a form does here
            await self._starts.card(reply.pending, shown)
        elif reply.pending is not None:
            await self._answers.ask(asked, reply)
        else:
            await self._answers.give(asked, reply, spec)

    async def _take_up(self, asked: Asked, *, late: bool) -> None:
        """Do what nobody has begun; say of what somebody has begun how far that is known."""
        row = await self._store.audited(asked.key)
        if row is None and not late:
            await self._obey(asked)
            return
        macro = "too_late" if row is None else "was_done" if row.result else "uncertain"
        await self._store.answered(asked.key, 0 if macro == "was_done" else 1)
        await self._answers.whisper(asked, self._answers.said(macro, text=asked.text))

    async def _form_or_dismissal(self, press: Press) -> None:
        dismisses, host = _dismisses(press.command), press.command.partition(" ")[2]
        asked = deliveries.pressed(press, self._chat, self._now())
        text = f"start {host}" if dismisses else press.command
        may = Request(actor=asked.actor, text=text, key=asked.delivery)
        if not dismisses:  # the form comes at once; whether they may is said in it
            await self._open_form(press, asked, may)
        elif refusal := await self._handler.refusal(may):
            await self._answers.give(asked, refusal, None)
        else:
            await self._starts.cancel(press, asked.actor)

    async def _open_form(self, press: Press, asked: Asked, may: Request) -> None:
        try:
            await self._starts.open(press, partial(self._handler.refusal, may))
        except (Away, Refused) as error:
            logger.warning("the form for %s is not opened: %r", press.command, error)
            await self._answers.whisper(asked, self._answers.said("no_form"))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let *work* be done at home; Slack's deliveries may come in beside it."""
        if asyncio.get_running_loop() is self._home:
            self._keep(work)
        else:
            self._home.call_soon_threadsafe(self._keep, work)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (Away, Refused) as error:
            logger.warning("an answer did not reach Slack: %r", error)
        except MaintError as error:
            logger.warning("an answer could not be given: %s", error)
        except Exception:
            logger.exception("a defect, while answering in Slack")


def _spec(text: str) -> Spec | None:
    try:
        return VERBS[parse(text).verb]
    except BadRequest:
        return None


def _dismisses(command: str) -> bool:
    """Say whether a button takes the start off a card; older cards have `cancel HOST` for that."""
    word, blank, _ = command.partition(" ")
    return bool(blank) and (word == DISMISS or (word == "cancel" and _spec(command) is None))


def _opens_form(command: str) -> bool:
    """Say whether a button starts a run, which a form asks about first."""
    try:
        return parse(command).verb in STARTS
    except BadRequest:
        return False
