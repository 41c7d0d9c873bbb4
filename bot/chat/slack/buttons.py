"""Acts become buttons: those about one thing stay in a row, those that hurt ask once more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.slack import limits
from bot.chat.slack.limits import cut, size
from bot.chat.slack.sections import Block, plain
from bot.maintenance.formats import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.maintenance.words import Words
    from bot.ports import Act

ROW = 5  # buttons side by side, if no more are about one thing


@dataclass(frozen=True, kw_only=True)
class Row:
    """Acts, and the block with their buttons."""

    acts: tuple[Act, ...]
    block: Block


class Buttons:
    """Draws the buttons of a message, each with an id of its own."""

    def __init__(self, words: Words, nonce: str, primary: Act | None) -> None:
        """Ask by *words*; a press sends *nonce*, and *primary* is the button to press."""
        self._words, self._nonce, self._primary = words, nonce, primary
        self._count = 0

    def rows(self, acts: Sequence[Act]) -> list[Row]:
        """Return rows of buttons for those of *acts* whose commands a button can hold."""
        short = [act for act in acts if self.holds(act)]
        packed = _packed(_groups(short)) if len(short) > ROW else [short] if short else []
        return [Row(acts=tuple(row), block=self._block(row)) for row in packed]

    def holds(self, act: Act) -> bool:
        """Say whether a button can hold the command of *act*."""
        return size(value(act.command, self._nonce)) <= limits.VALUE

    def _block(self, acts: Iterable[Act]) -> Block:
        return {"type": "actions", "elements": [self._button(act) for act in acts]}

    def _button(self, act: Act) -> Block:
        self._count += 1
        button = {
            "type": "button",
            "action_id": f"act{self._count}",
            "text": plain(_label(act)),
            "value": value(act.command, self._nonce),
        }
        if act.hurts:
            return button | {"style": "danger", "confirm": self._question(act)}
        return button | ({"style": "primary"} if act is self._primary else {})

    def _question(self, act: Act) -> Block:
        known = {"label": act.label, "command": act.command}
        most = {
            "title": limits.TITLE,
            "text": limits.QUESTION,
            "confirm": limits.ANSWER,
            "deny": limits.ANSWER,
        }
        said = {name: self._words.say("slack", f"confirm_{name}", **known) for name in most}
        asked = {name: plain(cut(said[name], most[name])) for name in most}
        return asked | {"style": "danger"}


def value(command: str, nonce: str) -> str:
    """Return what a button sends for *command*, as JSON in which Slack has nothing to escape."""
    known = json.dumps({"c": command, "n": nonce}, separators=(",", ":"))
    for control in "&<>":
        known = known.replace(control, f"\\u{ord(control):04x}")
    return known


def primary(acts: Sequence[Act]) -> Act | None:
    """Return the first of *acts* if it alone hurts nothing; else nobody shall be led on."""
    harmless = [act for act in acts if not act.hurts]
    return acts[0] if len(harmless) == 1 and not acts[0].hurts else None


def _label(act: Act) -> str:
    known = (clean(text).strip() for text in (act.label, act.command))
    return cut(next(filter(None, known), "…"), limits.LABEL)


def _groups(acts: Iterable[Act]) -> Iterator[list[Act]]:
    """Put acts about one thing together, at most as many as a row can hold."""
    groups: dict[str, list[Act]] = {}
    for act in acts:
        groups.setdefault(act.about or act.command.rpartition(" ")[2], []).append(act)
    for group in groups.values():
        for at in range(0, len(group), limits.ELEMENTS):
            yield group[at : at + limits.ELEMENTS]


def _packed(groups: Iterable[list[Act]]) -> Iterator[list[Act]]:
    """Let small groups share a row."""
    row: list[Act] = []
    for group in groups:
        if row and len(row) + len(group) > ROW:
            yield row
            row = []
        row = [*row, *group]
    yield row
