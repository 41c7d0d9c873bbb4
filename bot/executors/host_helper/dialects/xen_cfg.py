"""Reads the language of `xl`'s configuration files. Pure.

xl's language: `name = value` on a line or before a ";"; a value is a text in quotes, a number, or
a list, which may go over several lines; "#" begins a comment. Whatever else there is (Python, in
files made for the old `xm`) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Union

Value = Union[str, list["Value"]]
Statements = dict[str, Value]

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r\f]|\\\n|\#[^\n]*)+)
    |(?P<end>[\n;])
    |(?P<mark>\+=|[=,\[\]])
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<word>[A-Za-z0-9_][A-Za-z0-9_.]*)
    |(?P<other>.)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_DEEPEST = 8  # lists in lists; xl knows two


class Token(NamedTuple):
    """A piece of a file, and what kind it is of."""

    kind: str
    text: str


class _NotOurs(Exception):
    """These tokens are no statement of xl's."""


def statements(text: str) -> Statements:
    """Return the values that *text* gives to names; the last one counts."""
    tokens = [token for token in _tokens(text) if token.kind != "space"]
    found: Statements = {}
    at = 0
    while at < len(tokens):
        at = _after(tokens, at, found)
    return found


def _after(tokens: list[Token], at: int, found: Statements) -> int:
    """Read what begins at *at*; return where the next statement may begin."""
    try:
        return _statement(tokens, at, found)
    except _NotOurs:
        return _next_line(tokens, at)


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        yield Token(str(found.lastgroup), found.group())


def _statement(tokens: list[Token], at: int, found: Statements) -> int:
    """Read the statement that begins at *at* into *found*; return where the next one begins."""
    if tokens[at].kind == "end":
        return at + 1
    name, sign = _expect(tokens, at, "word"), _expect(tokens, at + 1, "mark")
    if sign not in {"=", "+="}:
        raise _NotOurs
    value, after = _value(tokens, at + 2, 0)
    if after < len(tokens):
        _expect(tokens, after, "end")
    found[name] = _added(found.get(name), value) if sign == "+=" else value
    return after + 1


def _added(before: Value | None, value: Value) -> Value:
    if isinstance(before, list) and isinstance(value, list):
        return [*before, *value]
    if isinstance(before, str) and isinstance(value, str):
        return before + value
    return value


def _value(tokens: list[Token], at: int, depth: int) -> tuple[Value, int]:
    token = tokens[at] if at < len(tokens) else Token("", "")
    if token.kind == "text":
        return _ESCAPE.sub(_escaped, token.text[1:-1]), at + 1
    if token.kind == "word":
        return token.text, at + 1
    if token.text != "[" or depth == _DEEPEST:
        raise _NotOurs
    items: list[Value] = []
    at = _skip(tokens, at + 1)
    while _expect_any(tokens, at) != "]":
        item, at = _value(tokens, at, depth + 1)
        items.append(item)
        at = _skip(tokens, at)
        if _expect_any(tokens, at) == ",":
            at = _skip(tokens, at + 1)
        elif tokens[at].text != "]":
            raise _NotOurs
    return items, at + 1


def _escaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _ESCAPES.get(found[2], found[2])


def _skip(tokens: list[Token], at: int) -> int:
    """Pass over the ends of lines within a list."""
    while at < len(tokens) and tokens[at].text == "\n":
        at += 1
    return at


def _expect(tokens: list[Token], at: int, kind: str) -> str:
    if at >= len(tokens) or tokens[at].kind != kind:
        raise _NotOurs
    return tokens[at].text


def _expect_any(tokens: list[Token], at: int) -> str:
    if at >= len(tokens):
        raise _NotOurs
    return tokens[at].text


def _next_line(tokens: list[Token], at: int) -> int:
    while at < len(tokens) and tokens[at].kind != "end":
        at += 1
    return at + 1
