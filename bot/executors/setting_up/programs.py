"""Starting the programs of OpenSSH on this machine."""

from __future__ import annotations

import asyncio
import os

from bot.executors.setting_up.problems import NotSetUp, Problem

SECONDS = 30.0  # for a program that asks nobody
_PIPE, _NULL = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL


async def answer_of(*command: str) -> tuple[int, str, str]:
    """Run *command*; return its status, and what it said on stdout and on stderr in one line.

    Raises NotSetUp: TOOL, if it is not there, or does not end.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=_NULL,
            stdout=_PIPE,
            stderr=_PIPE,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError as error:
        raise NotSetUp(Problem.TOOL, tool=command[0]) from error
    try:
        async with asyncio.timeout(SECONDS):
            out, err = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        return 1, "", f"{command[0]} did not end in {SECONDS:g} s"
    return child.returncode or 0, out.decode(errors="replace"), " ".join(err.decode().split())
