"""What nobody needs any more goes after a stated time: spent images, snapshots, outcomes.

Each is recorded.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from bot.executors.host_helper import images, snapshots
from bot.executors.host_helper.domain import Dialect, ToolFailed
from bot.executors.host_helper.logbook import note
from bot.executors.host_helper.names import Operation, is_name
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs import perform

_DAY = 86400.0
#: Outcomes are kept longer than any run could ask for them.
_OUTCOME_DAYS = 90.0


def tidy(settings: Settings, dialect: Dialect) -> None:
    """Remove what is older than its time. A live image and its pair never go by themselves."""
    limit = time.time() - settings.keep_days * _DAY
    _drop_old_snapshots(settings, dialect, limit)
    for folder in _folders(settings.images):
        for image in images.of(settings, folder.name):
            with suppress(OSError):
                if image.state == "spent" and image.path.stat().st_mtime < limit:
                    images.discard(image)
                    note(settings, f"removed {image.path}: spent, {settings.keep_days:g} d old")
    for path in (settings.state / "operations").glob("*.end"):
        with suppress(OSError):  # another session tidies too
            if path.stat().st_mtime < time.time() - _OUTCOME_DAYS * _DAY:
                for one in ("out", "lock", "json", "end"):
                    path.with_suffix(f".{one}").unlink(missing_ok=True)


def _drop_old_snapshots(settings: Settings, dialect: Dialect, limit: float) -> None:
    if not _folders(settings.snapshots):
        return
    try:
        domains = [domain for domain in dialect.domains() if is_name(domain.name)]
    except ToolFailed:
        return  # the next session looks again
    for domain in domains:
        if any(image.live for image in images.of(settings, domain.name)):
            continue
        for name in snapshots.older(settings, domain, limit):
            _drop(settings, dialect, domain.name, name)


def _drop(settings: Settings, dialect: Dialect, guest: str, name: str) -> None:
    id_ = f"tidying/{guest}/drop-snapshot/1"
    asked = Operation(id=id_, guest=guest, verb="drop-snapshot", snapshot=name)
    with open(os.devnull, "r+b", buffering=0) as log:
        answer = perform(settings, dialect, asked, log)
    what = answer.get("error") or f"{settings.keep_days:g} d old"
    note(settings, f"removed the snapshot {name} of {guest}: {what}")


def _folders(place: Path) -> list[Path]:
    try:
        return [one for one in sorted(place.iterdir()) if one.is_dir() and not one.is_symlink()]
    except OSError:
        return []
