"""What can be done, below a message: buttons while there is room for them, then lines to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.slack.buttons import Buttons
from bot.chat.slack.escaping import code
from bot.chat.slack.limits import Room, weight
from bot.chat.slack.lines import clean, drawn
from bot.chat.slack.sections import Block, fitted, sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.slack.lines import Part
    from bot.maintenance.words import Words
    from bot.ports import Act

ROWS, TYPED_ROWS = 16, 4  # blocks
TYPED = 1500  # of a message's weight: for lines to type, if there are any


class Offers:
    """The acts of one message, ready to be put below it."""

    def __init__(self, acts: Sequence[Act], buttons: Buttons, words: Words) -> None:
        """Offer *acts* as *buttons* draws them; *words* say what has none."""
        self._words = words
        self._rows = buttons.rows(acts)
        self._long = [act for act in acts if not buttons.holds(act)]

    @property
    def weight(self) -> int:
        """What all of it would weigh."""
        return weight([row.block for row in self._rows]) + self._long_weight()

    def fitted(self, room: int) -> list[Block]:
        """Return all of it as blocks, as *room* allows: the weight that is left for it."""
        blocks = self._buttons(room - min(self._long_weight(), TYPED))
        if len(blocks) < len(self._rows):
            blocks = self._buttons(room - TYPED)
        left = [act for row in self._rows[len(blocks) :] for act in row.acts]
        typed = self._typed([*left, *self._long])
        below = Room(blocks=TYPED_ROWS, weight=room - weight(blocks))
        return blocks + fitted(typed, below, self._left_out)

    def _buttons(self, room: int) -> list[Block]:
        blocks = [row.block for row in self._rows[:ROWS]]
        while blocks and weight(blocks) > room:
            blocks.pop()
        return blocks

    def _long_weight(self) -> int:
        return weight(sections(self._typed(self._long)))

    def _typed(self, acts: Sequence[Act]) -> list[Part]:
        if not acts:
            return []
        commands = [drawn(f"/maint {clean(act.command)}", code) for act in acts]
        heading = drawn(self._words.say("slack", "to_type"))
        return [*heading, *(part for command in commands for part in command)]

    def _left_out(self, count: int) -> str:
        return self._words.say("slack", "left_out", count=count)
