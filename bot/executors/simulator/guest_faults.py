"""The faults of guests and their images, by the part of a run they strike."""

from __future__ import annotations

from bot.executors.simulator.fault_kind import Kind
from bot.rules.operation import Fault, Verb

_SAVE, _RESTORE, _BOOT = (Verb.SAVE,), (Verb.RESTORE,), (Verb.BOOT,)
_BACK = (Verb.RESTORE, Verb.BOOT)

SAVING: dict[str, Kind] = {
    "no_space": Kind(
        numbers=(9,),
        meaning="the image space runs out; the guest runs on, the partial is deleted",
        verbs=_SAVE,
        error=Fault.NO_SPACE,
        marks={"share": 0.5},
    ),
    "truncated": Kind(
        numbers=(10,),
        meaning="the image is silently short; only its verification tells",
        verbs=_SAVE,
        marks={"short": True},
    ),
    "corrupt": Kind(
        numbers=(10,),
        meaning="the image reads back differently from what was written",
        verbs=_SAVE,
        marks={"corrupt": True},
    ),
    "save_timed_out": Kind(
        numbers=(13,),
        meaning="the save's own limit ends it; `leaves`: suspended, running or off",
        verbs=_SAVE,
        error=Fault.TIMED_OUT,
        marks={"seconds": 180.0, "leaves": "suspended"},
    ),
    "save_killed": Kind(
        numbers=(12, 14),
        meaning="the save is killed half-way; the guest hangs suspended in memory",
        verbs=_SAVE,
        error=Fault.KILLED,
        marks={"share": 0.5, "leaves": "suspended"},
    ),
    "not_acknowledged": Kind(
        numbers=(15,),
        meaning="the guest ignores the request to suspend, and runs on",
        verbs=_SAVE,
        error=Fault.NOT_ACKNOWLEDGED,
        marks={"runs_on": True, "seconds": 60.0},
    ),
    "freeze_hang": Kind(
        numbers=(16,),
        meaning="tasks refuse to freeze until the host's own limit; the guest runs on",
        verbs=_SAVE,
        error=Fault.TIMED_OUT,
        marks={"runs_on": True},
    ),
    "cannot_save": Kind(
        numbers=(17, 36),
        meaning="a device or the system cannot be saved, which only the attempt shows",
        verbs=_SAVE,
        error=Fault.CANNOT_SAVE,
        marks={"runs_on": True, "seconds": 1.0},
    ),
    "crash_on_save": Kind(
        numbers=(18,),
        meaning="the guest crashes while it is saved, and is off",
        verbs=_SAVE,
        error=Fault.CRASHED,
        marks={"share": 0.1, "leaves": "off"},
    ),
    "reboots_itself": Kind(
        numbers=(19,),
        meaning="the guest reboots by itself just before the operation",
        verbs=_SAVE,
        first="reboots",
    ),
    "stops_itself": Kind(
        numbers=(19,),
        meaning="the guest shuts itself down just before the operation",
        verbs=_SAVE,
        first="stops",
    ),
    "renamed": Kind(
        numbers=(19,),
        meaning="the guest has another name (`to`) just before the operation",
        verbs=_SAVE,
        first="renamed",
    ),
    "intruder": Kind(
        numbers=(3, 6),
        meaning="somebody boots the guest so long after it was saved, heeding no lock",
        verbs=_SAVE,
        marks={"intruder": 5.0},
        amount="intruder",
    ),
    "snapshot_fails": Kind(
        numbers=(7,),
        meaning="the snapshot is not taken",
        verbs=(Verb.SNAPSHOT,),
        error=Fault.TOOL_FAILED,
    ),
    "snapshot_overflow": Kind(
        numbers=(7,),
        meaning="the guest's snapshots overflow so long after one was taken",
        verbs=(Verb.SNAPSHOT,),
        marks={"overflow": 5.0},
        amount="overflow",
    ),
}

RESTORING: dict[str, Kind] = {
    "damage": Kind(
        numbers=(4,),
        meaning="the restored guest ruins its disk so long after it was unpaused",
        verbs=_RESTORE,
        marks={"damage": 2.0},
        amount="damage",
    ),
    "no_memory": Kind(
        numbers=(20,),
        meaning="there is not enough memory; nothing is left behind",
        verbs=_BACK,
        error=Fault.NO_MEMORY,
    ),
    "incompatible_cpu": Kind(
        numbers=(21,),
        meaning="the processor lacks what the image needs",
        verbs=_RESTORE,
        error=Fault.INCOMPATIBLE,
    ),
    "hvm_mismatch": Kind(
        numbers=(22,),
        meaning="the device model does not take the image",
        verbs=_RESTORE,
        error=Fault.INCOMPATIBLE,
    ),
    "config_drifted": Kind(
        numbers=(23,),
        meaning="the guest's configuration no longer fits its image",
        verbs=_RESTORE,
        error=Fault.TOOL_FAILED,
    ),
    "disk_missing": Kind(
        numbers=(24,),
        meaning="the guest's disk is not there",
        verbs=_BACK,
        error=Fault.NO_DISK,
    ),
    "bridge_missing": Kind(
        numbers=(25,),
        meaning="the guest's bridge is not there",
        verbs=_BACK,
        error=Fault.NO_BRIDGE,
    ),
    "no_network": Kind(
        numbers=(26,),
        meaning="nobody reaches the guest; `cure` is announce, replug, or empty",
        verbs=_BACK,
        marks={"no_network": True, "cure": "announce"},
    ),
    "clock_jump": Kind(
        numbers=(27,),
        meaning="the guest answers only so long after it was unpaused",
        verbs=_RESTORE,
        marks={"clock_jump": 60.0},
        amount="clock_jump",
    ),
    "boot_storm": Kind(
        numbers=(28,),
        meaning="the hypervisor times out; nothing is left behind",
        verbs=_BACK,
        error=Fault.TIMED_OUT,
        marks={"seconds": 60.0},
    ),
    "restore_fails": Kind(
        numbers=(1,),
        meaning="the restore fails; with `leftover` it leaves the guest paused",
        verbs=_RESTORE,
        error=Fault.TOOL_FAILED,
        marks={"leftover": False},
    ),
    "dead": Kind(
        numbers=(30,),
        meaning="the restore says success, and the guest does nothing",
        verbs=_RESTORE,
        marks={"dead": True},
    ),
}

STARTING: dict[str, Kind] = {
    "fsck": Kind(
        numbers=(),
        meaning="the boot checks its file system for so long",
        verbs=_BOOT,
        marks={"fsck": 120.0},
        amount="fsck",
    ),
    "emergency_shell": Kind(
        numbers=(),
        meaning="the boot ends in an emergency shell",
        verbs=_BOOT,
        marks={"emergency": True},
    ),
    "read_only_root": Kind(
        numbers=(),
        meaning="the boot ends with a root that cannot be written",
        verbs=_BOOT,
        marks={"read_only": True},
    ),
    "boot_stalls": Kind(
        numbers=(),
        meaning="the boot stops half-way without a word",
        verbs=_BOOT,
        marks={"stalls": True},
    ),
    "zombie": Kind(
        numbers=(29,),
        meaning="the guest is gone, but its domain still holds the disks",
        verbs=(Verb.DESTROY, Verb.SHUTDOWN),
        marks={"zombie": True},
    ),
    "work_fails": Kind(
        numbers=(),
        meaning="the command on the host fails half-way",
        verbs=(Verb.WORK,),
        error=Fault.TOOL_FAILED,
    ),
}
