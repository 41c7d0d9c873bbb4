"""Chat is a projection: this reads a run's journal after a cursor and tells each chat what is new.

Nothing here changes a run. A chat that is down is told later, in order, from where it was.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.maintenance.guest_news import of_guest
from bot.maintenance.live import live, stands
from bot.maintenance.record import Files, files
from bot.maintenance.run_news import of_run
from bot.maintenance.telling import Change, Telling, choices, guest_of, worded
from bot.ports import Audience, Chat, Cursor, Message
from bot.rules.errors import TryAgain
from bot.rules.limits import Limits
from bot.rules.run.journal import Event
from bot.rules.run.replay import apply, begun, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.maintenance.words import Words
    from bot.ports import Clock, Store
    from bot.rules.run.terms import Run

LIVE_PACE = 2.0  # seconds of machine time between two edits of a live message
TOGETHER = 1.0  # seconds of world time within which failures share a message
DETAILS = 10  # at most so many in one message


@dataclass(frozen=True, kw_only=True)
class Portion:
    """What is told at once: the tellings, and the last row they belong to."""

    tellings: tuple[Telling, ...]
    first: datetime
    number: int


def tellings(change: Change, limits: Limits) -> tuple[Telling, ...]:
    """Return what one row has to say, and what it decides."""
    told = of_guest(change, limits) if change.row.guest else of_run(change, limits)
    return tuple(replace(e, settles=e.settles or _decided(change, e)) for e in told)


def _decided(change: Change, telling: Telling) -> tuple[str, ...]:
    """Return what can no more be decided as it was offered before."""
    before, after, guest = change.before, change.after, change.row.guest
    if not guest:
        return (after.host,) if _stand_of(before) != _stand_of(after) else ()
    over = change.row.event is Event.CHOSEN or not choices(after.host, after.steps[guest])
    return (guest_of(after.host, guest),) if telling.deeds or over else ()


def _stand_of(run: Run) -> tuple[object, ...]:
    return run.phase, run.question, run.problems, run.paused, run.aborting, run.released


def portions(changes: Iterable[Change], limits: Limits) -> Iterator[Portion]:
    """Put what rows have to say together as it is told, in order.

    Neighbouring failures within TOGETHER share a message, and so do neighbouring details.
    """
    waiting: Portion | None = None
    for change in changes:
        for telling in tellings(change, limits):
            new = Portion(tellings=(telling,), first=change.row.at, number=change.row.number)
            if waiting is not None and _belong(waiting, new):
                waiting = replace(waiting, tellings=(*waiting.tellings, telling), number=new.number)
                continue
            if waiting is not None:
                yield waiting
            waiting = new
    if waiting is not None:
        yield waiting


def _belong(waiting: Portion, new: Portion) -> bool:
    last, telling = waiting.tellings[-1], new.tellings[0]
    if len(waiting.tellings) >= DETAILS:
        return False
    if last.quiet and telling.quiet:
        return True
    near = (new.first - waiting.first).total_seconds() <= TOGETHER
    guests = "guest" in last.fields and "guest" in telling.fields
    return last.loud and telling.loud and near and guests


@dataclass(kw_only=True)
class _Told:
    """How far one chat has been told one run, and what its live message shows."""

    cursor: Cursor
    run: Run | None = None
    shown: Message | None = None
    edited: float = 0.0  # machine time


class Projection:
    """Tells chats about runs. Several chats, processes and runs do not disturb each other."""

    def __init__(
        self,
        store: Store,
        words: Words,
        clock: Clock,
        *,
        limits: Limits | None = None,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read *store*; *limits* are those the runs obey, *machine* paces edits, in seconds."""
        self._store = store
        self._words = words
        self._clock = clock
        self._limits = limits or Limits()
        self._machine = machine
        self._told: dict[tuple[str, str], _Told] = {}

    async def tell(self, chat: Chat, run_id: str, *, pace: float = LIVE_PACE) -> bool:
        """Tell *chat* what is new in a run; return whether the run is at rest and all is told.

        Its live message is edited every *pace* seconds at most, or when the run turns.

        Repeating it tells nothing twice, save what a chat took just before a crash. While the
        chat or the store is away it tells nothing, moves no cursor, and returns False.
        """
        try:
            told = await self._known(chat, run_id)
            changes = await self._news(told, run_id)
            if told.run is None and not changes:
                return False
            await self._tell(chat, told, changes, pace)
        except Exception as error:
            # The rows are read again from the cursor, which stands behind what was taken.
            self._told.pop((chat.name, run_id), None)
            if isinstance(error, TryAgain):
                return False
            raise
        return told.run is not None and at_rest(told.run)

    def forget(self, chat: Chat) -> None:
        """Read anew how far *chat* is told: another process may have told it meanwhile."""
        self._told = {key: told for key, told in self._told.items() if key[0] != chat.name}

    def live(self, run: Run, now: datetime) -> Message:
        """Return the live message of *run* as it is at *now*."""
        message = worded(self._words, [live(run, now, self._limits)])
        # Its acts are those of the moment: an edit replaces them, nothing else takes them away.
        acts = tuple(replace(act, about="") for act in message.acts)
        return replace(message, acts=acts, live=True, audience=Audience.CHANNEL)

    async def _known(self, chat: Chat, run_id: str) -> _Told:
        key = (chat.name, run_id)
        if key not in self._told:
            cursor = await self._store.cursor(chat.name, run_id)
            rows = await self._store.rows(run_id) if cursor.number else ()
            before = [row for row in rows if row.number <= cursor.number]
            run = replay(run_id, before) if before else None
            self._told[key] = _Told(cursor=cursor, run=run)
        return self._told[key]

    async def _news(self, told: _Told, run_id: str) -> list[Change]:
        run = told.run
        changes: list[Change] = []
        for row in await self._store.rows(run_id, run.number if run else 0):
            after = apply(run, row) if run else begun(run_id, row)
            changes.append(Change(before=run or after, row=row, after=after))
            run = after
        return changes

    async def _tell(self, chat: Chat, told: _Told, changes: Sequence[Change], pace: float) -> None:
        before = told.run
        after = changes[-1].after if changes else before
        if after is None:
            return
        if not told.cursor.message:
            if not changes:  # told elsewhere, or before: nothing to begin with
                return
            await self._begin(chat, told, changes[0].after)
        for portion in portions(changes, self._limits):
            await self._say(chat, told, portion)
        told.run = after
        if changes:
            await self._move(told, after.number)
        turned = before is None or _turned(before, after)
        await self._refresh(chat, told, 0.0 if turned else pace, turned=turned)

    async def _begin(self, chat: Chat, told: _Told, run: Run) -> None:
        message = self.live(run, self._clock.now())
        reference = await chat.post(message)
        told.cursor = replace(told.cursor, message=reference)
        told.shown, told.edited = message, self._machine()
        await self._store.move(told.cursor)

    async def _say(self, chat: Chat, told: _Told, portion: Portion) -> None:
        message = worded(self._words, portion.tellings)
        if any(telling.record for telling in portion.tellings):
            message = replace(message, files=await self._files(told.cursor.run, portion.number))
        if message.audience is Audience.CHANNEL:
            await chat.post(message)
        else:
            await chat.reply(told.cursor.message, message)
        await self._move(told, portion.number)

    async def _files(self, run_id: str, number: int) -> Files:
        """Return the files of a run as it was at row *number*; others go on while it is drawn."""
        rows = [row for row in await self._store.rows(run_id) if row.number <= number]
        return await asyncio.to_thread(files, self._words, run_id, rows)

    async def _move(self, told: _Told, number: int) -> None:
        if number > told.cursor.number:
            told.cursor = replace(told.cursor, number=number)
            await self._store.move(told.cursor)

    async def _refresh(self, chat: Chat, told: _Told, pace: float, *, turned: bool) -> None:
        if told.run is None:
            return
        now = self._machine()
        if now - told.edited < pace:
            return
        message = self.live(told.run, self._clock.now())
        if message != told.shown:
            urgent = turned or told.shown is None or message.acts != told.shown.acts
            await chat.update(told.cursor.message, replace(message, urgent=urgent))
            told.shown, told.edited = message, now


def at_rest(run: Run) -> bool:
    """Say whether nothing moves until a person does something, or ever."""
    silent = run.silent_since is not None and not run.released
    return run.ended is not None or (bool(stands(run)) and not silent)


def _turned(before: Run, after: Run) -> bool:
    return before.phase is not after.phase or stands(before) != stands(after)
