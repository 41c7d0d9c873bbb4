"""How a message looks in Slack: a notification, and blocks that Slack takes whatever is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.slack import limits, lines
from bot.chat.slack.buttons import Buttons, primary
from bot.chat.slack.escaping import bold, literal
from bot.chat.slack.limits import Room, cut, weight
from bot.chat.slack.offers import Offers
from bot.chat.slack.sections import Block, fitted, marked, sections
from bot.ports import Audience

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.chat.slack.lines import Part
    from bot.maintenance.words import Words
    from bot.ports import Message

NOTHING = "…"  # Slack takes no empty text
OFFERS = 6000  # of a message's weight: for what can be done; more, if the text leaves it
COLUMNS = 1500  # ... for fields in columns; heavier ones are lines
BODY_ROWS = 29  # blocks


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A message as Slack takes it: what a notification says, and what stands in the channel."""

    text: str
    blocks: list[Block]


def drawn(message: Message, nonce: str = "", *, words: Words, actions: bool = True) -> Drawn:
    """Draw *message*, its buttons sending *nonce*; without *actions* it has none.

    Whoever wrote what is in it, nothing formats, links or mentions anybody but actors. What does
    not fit is counted, in *words*.
    """
    acts = message.acts if actions else ()
    buttons = Buttons(words, nonce, primary(acts) if message.loud else None)
    offers = Offers(acts, buttons, words)
    body = _body(message, limits.MESSAGE - min(offers.weight, OFFERS), words)
    notice = lines.headline(message.text.lstrip()) or NOTHING
    return Drawn(
        text=cut(notice, limits.NOTICE, literal, limits.length),
        blocks=body + offers.fitted(limits.MESSAGE - weight(body)),
    )


def _body(message: Message, room: int, words: Words) -> list[Block]:
    quiet = message.audience is Audience.THREAD or "\n" not in message.text
    parts = list(lines.parts(message.text, loud=message.loud, strong=not quiet))
    columns = _columns(message.fields)
    if message.fields and not columns:
        parts += _listed(message.fields)
    below = Room(blocks=BODY_ROWS, weight=room - weight(columns))
    shown = fitted(parts, below, lambda count: words.say("slack", "left_out", count=count))
    return shown + columns or sections(lines.drawn(NOTHING))


def _columns(fields: Iterable[tuple[str, str]]) -> list[Block]:
    """Return *fields* side by side, or nothing if these are too many or too long for it."""
    known = [(lines.clean(name), lines.clean(value)) for name, value in fields]
    texts = [f"{bold(name)}\n{literal(value)}".strip() or NOTHING for name, value in known]
    block = {"type": "section", "fields": [marked(text) for text in texts]}
    fits = 0 < len(texts) <= limits.FIELDS and weight(block) <= COLUMNS
    return [block] if fits else []


def _listed(fields: Iterable[tuple[str, str]]) -> Iterable[Part]:
    for name, value in fields:
        yield from lines.drawn(f"{lines.clean(name)}: {lines.clean(value)}", before=lines.ITEM)
