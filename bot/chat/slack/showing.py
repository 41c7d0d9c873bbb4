"""Showing one posting: posting it, editing it, its files; and what an answer means for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from bot.chat.slack.failures import GONE, NO_THREAD, SHUT, Away, Refused
from bot.ports import Audience, Posting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.chat.slack.blocks import Drawn
    from bot.chat.slack.board import Board, Postings
    from bot.chat.slack.drawing import Drawing
    from bot.ports import Message

logger = logging.getLogger(__name__)


class Writing(Protocol):
    """The part of Slack that is written to (`bot.chat.slack.web.SlackWeb`)."""

    async def post(self, place: str, drawn: Drawn, *, thread: str = "", loud: bool = False) -> str:
        """Post a message."""

    async def edit(self, place: str, reference: str, drawn: Drawn) -> None:
        """Let a message look otherwise."""

    async def upload(self, place: str, thread: str, files: Iterable[tuple[str, bytes]]) -> None:
        """Put files into a thread."""


class Showing:
    """Shows postings and records it. Raises Away, or Refused where a door is shut."""

    def __init__(self, store: Postings, board: Board, web: Writing, drawing: Drawing) -> None:
        """Show on *web*, as *drawing* makes it look, what *board* has put into *store*."""
        self._store, self._board, self._web, self._drawing = store, board, web, drawing

    async def post(self, posting: Posting) -> None:
        """Post it, into its thread if that can be; record where it is."""
        number, place = posting.number, posting.place or self._board.place
        thread = await self._thread(posting)
        drawn = self._drawing.of(posting)
        await self._store.shown(number, doubtful=True)  # if we die now, it may stand there
        try:
            reference = await self._posted(place, drawn, thread, posting)
        except Away as away:
            if not away.acted:
                await self._store.shown(number, doubtful=posting.doubtful)
            raise
        except Refused as refused:
            await self._store.shown(number, doubtful=posting.doubtful)
            await self._lose(posting, refused)
            return
        known = {"shown": posting.version, "reference": reference, "place": place}
        await self._store.shown(number, doubtful=False, **known)

    async def say(self, message: Message) -> None:
        """Post a word in the channel that nobody needs twice, and that no edit follows."""
        posting = Posting(chat=self._board.name, message=message)
        await self._web.post(self._board.place, self._drawing.of(posting))

    async def edit(self, posting: Posting) -> None:
        """Let it look as it shall; where it has gone, it is posted anew."""
        fresh = self._board.fresh.pop(posting.number, None)
        try:
            await self._edited(posting)
        except Away:
            if fresh:
                self._board.fresh.setdefault(posting.number, fresh)
            raise
        except Refused as refused:
            if refused.code in GONE:
                await self._store.shown(posting.number, shown=0, reference="")
                return
            await self._lose(posting, refused)
            return
        if posting.shown < posting.version:
            await self._store.shown(posting.number, shown=posting.version)

    async def files(self, posting: Posting) -> None:
        """Put its files into its thread, or into the one that it is in."""
        thread = await self._thread(posting) or posting.reference
        place = posting.place or self._board.place
        files = posting.message.files[posting.files_shown :]
        try:
            await self._web.upload(place, thread, files)
        except Refused as refused:
            if refused.code in SHUT:
                raise
            logger.error("files of posting %d are not shown: %s", posting.number, refused.code)  # noqa: TRY400 - a traceback says nothing more
        await self._store.shown(posting.number, files_shown=len(posting.message.files))

    async def give_up_files(self, posting: Posting) -> None:
        """Record that the files of *posting* are not shown."""
        logger.error("files of posting %d are given up", posting.number)
        await self._store.shown(posting.number, files_shown=len(posting.message.files))

    async def _thread(self, posting: Posting) -> str:
        if not posting.thread:
            return ""
        head = await self._store.posting(self._board.name, posting.thread)
        return head.reference if head else ""

    async def _posted(self, place: str, drawn: Drawn, thread: str, posting: Posting) -> str:
        loud = posting.message.audience is Audience.BOTH
        try:
            return await self._web.post(place, drawn, thread=thread, loud=loud)
        except Refused as refused:
            if refused.code in SHUT:
                raise
            kept = "" if refused.code in NO_THREAD else thread
            simpler = drawn if kept != thread else self._drawing.plain(posting)
            return await self._web.post(place, simpler, thread=kept, loud=loud)

    async def _edited(self, posting: Posting) -> None:
        place = posting.place or self._board.place
        try:
            await self._web.edit(place, posting.reference, self._drawing.of(posting))
        except Refused as refused:
            if refused.code in SHUT | GONE:
                raise
            await self._web.edit(place, posting.reference, self._drawing.plain(posting))

    async def _lose(self, posting: Posting, refused: Refused) -> None:
        """Give up a posting that Slack will never take; where only a door is shut, raise.

        The door is that of the channel: another place that takes nothing holds up nobody.
        """
        if refused.code in SHUT and posting.place in {"", self._board.place}:
            raise refused
        logger.error("posting %d is not shown: Slack says %s", posting.number, refused.code)
        await self._store.shown(posting.number, lost=refused.code)
