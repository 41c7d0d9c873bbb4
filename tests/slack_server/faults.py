"""What Slack can do to its clients, on command."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What a call meets, in this order."""

    acts: bool = False  # the method does its work
    seconds: float = 0.0  # pass
    drops: bool = False  # the connection ends without an answer
    status: int = 200  # other than 200: the answer has it
    retry_after: int = 0  # ... with this header, if not 0
    error: str = ""  # the answer is `ok: false` with it


INTERNAL_ERROR = Fault(status=500)
UNAVAILABLE = Fault(status=503)
DROPPED_BEFORE = Fault(drops=True)  # the method has not acted
DROPPED_AFTER = Fault(acts=True, drops=True)  # it has, but its client never hears


def limited(retry_after: int) -> Fault:
    """Return the fault of too many calls."""
    return Fault(status=429, retry_after=retry_after, error="ratelimited")


def refused(error: str) -> Fault:
    """Return the fault that is an *error* by name."""
    return Fault(error=error)


def slow(seconds: float) -> Fault:
    """Return the fault that the answer comes *seconds* later, by the machine's clock."""
    return Fault(acts=True, seconds=seconds)


@dataclass(kw_only=True)
class Faults:
    """The faults that are still to strike, by method; `*` is any."""

    _coming: dict[str, list[Fault]] = field(default_factory=dict)

    def add(self, method: str, fault: Fault, times: int) -> None:
        """Let the next *times* calls of *method* meet *fault*."""
        self._coming.setdefault(method, []).extend([fault] * times)

    def strike(self, method: str) -> Fault | None:
        """Return what the call meets, which counts as having happened."""
        coming = self._coming.get(method) or self._coming.get("*")
        return coming.pop(0) if coming else None

    def clear(self) -> None:
        """Forget the faults that have not struck."""
        self._coming.clear()
