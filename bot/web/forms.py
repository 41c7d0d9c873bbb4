"""What is posted: read within bounds, and refused when it comes from another page than ours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

LONGEST = 8 * 1024  # bytes of a body
FIELDS = 10
PATIENCE = 10.0  # seconds until a body is there
FORM = "application/x-www-form-urlencoded"
OWN = frozenset({"same-origin", "none"})  # of Sec-Fetch-Site; none: a person did it by hand


async def body(request: Request) -> bytes:
    """Return the body. Raises HTTPException: 400, 408, 413."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal():
        raise HTTPException(400)
    if int(length[:9]) > LONGEST:
        raise HTTPException(413)
    read = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for piece in request.stream():
                read += piece
                if len(read) > LONGEST:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(read)


async def form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises HTTPException: 400, 408, 413, 415."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise HTTPException(415)
    read = await body(request)
    try:
        # The browser encodes what is no ASCII; a byte that is none was not sent by one.
        pairs = parse_qsl(
            read.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"
        )
    except ValueError:
        raise HTTPException(400) from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise HTTPException(400)
    return fields


def refuse_foreign(request: Request, public: str) -> None:
    """Raise HTTPException(403) if a page of somebody else sent it.

    *public* is the address under which we are known. Browsers say `Origin: null` on our own
    forms too, as our pages let them tell no address; Sec-Fetch-Site then says whose it was.
    """
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin", "null")
    ours = {"null", _origin(public), f"{request.url.scheme}://{request.headers.get('host', '')}"}
    if site not in OWN or origin not in ours:
        raise HTTPException(403)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
