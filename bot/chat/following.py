"""Following runs: tells one chat what their journals say, until they come to rest.

Campaigns beside them are followed by `mail_following`; windows are told as they change.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bot.chat.mail_following import MailFollowing
from bot.ports import Cursor
from bot.rules.errors import BadConfiguration, TryAgain

if TYPE_CHECKING:
    from asyncio import Event
    from collections.abc import Awaitable, Callable, Iterable

    from bot.chat.asked import Rest, Teller
    from bot.chat.handlers import Handler
    from bot.chat.screen import Screen
    from bot.ports import RunRecord


class Following:
    """Drives one terminal: it polls, because what it shows may be done by another process."""

    def __init__(
        self,
        handler: Handler,
        teller: Teller,
        screen: Screen,
        pause: Callable[[], Awaitable[None]],
    ) -> None:
        """Tell *screen* by *teller*; *pause* is awaited between two looks."""
        self._handler, self._desk = handler, handler.desk
        self._views = handler.views
        self._teller = teller
        self._screen = screen
        self._pause = pause
        self.mail = MailFollowing(handler, screen, pause)
        self._begun: set[str] = set()  # runs whose cursor is set
        self._unreadable: set[str] = set()  # hosts whose journal cannot be told
        self.hosts: set[str] = set()  # those whose runs this session has to do with
        self.rests: dict[str, Rest] = {}  # host: as it was seen last

    async def skip_past(self, hosts: Iterable[str]) -> None:
        """Tell of the newest runs of *hosts* only what happens from now on."""
        for host in hosts:
            for run in (await self._desk.store.runs(host=host))[:1]:
                await self._skip(run)

    async def skip_open(self) -> None:
        """Tell of the runs that are open only what happens from now on."""
        for run in await self._desk.store.runs(open_only=True):
            await self._skip(run)

    async def moving(self, owner: str) -> list[str]:
        """Return the hosts whose runs move, and are carried on by *owner* or by nobody yet."""
        hosts = [run.host for run in await self._desk.store.runs(open_only=True) if not run.rest]
        holders = {host: await self._desk.store.holder(host) for host in hosts}
        return [host for host in hosts if holders[host] in {"", owner}]

    async def tell(self, host: str) -> None:
        """Tell what is new of the newest run of *host*."""
        for run in (await self._desk.store.runs(host=host))[:1]:
            self._begun.add(run.id)
            await self._teller.tell(self._screen, run.id)
            if run.ended:
                cursor = await self._desk.store.cursor(self._screen.name, run.id)
                self._screen.settle(cursor.message)

    async def tell_all(self) -> None:
        """Tell what is new of every open run, and of those that were followed before."""
        heads = await self._desk.store.runs(open_only=True)
        for host in sorted({head.host for head in heads} | self.hosts):
            await self._tell_or_complain(host)

    async def look(self, host: str) -> Rest:
        """Remember and return how the run of *host* stands, and tell all that led to it."""
        self.hosts.add(host)
        rest = await self._desk.at_rest(host)
        await self.tell(host)
        self.rests[host] = rest
        return rest

    async def until_rest(self, host: str, stop: Event) -> Rest:
        """Tell the run of *host* until it rests or *stop* is set; return how it stands then.

        A database that is away for a moment is asked again, and again.
        """
        while True:
            try:
                rest = await self.look(host)
            except TryAgain:
                if stop.is_set():
                    raise
            else:
                if rest.resting or stop.is_set():
                    return rest
            await self._pause()

    async def keep_telling(self, stop: Event, actor: str) -> None:
        """Tell of all runs until *stop* is set; of windows, what *actor* has not done here."""
        while not stop.is_set():
            with suppress(TryAgain):  # the next look tells it all, in order
                await self.tell_all()
                await self.mail.watch()
                await self.mail.tell_all()
                await self._handler.windows.teller.tell(self._screen, answered=actor)
                await self._handler.office.customers.tell(self._screen)
            await self._pause()

    async def _tell_or_complain(self, host: str) -> None:
        """Tell of *host*; a journal that cannot be read is said once and hides no other."""
        try:
            await self.tell(host)
        except BadConfiguration as error:
            if host not in self._unreadable:
                self._unreadable.add(host)
                await self._screen.post(self._views.error(error))

    async def _skip(self, run: RunRecord) -> None:
        if run.id in self._begun:
            return
        self._begun.add(run.id)
        rows = await self._desk.store.rows(run.id)
        if rows:
            last = rows[-1].number
            await self._desk.store.move(Cursor(chat=self._screen.name, run=run.id, number=last))
