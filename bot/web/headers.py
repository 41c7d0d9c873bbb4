"""What every answer carries, whoever made it: nothing is loaded, framed, cached or passed on."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; img-src 'self'"
)
YEAR = 31_536_000  # seconds

ALWAYS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",  # the address of a personal page is its key
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)
#: Unless the answer says otherwise: what is not known to be public is personal.
PERSONAL: Mapping[str, str] = MappingProxyType(
    {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}
)
PUBLIC: Mapping[str, str] = MappingProxyType({"X-Robots-Tag": "all"})


class Headers:
    """Puts them on."""

    def __init__(self, app: ASGIApp, *, encrypted: bool) -> None:
        """Put them on what *app* answers; *encrypted*: the public reaches us by https alone."""
        self._app = app
        strict = {"Strict-Transport-Security": f"max-age={YEAR}"} if encrypted else {}
        self._always = {**ALWAYS, **strict}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._always.items():
                    headers[name] = value
                for name, value in PERSONAL.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, dressed)
