"""What a request passes before a page answers it: how often, how much, and from where."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

from starlette.exceptions import HTTPException

from bot.web import forms
from bot.web.pace import Buckets, client, unmapped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from bot.web.terms import Front


Look: TypeAlias = "Callable[[Request], Awaitable[Response]]"
Change: TypeAlias = "Callable[[Request, Mapping[str, str]], Awaitable[Response]]"

MINUTE = 60.0  # seconds
TEN_MINUTES = 600.0


class Door:
    """Lets requests through to pages."""

    def __init__(self, front: Front, now: Callable[[], float] = time.monotonic) -> None:
        """Let them through at the rates of *front*, by a clock that never goes back."""
        self._public, self.now = front.house.links, now
        self._gets = Buckets(front.rates.gets, MINUTE)
        self._posts = Buckets(front.rates.posts, MINUTE)
        self._asks = Buckets(front.rates.asks, TEN_MINUTES)

    def look(self, page: Look) -> Look:
        """Return *page* behind the door; it changes nothing."""

        async def looked(request: Request) -> Response:
            self._take(self._gets, request)
            return await page(request)

        return looked

    def change(self, page: Change) -> Look:
        """Return *page* behind the door; it gets the fields of a form of ours."""

        async def changed(request: Request) -> Response:
            self._take(self._posts, request)
            forms.refuse_foreign(request, self._public)
            return await page(request, await forms.form(request))

        return changed

    def ask(self, page: Change) -> Look:
        """Return *page* behind the door as `change` does; it may be asked less often."""
        behind = self.change(page)

        async def asked(request: Request) -> Response:
            self._take(self._asks, request)
            return await behind(request)

        return asked

    def one_click(self, page: Look) -> Look:
        """Return *page* behind the door; mail programs of anybody may post to it (RFC 8058)."""

        async def clicked(request: Request) -> Response:
            self._take(self._posts, request)
            # Either kind of form has these words as they are (section 3.2).
            if b"One-Click" not in await forms.body(request):
                raise HTTPException(400)
            return await page(request)

        return clicked

    def _take(self, buckets: Buckets, request: Request) -> None:
        wait = buckets.take(client(address(request)), self.now())
        if wait:
            raise HTTPException(429, headers={"Retry-After": str(wait)})


def address(request: Request) -> str:
    """Return the network address that *request* came from."""
    return unmapped(request.client.host) if request.client else ""
