"""What one channel is told of windows and of customers, from where it was to where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.chat.asked_of_mail import CustomerTeller
    from bot.chat.asked_of_windows import WindowTeller
    from bot.chat.slack.board import Board


class News:
    """Tells a channel what happens beside runs and campaigns. How far stands in the database."""

    def __init__(self, windows: WindowTeller, customers: CustomerTeller, board: Board) -> None:
        """Tell *board* by these two."""
        self._windows, self._customers, self._board = windows, customers, board

    async def skip(self) -> None:
        """Tell only what happens from now on."""
        await self._windows.skip(self._board)
        await self._customers.skip(self._board)

    async def tell(self) -> None:
        """Tell what is new."""
        await self._windows.tell(self._board)
        await self._customers.tell(self._board)
