"""Reads a folder of configuration: settings and inventory, with the faults of both at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.rules.errors import BadConfiguration, Code
from bot.rules.fleet import Fleet
from bot.settings.consistency import SIMULATED
from bot.settings.document import read
from bot.settings.faults import Fault, Problem
from bot.settings.inventory import inventory
from bot.settings.settings import Settings, settings_from
from bot.settings.shipped import shipped
from bot.settings.source import sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings.document import Document
    from bot.settings.sections import PlanSection


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything that the files say."""

    settings: Settings
    fleet: Fleet


def load(
    directory: Path | None = None, *, settings_file: str = "maint.toml", data: Path | None = None
) -> Configuration:
    """Read the settings and the inventory in *directory*; without one, the embedded default.

    Reads the environment too (`MAINT_…`), which goes before the file; *data* goes before both
    as the folder for the database. Changes nothing and makes no folder.

    Raises:
        BadConfiguration: CONFIGURATION with `faults`, all of all files, in order of file and line.
    """
    folder = directory or shipped("config") / "default"
    document = read(folder / settings_file)
    read_sections, faults = sections(document)
    listed = read(folder / read_sections.inventory.file)
    fleet, more = inventory(listed)
    faults += more
    faults += _unknown_places(read_sections.plan, fleet, listed, document)
    faults += _world(folder / read_sections.simulator.world, fleet)
    if faults:
        raise BadConfiguration(Code.CONFIGURATION, faults=_sorted(faults))
    return Configuration(settings=settings_from(read_sections, folder, data), fleet=fleet)


def _unknown_places(
    plan: PlanSection, fleet: Fleet, listed: Document, document: Document
) -> Iterator[Fault]:
    """Yield names in `[plan]` that are neither a host nor a guest, if the inventory is readable."""
    known = {*fleet.hosts, *fleet.guests, *listed.names("hosts"), *listed.names("guests")}
    for key, names in (("depends", plan.depends), ("warn_on", plan.warn_on)):
        for name in names:
            if name not in known and not listed.faults:
                yield document.fault(("plan", key), Problem.UNKNOWN_PLACE, name=name)


def _world(path: Path, fleet: Fleet) -> tuple[Fault, ...]:
    """Return what is wrong with the file of the simulated world, if any host is simulated."""
    simulated = any(host.executor == SIMULATED for host in fleet.hosts.values())
    return read(path).faults if simulated else ()


def _sorted(faults: list[Fault]) -> tuple[Fault, ...]:
    """Return each fault once: a default's fault is found again at every entry that uses it."""
    once = {(f.file, f.line, f.key, f.problem, str(f.fields)): f for f in faults}
    return tuple(fault for _, fault in sorted(once.items()))
