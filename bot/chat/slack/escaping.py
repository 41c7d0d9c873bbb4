"""Text from anywhere, made so that Slack shows it as it is; only actors become mentions.

Slack can escape `& < >` and nothing else of its markup. A word in which it would see some is
therefore shown as code: that is literal, and copied it is still the same, as it would not be with
look-alikes or invisible characters in it. Names such as web_1 and vps-31 hold no markup for Slack.
Only grave accents, which would end the code, are replaced by a look-alike.
"""

from __future__ import annotations

import re
from itertools import groupby

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_GRAVE = "\N{MODIFIER LETTER GRAVE ACCENT}"
_TICKS = str.maketrans(dict.fromkeys("`\uff40", _GRAVE))  # Slack reads the wide forms, too
_FENCE = re.compile("[`\uff40]{3,}")
_QUOTES = (">", "\uff1e")  # where a line begins
_STARS = re.compile("[*\uff0a]")
_ACTOR = re.compile(r"(?<![\w:/.@-])slack:([UW][A-Z0-9]{2,20})(?![\w-])")
_EDGES = re.compile(r"""(["'(\[]*)(.+?)([]"'.,:;!?)]*)""", re.DOTALL)  # punctuation around a word
_MARKUP = re.compile(
    r"""(?<![A-Za-z0-9])[*_~\uff0a\uff3f\uff5e](?=.)  # after a letter it opens nothing
    | :(?!\d\d:)[\w'’+-]+:  # a picture; a time of day is none
    | ://  # a link
    | (?<![A-Za-z0-9])@\w  # a name, where links and names are looked for
    """,
    re.VERBOSE,
)


def escaped(text: str) -> str:
    """Return *text* for a place that knows no markup: a label, a dialog."""
    return text.translate(_ENTITIES)


def literal(line: str) -> str:
    """Return *line* for a place that knows markup, where it has none."""
    return " ".join(_words(line, bold=False))


def bold(line: str) -> str:
    """Return *line* in bold, but for words that are shown as code."""
    runs = groupby(_words(" ".join(line.split()), bold=True), key=lambda word: "`" in word)
    each = ((code, " ".join(words)) for code, words in runs)
    return " ".join(text if code or not text else f"*{text}*" for code, text in each)


def code(line: str) -> str:
    """Return *line* for a code block."""
    return escaped(_FENCE.sub(lambda found: _GRAVE * len(found[0]), line))


def _words(line: str, *, bold: bool) -> list[str]:
    first, *rest = line.split(" ")
    quotes = first.startswith(_QUOTES)
    return [_word(first, bold=bold, quotes=quotes), *(_word(word, bold=bold) for word in rest)]


def _word(word: str, *, bold: bool, quotes: bool = False) -> str:
    plain = word.translate(_TICKS)
    others = _ACTOR.sub("\0", plain)  # behind which anything may open, as behind a mention
    if not (quotes or _MARKUP.search(others) or (bold and _STARS.search(plain))):
        return _ACTOR.sub(r"<@\1>", escaped(plain))
    before, inner, after = _EDGES.fullmatch(plain).groups()  # type: ignore[union-attr]
    return f"{escaped(before)}`{escaped(inner)}`{escaped(after)}"
