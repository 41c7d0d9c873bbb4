"""What nobody needs any more: spent images and outcomes, after a stated time. Each is recorded."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from bot.executors.host_helper import images
from bot.executors.host_helper.logbook import note
from bot.executors.host_helper.settings import Settings

_DAY = 86400.0
#: Outcomes are kept longer than any run could ask for them.
_OUTCOME_DAYS = 90.0


def tidy(settings: Settings) -> None:
    """Remove what is older than its time. A live image is never removed by itself."""
    limit = time.time() - settings.keep_days * _DAY
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


def _folders(place: Path) -> list[Path]:
    try:
        return [one for one in sorted(place.iterdir()) if one.is_dir() and not one.is_symlink()]
    except OSError:
        return []
