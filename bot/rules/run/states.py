"""The life cycles of a run and of its steps: one meaning per state, one table of transitions.

A trigger is text: for operations `verb`, `verb done` or `verb failed LEFT` (LEFT is the
GuestState it left behind), else `found WHAT`, `looked VERDICT`, `chosen CHOICE`, `gave_up`.
A failure or a surprise that is not in the table leads to STUCK; anything else that is not in it
cannot happen, and a journal that holds it is corrupt.
"""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where a run is."""

    DRAIN = "drain"  # guests are saved and shut down
    HOST_WORK = "host_work"  # the host is empty; work is done on it
    GATE = "gate"  # the host was rebooted; is it back, and what it should be?
    BRING_UP = "bring_up"  # guests are restored and booted, checked and repaired
    ENDED = "ended"  # every guest is accounted for


PHASES: dict[Phase, frozenset[Phase]] = {
    Phase.DRAIN: frozenset({Phase.HOST_WORK, Phase.BRING_UP, Phase.GATE}),  # the last: aborted
    Phase.HOST_WORK: frozenset({Phase.GATE, Phase.BRING_UP}),
    Phase.GATE: frozenset({Phase.BRING_UP}),
    # gate: the host was restarted; drain: the next guest of a trial
    Phase.BRING_UP: frozenset({Phase.GATE, Phase.ENDED, Phase.DRAIN}),
    Phase.ENDED: frozenset({Phase.BRING_UP}),  # a person acts on a guest after the report
}


class StepState(StrEnum):
    """Where one guest's part of a run is."""

    PLANNED = "planned"  # runs as it was found; nothing done yet
    UNTOUCHED = "untouched"  # was off or blocked, and stays so
    SAVING = "saving"  # its memory is being written to an image
    HALF_SAVED = "half_saved"  # a save was killed; it hangs suspended in memory
    IMAGED = "imaged"  # off; its image is written but not verified
    PAIRING = "pairing"  # its disk snapshot is being taken
    HASHING = "hashing"  # its image is being read back
    SAVED = "saved"  # off; its image is verified and on stable storage
    SHUTTING = "shutting"  # was asked to shut down
    OFF = "off"  # off; will be booted (or restored again after a rollback)
    RESTORING = "restoring"  # its image is being loaded, to stay paused
    PAUSED = "paused"  # restored and paused; its image is not spent
    RESETTING = "resetting"  # a paused leftover is being removed; its image stays good
    SPENDING = "spending"  # its image is being marked as used
    SPENT = "spent"  # restored and paused; its image is spent
    UNPAUSING = "unpausing"  # is being let go
    WATCHED = "watched"  # runs after a restore; not yet verified
    MENDING = "mending"  # its network is being announced or replugged
    DAMAGE = "damage"  # damage was seen; it must stop at once
    FREEZING = "freezing"  # is being paused because of damage
    FROZEN = "frozen"  # paused because of damage; its disk can be rolled back
    STOPPING = "stopping"  # damaged, is being stopped for good
    DAMAGED = "damaged"  # stopped, its disk damaged; a person chooses
    KEEPING = "keeping"  # its damaged disk is being snapshot as it is
    DEAD = "dead"  # runs but does nothing; a person may choose until its deadline
    DESTROYING = "destroying"  # is being stopped to be booted or rolled back
    ROLLING = "rolling"  # its disk goes back to its pair
    BOOTING = "booting"  # is being started
    STARTED = "started"  # runs after a boot; not yet verified
    BROKEN = "broken"  # booted into damage: emergency shell, read-only root; a person chooses
    INTRUDED = "intruded"  # somebody else started it while its image lives
    DISARMING = "disarming"  # that image is being spent, unread
    UP = "up"  # runs and is verified; or is paused again, as it was found
    UNREACHABLE = "unreachable"  # runs, shows no damage, but does not answer from outside
    DOWN = "down"  # could not be brought up; a person chooses
    STUCK = "stuck"  # its state cannot be told or is not safe; a person chooses
    LEFT = "left"  # left as it is by a person


#: A run may end while its steps are in these states: verified, or listed to a person.
AT_REST = frozenset(
    {
        StepState.UNTOUCHED,
        StepState.UP,
        StepState.UNREACHABLE,
        StepState.FROZEN,
        StepState.DAMAGED,
        StepState.BROKEN,
        StepState.DOWN,
        StepState.STUCK,
        StepState.LEFT,
    }
)

_S = StepState

