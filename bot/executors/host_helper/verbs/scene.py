"""What a verb works with: the guest as it is, what is remembered of it, and where to print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import IO

from bot.executors.host_helper import guests, images, snapshots, witness
from bot.executors.host_helper.domain import OFF, ZOMBIE, Dialect, Domain, ToolFailed
from bot.executors.host_helper.guests import Record
from bot.executors.host_helper.images import Image
from bot.executors.host_helper.names import Operation
from bot.executors.host_helper.settings import Settings


class Refusal(Exception):
    """A precondition does not hold; nothing was done."""

    def __init__(self, fault: str, detail: str = "") -> None:
        """Say which, by a code of `bot.rules.operation.Fault`."""
        super().__init__(f"{fault}: {detail}")
        self.fault, self.detail = fault, detail


@dataclass
class Scene:
    """One operation on one guest, whose lock is held unless the verb shares it."""

    settings: Settings
    dialect: Dialect
    asked: Operation
    domain: Domain
    record: Record
    log: IO[bytes]  # what tools print

    @property
    def guest(self) -> str:
        """Return the guest's name."""
        return self.asked.guest

    def look(self) -> Domain:
        """Look at the guest again. Raises ToolFailed if it is not there any more."""
        found = self.dialect.domain(self.guest)
        if found is None:
            raise ToolFailed("wrong_identity", f"{self.guest} is gone")
        self.domain = found
        return found

    def remember(self, **changes: object) -> None:
        """Write down what is remembered of the guest, with *changes*."""
        self.record = replace(self.record, **changes)  # type: ignore[arg-type]
        guests.write(self.settings, self.guest, self.record)

    def image(self) -> Image | None:
        """Return the image that the operation names, or None."""
        return images.named(self.settings, self.guest, self.asked.image)

    def witnessed(self) -> None:
        """Remember its disks as they are: nobody may write to them from now on."""
        self.remember(witness=witness.of(self.domain, self.dialect))

    @property
    def disks_as_they_were(self) -> bool:
        """Say whether the guest's disks themselves show that nobody has written to them since."""
        before = self.record.witness
        if before is None:
            return False
        return witness.untouched(before, witness.of(self.domain, self.dialect))


def needs(scene: Scene, *states: str) -> None:
    """Refuse a guest in none of *states*, by the most telling fault."""
    state = scene.domain.state
    if state in states:
        return
    if states == (OFF,) and state != ZOMBIE:
        raise Refusal("already_runs", f"state {state}")
    raise Refusal("wrong_state", f"state {state}")


def needs_disks(scene: Scene) -> None:
    """Refuse what starts a guest whose disks are not there, or half rolled back."""
    gone = witness.missing(witness.of(scene.domain, scene.dialect))
    if gone:
        raise Refusal("no_disk", ", ".join(gone))
    torn = snapshots.unfinished(scene.settings, scene.domain)
    if torn:
        raise Refusal("wrong_state", f"the rollback to {torn[0]} has not ended: repeat it")
