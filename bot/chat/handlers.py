"""One function for every chat and the shell: a request in, a reply out.

A change is made only by a person who may, and is recorded before and after (P12); a request that
comes twice acts once. Whatever goes wrong is told in the reply: `handle` never raises.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.chat import confirming
from bot.chat.approving import Approving
from bot.chat.arguments import bare_answer, parse
from bot.chat.campaigning import Campaigning
from bot.chat.changing import Changing
from bot.chat.commands import VERBS
from bot.chat.judging import Judging
from bot.chat.lifting import Lifting
from bot.chat.looking import Looking
from bot.chat.names import refuse_unknown
from bot.chat.opting import Opting
from bot.chat.replies import Pending, PendingStart, Reply
from bot.chat.scheduling import Scheduling
from bot.chat.starting import Asking, Ready, Starting, Surroundings
from bot.chat.trying import STARTS, Trying, placed
from bot.maintenance.notices.failures import translated
from bot.ports import AuditRow
from bot.rules.errors import BadRequest, Code, MaintError
from bot.rules.window.request import Scheduled
from bot.settings.people import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.chat.asked import Desk, Groups
    from bot.chat.asked_of_mail import Office
    from bot.chat.asked_of_windows import Windows
    from bot.chat.grammar import Command, Spec
    from bot.chat.views import Views
    from bot.ports import Request
    from bot.settings.people import Roles

logger = logging.getLogger(__name__)

ASKED = "asked"  # RunRecord.rest of a run that waits for an answer


async def _no_groups(actor: str, *, anew: bool) -> frozenset[str]:
    """Answer for a chat without groups of people."""
    del actor, anew
    return frozenset()


class Handler:
    """Obeys requests."""

    def __init__(  # noqa: PLR0913 - all that requests are about
        self,
        desk: Desk,
        views: Views,
        roles: Roles,
        asking: Asking,
        office: Office,
        windows: Windows,
        *,
        groups: Groups = _no_groups,
    ) -> None:
        """Act by *desk*, *office* and *windows*, speak by *views*, let people do as *roles* say.

        *groups* says which groups of its chat an actor is in.
        """
        self.desk, self.office, self.windows = desk, office, windows
        self.views = views
        self.roles, self.asking = roles, asking
        self._groups = groups
        self._looking = Looking(desk, views)
        self._changing = Changing(desk, views)
        self._judging = Judging(desk, views.evidence)
        self._lifting = Lifting(desk, views, asking, self._rights)
        self._approving = Approving(desk, views, self._rights)
        self._starting = Starting(
            desk, views, asking, self._approving, Surroundings(office.notices, windows)
        )
        self._campaigns = Campaigning(office, views.mail)
        self._opt_ins = Opting(desk, office.notices, views.optins, views.holds)
        self._windows = Scheduling(windows, office.mail, views.windows)
        zone = windows.desk.settings.zone
        self._trying = Trying(desk, views.trials, office.notices, zone)
        self._looks = {
            **self._trying.looks,
            **self._judging.looks,
            **self._lifting.looks,
            **self._campaigns.looks,
            **self._opt_ins.looks,
            **self._looking.with_holds(self._windows.looks, windows),
        }
        self._changes = {
            **self._approving.changes,
            **self._lifting.changes,
            **self._trying.changes,
            **self._judging.changes,
            **self._campaigns.changes,
            **self._opt_ins.changes,
            **self._windows.changes,
        }

    async def handle(
        self, request: Request, pending: Pending | None = None, *, prompt: bool = False
    ) -> Reply:
        """Do what *request* asks, or say why not.

        *pending* is what the reply before asked of the same person; *prompt* says that somebody
        sits at a prompt they can leave. A request whose key was seen before changes nothing.
        """
        try:
            with translated():
                if pending:
                    return await self._answer(request, pending)
                return await self._obey(request, prompt=prompt)
        except MaintError as error:
            return self.refused(error)
        except Exception as defect:
            logger.exception("a defect, while obeying %r of %s", request.text, request.actor)
            return Reply(messages=(self.views.defect(repr(defect)),), exit_status=1)

    async def refusal(self, request: Request) -> Reply | None:
        """Say why the actor of *request* may not do it; None: they may. It is recorded."""
        try:
            with translated():
                await self._permit(request, await self._understand(request.text))
        except MaintError as error:
            return self.refused(error)
        return None

    def of(self, groups: Groups, asking: Asking) -> Handler:
        """Return a handler of the same for a chat that has *groups* and asks as *asking* says."""
        return Handler(
            self.desk, self.views, self.roles, asking, self.office, self.windows, groups=groups
        )

    def refused(self, error: MaintError) -> Reply:
        """Return the words of *error* as a reply."""
        return Reply(messages=(self.views.error(error),), exit_status=error.exit_status)

    async def _obey(self, request: Request, *, prompt: bool) -> Reply:
        command = await self._understand(request.text)
        spec = VERBS[command.verb]
        if spec.terminal:
            return _leave(command, prompt=prompt)
        await self._permit(request, command)
        await refuse_unknown(self.desk, command)
        if command.verb == "help":
            allowed = await self._allowed(request.actor, prompt=prompt)
            return self._looking.help(command, allowed)
        if spec.needs is Right.LOOK:
            return await self._looks.get(command.verb, self._looking.answer)(command)
        if command.verb in STARTS:
            command = placed(self.desk, command)
            return await self._start(request, await self._starting.begin(command, request.text))
        return await self._ask_first(command, request) or await self._change(
            command, request, request.text
        )

    async def _answer(self, request: Request, pending: Pending) -> Reply:
        await self._permit(request, pending.command)
        if isinstance(pending, PendingStart):
            return await self._start(request, self._starting.go_on(pending, request.text))
        command = confirming.answered(pending, request.text)
        return await self._change(command, request, pending.text)

    async def _ask_first(self, command: Command, request: Request) -> Reply | None:
        """Ask before what cannot be taken back; None: there is nothing to ask."""
        wants = confirming.wanted(command, self.asking)
        if wants and confirming.lifts_all(command):
            return await self._lifting.question(command, request.text)
        if wants and command.verb == confirming.TRUSTS:
            return await self._judging.question(command, request.text)
        if wants is None or command.verb not in {"campaign cancel", "optin reset"}:
            return None
        resets = command.verb == "optin reset"
        question = self._opt_ins.question() if resets else self._campaigns.question(command, wants)
        return confirming.asked(command, request.text, wants, await question)

    async def _change(self, command: Command, request: Request, text: str) -> Reply:
        host = command.host or (command.value if command.scope == "host" else _of_window(command))
        change = self._changes.get(command.verb, self._changing.change)
        return await self._recorded(request, text, host, partial(change, command, request))

    async def _start(self, request: Request, ready: Reply | Ready) -> Reply:
        if isinstance(ready, Reply):
            return ready
        start = partial(self._starting.start, ready, request)
        return await self._recorded(request, ready.text, ready.command.host, start)

    async def _understand(self, text: str) -> Command:
        try:
            return parse(text)
        except BadRequest:
            answer = bare_answer(text)
            host = await self._asking_host() if answer else ""
            if not answer or not host:
                raise
            return replace(answer, host=host)

    async def _asking_host(self) -> str:
        """Return the one host whose run asks, or an empty string."""
        heads = await self.desk.store.runs(open_only=True)
        hosts = [head.host for head in heads if head.rest == ASKED]
        return hosts[0] if len(hosts) == 1 else ""

    async def _permit(self, request: Request, command: Command) -> None:
        """Raise BadRequest(NOT_PERMITTED), which is recorded, unless the actor may do this."""
        spec = VERBS[command.verb]
        rights = await self._rights(request.actor, anew=spec.needs is not Right.LOOK)
        needs = spec.needs
        if spec.allowed(rights) or await self._takes_back(command, request.actor):
            more = await self._campaigns.right(command) or await self._judging.right(command)
            if more is None or more in rights:
                return
            needs = more
        await self.desk.store.audit(self._row(request, request.text, "", Code.NOT_PERMITTED))
        raise BadRequest(
            Code.NOT_PERMITTED, actor=request.actor, verb=command.verb, role=needs.value
        )

    async def _takes_back(self, command: Command, actor: str) -> bool:
        back = await self._approving.takes_back(command, actor)
        return back or await self._lifting.takes_back(command, actor)

    async def _rights(self, actor: str, *, anew: bool = True) -> frozenset[Right]:
        """Return what *actor* may do; *anew*: at this moment, for something is to be changed."""
        return self.roles.of(actor, await self._groups(actor, anew=anew))

    async def _allowed(self, actor: str, *, prompt: bool) -> tuple[Spec, ...]:
        may = await self._rights(actor, anew=False)
        return tuple(s for s in VERBS.values() if s.allowed(may) and (prompt or not s.terminal))

    async def _recorded(
        self, request: Request, text: str, host: str, act: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        store = self.desk.store
        if not await store.audit(self._row(request, text, host)):
            return Reply(messages=(self.views.already(text),))
        try:
            with translated():
                reply = await act()
        except MaintError as error:
            with suppress(MaintError):  # the first error is the one that matters
                await store.settle(request.key, error.code.value)
            raise
        try:
            await store.settle(request.key, reply.result)
        except MaintError as error:
            return replace(reply, messages=(*reply.messages, self.views.error(error)))
        return reply

    def _row(self, request: Request, text: str, host: str, result: str = "") -> AuditRow:
        at = self.desk.clock.now()
        key, actor = request.key, request.actor
        return AuditRow(at=at, actor=actor, text=text, host=host, result=result, key=key)


def _of_window(command: Command) -> str:
    """Return the host of a window that is asked for, if it is one; the audit has room for one."""
    hosts = command.wanted.hosts if isinstance(command.wanted, Scheduled) else ()
    return hosts[0] if len(hosts) == 1 else ""


def _leave(command: Command, *, prompt: bool) -> Reply:
    if not prompt:
        raise BadRequest(Code.UNKNOWN_VERB, verb=command.verb, nearest="")
    return Reply(leave=True)
