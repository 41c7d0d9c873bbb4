"""One person's session at a terminal, or one stream of lines: obeys, follows, sums up."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bot.chat.arguments import parse
from bot.chat.confirming import not_confirmed
from bot.chat.hold_views import approval_of
from bot.chat.proposal_views import approval
from bot.ports import Request
from bot.rules.errors import Code, MaintError, TryAgain
from bot.rules.hold import Scope
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from bot.chat.asked import Rest
    from bot.chat.following import Following
    from bot.chat.handlers import Handler
    from bot.chat.replies import Pending, Reply
    from bot.chat.screen import Screen

T = TypeVar("T")

WAITS = 3  # exit status: a run waits for a person


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a session behaves."""

    actor: str
    prompt: bool = False  # somebody sits there: answers come at once, runs are told beside them
    echo: bool = False  # show each line before its answer
    owner: str = ""  # of the leases of this process, whose runs end with it
    prefix: str = "maint"  # what stands before a command at a shell; empty: all ends with us


class Session:
    """Reads lines until they end, somebody leaves, or *stop* is set."""

    def __init__(
        self,
        handler: Handler,
        following: Following,
        screen: Screen,
        manner: Manner,
        stop: asyncio.Event,
        work: Callable[[], None] = lambda: None,
    ) -> None:
        """Obey by *handler*, show on *screen*; *work* is called when there is a run to follow."""
        self._handler = handler
        self._following = following
        self._screen = screen
        self._manner = manner
        self._stop = stop
        self._pending: Pending | None = None
        self._statuses: list[int] = []
        self._proposed: set[str] = set()  # hosts whose starts were to wait for a second person
        self._lifts = False  # the lifting of the global hold was to wait for one
        self._waits = False  # one of them still does
        self._work = work
        self._once = False  # one command is asked for its output

    async def run(self, lines: AsyncIterator[str], *, once: bool = False) -> int:
        """Obey *lines* and return the exit status; *once*: only one command and its questions."""
        self._once = once
        if not once:
            await self._following.skip_open()
            follow = self._manner.prompt
            await self._or_refuse(self._following.mail.greet(follow=follow))
        if self._manner.prompt:
            await self._converse_beside(lines)
        else:
            await self._converse(lines, once=once)
        await self._refuse_pending()
        await self._see_off(once=once)
        return self.exit_status()

    def exit_status(self) -> int:
        """Return 3 while a followed run waits for a person, else the worst of the lines' own.

        Who sits at a prompt has seen what was refused: only what waits is left to say.
        """
        rests = [*self._following.rests.values(), *self._following.mail.rests.values()]
        if self._waits or any(rest.exit_status == WAITS or not rest.resting for rest in rests):
            return WAITS
        if self._manner.prompt:
            return 0
        return max((status for status in self._statuses if status != WAITS), default=0)

    async def farewell(self) -> int:
        """Say what was left undone and what goes on with it; return the exit status.

        Called when the session was told to stop, and the work here has stopped.
        """
        desk, views = self._handler.desk, self._handler.views
        for host in sorted(self._following.hosts):
            rest = await self._following.look(host)
            owner = await desk.store.holder(host)
            if rest.resting:
                continue
            if owner:
                elsewhere = TryAgain(Code.LEASE_LOST, host=host, owner=owner)
                await self._screen.post(views.error(elsewhere))
            else:
                await self._screen.post(views.interrupted(host, self._at_shell("chat")))
        await self._see_off_campaigns()
        return self.exit_status()

    async def _converse(self, lines: AsyncIterator[str], *, once: bool = False) -> None:
        while (line := await self._next(lines)) is not None:
            if not line.strip() and not self._pending:
                continue
            reply = await self._obey(line)
            if reply.leave or (once and not self._pending):
                return

    async def _converse_beside(self, lines: AsyncIterator[str]) -> None:
        """Tell of all runs while lines come in."""
        enough = asyncio.Event()
        telling = asyncio.create_task(self._following.keep_telling(enough, self._manner.actor))
        try:
            await self._converse(lines)
        finally:
            enough.set()
            await telling

    async def _next(self, lines: AsyncIterator[str]) -> str | None:
        """Return the next line, or None at the end or when the session is to stop."""
        reading = asyncio.ensure_future(_one(lines))
        stopping = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if reading.done() and not self._stop.is_set():
            return reading.result()
        reading.cancel()
        return None

    async def _obey(self, line: str) -> Reply:
        if self._manner.echo:
            self._screen.echo(line)
        await self._know(line)
        request = Request(actor=self._manner.actor, text=line, key=uuid.uuid4().hex)
        pending, self._pending = self._pending, None
        reply = await self._handler.handle(request, pending, prompt=self._manner.prompt)
        self._pending = reply.pending
        await self._show(reply)
        self._statuses.append(reply.exit_status)
        self._lifts = self._lifts or reply.lifts
        if reply.proposed:
            self._proposed.add(reply.proposed)
        if reply.follow:
            await self._follow(reply.follow)
        for number in filter(None, (reply.campaign, reply.post)):
            await self._follow_campaign(number)
        return reply

    async def _know(self, line: str) -> None:
        """Set aside what the runs of the hosts that *line* names have told before."""
        try:
            named = self._handler.desk.fleet.hosts.keys() & set(line.split())
            await self._following.skip_past(sorted(named))
            if number := parse(line).number:
                await self._following.mail.skip_past(number)
        except MaintError:
            return  # the request itself will meet the same, and say it

    async def _show(self, reply: Reply) -> None:
        for message in reply.messages:
            if reply.document and self._once:
                self._screen.hand_out(message.files)
            else:
                await self._screen.post(message)

    async def _follow(self, host: str) -> None:
        self._work()
        if self._manner.prompt:
            self._following.hosts.add(host)
            return
        if rest := await self._until_rest(host):
            self._statuses.append(rest.exit_status)

    async def _follow_campaign(self, number: int) -> None:
        self._work()
        if self._manner.prompt:
            self._following.mail.numbers.add(number)
            return
        following = self._following.mail.until_rest(number, self._stop)
        if rest := await self._or_refuse(following):
            self._statuses.append(rest.exit_status)

    async def _until_rest(self, host: str) -> Rest | None:
        """Follow the run of *host*; None if what it says cannot be known, which is told."""
        return await self._or_refuse(self._following.until_rest(host, self._stop))

    async def _or_refuse(self, work: Awaitable[T]) -> T | None:
        """Return what *work* returns, or tell what is in its way."""
        try:
            return await work
        except MaintError as error:
            await self._refuse(error)
            return None

    async def _refuse(self, error: MaintError) -> None:
        self._statuses.append(error.exit_status)
        await self._show(self._handler.refused(error))

    async def _refuse_pending(self) -> None:
        """Take a question without an answer as refused."""
        if self._pending:
            await self._refuse(not_confirmed(self._pending.command))
            self._pending = None

    async def _see_off(self, *, once: bool) -> None:
        """Follow to their rest the runs that this session has to do with, or that end with it."""
        ours = [] if once else await self._following.moving(self._manner.owner)
        if ours and self._manner.prompt and not self._stop.is_set():
            await self._screen.post(self._handler.views.leaving(ours))
        for host in sorted({*self._following.hosts, *ours}):
            rest = await self._until_rest(host)
            if rest and rest.exit_status == WAITS and rest.commands:
                await self._screen.post(
                    self._handler.views.waits(host, self._at_shells(rest.commands))
                )
        await self._or_refuse(self._see_off_proposals())
        if not self._stop.is_set():  # else it is said at the farewell, when the work has stopped
            await self._or_refuse(self._see_off_campaigns())

    async def _see_off_proposals(self) -> None:
        """Say what was proposed here and still waits for a second person, and how it goes on."""
        desk = self._handler.desk
        for host in sorted(self._proposed):
            proposal = await desk.store.proposal(host)
            if proposal and desk.clock.now() < proposal.until:
                self._waits = True
                go_on = self._at_shells([approval(proposal)])
                await self._screen.post(self._handler.views.waits(host, go_on))

        if self._lifts:
            await self._see_off_lifting()

    async def _see_off_lifting(self) -> None:
        desk = self._handler.desk
        proposal = await desk.store.lift_proposal(Scope.GLOBAL, "")
        if proposal and desk.clock.now() < proposal.until:
            self._waits = True
            go_on = self._at_shells([approval_of(proposal)])
            await self._screen.post(self._handler.views.holds.waits(go_on))

    async def _see_off_campaigns(self) -> None:
        """Say how the campaigns stand that this session has to do with.

        Nobody is kept here for them: what is not sent stays in the database.
        """
        views = self._handler.views.mail
        for number in sorted(self._following.mail.numbers):
            rest = await self._following.mail.look(number)
            if rest.progress.campaign.state is CampaignState.SENDING:
                report = self._at_shell(f"campaign report {number}")
                left = views.unfinished(rest.progress, self._at_shell("chat"), report)
                await self._screen.post(left)
            elif rest.commands:
                await self._screen.post(views.waits(rest.progress, self._at_shells(rest.commands)))

    def _at_shells(self, commands: Iterable[str]) -> list[str]:
        return [line for line in map(self._at_shell, commands) if line]

    def _at_shell(self, command: str) -> str:
        """Return *command* as a shell takes it, once this has ended; empty if it cannot go on."""
        return f"{self._manner.prefix} {command}" if self._manner.prefix else ""


async def _one(lines: AsyncIterator[str]) -> str | None:
    return await anext(lines, None)
