"""What staff are told about a plan beside its steps: codes with fields, words in templates."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.plan.data import frozen
from bot.rules.plan.terms import Remark

if TYPE_CHECKING:
    from collections.abc import Iterable


class RemarkCode(StrEnum):
    """Each has a macro of the same name in `templates/chat/`; its fields stand beside it."""

    # problems: the run may not start
    HOST_IDENTITY = "host_identity"  # host, found: another host answered
    IMAGE_SPACE = "image_space"  # needed_mib, free_mib
    MEMORY_AFTER = "memory_after"  # needed_mib, memory_mib
    AUTOSTART = "autostart"  # services: would start or stop guests by themselves
    GUEST_AUTOSTART = "guest_autostart"  # guests: start by themselves with the host
    LIVE_IMAGE = "live_image"  # guests: an image that was never given back lies there
    DEPENDS = "depends"  # names: the bot, or what it needs, lives on this host
    # problems of a trial
    TRIAL_REFUSED = "trial_refused"  # guest, known, reason: a Reason, with its fields
    TRIAL_NOT_RUNNING = "trial_not_running"  # guests: what is paused cannot be looked at
    TRIAL_NOT_HERE = "trial_not_here"  # guests: the host does not know them
    # problems that are also the reason of a step, under the same name
    GUARD_UNMET = "guard_unmet"  # guests
    BLOCKED_BUT_RUNS = "blocked_but_runs"  # guests
    PAUSED_CANNOT_BE_SAVED = "paused_cannot_be_saved"  # guests
    HANGS_SUSPENDED = "hangs_suspended"  # guests
    ZOMBIE = "zombie"  # guests
    RUNS_TWICE = "runs_twice"  # guests
    # warnings
    NOT_IN_INVENTORY = "not_in_inventory"  # guests: run here and are shut down
    RECORDED_ELSEWHERE = "recorded_elsewhere"  # guests: run here, the inventory has them elsewhere
    OTHER_UUID = "other_uuid"  # guests: not the ones the inventory knows by these names
    NOT_OBSERVED = "not_observed"  # guests: recorded here, but the host does not know them
    WATCHERS = "watchers"  # names: relay, list or probes live on this host
    UNSAVEABLE = "unsaveable"  # guests, devices: shut down for their devices
    KERNEL_CONTRADICTS = "kernel_contradicts"  # guests: sources disagree on their kernels
    NO_PAIRS = "no_pairs"  # guests, free_mib: suspended without a pair, for want of space
    NO_CANARY = "no_canary"  # no expendable guest is restored first under a new combination
    NEEDS_CIRCLE = "needs_circle"  # guests: need each other; none of them waits
    WORST_EXCEEDS_TOLD = "worst_exceeds_told"  # guest, seconds, told_minutes
    REBOOT_IS_SHORTER = "reboot_is_shorter"  # seconds, reboot_seconds: of the worst guest


def remark(code: RemarkCode, **fields: object) -> Remark:
    """Make a remark with *fields* that survive the journal."""
    return Remark(code=code.value, fields=frozen(fields))


def about(code: RemarkCode, guests: Iterable[str], **fields: object) -> tuple[Remark, ...]:
    """Make one remark about all *guests*, or none if there are none."""
    names = tuple(sorted(guests))
    return (remark(code, guests=names, **fields),) if names else ()
