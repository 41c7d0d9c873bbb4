"""An event loop beside the one of the runs, for what must not wait for them.

Slack gives three seconds for an acknowledgement, and a turn of two hundred runs takes its time.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Work = Callable[[asyncio.Event], Awaitable[None]]

#: Seconds that Python lets a thread compute while others wait; its own is ten times as long, and an
#: acknowledgement takes many steps, here and in the database's threads.
SWITCH = 0.0005


@asynccontextmanager
async def beside(work: Work) -> AsyncIterator[None]:
    """Let *work* go on in a thread with an event loop of its own, until the end of the block.

    It is given the event that tells it to end, and is waited for. What it raises is raised then.
    """
    began: Future[Callable[[], None]] = Future()
    ended: Future[None] = Future()
    known = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    threading.Thread(target=_run, args=(work, began, ended), name="slack", daemon=True).start()
    end = await asyncio.wrap_future(began)
    try:
        yield
    finally:
        end()
        await asyncio.wrap_future(ended)
        sys.setswitchinterval(known)


def _run(work: Work, began: Future[Callable[[], None]], ended: Future[None]) -> None:
    async def main() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        began.set_result(lambda: _tell(loop, over))
        await work(over)

    try:
        asyncio.run(main())
    except BaseException as error:  # noqa: BLE001 - it belongs to the one who waits
        ended.set_exception(error)
    else:
        ended.set_result(None)


def _tell(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(over.set)
