"""What befell one guest in a run, as its customer is told: when, the disk, what is lost. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.rules.run.journal import Event, Row
from bot.rules.run.replay import apply, begun
from bot.rules.run.states import StepState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bot.rules.run.terms import Run, Step

_S = StepState

_DAMAGED = {
    _S.DAMAGED: "damaged_stopped",
    _S.FROZEN: "damaged_paused",
    _S.BROKEN: "damaged_running",
}
_LOST = {"rolled_back": "since", "as_saved": "memory", "power_cut": "memory"}
#: The happening at which a guest that was saved stood still: what its memory held then is at stake.
_STOOD = "saving"
#: The happenings up to which a disk is as it was.
_UNTIL = {
    "rolled_back": (_STOOD,),
    "as_saved": (_STOOD,),
    "power_cut": ("destroyed", "gone"),
}
_BAD = frozenset({*_DAMAGED.values(), "booted_damaged"})


@dataclass(frozen=True, kw_only=True)
class Befallen:
    """A guest at the end of a run, and how it came there; the codes are those of `kinds`."""

    step: Step
    timeline: tuple[Mapping[str, Any], ...]  # at, what
    disk: str
    lost: str

    @property
    def until(self) -> datetime | None:
        """The instant whose memory is lost, if that is known; what was written before it is not.

        Up to it the disk is as it was, unless it is damaged.
        """
        ends = _UNTIL.get(self.disk, (_STOOD,) if self.lost == "damage" else ())
        known = (each["at"] for each in reversed(self.timeline) if each["what"] in ends)
        return next(known, self.step.down_since if ends else None)


def befallen(rows: Sequence[Row], run: Run, guest: str) -> Befallen:
    """Return what befell *guest* in *run*, whose journal is *rows*."""
    step = run.steps[guest]
    walked = list(_walk(rows, run.id, guest))
    stood = next((b.state for b, _, a in reversed(walked) if a.state is not b.state), step.state)
    timeline = tuple(_timeline(walked)) or ({"at": step.since, "what": "left"},)
    happened = {each["what"] for each in timeline}
    disk = _disk(step, stood if step.state is _S.LEFT else step.state, happened)
    return Befallen(step=step, timeline=timeline, disk=disk, lost=_lost(disk, happened))


def _lost(disk: str, happened: Collection[str]) -> str:
    if disk in _BAD and _STOOD in happened:
        return "damage"
    return _LOST.get(disk, "unknown")


def _walk(rows: Sequence[Row], run_id: str, guest: str) -> Iterable[tuple[Step, Row, Step]]:
    """Yield the rows of *guest*, each with its step before and after."""
    run = begun(run_id, rows[0])
    for row in rows[1:]:
        before, run = run, apply(run, row)
        if row.guest == guest:
            yield before.steps[guest], row, run.steps[guest]


def _timeline(walked: Iterable[tuple[Step, Row, Step]]) -> Iterable[Mapping[str, Any]]:
    last = ""
    for before, row, after in walked:
        what = _what(before, row, after)
        if what == "saved" and before.flight_since:
            yield {"at": before.flight_since, "what": _STOOD}
        if what and what != last:
            yield {"at": _when(before, row), "what": what}
            last = what


def _what(before: Step, row: Row, after: Step) -> str:
    verb = str(row.data.get("verb", ""))
    if row.event is Event.DONE:
        return _done(verb, before, after)
    if row.event is Event.FAILED:
        return _not_done(verb, before, str(row.data.get("left", "")))
    if row.event is Event.LOOKED:
        return "not_up" if after.state is _S.BROKEN else _LOOKS.get(str(row.data["verdict"]), "")
    if row.event is Event.CHOSEN:
        return "left" if row.data["choice"] == "leave" else ""
    if row.event is Event.FOUND:
        return _found(before, str(row.data["what"]))
    return "not_up" if row.event is Event.GAVE_UP else ""


_LOOKS = {word: word for word in ("damage", "dead", "unreachable", "up")}
_VERBS = {
    "save": "saved",
    "shutdown": "off",
    "unpause": "restored",
    "pause": "paused",
    "rollback": "rolled_back",
    "boot": "booted",
}

#: What is done to a guest that is in memory, and leaves it there or saved.
_NEEDS_IT_ON = frozenset({"save", "unpause", "announce", "replug"})


def _done(verb: str, before: Step, after: Step) -> str:
    if verb == "destroy":
        if before.state is _S.RESETTING:
            return ""  # a paused leftover of a restore: the guest did not run
        return "stopped" if after.state is _S.DAMAGED else "destroyed"
    if verb == "snapshot":
        return "kept" if before.state is _S.KEEPING else ""
    return _VERBS.get(verb, "")


def _not_done(verb: str, before: Step, left: str) -> str:
    if verb == "snapshot":
        return "not_kept" if before.state is _S.KEEPING else ""
    return "gone" if left == "off" and verb in _NEEDS_IT_ON else ""


def _found(before: Step, what: str) -> str:
    if what not in {"off", "lost"}:
        return ""
    return "off" if before.state is _S.SHUTTING else "gone"


def _when(before: Step, row: Row) -> datetime:
    """Return when it was: an operation ended before we knew, by the clock of its host.

    That clock may be off: what we asked for ended after we asked and before we were told.
    """
    ended = str(row.data.get("ended", "")) if row.event is Event.DONE else ""
    if not ended:
        return row.at
    return min(max(datetime.fromisoformat(ended), before.flight_since or row.at), row.at)


def _disk(step: Step, stood: StepState, happened: Collection[str]) -> str:
    if stood in _DAMAGED:
        return _DAMAGED[stood]
    if stood not in {_S.UP, _S.UNREACHABLE}:
        return "unknown"  # it is down, or nobody can tell
    if step.how == "rolled_back":
        return "rolled_back"
    if step.bad == "damage" or step.verdict == "broken":
        return "booted_damaged"
    never_ran = "saved" in happened and "restored" not in happened
    return "as_saved" if never_ran else "power_cut"
