"""Words as they were typed, taken one after the other from the front."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_WORD = 64  # the longest name of a zone has 32 characters


class Reader:
    """A list of words, and how far it is read."""

    def __init__(self, words: Sequence[str]) -> None:
        """Begin in front of all *words*."""
        self._words = list(words)
        self._at = 0
        self._from = 0

    def word(self, ahead: int = 0) -> str:
        """Return a word that is not taken yet, in small letters; empty behind the last."""
        at = self._at + ahead
        return self._words[at][: LONGEST_WORD + 1].lower() if at < len(self._words) else ""

    def typed(self, count: int = 1) -> str:
        """Return the next words as they were typed."""
        return " ".join(self._words[self._at : self._at + count])

    def take(self, count: int = 1) -> None:
        """Go on behind the next words."""
        self._at += count

    def split(self, *parts: str) -> None:
        """Put *parts* in the place of the next word."""
        self._words[self._at : self._at + 1] = parts

    def begin(self) -> None:
        """Let `before` begin here."""
        self._from = self._at

    def before(self) -> str:
        """Return what was taken of this time."""
        return " ".join(self._words[self._from : self._at]).lower()

    def rest(self) -> tuple[str, ...]:
        """Return what is not taken."""
        return tuple(self._words[self._at :])
