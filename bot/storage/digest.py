"""The chain of digests that shows whether a journal was changed after it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# Hexadecimal digits. The chain finds accidents and edits by hand; it is no signature.
LENGTH = 16


def canonical(data: Mapping[str, object]) -> str:
    """Return *data* as the one JSON text that means it; ASCII, so that any text passes.

    Raises:
        TypeError: a value that JSON has no form for; a defect.
        ValueError: a number that is not finite; a defect.
    """
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def chained(before: str, number: int, at: datetime, *texts: str) -> str:
    """Return the digest of a row that follows a row with the digest *before*."""
    parts = [before, number, at.astimezone(UTC).isoformat(), *texts]
    return short(json.dumps(parts))


def short(text: str) -> str:
    """Return the first hexadecimal digits of the SHA-256 of *text*."""
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)
