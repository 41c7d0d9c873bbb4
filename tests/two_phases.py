"""Judges restores by their rows: an image is spent before its guest is let go, and serves once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.run.journal import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.run.journal import Row
    from tests.account import Account


def two_phases(account: Account) -> Iterator[str]:
    """A guest is let go only from an image that is spent, and from each image once."""
    tracks: dict[str, _Track] = {}
    for row in account.rows:
        if row.guest and "verb" in row.data:
            yield from tracks.setdefault(row.guest, _Track()).follow(row, str(row.data["verb"]))


class _Track:
    """What a guest's rows say of its images and its disk."""

    def __init__(self) -> None:
        self._meant: dict[tuple[str, object], str] = {}  # verb, attempt: image
        self._used: set[str] = set()
        self._loaded = ""
        self._rolled = False  # back at the pair, and not written since

    def follow(self, row: Row, verb: str) -> Iterator[str]:
        if row.event is Event.INTENDED:
            yield from self._intended(row, verb)
        elif row.event is Event.DONE:
            self._done(verb, self._meant[verb, row.data["attempt"]])
        elif row.event is Event.FAILED and verb == "boot" and not row.data.get("refused"):
            self._used |= set(self._meant.values())  # the host spends them before it tries
            self._rolled = self._rolled and row.data["left"] == "off"

    def _intended(self, row: Row, verb: str) -> Iterator[str]:
        image = str(row.data.get("image", ""))
        self._meant[verb, row.data["attempt"]] = image
        if verb == "restore" and image in self._used and not (row.data["again"] and self._rolled):
            yield f"P1: row {row.number} restores {row.guest} from {image}, which is spent"
        if verb == "unpause" and self._loaded not in self._used:
            yield f"P1: row {row.number} lets {row.guest} go, and {self._loaded!r} is not spent"

    def _done(self, verb: str, image: str) -> None:
        match verb:
            case "restore":
                self._loaded = image
                self._used.discard(image)
            case "spend":
                self._used.add(image)
            case "boot":
                self._used |= set(self._meant.values())
                self._rolled = False
            case "unpause":
                self._rolled = False
            case "rollback":
                self._rolled = True
            case _:
                pass
