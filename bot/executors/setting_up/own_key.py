"""The bot's own SSH key: made when it is needed first, without a passphrase, for nobody else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.executors.setting_up.problems import NotSetUp, Problem
from bot.executors.setting_up.programs import answer_of

if TYPE_CHECKING:
    from pathlib import Path

COMMENT = "maintbot"
_WORDS = 2  # of a public key that count; what follows is a comment


async def public_key(path: Path) -> tuple[str, bool]:
    """Return the public half of the key at *path*, and whether it was made for that.

    Raises NotSetUp: TOOL, KEY.
    """
    made = not await asyncio.to_thread(path.exists)
    if made:
        await _make(path)
    status, said, trouble = await answer_of("ssh-keygen", "-y", "-P", "", "-f", str(path))
    words = said.split()
    if status or len(words) < _WORDS:
        raise NotSetUp(Problem.KEY, path=str(path), detail=trouble or "not a key")
    return " ".join([*words[:_WORDS], COMMENT]), made


async def _make(path: Path) -> None:
    try:
        await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        detail = error.strerror or str(error)
        raise NotSetUp(Problem.KEY, path=str(path), detail=detail) from error
    form = ("-q", "-t", "ed25519", "-N", "", "-C", COMMENT)
    status, said, trouble = await answer_of("ssh-keygen", *form, "-f", str(path))
    if status:
        raise NotSetUp(Problem.KEY, path=str(path), detail=trouble or said)
