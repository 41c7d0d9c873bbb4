"""How virsh reads its command line."""

from __future__ import annotations

import sys

from tests.hypervisor import says
from tests.hypervisor.grammar import GRAMMAR
from tests.hypervisor.says import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Asked:
    """One command with its options; each value is a list of texts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values: dict[str, list[str]] = {}

    def value(self, option: str) -> str:
        """Return an option's value; empty if it was not given."""
        return (self.values.get(option) or [""])[0]

    def has(self, option: str) -> bool:
        """Say whether the option was given."""
        return option in self.values


def commands(arguments: list[str]) -> tuple[bool, list[Asked]]:
    """Return whether virsh shall be quiet, and what is asked of it. Raises Refused."""
    quiet, rest = _own_options(arguments)
    if len(rest) == 1:
        return quiet, [command(words) for words in split(rest[0]) if words]
    for word in rest:
        if word == ";":
            raise Refused(says.UNEXPECTED, word)
    return quiet, [command(rest)]


def _own_options(arguments: list[str]) -> tuple[bool, list[str]]:
    quiet = False
    while arguments and arguments[0].startswith("-"):
        word, *arguments = arguments
        quiet = quiet or word in {"-q", "--quiet"}
        if word in {"-c", "--connect", "-k", "-K", "-l"}:
            arguments = arguments[1:]
    return quiet, arguments


def split(line: str) -> list[list[str]]:
    """Split a line into commands, and each into words, with quotes and backslashes."""
    found: list[list[str]] = [[]]
    letters = iter(line)
    for letter in letters:
        if letter == ";":
            found.append([])
        elif letter not in " \t\n":
            word, ended = _word(letter, letters)
            found[-1].append(word)
            if ended == ";":
                found.append([])
    return found


def _word(letter: str, letters: Iterator[str]) -> tuple[str, str]:
    """Return the word that begins with *letter*, and what ended it."""
    word, quote = "", ""
    while letter and (quote or letter not in " \t\n;"):
        if letter in (quote or "\"'"):
            quote = "" if quote else letter
        elif letter == "\\" and quote != "'":
            word += next(letters, "")
        else:
            word += letter
        letter = next(letters, "")
    if quote:
        raise Refused(says.UNBALANCED, quote)
    return word, letter


def command(words: list[str]) -> Asked:
    """Return what one command asks for. Raises Refused."""
    name, *rest = words
    if name not in GRAMMAR:
        raise Refused(says.NO_COMMAND, name)
    asked = Asked(name)
    places = list(GRAMMAR[name][0])
    only_places = False
    while rest:
        word, *rest = rest
        if word == "--" and not only_places:
            only_places = True
        elif word.startswith("--") and not only_places:
            rest = _option(asked, word[2:], rest)
        else:
            _place(asked, places, word)
    _complete(asked)
    return asked


def _option(asked: Asked, word: str, rest: list[str]) -> list[str]:
    places, valued, flags = GRAMMAR[asked.name]
    option, joined, value = word.partition("=")
    if option in flags:
        asked.values[option] = []
        return rest
    if option not in valued and option not in {place.lstrip("*") for place in places}:
        raise Refused(says.NO_OPTION, asked.name, option)
    if not joined and not rest:
        raise Refused(says.NO_VALUE, option)
    asked.values.setdefault(option, []).append(value if joined else rest[0])
    return rest if joined else rest[1:]


def _place(asked: Asked, places: list[str], word: str) -> None:
    while places and not places[0].startswith("*") and places[0] in asked.values:
        places.pop(0)
    if not places:
        raise Refused(says.UNEXPECTED, word)
    asked.values.setdefault(places[0].lstrip("*"), []).append(word)


def _complete(asked: Asked) -> None:
    for place in GRAMMAR[asked.name][0]:
        if not place.startswith("*") and place not in asked.values:
            raise Refused(says.MISSING, asked.name, place)
        if place == "domain" and asked.value(place) == "":
            raise Refused(says.EMPTY, place)


def complain(*lines: str) -> None:
    """Say to stderr what went wrong, as virsh does."""
    for line in lines:
        sys.stderr.write(f"error: {line}\n")
