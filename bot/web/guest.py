"""The personal page of one guest."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.routing import Route

from bot.maintenance.customers.terms import PageRefused, Refusal
from bot.web.answers import see
from bot.web.door import address
from bot.web.status import refreshed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from bot.maintenance.customers.asked import Customers
    from bot.web.answers import Answers
    from bot.web.door import Door

PAGE = "/optin/{token}"
#: A form that is refused is shown again with what was typed; a page that is out of date, anew.
STATUS = {
    Refusal.KERNEL: 422,
    Refusal.UNREAD: 422,
    Refusal.SEAL: 409,
    Refusal.CHANGED: 409,
    Refusal.OFTEN: 429,
}


class GuestPages:
    """Shows it, and takes its forms."""

    def __init__(self, customers: Customers, answers: Answers, door: Door) -> None:
        """Let *customers* know and do; answer with *answers*, behind *door*."""
        self._customers, self._answers, self._door = customers, answers, door

    def routes(self) -> list[Route]:
        """Return where they are. What only takes forms sends who looks to the page."""
        look, change = self._door.look, self._door.change
        changes = {
            "in": change(self._opt_in),
            "out": change(self._opt_out),
            "trial": change(self._ask_trial),
            "trial/withdraw": change(self._withdraw_trial),
        }
        return [
            Route(PAGE, look(self._show)),
            Route(f"{PAGE}/progress", look(self._progress)),
            *(Route(f"{PAGE}/{end}", look(_back), methods=["GET"]) for end in changes),
            *(Route(f"{PAGE}/{end}", form, methods=["POST"]) for end, form in changes.items()),
        ]

    async def _show(self, request: Request) -> Response:
        return await self._page(request)

    async def _progress(self, request: Request) -> Response:
        page = await self._customers.page(request.path_params["token"])
        moving = page.course is not None and page.course.ended is None
        headers, still = refreshed(request, soon=moving)
        return self._answers.page(
            "progress", headers=headers, page=page, path=_path(request), still=still
        )

    async def _opt_in(self, request: Request, form: Mapping[str, str]) -> Response:
        return await self._done(
            request,
            form,
            self._customers.opt_in(
                request.path_params["token"],
                seal=form.get("seal", ""),
                kernel=form.get("kernel", ""),
                read=form.get("read") == "yes",
                address=address(request),
            ),
        )

    async def _opt_out(self, request: Request, form: Mapping[str, str]) -> Response:
        token, seal = request.path_params["token"], form.get("seal", "")
        out = self._customers.opt_out(token, seal=seal, address=address(request))
        return await self._done(request, form, out)

    async def _ask_trial(self, request: Request, form: Mapping[str, str]) -> Response:
        return await self._done(
            request,
            form,
            self._customers.ask_trial(
                request.path_params["token"],
                seal=form.get("seal", ""),
                kernel=form.get("kernel", ""),
                note=form.get("note", ""),
                address=address(request),
            ),
        )

    async def _withdraw_trial(self, request: Request, form: Mapping[str, str]) -> Response:
        token, seal = request.path_params["token"], form.get("seal", "")
        withdrawn = self._customers.withdraw_trial(token, seal=seal, address=address(request))
        return await self._done(request, form, withdrawn)

    async def _done(
        self, request: Request, form: Mapping[str, str], doing: Awaitable[None]
    ) -> Response:
        """Do it; then send the browser to the page, or show the page and why it was refused."""
        try:
            await doing
        except PageRefused as refused:
            if refused.refusal not in STATUS:
                raise
            return await self._page(request, refused, form)
        return see(_path(request))

    async def _page(
        self,
        request: Request,
        refused: PageRefused | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        fault = None
        if refused is not None:
            about = "trial" if request.url.path.endswith("/trial") else "in"
            fault = {"code": refused.refusal.value, "about": about, **refused.fields}
        return self._answers.page(
            "guest",
            STATUS[refused.refusal] if refused else 200,
            page=await self._customers.page(request.path_params["token"]),
            path=_path(request),
            fault=fault,
            typed=typed or {},
        )


async def _back(request: Request) -> Response:
    return see(_path(request))


def _path(request: Request) -> str:
    """Return the path of the page; nothing but its token is from outside."""
    return f"/optin/{quote(request.path_params['token'], safe='')}"
