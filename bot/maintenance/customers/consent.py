"""The warning that a customer confirms with an opt-in: its words, and the version of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

VERSION = 12  # hex digits


@dataclass(frozen=True)
class Consent:
    """Its text, word by word; paragraphs are apart by an empty line."""

    text: str

    @cached_property
    def version(self) -> str:
        """What is recorded of it: other words are another version."""
        return hashlib.sha256(" ".join(self.text.split()).encode()).hexdigest()[:VERSION]

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Its paragraphs, each on one line."""
        return tuple(" ".join(each.split()) for each in self.text.split("\n\n") if each.strip())
