"""Bringing requests to the bot, judging how it acknowledges them, and repeating events."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.slack_server.answering import answer, answer_submission
from tests.slack_server.delivery import Acknowledgement, Request
from tests.slack_server.posting import Posting
from tests.slack_server.sockets import Sockets
from tests.slack_server.workspace import Refused, Workspace

RETRY_PAUSES = (0.0, 60.0, 300.0)  # seconds from one attempt for an event to the next


class Delivering:
    """Brings requests over the way that is open."""

    def __init__(self, slack: Workspace, sockets: Sockets, posting: Posting) -> None:
        self._slack, self._sockets, self._posting = slack, sockets, posting
        self._tasks: set[asyncio.Task[None]] = set()
        self.all: list[Acknowledgement] = []  # of every attempt

    async def send(self, request: Request) -> Acknowledgement:
        """Bring *request*; what is an event comes again if it is not acknowledged."""
        assert not (request.invalid and self._sockets.connected), "nothing is signed on a socket"
        acknowledgement = await self._attempt(request)
        if request.kind == "event" and not (acknowledgement.ok or request.invalid):
            task = asyncio.create_task(self._again(acknowledgement))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return acknowledgement

    async def close(self) -> None:
        """Repeat nothing any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _again(self, last: Acknowledgement) -> None:
        for retry, pause in enumerate(RETRY_PAUSES, start=1):
            await self._slack.moments.reach(last.sent_at + pause)
            request = replace(last.request, retry=retry, reason=_reason(last), raw=None)
            last = await self._attempt(request)
            if last.ok:
                return

    async def _attempt(self, request: Request) -> Acknowledgement:
        acknowledgement = Acknowledgement(request=request, sent_at=self._slack.moments.now())
        self.all.append(acknowledgement)
        self._slack.moments.ring()
        if self._slack.out:
            acknowledgement.lost = True
        elif self._sockets.connected:
            await self._sockets.carry(acknowledgement)
        elif self._slack.bot_url:
            await self._posting.carry(acknowledgement)
        else:
            acknowledgement.lost = True
        self._judge(acknowledgement)
        self._slack.moments.ring()
        return acknowledgement

    def _judge(self, acknowledgement: Acknowledgement) -> None:
        request, slack = acknowledgement.request, self._slack
        if request.invalid:
            if acknowledgement.status == 200:
                slack.breach(f"{request.name}: accepted with a signature that is not valid")
        elif acknowledgement.ok:
            self._take_answer(acknowledgement)
        elif acknowledgement.status:
            slack.breach(f"{request.name}: answered with status {acknowledgement.status}")
        elif not acknowledgement.lost:
            slack.breach(f"{request.name}: not acknowledged within 3 s")

    def _take_answer(self, acknowledgement: Acknowledgement) -> None:
        request, body = acknowledgement.request, acknowledgement.body
        if acknowledgement.text.strip():
            body = {"text": acknowledgement.text}
        try:
            if request.view:
                answer_submission(self._slack, request.view, body)
            elif body and request.kind == "interactive":
                self._slack.breach(f"{request.name}: Slack ignores the answer {body}")
            elif body and request.hook:
                answer(self._slack, request.hook, body, "acknowledgement")
        except Refused:
            return  # it is on record


def _reason(acknowledgement: Acknowledgement) -> str:
    if acknowledgement.way == "socket":
        return "timeout"
    if acknowledgement.lost:
        return "connection_failed"
    return "http_error" if acknowledgement.status else "http_timeout"
