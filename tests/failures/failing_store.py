"""A store whose database is away for a while: a real one, behind a door that can be shut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.rules.errors import Code, TryAgain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.ports import Store


class FailingStore:
    """Delegates to a store, and refuses the calls of *method* while `shut`."""

    def __init__(self, store: Store, method: str) -> None:
        self._store, self._method = store, method
        self.shut = False
        self.refused = 0

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        found: Callable[..., Awaitable[Any]] = getattr(self._store, name)
        return self._refuse if name == self._method and self.shut else found

    async def _refuse(self, *_: object, **__: object) -> None:
        self.refused += 1
        raise TryAgain(Code.STORE_UNREACHABLE, path="maint.sqlite", problem="database is locked")
