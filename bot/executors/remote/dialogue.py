"""One session with the helper: its greeting, then questions and answers, one at a time."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import TYPE_CHECKING, NoReturn

from bot.executors.remote.problems import Failed, Lost, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.executors.remote.session import Session

COMMAND = "maint-host session"  # the forced command accepts exactly this
PROTOCOL = 1
ENDING = 5.0  # seconds in which a process that says no more tells its exit status
_NOT_THERE = {126, 127}  # exit statuses of a shell that could not start a program


class Dialogue:
    """Speaks on one session. Broken once, it is broken for good: open another."""

    def __init__(self, session: Session) -> None:
        """Speak on *session*; `greeted` comes first."""
        self._session = session
        self._numbers = count(1)
        self._owed = True  # something is to come, so nobody else may ask here

    @property
    def usable(self) -> bool:
        """Say whether another question may be asked."""
        lines = self._session.lines
        return not (self._owed or lines.over or lines.waiting)

    def close(self) -> None:
        """End the session, and the helper's process with it; operations go on by themselves."""
        self._session.close()

    async def greeted(self, name: str, version: str, seconds: float) -> None:
        """Read the greeting: *name* and *version* must be the helper's. Raises Lost."""
        said = await self._line(seconds, greeting=True)
        theirs = said.get("maint_host")
        if not isinstance(theirs, str) or "protocol" not in said:
            raise Lost(Problem.MALFORMED, "the greeting")
        if theirs != version or said["protocol"] != PROTOCOL:
            raise Lost(Problem.HELPER_OTHER, theirs)
        if "error" in said:
            raise Lost(Problem.HELPER_SETTINGS, str(said.get("detail", said["error"])))
        if said.get("name") != name:
            raise Lost(Problem.OTHER_HOST, str(said.get("name", "")))
        self._owed = False

    async def ask(self, ask: str, fields: Mapping[str, object], seconds: float) -> object:
        """Return the answer to *ask*.

        Raises:
            Failed: the helper has answered that it could not.
            Lost: no whole answer came; the session is not usable any more.
        """
        number = next(self._numbers)
        self._owed = True
        request = json.dumps({"id": number, "ask": ask, **fields})
        self._session.send(request.encode() + b"\n")
        said = await self._line(seconds)
        if said.get("id") != number or ("answer" in said) == ("error" in said):
            raise Lost(Problem.MALFORMED, f"the answer to {ask}")
        self._owed = False
        if "error" in said:
            raise Failed(str(said["error"]), str(said.get("detail", "")))
        return said["answer"]

    async def _line(self, seconds: float, *, greeting: bool = False) -> dict[str, object]:
        try:
            async with asyncio.timeout(seconds):
                line = await self._session.lines.next()
        except TimeoutError:
            raise Lost(Problem.NO_ANSWER) from None
        except Lost as lost:
            if greeting and lost.problem is Problem.CUT:
                await self._ended_early()
            raise
        return _read(line)

    async def _ended_early(self) -> NoReturn:
        """Say why the process ended without a greeting: by its exit status, if one came."""
        status = await self._session.ended(ENDING)
        if status is None:  # whoever has lost contact knows nothing
            raise Lost(Problem.CUT)
        words = self._session.lines.errors.decode(errors="replace")
        missing = status in _NOT_THERE
        raise Lost(Problem.HELPER_MISSING if missing else Problem.HELPER_FAILED, words)


def _read(line: bytes) -> dict[str, object]:
    """Return the object that *line* holds. Raises Lost: MALFORMED."""
    try:
        said = json.loads(line.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        shown = line[:60].decode(errors="replace")
        raise Lost(Problem.MALFORMED, f'"{shown}" is not JSON') from error
    if not isinstance(said, dict):
        raise Lost(Problem.MALFORMED, "a line that is not an object")
    return said


def _no_number(constant: str) -> NoReturn:
    """Refuse NaN and the infinities, which are not JSON."""
    raise ValueError(constant)
