"""What `xl` means by its words: the fault behind a failure. Pure.

Success is told by the exit status; the words are many lines of libxl's, the telling one is
seldom the last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_Table = Sequence[tuple[str, str]]

_OF_SAVE: _Table = (
    (r"No space left on device|Disk quota exceeded", "no_space"),
    (r"invalid domain identifier", "wrong_identity"),
    # 60 s for an answer, then 60 s for the suspend; the guest goes on
    (r"didn't acknowledge suspend|did not suspend, timed out", "not_acknowledged"),
    (
        r"unexpected reason code|guest we were suspending (?:has )?(?:been )?(?:destroyed|died)",
        "crashed",
    ),
    (r"(?i)pass-?through|disable_migrate|cannot (?:be )?(?:saved?|migrated?)", "cannot_save"),
)
_OF_START: _Table = (
    (r"maint-host: ", "blocked"),  # our own boot lock
    (r"killing execution of .* because of timeout", "timed_out"),  # 40 s for a script of Xen's
    (r'Domain with name ".*" already exists', "already_runs"),
    (
        r"(?i)out of memory|cannot allocate memory|failed to (?:populate physmap|free memory)",
        "no_memory",
    ),
    (r"(?i)could not find bridge|no such bridge", "no_bridge"),
    (r"(?i)unable to add vif devices", "no_bridge"),
    (r"Disk vdev=\S* failed to stat|(?i:unable to add disk devices)", "no_disk"),
)
_OF_RESTORE: _Table = (
    *_OF_START,
    (r"stream truncated|Failed to read \d+ bytes", "truncated"),
    (r"(?i)missing CPU feature|cpuid|msr policy|incompatible", "incompatible"),
    (r"(?i)bad magic|wrong magic|invalid (?:marker|header|stream)|corrupt", "corrupt"),
)


def of_save(said: str) -> str:
    """Return the fault behind a save that failed with these words."""
    return _first(_OF_SAVE, said)


def of_start(said: str) -> str:
    """Return the fault behind a start from the disk that failed."""
    return _first(_OF_START, said)


def of_restore(said: str) -> str:
    """Return the fault behind a restore that failed."""
    return _first(_OF_RESTORE, said)


def of_stream(said: str) -> str:
    """Return the fault behind words of `verify-stream-v2`."""
    return "truncated" if "truncated" in said else "corrupt"


def _first(table: _Table, said: str) -> str:
    found = (fault for pattern, fault in table if re.search(pattern, said))
    return next(found, "tool_failed")
