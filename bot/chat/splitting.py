"""Taking a line apart into words, as a shell does, but no letter of a quoted text is changed."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r'\\(["\\])')  # what a backslash makes a letter of, inside straight quotes
_ESCAPED = frozenset("\"'\\ ")  # the same, outside
_TYPOGRAPHIC = frozenset("“”„‟")  # phones and word processors write these for a double quote
_BREAKS = frozenset(" \t\n\r\u00a0")


class OpenQuoteError(ValueError):
    """A quote is opened and not closed."""


def split(line: str, most: int = 0) -> list[str]:
    """Return the words of *line*; after *most* of them, if given, the rest is one, as it stands.

    A double quote, straight or typographic, begins a text that ends at its like; what is of the
    other sort in it belongs to the text. A single quote is one only around a whole word or more:
    else it is an apostrophe. Raises OpenQuoteError.
    """
    words: list[str] = []
    at = 0
    while at < len(line):
        if line[at] in _BREAKS:
            at += 1
            continue
        if most and len(words) == most and not _is_quoted(line[at:].rstrip()):
            return [*words, line[at:].rstrip()]
        word, at = _word(line, at)
        words.append(word)
    return words


def _is_quoted(text: str) -> bool:
    """Say whether *text* is one quoted text and nothing else."""
    return _end_of_quote(text, 0, 0) == len(text) - 1


def _word(line: str, start: int) -> tuple[str, int]:
    """Return the word that begins at *start*, and where it ends."""
    parts: list[str] = []
    at = start
    while at < len(line) and line[at] not in _BREAKS:
        end = _end_of_quote(line, start, at)
        if end:
            parts.append(_text(line[at], line[at + 1 : end]))
            at = end + 1
        elif line[at] == "\\" and line[at + 1 : at + 2] in _ESCAPED:
            parts.append(line[at + 1])
            at += 2
        else:
            parts.append(line[at])
            at += 1
    return "".join(parts), at


def _end_of_quote(line: str, start: int, at: int) -> int:
    """Return where the quote that opens *at* is closed; 0: none opens there."""
    if line[at] == '"':
        return _straight(line, at)
    if line[at] in _TYPOGRAPHIC:
        return _typographic(line, at)
    if line[at] == "'" and (at == start or line[at - 1] == "="):
        return _single(line, at)
    return 0


def _straight(line: str, at: int) -> int:
    end = at + 1
    while end < len(line) and line[end] != '"':
        end += 2 if line[end] == "\\" else 1
    if end >= len(line):
        raise OpenQuoteError
    return end


def _typographic(line: str, at: int) -> int:
    """Return where it is closed: quotes that open within it are closed before."""
    depth = 0
    for end in range(at, len(line)):
        if line[end] in _TYPOGRAPHIC:
            depth += 1 if end == at or _opens(line, end) else -1
        if not depth:
            return end
    raise OpenQuoteError


def _opens(line: str, at: int) -> bool:
    return line[at - 1] in _BREAKS | set("([") and line[at + 1 : at + 2] not in {"", *_BREAKS}


def _single(line: str, at: int) -> int:
    """Return the next one that a word ends with."""
    end = line.find("'", at + 1)
    while end > 0 and line[end + 1 : end + 2] not in {"", *_BREAKS}:
        end = line.find("'", end + 1)
    return max(end, 0)


def _text(quote: str, inner: str) -> str:
    return _ESCAPE.sub(r"\1", inner) if quote == '"' else inner
