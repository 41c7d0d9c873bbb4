"""What must not stand in a text: whatever Slack would obey, and what it would swallow.

A `>` that begins a line would be a quotation; `&gt;` is one as well, so a bare one is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

TOKEN = re.compile(r"&(?:amp|lt|gt);|<[^<>]*>")
LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s|]+(?:\|(?P<label>[^|]+))?")
DATE = re.compile(r"!date\^\d+\^[^|]*\{[^|]*\|(?P<label>.+)")
MENTION = re.compile(r"(?P<kind>[@#])(?P<id>[A-Z0-9]+)(?:\|(?P<label>[^|]*))?")
SHOUT = re.compile(r"!(?:channel|here|everyone|group|subteam\^.*)\b.*")


def faults_in(text: str, *, known: Collection[str]) -> list[str]:
    """Return what is wrong with *text*, in which the users and channels *known* may be named."""
    inner = [token[1:-1] for token in TOKEN.findall(text) if token[0] == "<"]
    faults = [fault for token in inner for fault in _in_token(token, known)]
    return [*faults, *_stray(TOKEN.sub("", text), text)]


def _in_token(token: str, known: Collection[str]) -> Iterator[str]:
    if SHOUT.fullmatch(token):
        yield f"shouts with <{token}>"
    elif mention := MENTION.fullmatch(token):
        if mention["id"] not in known:
            yield f"names somebody unknown with <{token}>"
    elif link := LINK.fullmatch(token) or DATE.fullmatch(token):
        label = link["label"] or ""
        yield from _stray(TOKEN.sub("", label), token)
    else:
        yield f"has a control sequence that is none: <{token}>"


def _stray(rest: str, text: str) -> Iterator[str]:
    for character in "&<>":
        if character in rest:
            yield f"has an unescaped {character} in {text[:200]!r}"


def plain(text: str) -> str:
    """Return *text* as it is read: labels for links, characters for entities."""
    labelled = re.sub(r"<(?![@#])[^<>|]*\|([^<>]*)>", r"\1", text)
    bare = re.sub(r"<((?:https?://|mailto:|tel:)[^<>]*)>", r"\1", labelled)
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escaped(text: str) -> str:
    """Return *text* as Slack passes on what somebody typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
