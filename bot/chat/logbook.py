"""The log of a process somebody sits at: a file, so that nothing of it reaches their screen."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "maint.log"
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LONGEST = 1_000_000  # bytes of one file
KEPT = 3  # files beside the one that is written


@contextmanager
def logged_in(folder: Path) -> Iterator[None]:
    """Append what is logged meanwhile to a file in *folder*; the umask says who may read it.

    A log that cannot be written is gone without a word: nobody's work ends for it.
    """
    handler = _Quiet(folder / NAME, maxBytes=LONGEST, backupCount=KEPT, delay=True)
    handler.setFormatter(logging.Formatter(FORM))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


class _Quiet(RotatingFileHandler):
    """Says nothing about what it cannot write."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Leave *record* out."""
        del record
