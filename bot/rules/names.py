"""Names and free texts, checked where they enter: files, chat and the shell.

A name that passed is safe in a file name, a command line, chat markup and a mail header.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.rules.errors import BadRequest, Code

NAME_LENGTH = 64  # a host name's label has 63; uuids and unit names fit too
REASON_LENGTH = 500  # a few sentences; fits every chat's field and the audit
SHOWN_LENGTH = 40  # enough to recognise a refused text, too little to flood a channel

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class NameProblem(StrEnum):
    """Why a name or a free text is refused."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CONTROL = "control"  # has control or invisible characters
    CHARACTERS = "characters"  # has others than letters, digits, '.', '_' and '-', or begins badly


def checked(what: str, text: str) -> str:
    """Return the name *text* as it is; *what* says whose it is: "host", "guest", "contact".

    Raises:
        BadRequest: BAD_NAME with `what`, `shown` (cut and escaped) and `problem` (a NameProblem).
    """
    _refuse(what, text, problem_of_name(text))
    return text


def reason(text: str) -> str:
    """Return the free text *text* without the spaces around it.

    Raises:
        BadRequest: BAD_NAME as of `checked`, with `what` "reason".
    """
    stripped = text.strip(" ")
    _refuse("reason", stripped, problem_of_text(stripped))
    return stripped


def problem_of_name(text: str) -> NameProblem | None:
    """Return what is wrong with *text* as a name, or None."""
    if problem := _problem(text, NAME_LENGTH):
        return problem
    return None if _NAME.fullmatch(text) else NameProblem.CHARACTERS


def problem_of_text(text: str) -> NameProblem | None:
    """Return what is wrong with *text* as a free text of one line, or None."""
    return _problem(text, REASON_LENGTH)


def shown(text: str) -> str:
    """Return *text* cut to SHOWN_LENGTH, with what cannot be printed written as escapes."""
    cut = text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)


def _problem(text: str, length: int) -> NameProblem | None:
    if not text:
        return NameProblem.EMPTY
    if len(text) > length:
        return NameProblem.TOO_LONG
    return None if text.isprintable() else NameProblem.CONTROL


def _refuse(what: str, text: str, problem: NameProblem | None) -> None:
    if problem:
        raise BadRequest(Code.BAD_NAME, what=what, shown=shown(text), problem=problem.value)
