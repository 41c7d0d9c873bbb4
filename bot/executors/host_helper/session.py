"""The session: questions and answers as lines of JSON, one after the other.

What comes in is data, never a command line: there is nothing in it that a shell could read.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import IO, Any, Callable

from bot.executors.host_helper import observing, tidying, witness
from bot.executors.host_helper.checking import check
from bot.executors.host_helper.domain import Dialect, ToolFailed
from bot.executors.host_helper.gate import Fenced, Gate
from bot.executors.host_helper.names import BadName, Operation, name, operation, operation_id
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs import perform
from bot.executors.host_helper.verbs.settling import settle
from bot.executors.host_helper.version import version

PROTOCOL = 1
LONGEST = 1 << 20  # bytes of a question
_PRIVATE = 0o700
_MOST = 2**53  # no counter of the bot's comes there; who sends more would fence it for ever


class Session:
    """What one connection may ask."""

    def __init__(self, settings: Settings, dialect: Dialect) -> None:
        """Answer for this host."""
        self._settings, self._dialect = settings, dialect
        self._gate = gate_of(settings, dialect)
        self._answers: dict[str, Callable[[dict[str, Any]], object]] = {
            "probe": lambda _: {"boot_id": witness.boot_id()},
            "facts": lambda _: observing.facts(settings, dialect),
            "guests": lambda _: observing.all_guests(settings, dialect),
            "check": lambda _: check(settings, dialect),
            "console": self._console,
            "output": self._output,
            "submit": self._submit,
            "outcome": self._outcome,
        }

    def hold(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        """Answer until the other side has no more questions."""
        _say(answers, {"maint_host": version(), "protocol": PROTOCOL, "name": self._settings.name})
        with suppress(OSError):  # whoever comes can ask all the same
            tidying.tidy(self._settings, self._dialect)
        while line := questions.readline(LONGEST):
            if not line.endswith(b"\n"):
                return  # cut off in the middle: it was never asked
            _say(answers, self.answer(line))

    def answer(self, line: bytes) -> dict[str, Any]:
        """Answer one question."""
        number: object = None
        try:
            asked = json.loads(line)
            if not isinstance(asked, dict):
                raise BadName("a question is an object")  # noqa: TRY301 - one place answers
            number = asked.get("id")
            answer = self._answers.get(str(asked.get("ask")))
            if answer is None:
                raise BadName("this cannot be asked")  # noqa: TRY301 - as above
            return {"id": number, "answer": answer(asked)}
        except (BadName, ValueError, RecursionError) as error:
            return {"id": number, "error": "bad_request", "detail": str(error)}
        except Fenced as error:
            return {"id": number, "error": str(error), "detail": ""}
        except ToolFailed as error:
            return {"id": number, "error": error.fault, "detail": error.detail}
        except Exception as error:  # noqa: BLE001 - whatever it is, the other side must learn it
            detail = f"{type(error).__name__}: {error}"
            return {"id": number, "error": "broken", "detail": detail}

    def _console(self, asked: dict[str, Any]) -> dict[str, Any]:
        domain = self._dialect.domain(name(asked.get("guest"), "guest"))
        return observing.console(domain.console if domain else "", _count(asked, "after"))

    def _output(self, asked: dict[str, Any]) -> dict[str, Any]:
        path = self._gate.printed(_named(asked))
        return observing.console(str(path), _count(asked, "after"))

    def _submit(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._gate.submit(operation(asked.get("operation")), _count(asked, "token"))
        return {}

    def _outcome(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self._gate.outcome(_named(asked), _count(asked, "token"))


def gate_of(settings: Settings, dialect: Dialect) -> Gate:
    """Return the gate of this host, its folders made."""
    for folder in ("operations", "guests", "locks"):
        (settings.state / folder).mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    settings.images.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    return Gate(
        settings,
        lambda asked, log: perform(settings, dialect, asked, log),
        lambda asked, log, accepted: settle(settings, dialect, asked, log, accepted),
    )


def _named(asked: dict[str, Any]) -> Operation:
    return operation({"id": operation_id(asked.get("operation"))})


def _count(asked: dict[str, Any], key: str) -> int:
    number = asked.get(key, 0)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MOST:
        raise BadName(f"{key} is not a number")
    return number


def _say(answers: IO[bytes], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def refuse(problem: str, detail: str) -> None:
    """Greet, and say why nothing can be asked."""
    _say(
        sys.stdout.buffer,
        {"maint_host": version(), "protocol": PROTOCOL, "error": problem, "detail": detail},
    )
