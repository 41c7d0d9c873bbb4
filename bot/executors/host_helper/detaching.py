"""A process that outlives its parent, its session and its connection."""

from __future__ import annotations

import os
from typing import Callable


def detached(work: Callable[[], object]) -> None:
    """Let a process of its own do *work*, and return when it has begun.

    It inherits every descriptor of ours; closing what is not its own is its first work.
    """
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if not os.fork():
            work()
    finally:
        os._exit(0)