STEPS: dict[StepState, dict[str, StepState]] = {
    _S.PLANNED: {
        "save": _S.SAVING,
        "shutdown": _S.SHUTTING,
        "found off": _S.OFF,
        "found suspended": _S.HALF_SAVED,
    },
    _S.UNTOUCHED: {},
    _S.SAVING: {
        "save done": _S.IMAGED,
        "save failed running": _S.PLANNED,
        "save failed suspended": _S.HALF_SAVED,
        "save failed off": _S.OFF,
    },
    _S.HALF_SAVED: {
        "save": _S.SAVING,
        "destroy": _S.DESTROYING,
        "found running": _S.PLANNED,
        "found off": _S.OFF,
    },
    _S.IMAGED: {
        "snapshot": _S.PAIRING,
        "verify": _S.HASHING,
        "found intruder": _S.INTRUDED,
    },
    _S.PAIRING: {
        "snapshot done": _S.IMAGED,
        "snapshot failed off": _S.IMAGED,
        "snapshot failed running": _S.INTRUDED,
    },
    _S.HASHING: {
        "verify done": _S.SAVED,
        "verify failed off": _S.OFF,
        "verify failed unclear": _S.IMAGED,
        "verify failed running": _S.INTRUDED,
    },
    _S.SAVED: {
        "found unpaired": _S.SAVED,
        "restore": _S.RESTORING,
        "boot": _S.BOOTING,
        "found intruder": _S.INTRUDED,
        "gave_up": _S.DOWN,
    },
    _S.SHUTTING: {
        "shutdown": _S.SHUTTING,
        "shutdown done": _S.OFF,
        "shutdown failed off": _S.OFF,
        "shutdown failed running": _S.SHUTTING,
        "destroy": _S.DESTROYING,
        "found off": _S.OFF,
        "found restarted": _S.STARTED,
        "chosen wait": _S.SHUTTING,
        "chosen destroy": _S.SHUTTING,
    },
    _S.OFF: {
        "boot": _S.BOOTING,
        "rollback": _S.ROLLING,
        "restore": _S.RESTORING,
        "spend": _S.OFF,
        "spend done": _S.OFF,
        "spend failed off": _S.OFF,
        "found running": _S.STARTED,
        "found intruder": _S.INTRUDED,
        "gave_up": _S.DOWN,
    },
    _S.RESTORING: {
        "restore done": _S.PAUSED,
        "restore failed off": _S.SAVED,
        "restore failed paused": _S.PAUSED,
        "restore failed running": _S.INTRUDED,
    },
    _S.PAUSED: {
        "spend": _S.SPENDING,
        "destroy": _S.RESETTING,
        "found intruder": _S.INTRUDED,
    },
    _S.RESETTING: {
        "destroy done": _S.SAVED,
        "destroy failed paused": _S.PAUSED,
        "destroy failed running": _S.INTRUDED,
    },
    _S.SPENDING: {
        "spend done": _S.SPENT,
        "spend failed paused": _S.PAUSED,
        "spend failed running": _S.INTRUDED,
    },
    _S.SPENT: {
        "unpause": _S.UNPAUSING,
        "destroy": _S.DESTROYING,
        "looked up": _S.UP,
        "found off": _S.OFF,
        "found running": _S.WATCHED,
    },
    _S.UNPAUSING: {
        "unpause done": _S.WATCHED,
        "unpause failed paused": _S.SPENT,
        "unpause failed running": _S.WATCHED,
        "unpause failed off": _S.OFF,
    },
    _S.WATCHED: {
        "looked fine": _S.WATCHED,
        "looked silent": _S.WATCHED,
        "looked up": _S.UP,
        "looked damage": _S.DAMAGE,
        "looked dead": _S.DEAD,
        "looked unreachable": _S.UNREACHABLE,
        "announce": _S.MENDING,
        "replug": _S.MENDING,
        "found off": _S.OFF,
        "found lost": _S.OFF,
        "found restarted": _S.STARTED,
    },
    _S.MENDING: {
        "announce done": _S.WATCHED,
        "replug done": _S.WATCHED,
        "announce failed running": _S.WATCHED,
        "replug failed running": _S.WATCHED,
        "announce failed off": _S.OFF,
        "replug failed off": _S.OFF,
    },
    _S.DAMAGE: {
        "pause": _S.FREEZING,
        "destroy": _S.STOPPING,
        "found off": _S.DAMAGED,
        "found paused": _S.FROZEN,
        "found restarted": _S.BROKEN,
    },
    _S.FREEZING: {
        "pause done": _S.FROZEN,
        "pause failed running": _S.DAMAGE,
        "pause failed paused": _S.FROZEN,
        "pause failed off": _S.DAMAGED,
    },
    _S.FROZEN: {
        "found unpaired": _S.FROZEN,
        "destroy": _S.STOPPING,
        "found off": _S.DAMAGED,
        "found running": _S.DAMAGE,
        "chosen rollback": _S.FROZEN,
        "chosen retry": _S.FROZEN,
        "chosen boot": _S.FROZEN,
        "chosen leave": _S.LEFT,
    },
    _S.STOPPING: {
        "destroy done": _S.DAMAGED,
        "destroy failed paused": _S.FROZEN,
        "destroy failed running": _S.DAMAGE,
    },
    _S.DAMAGED: {
        "found unpaired": _S.DAMAGED,
        "snapshot": _S.KEEPING,
        "rollback": _S.ROLLING,
        "boot": _S.BOOTING,
        "chosen rollback": _S.DAMAGED,
        "chosen retry": _S.DAMAGED,
        "chosen boot": _S.DAMAGED,
        "chosen leave": _S.LEFT,
        "found running": _S.STARTED,
    },
    _S.KEEPING: {
        "snapshot done": _S.DAMAGED,
        "snapshot failed off": _S.DAMAGED,
        "snapshot failed running": _S.STARTED,
    },
    _S.DEAD: {
        "destroy": _S.DESTROYING,
        "looked fine": _S.DEAD,
        "looked silent": _S.DEAD,
        "looked up": _S.UP,
        "looked damage": _S.DAMAGE,
        "looked dead": _S.DEAD,
        "looked unreachable": _S.UNREACHABLE,
        "found off": _S.OFF,
        "found restarted": _S.STARTED,
        "chosen wait": _S.DEAD,
        "chosen boot": _S.DEAD,
        "chosen rollback": _S.DEAD,
        "chosen leave": _S.LEFT,
    },
    _S.DESTROYING: {"destroy done": _S.OFF},
    _S.ROLLING: {"rollback done": _S.OFF, "rollback failed off": _S.DAMAGED},
    _S.BOOTING: {
        "boot done": _S.STARTED,
        "boot failed off": _S.OFF,
        "boot failed running": _S.STARTED,
    },
    _S.STARTED: {
        "looked fine": _S.STARTED,
        "looked silent": _S.STARTED,
        "looked up": _S.UP,
        "looked broken": _S.BROKEN,
        "looked dead": _S.BROKEN,
        "looked unreachable": _S.UNREACHABLE,
        "shutdown": _S.SHUTTING,
        "found off": _S.OFF,
        "found restarted": _S.STARTED,
    },
    _S.BROKEN: {
        "found unpaired": _S.BROKEN,
        "destroy": _S.STOPPING,
        "found off": _S.DAMAGED,
        "found restarted": _S.STARTED,
        "chosen rollback": _S.BROKEN,
        "chosen boot": _S.BROKEN,
        "chosen leave": _S.LEFT,
    },
    _S.INTRUDED: {"spend": _S.DISARMING},
    _S.DISARMING: {
        "spend done": _S.STARTED,
        "spend failed running": _S.INTRUDED,
    },
    _S.UP: {
        "found off": _S.DOWN,
        "found lost": _S.OFF,
        "found unpaired": _S.UP,
    },
    _S.UNREACHABLE: {
        "found unpaired": _S.UNREACHABLE,
        "found lost": _S.OFF,
        "destroy": _S.DESTROYING,
        "found off": _S.DOWN,
        "chosen retry": _S.WATCHED,
        "chosen boot": _S.UNREACHABLE,
        "chosen leave": _S.LEFT,
    },
    _S.DOWN: {
        "found unpaired": _S.DOWN,
        "boot": _S.BOOTING,
        "restore": _S.RESTORING,
        "rollback": _S.ROLLING,
        "found running": _S.STARTED,
        "found intruder": _S.INTRUDED,
        "chosen retry": _S.DOWN,
        "chosen boot": _S.DOWN,
        "chosen rollback": _S.DOWN,
        "chosen leave": _S.LEFT,
    },
    _S.STUCK: {
        "destroy": _S.DESTROYING,
        "pause": _S.STUCK,
        "pause done": _S.STUCK,
        "boot": _S.BOOTING,
        "found running": _S.STARTED,
        "found intruder": _S.INTRUDED,
        "found off": _S.DOWN,
        "chosen retry": _S.STUCK,
        "chosen boot": _S.STUCK,
        "chosen leave": _S.LEFT,
    },
    _S.LEFT: {},
}

#: Operations that tidy up and change nothing about where a step is.
ASIDE = frozenset({"drop-snapshot", "discard-image"})


def follow(state: StepState, trigger: str) -> StepState | None:
    """Return the state after *trigger*; None if that cannot happen.

    Failures and surprises can always happen: those the table does not name lead to STUCK.
    """
    known = STEPS[state].get(trigger)
    surprise = " failed " in trigger or trigger.startswith("found ") or trigger == "gave_up"
    if known is None and surprise and state is not StepState.LEFT:
        return StepState.STUCK
    return known


def choices(state: StepState) -> tuple[str, ...]:
    """Return what a person may choose for a guest whose step is in *state*."""
    return tuple(t.split()[1] for t in STEPS[state] if t.startswith("chosen "))
