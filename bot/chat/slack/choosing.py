"""What is shown next: pure choices among the postings that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ports import Audience

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bot.ports import Posting

EDIT_PACE = 2.0  # seconds of machine time between two edits of one message


def next_post(waiting: Collection[Posting]) -> Posting | None:
    """Return what is posted next: what is loud, then what the channel sees, each in order.

    So a failure reaches the channel before details that are older, and failures stay in order.
    A thread's head goes before what is in it.
    """
    unposted = {each.number: each for each in waiting if not each.shown}
    if not unposted:
        return None
    chosen = min(unposted.values(), key=_rank)
    return unposted.get(chosen.thread, chosen)


def next_edit(
    stale: Collection[Posting], edited: Mapping[int, float], now: float
) -> tuple[Posting | None, float]:
    """Return what is edited next of what is *stale*, or else how long nothing may be.

    Where a run stands goes before how far it is; of equals, what was edited longest ago.
    """
    waits = {each.number: edited.get(each.number, -EDIT_PACE) + EDIT_PACE - now for each in stale}
    ripe = [each for each in stale if waits[each.number] <= 0]
    if not ripe:
        return None, min(waits.values(), default=EDIT_PACE)
    return min(ripe, key=lambda each: (not _urgent(each), edited.get(each.number, 0.0))), 0.0


def next_files(waiting: Iterable[Posting]) -> Posting | None:
    """Return the oldest message that is shown, but not its files."""
    ripe = [each for each in waiting if each.shown and each.files_shown < len(each.message.files)]
    return min(ripe, key=lambda each: each.number, default=None)


def _rank(posting: Posting) -> tuple[bool, bool, int]:
    message = posting.message
    return not message.loud, message.audience is Audience.THREAD, posting.number


def _urgent(posting: Posting) -> bool:
    return posting.message.urgent or not posting.message.live
