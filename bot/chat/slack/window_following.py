"""What one channel is told of windows, from where it was to where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.chat.asked_of_windows import WindowTeller
    from bot.chat.slack.board import Board


class Windows:
    """Tells a channel what happens to windows. How far it is told stands in the database."""

    def __init__(self, teller: WindowTeller, board: Board) -> None:
        """Tell *board* by *teller*."""
        self._teller, self._board = teller, board

    async def skip(self) -> None:
        """Tell of the windows there are only what happens from now on."""
        await self._teller.skip(self._board)

    async def tell(self) -> None:
        """Tell what is new."""
        await self._teller.tell(self._board)
