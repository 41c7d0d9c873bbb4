"""The picture of a run: a bar for each guest, below the phases of its host. Only this module draws.

The same timeline makes the same bytes with the same Pillow, whose own font is used for all text.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from bot.maintenance.axis import Axis
from bot.maintenance.timeline import BAD, Kind
from bot.rules.run.report import GOOD, Result, result
from bot.rules.run.states import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.maintenance.timeline import Bar, Timeline
    from bot.maintenance.words import Words

    Box = tuple[int, int, int, int]

WIDTH, HIGHEST = 1200, 2400  # pixels
#: Okabe and Ito's colours, which colour-blind readers tell apart; what is bad is hatched too.
COLOURS: Mapping[Kind, str] = {
    Kind.SUSPENDED: "#56b4e9",
    Kind.SHUT_DOWN: "#0072b2",
    Kind.RESTORED: "#009e73",
    Kind.BOOTED: "#cc79a7",
    Kind.REPAIRED: "#e69f00",
    Kind.DOWN: "#d55e00",
}
_LINES: Mapping[Kind, str] = {Kind.REPAIRED: "#6b4a00", Kind.DOWN: "#5e2900"}
_BANDS: Mapping[Phase, str] = {
    Phase.DRAIN: "#e2e2e2",
    Phase.HOST_WORK: "#c6c6c6",
    Phase.GATE: "#d2d2d2",
    Phase.BRING_UP: "#e2e2e2",
}
_EMPTY = frozenset({Phase.HOST_WORK, Phase.GATE})  # no guest runs on the host
_PAPER, _INK, _FAINT, _ALARM = "#ffffff", "#1a1a1a", "#5f5f5f", "#a33b00"
_LINE, _SHADE, _EDGE = "#dedede", "#eeeeee", "#8c8c8c"

_MARGIN, _GAP = 20, 12
_NAMES, _RESULTS = (100, 180), 165  # widths beside the bars; of names, least and most
_LEAST_ROW, _MOST_ROW = 10.0, 26.0  # heights of a guest
_HEADING, _LEGEND, _TICKS, _BAND = 66, 34, 24, 24  # heights
_LARGE, _MEDIUM, _SMALL, _LEAST = 22, 15, 13, 10  # sizes of the font
_SWATCH, _HATCH, _THIN = 26, 8, 6  # widths: in the legend, between lines, of what is bad and short


def drawn(timeline: Timeline, words: Words) -> bytes:
    """Return the picture of a run as a PNG, at most WIDTH by HIGHEST, in *words*."""
    return _Sheet(timeline, words).png()


class _Sheet:
    """One picture. Guests for whom it has no height are counted below the last bar."""

    def __init__(self, timeline: Timeline, words: Words) -> None:
        self._timeline, self._words = timeline, words
        self._top = _MARGIN + _HEADING + _LEGEND + _TICKS + _BAND
        room = HIGHEST - self._top - _TICKS - _MARGIN
        self._row = min(_MOST_ROW, max(_LEAST_ROW, room / max(1, len(timeline.bars))))
        self._bars = timeline.bars[: int(room / self._row)]
        self._bottom = self._top + round(self._row * max(1, len(self._bars)))
        self._size = max(_LEAST, min(_MEDIUM, round(self._row * 0.6)))
        self._image = Image.new("RGB", (WIDTH, self._bottom + _TICKS + _MARGIN), _PAPER)
        self._pen = ImageDraw.Draw(self._image)
        self._axis = Axis(
            left=_MARGIN + self._names() + _GAP,
            right=WIDTH - _MARGIN - _RESULTS - 3 * _GAP,
            stretches=timeline.stretches,
        )

    def png(self) -> bytes:
        """Draw everything, from the back to the front."""
        self._heading()
        self._legend()
        self._time()
        self._host()
        for number, bar in enumerate(self._bars):
            self._guest(bar, self._top + number * self._row)
        self._cuts()
        made = BytesIO()
        self._image.save(made, "PNG")
        return made.getvalue()

    # ---- parts -------------------------------------------------------------------------------

    def _heading(self) -> None:
        run, wide = self._timeline.run, WIDTH - 2 * _MARGIN
        count = Counter(result(step) or Result.STUCK for step in run.steps.values())
        untouched = count.pop(Result.UNTOUCHED, 0)
        groups = [{"name": each, "count": count[each]} for each in Result if count[each]]
        seconds = ((run.ended or run.at) - run.started).total_seconds()
        title = self._say("title", host=run.host, started=run.started)
        summary = self._say("summary", seconds=seconds, groups=groups, untouched=untouched)
        self._write((_MARGIN, _MARGIN + 10), title, _LARGE, wide=wide)
        self._write((_MARGIN, _MARGIN + 38), summary, _MEDIUM, _FAINT, wide=wide)

    def _legend(self) -> None:
        x, y = _MARGIN, _MARGIN + _HEADING
        for kind in Kind:
            label = self._say(kind)
            self._fill((x, y, x + _SWATCH, y + 14), kind)
            self._write((x + _SWATCH + 6, y + 7), label, _SMALL)
            x += round(_SWATCH + 6 + _font(_SMALL).getlength(label) + 16)
        self._write((x, y + 7), self._say("trouble"), _SMALL, _ALARM)

    def _time(self) -> None:
        """Name the hours, and shade the time without guests."""
        for span in self._timeline.phases:
            if span.kind in _EMPTY:
                self._box(self._across(span.start, span.end, self._top, self._bottom), _SHADE)
        edges = (self._top - _BAND - _TICKS // 2, self._bottom + _TICKS // 2)
        for x, label in self._axis.ticks():
            self._pen.line((x, self._top, x, self._bottom + 4), _LINE)
            for y in edges:
                self._write((x, y), label, _SMALL, _FAINT, anchor="mm")
        for y in edges:
            self._write((_MARGIN, y), self._say("zone"), _SMALL, _FAINT)
        self._write((WIDTH - _MARGIN - _RESULTS, edges[0]), self._say("head"), _SMALL, _FAINT)
        if more := len(self._timeline.bars) - len(self._bars):
            told = self._say("more", number=more)
            self._write((WIDTH - _MARGIN - _RESULTS, edges[1]), told, _SMALL, _ALARM)

    def _host(self) -> None:
        """Draw the phases as a band."""
        for span in self._timeline.phases:
            if span.kind in _BANDS:
                box = self._across(span.start, span.end, self._top - _BAND, self._top)
                self._box(box, _BANDS[span.kind])
                middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
                wide = box[2] - box[0] - 8
                self._write(middle, self._say(span.kind), _SMALL, anchor="mm", wide=wide)
                self._pen.line((box[0], box[1], box[0], self._bottom), _EDGE)

    def _guest(self, bar: Bar, y: float) -> None:
        top, bottom = round(y + self._row * 0.15), round(y + self._row * 0.85)
        colour = _ALARM if bar.trouble else _INK
        middle = (top + bottom) / 2
        self._pen.line((_MARGIN, round(y), WIDTH - _MARGIN, round(y)), _LINE)
        self._write((_MARGIN, middle), self._name(bar), self._size, colour, wide=_NAMES[1])
        for span in sorted(bar.spans, key=lambda span: span.kind in BAD):
            self._fill(self._across(span.start, span.end, top, bottom), span.kind)
        became = self._say("became", result=bar.result, down=bar.down)
        colour = _INK if bar.result in GOOD else _ALARM
        self._write((WIDTH - _MARGIN - _RESULTS, middle), became, self._size, colour, wide=_RESULTS)

    def _cuts(self) -> None:
        """Break whatever goes on where time is left out."""
        for start, end in self._axis.cuts():
            left, right, top = round(start), round(end), self._top - _BAND
            self._box((left, top, max(left + 1, right), self._bottom), _PAPER)
            for x in (left, right):
                self._pen.line((x, top, x, self._bottom), _EDGE)

    # ---- strokes -----------------------------------------------------------------------------

    def _across(self, start: datetime, end: datetime, top: int, bottom: int) -> Box:
        left = round(self._axis.x(start))
        return left, top, max(left + 1, round(self._axis.x(end))), bottom

    def _box(self, box: Box, colour: str) -> None:
        self._image.paste(colour, box)

    def _fill(self, box: Box, kind: Kind) -> None:
        """Fill *box* with what stands for *kind*: its colour, hatched if it is bad."""
        left, top, right, bottom = box
        if kind in BAD and right - left < _THIN:
            right = min(left + _THIN, round(self._axis.right))
            left = right - _THIN
        tile = Image.new("RGB", (right - left, bottom - top), COLOURS[kind])
        if kind in BAD:
            _hatch(tile, left, kind)
        self._image.paste(tile, (left, top))

    def _write(
        self,
        at: tuple[float, float],
        text: str,
        size: int,
        colour: str = _INK,
        *,
        anchor: str = "lm",
        wide: float = WIDTH,
    ) -> None:
        font = _font(size)
        self._pen.text(at, _fitting(_drawable(text), font, wide), colour, font, anchor)

    # ---- words -------------------------------------------------------------------------------

    def _say(self, macro: str, **known: object) -> str:
        return self._words.say("timeline", macro, **known)

    def _name(self, bar: Bar) -> str:
        return self._say("name", guest=bar.guest, trouble=bar.trouble)

    def _names(self) -> float:
        """Return how wide the column of names is."""
        font = _font(self._size)
        lengths = (font.getlength(_drawable(self._name(bar))) for bar in self._bars)
        return min(_NAMES[1], max(_NAMES[0], *lengths, 0))


def _hatch(tile: Image.Image, offset: int, kind: Kind) -> None:
    """Draw lines across *tile*, as if they began at the left of the picture."""
    pen, (wide, high) = ImageDraw.Draw(tile), tile.size
    for x in range(-high - offset % _HATCH, wide + high, _HATCH):
        pen.line((x, high, x + high, 0), _LINES[kind])
        if kind is Kind.DOWN:
            pen.line((x, 0, x + high, high), _LINES[kind])


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError(found)
    return found


def _drawable(text: str) -> str:
    """Return *text* with a mark for each character that the font does not have."""
    return "".join(c if c.isascii() or c == "…" else "?" for c in text)


def _fitting(text: str, font: ImageFont.FreeTypeFont, wide: float) -> str:
    """Return *text*, cut with an ellipsis if it is wider than *wide*; nothing if little is left."""
    if font.getlength(text) <= wide:
        return text
    cut = next((n for n in range(len(text), 2, -1) if font.getlength(f"{text[:n]}…") <= wide), 0)
    return f"{text[:cut]}…" if cut else ""
