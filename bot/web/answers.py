"""Answers in HTML: a page, a refusal in the same style, the way back to a page, the style."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.maintenance.customers.terms import Refusal
from bot.web.headers import YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from bot.maintenance.words import Pages
    from notifications import House

FOREVER = {"Cache-Control": f"public, max-age={YEAR}, immutable"}
SEE_OTHER = 303
#: What the statuses of the server and of Starlette are called in `refused.html.jinja`.
REFUSALS: Mapping[int, str] = {
    400: "unreadable",
    403: "foreign",
    404: "nowhere",
    405: "method",
    408: "slow",
    413: "long",
    415: "kind",
    429: "often",
    500: "defect",
    503: "away",
}
#: What becomes of refusals for which there is no page to show again.
GONE: Mapping[Refusal, tuple[str, int]] = {
    Refusal.LINK: ("link", 404),
    Refusal.UNDONE: ("undone", 410),
}


class Answers:
    """Answers in the words of one folder, and the name of one house."""

    def __init__(self, pages: Pages, house: House) -> None:
        """Answer with *pages*."""
        self._pages, self._house = pages, house
        self._style = (pages.folder / "style.css").read_bytes()
        self._digest = sha256(self._style).hexdigest()[:16]

    def page(
        self,
        name: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        """Return the page *name* of *values*."""
        style = f"/style.css?{self._digest}"
        text = self._pages.render(name, house=self._house, style=style, **values)
        return HTMLResponse(text, status, headers)

    def refused(self, name: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """Return the page that says *name* of `refused.html.jinja`."""
        wait = int((headers or {}).get("Retry-After", 0))
        return self.page("refused", status, headers, refusal=name, wait=wait)

    async def style(self, request: Request) -> Response:
        """Return the style; under its digest it is kept for ever."""
        kept = FOREVER if request.url.query == self._digest else {"Cache-Control": "no-cache"}
        return Response(self._style, media_type="text/css", headers=kept)


async def no_icon(request: Request) -> Response:
    """Have no icon: browsers ask for one by themselves."""
    del request
    return Response(status_code=204, headers=FOREVER)


def see(path: str) -> Response:
    """Send the browser to *path*, so that neither reload nor the way back repeats a form."""
    return RedirectResponse(path, SEE_OTHER)
