"""Mails of one campaign are nearly the same: each is kept as what differs from the first."""

from __future__ import annotations

import zlib

from notifications.errors import BadCampaign, Problem

WINDOW = 14  # 16 KiB: enough for a mail and the first one; the full window costs eight times
MEMORY = 5  # of zlib's 1 to 9


def pack(content: bytes, base: bytes) -> bytes:
    """Return *content* compressed against *base*; every byte comes back."""
    packer = zlib.compressobj(wbits=WINDOW, memLevel=MEMORY, zdict=base)
    return packer.compress(content) + packer.flush()


def unpack(packed: bytes, base: bytes) -> bytes:
    """Return what was packed.

    Raises BadCampaign(DAMAGED): packed against another base, or damaged; nothing is guessed.
    """
    unpacker = zlib.decompressobj(zdict=base)
    try:
        content = unpacker.decompress(packed)
    except zlib.error as error:
        raise BadCampaign(Problem.DAMAGED) from error
    if not unpacker.eof:
        raise BadCampaign(Problem.DAMAGED)
    return content
