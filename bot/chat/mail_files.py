"""Every mail of a campaign as one file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def zipped(mails: AsyncIterator[tuple[str, bytes]]) -> bytes:
    """Return a zip file of *mails*; the same mails make the same bytes."""
    whole = io.BytesIO()
    with ZipFile(whole, "w") as archive:
        async for name, content in mails:
            archive.writestr(ZipInfo(name), content, compress_type=ZIP_DEFLATED)
    return whole.getvalue()
