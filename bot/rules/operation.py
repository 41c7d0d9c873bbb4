"""Operations: what is asked of a host, under ids that make repeating them harmless."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Verb(StrEnum):
    """What a host can be asked to do; the host's preconditions stand beside each."""

    SAVE = "save"  # guest runs (or is paused, where that can be saved); image name is new
    VERIFY = "verify"  # image complete: read it back, compare, fsync
    SNAPSHOT = "snapshot"  # guest not running: snapshot its disk
    SHUTDOWN = "shutdown"  # guest runs: ask it to; done when it is off
    RESTORE = "restore"  # guest off, image verified, not spent, of this generation: leaves paused
    SPEND = "spend"  # rename and fsync the image: nobody restores it again
    UNPAUSE = "unpause"  # guest paused; after a restore: only if its image is spent
    PAUSE = "pause"  # guest runs
    BOOT = "boot"  # guest off and not blocked; the host spends its live images first, by itself
    DESTROY = "destroy"  # any state in memory; off already is done
    ROLLBACK = "rollback"  # guest off: disk back to the snapshot, and to its generation
    DROP_SNAPSHOT = "drop-snapshot"
    DISCARD_IMAGE = "discard-image"  # remove the file, spent or not
    ANNOUNCE = "announce"  # gratuitous ARP for the guest
    REPLUG = "replug"  # unplug and plug its network interface
    WORK = "work"  # host: run the named command
    REBOOT = "reboot"  # host: no guest in memory; `argument`: kernel to boot, empty: the default


@dataclass(frozen=True, kw_only=True)
class OperationId:
    """Names one operation for ever; a repeat under the same id starts nothing new."""

    run: str
    guest: str  # empty: the host itself
    verb: Verb
    attempt: int = 1

    def __str__(self) -> str:
        """Return `run/guest/verb/attempt`, with `-` for the host."""
        return f"{self.run}/{self.guest or '-'}/{self.verb}/{self.attempt}"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing asked of a host. What a verb does not use stays empty."""

    id: OperationId
    uuid: str = ""  # the guest's identity; the host refuses another
    domid: int = 0  # the guest's start that is meant; 0: any
    image: str = ""
    snapshot: str = ""
    again: bool = False  # restore from a spent image after its disk was rolled back to the pair
    argument: str = ""  # WORK: the command's name; REBOOT: the kernel


@dataclass(frozen=True)
class NeverSeen:
    """The host has no record of the id; final for every lower token."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The operation was started and has not ended."""

    started: datetime
    done: float = 0.0  # share of the work, 0…1


@dataclass(frozen=True, kw_only=True)
class Done:
    """The operation has ended; `error` is empty when it did what was asked."""

    started: datetime
    ended: datetime
    error: str = ""  # a Fault code
    detail: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A precondition did not hold; nothing was done, and never will be under this id."""

    error: str
    detail: str = ""


Outcome = NeverSeen | Running | Done | Refused


class Fault(StrEnum):
    """How an operation can fail; `failures.md` numbers in brackets."""

    NO_SPACE = "no_space"  # [9] save: the guest runs on; the partial is deleted
    TRUNCATED = "truncated"  # [10] verify: the image is short
    CORRUPT = "corrupt"  # verify: the hash differs
    TIMED_OUT = "timed_out"  # [13,16] the host's own limit ended it
    KILLED = "killed"  # [14] save killed; the guest is left suspended in memory
    NOT_ACKNOWLEDGED = "not_acknowledged"  # [15] guest ignored the suspend request; runs on
    CANNOT_SAVE = "cannot_save"  # [17] a device or the system cannot be saved; runs on
    CRASHED = "crashed"  # [18] the guest crashed on save and is off
    WRONG_IDENTITY = "wrong_identity"  # [19] another uuid or another start than was meant
    NO_MEMORY = "no_memory"  # [20] restore or boot: not enough memory; nothing left behind
    INCOMPATIBLE = "incompatible"  # [21,22] restore refused: CPU features or device model
    NO_DISK = "no_disk"  # [24] the guest's disk is not there
    NO_BRIDGE = "no_bridge"  # [25] its bridge is not there
    STALE_IMAGE = "stale_image"  # [1] generations differ
    SPENT_IMAGE = "spent_image"  # [2] image already spent
    UNSPENT_IMAGE = "unspent_image"  # unpause: its live image is not spent
    NO_IMAGE = "no_image"
    NO_SNAPSHOT = "no_snapshot"
    SNAPSHOT_FULL = "snapshot_full"  # [7] the snapshot overflowed: rollback is gone
    WRONG_STATE = "wrong_state"  # the guest is not in a state the verb needs
    ALREADY_RUNS = "already_runs"  # [3]
    BLOCKED = "blocked"  # administratively blocked
    GUESTS_RUN = "guests_run"  # reboot: a guest is in memory
    OLD_TOKEN = "old_token"  # noqa: S105 - the caller's lease was taken over
    TOOL_FAILED = "tool_failed"  # anything else the hypervisor's tool said
