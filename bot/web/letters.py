"""Pages that are reached from mail: "Send me my link", undo, and no more offers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.routing import Route

from bot.maintenance.customers.terms import PageRefused, Refusal
from bot.web.answers import see
from bot.web.door import address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from bot.maintenance.customers.asked import Customers
    from bot.web.answers import Answers
    from bot.web.door import Door
    from bot.web.errands import Errands

LONGEST = 254  # characters of an address that mail can reach
CONFLICT = 409


class LetterPages:
    """Shows them, and takes their forms."""

    def __init__(
        self, customers: Customers, answers: Answers, door: Door, errands: Errands
    ) -> None:
        """Let *customers* do; links are sent by *errands*, when the answer is out."""
        self._customers, self._answers = customers, answers
        self._door, self._errands = door, errands

    def routes(self) -> list[Route]:
        """Return where they are."""
        look, change = self._door.look, self._door.change
        undo, unsubscribe = "/undo/{token}", "/unsubscribe/{token}"
        stop = self._door.one_click(self._stop_offers)
        return [
            Route("/links", look(self._links)),
            Route("/links", self._door.ask(self._send_links), methods=["POST"]),
            Route(undo, look(self._undo)),
            Route(undo, change(self._take_back), methods=["POST"]),
            Route(unsubscribe, look(self._offers)),
            Route(unsubscribe, stop, methods=["POST"]),
        ]

    async def _links(self, request: Request) -> Response:
        del request
        return self._answers.page("links", asked=False)

    async def _send_links(self, request: Request, form: Mapping[str, str]) -> Response:
        """Answer the same to everybody, as soon for one as for the other."""
        del request
        self._errands.send(form.get("address", "").strip()[:LONGEST], self._door.now())
        return self._answers.page("links", asked=True)

    async def _undo(self, request: Request) -> Response:
        return await self._undo_page(request)

    async def _undo_page(self, request: Request, status: int = 200) -> Response:
        token = request.path_params["token"]
        page = await self._customers.undo_page(token)
        path = f"/undo/{quote(token, safe='')}"
        return self._answers.page("undo", status, page=page, path=path, late=status != 200)  # noqa: PLR2004

    async def _take_back(self, request: Request, form: Mapping[str, str]) -> Response:
        token, seal = request.path_params["token"], form.get("seal", "")
        try:
            return see(await self._customers.undo(token, seal=seal, address=address(request)))
        except PageRefused as refused:
            if refused.refusal not in {Refusal.SEAL, Refusal.CHANGED}:
                raise
            return await self._undo_page(request, CONFLICT)

    async def _offers(self, request: Request) -> Response:
        path = f"/unsubscribe/{quote(request.path_params['token'], safe='')}"
        return self._answers.page("unsubscribe", path=path, stopped=False)

    async def _stop_offers(self, request: Request) -> Response:
        if not await self._customers.unsubscribe(request.path_params["token"]):
            raise PageRefused(Refusal.LINK)
        return self._answers.page("unsubscribe", path="", stopped=True)
