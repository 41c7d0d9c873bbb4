"""The inventory file: hosts, guests and contacts, as they should be.

```toml
[defaults.host]             # what every host has, unless it says otherwise
[defaults.guest]            # likewise for guests
[hosts.NAME]                # keys of HostEntry
[contacts]
NAME = { name = "…", address = "…" }
[guests]
NAME = { host = "…", uuid = "…", … }  # keys of GuestEntry
```
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.rules.fleet import Check, Contact, Fleet, Guest, Host, HostWork, Role
from bot.settings.consistency import contradictions
from bot.settings.faults import Fault, Problem
from bot.settings.refusals import Locate, faults_of
from bot.settings.values import (
    Address,
    Kernel,
    Name,
    NoMailbox,
    NoName,
    OneCheck,
    Port,
    Positive,
    Seconds,
    Table,
    Text,
    Uuid,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.settings.document import Document, Where

# A table that can take defaults: its name in the file, and under [defaults].
_DEFAULTS = {"hosts": "host", "guests": "guest"}


class WorkEntry(Table):
    """What is done to an empty host; `HostWork` says what the keys mean."""

    manual: bool = HostWork().manual
    commands: tuple[Name, ...] = ()
    reboot: bool = HostWork().reboot
    after: tuple[Name, ...] = ()
    kernel: Kernel = ""
    hypervisor: Kernel = ""


class HostEntry(Table):
    """A host; `bot.rules.fleet.Host` says what the keys mean."""

    fqdn: Address = ""
    executor: Literal["simulator", "ssh"] = "simulator"
    address: Address = ""
    port: Port = Host(name="").port
    user: Name = Host(name="").user
    work: WorkEntry = WorkEntry()
    disk_mib_s: Positive = Host(name="").disk_mib_s
    stream_mib_s: Positive = Host(name="").stream_mib_s
    verify_mib_s: Positive = Host(name="").verify_mib_s
    work_seconds: Seconds = Host(name="").work_seconds


class GuestEntry(Table):
    """A guest; `bot.rules.fleet.Guest` says what the keys mean."""

    host: Name
    uuid: Uuid
    role: Role = Role.CUSTOMER
    contact: NoName = ""
    address: Address = ""
    checks: tuple[OneCheck, ...] = (Check(),)
    priority: Positive = 1.0
    canary: bool = False
    needs: tuple[Name, ...] = ()
    suspend: bool = True
    shutdown_seconds: Seconds | None = None
    opted_in: bool = False
    kernel: Kernel = ""


class ContactEntry(Table):
    """Someone who is told about guests."""

    name: Text
    address: NoMailbox = ""  # without one, campaigns leave it out and say so


class InventoryFile(BaseModel):
    """The whole file, with defaults filled in."""

    model_config = ConfigDict(extra="forbid", strict=False)

    hosts: dict[Name, HostEntry] = {}
    guests: dict[Name, GuestEntry] = {}
    contacts: dict[Name, ContactEntry] = {}


def inventory(document: Document) -> tuple[Fleet, list[Fault]]:
    """Return the fleet that *document* describes, and everything that is wrong with it.

    What is wrong in itself is left out of the fleet; the rest is still compared with each other.
    """
    if document.faults:
        return Fleet(), list(document.faults)
    locate = _Locator(document)
    entries, faults = _entries(_filled(document.data), locate)
    fleet = _fleet(entries)
    faults += _unknown_defaults(document.data, locate)
    faults += contradictions(fleet, document.data, locate)
    return fleet, faults


def _entries(filled: dict[str, Any], locate: Locate) -> tuple[InventoryFile, list[Fault]]:
    """Return the entries that are right in themselves, and the faults of the others."""
    try:
        return InventoryFile.model_validate(filled), []
    except ValidationError as error:
        broken = {one["loc"][:2] for one in error.errors()}
        rest = {
            table: {
                name: entry
                for name, entry in _table(filled, table).items()
                if (table, name) not in broken
            }
            for table in InventoryFile.model_fields
        }
        return InventoryFile.model_validate(rest), faults_of(error, locate)


def _unknown_defaults(data: Mapping[str, Any], locate: Locate) -> list[Fault]:
    known = _DEFAULTS.values()
    unknown = (kind for kind in _table(data, "defaults") if kind not in known)
    return [locate(("defaults", kind), Problem.UNKNOWN_KEY) for kind in unknown]


class _Locator:
    """Says where a value stands: a default's fault is under `defaults`, once for all its users."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def __call__(self, where: Where, problem: Problem, **fields: object) -> Fault:
        return self._document.fault(self._origin(where), problem, **fields)

    def _origin(self, where: Where) -> Where:
        table, name, key = (*where, "", "", "")[:3]
        kind = _DEFAULTS.get(str(table), "")
        default = _table(_table(self._document.data, "defaults"), kind)
        own = _table(_table(self._document.data, str(table)), str(name))
        inherited = key in default and key not in own
        return ("defaults", kind, *where[2:]) if inherited else where


def _filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return *data* with `[defaults.…]` filled into each host and guest that lacks the key."""
    filled = {key: value for key, value in data.items() if key != "defaults"}
    for table, kind in _DEFAULTS.items():
        default = _table(_table(data, "defaults"), kind)
        if isinstance(data.get(table), dict):
            filled[table] = {
                name: default | entry if isinstance(entry, dict) else entry
                for name, entry in data[table].items()
            }
    return filled


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key, {})
    return found if isinstance(found, dict) else {}


def _fleet(entries: InventoryFile) -> Fleet:
    return Fleet(
        hosts=MappingProxyType({n: _host(n, entry) for n, entry in entries.hosts.items()}),
        guests=MappingProxyType(
            {n: Guest(name=n, **dict(entry)) for n, entry in entries.guests.items()}
        ),
        contacts=MappingProxyType(
            {n: Contact(key=n, **dict(entry)) for n, entry in entries.contacts.items()}
        ),
    )


def _host(name: str, entry: HostEntry) -> Host:
    plain = dict(entry)
    return Host(name=name, **{**plain, "work": HostWork(**dict(entry.work))})
