"""What this host remembers of a guest beside what its hypervisor shows: above all, generations.

A guest's *generation* numbers the states of its disk that an image can fit: it grows whenever the
disk may be written anew (booted, unpaused), and a rollback gives the old one back. A number that
was used once is never given to another state. So that a start by somebody else is noticed too,
the disks are witnessed (`witness`) when a save has ended: if they have changed, the number grows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from bot.executors.host_helper import durable, witness
from bot.executors.host_helper.domain import OFF, RUNNING, Dialect, Domain
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.witness import Witness


@dataclass(frozen=True)
class Record:
    """What is remembered of one guest."""

    uuid: str = ""
    generation: int = 1  # of the disk
    last_generation: int = 1  # the highest that was ever given
    memory_generation: int = 1  # of the disk that its memory knows
    came_from: str = ""  # image it was restored from, until it has left memory
    witness: Witness | None = None  # of its disks while nobody may write them
    snapshots: dict[str, int] = field(default_factory=dict)  # generation of each

    def written(self) -> Record:
        """Return it with the number of a disk that nobody has seen before."""
        number = self.last_generation + 1
        return replace(self, generation=number, last_generation=number, witness=None)

    def started(self) -> Record:
        """Return it as of a guest that runs from its disk: its memory knows what is on it."""
        new = self.written()
        return replace(new, memory_generation=new.generation, came_from="")


def read(settings: Settings, guest: str) -> Record:
    """Return what is remembered of *guest*; of one never seen, a new record."""
    found = durable.read_json(_path(settings, guest))
    return Record(**found) if found else Record()


def write(settings: Settings, guest: str, record: Record) -> None:
    """Remember it, durably."""
    durable.write_json(_path(settings, guest), asdict(record))


def lock_path(settings: Settings, guest: str) -> Path:
    """Return the lock that whoever acts on *guest* holds."""
    return settings.state / "guests" / f"{guest}.lock"


def as_it_is(record: Record, domain: Domain, dialect: Dialect) -> Record:
    """Return *record* after what others have done to the guest since it was written."""
    now = replace(record, uuid=domain.uuid or record.uuid)
    if record.uuid and now.uuid != record.uuid:  # another guest under the same name
        return Record(uuid=now.uuid, last_generation=record.last_generation).started()
    if now.witness is None:
        return now
    if domain.state == OFF:
        gone = replace(now, came_from="")
        written = witness.changed(now.witness, witness.of(domain, dialect))
        return gone.written() if written else gone
    if domain.state == RUNNING or not now.came_from:
        return now.started()
    return now


def _path(settings: Settings, guest: str) -> Path:
    return settings.state / "guests" / f"{guest}.json"
