"""Mails of one campaign are nearly the same: each is kept as what differs from the first."""

from __future__ import annotations

import zlib

WINDOW = 14  # 16 KiB: enough for a mail and the first one; the full window costs eight times
MEMORY = 5  # of zlib's 1 to 9


def pack(content: bytes, base: bytes) -> bytes:
    """Return *content* compressed against *base*; every byte comes back."""
    packer = zlib.compressobj(wbits=WINDOW, memLevel=MEMORY, zdict=base)
    return packer.compress(content) + packer.flush()


def unpack(packed: bytes, base: bytes) -> bytes:
    """Return what was packed.

    Raises zlib.error: packed against another base, or damaged; nothing is guessed.
    """
    unpacker = zlib.decompressobj(zdict=base)
    content = unpacker.decompress(packed)
    if not unpacker.eof:
        raise zlib.error("incomplete")
    return content
