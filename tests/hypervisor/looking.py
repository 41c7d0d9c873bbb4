"""The commands that only look, in the words and columns of libvirt 9."""

from __future__ import annotations

import time

from tests.hypervisor import xml
from tests.hypervisor.says import NOT_RUNNING, Refused
from tests.hypervisor.state import Guest, World
from tests.hypervisor.stats import STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.hypervisor.words import Asked


def version(world: World, asked: Asked) -> str:
    found = f"""\
Compiled against library: libvirt 9.0.0
Using library: libvirt 9.0.0
Using API: QEMU 9.0.0
Running hypervisor: QEMU {world.data["qemu"]}
"""
    return found + ("Running against daemon: 9.0.0\n" if asked.has("daemon") else "")


def nodeinfo(world: World, _: Asked) -> str:
    return f"""\
CPU model:           x86_64
CPU(s):              2
CPU frequency:       2100 MHz
CPU socket(s):       1
Core(s) per socket:  2
Thread(s) per core:  1
NUMA cell(s):        1
Memory size:         {world.memory_mib * 1024} KiB
"""


def echo(_: World, asked: Asked) -> str:
    return " ".join(asked.values["string"])  # and no end of line


def nodememstats(world: World, _: Asked) -> str:
    figures = {"total": world.memory_mib, "free": world.free_mib(), "buffers": 0, "cached": 0}
    return "".join(f"{key:7}: {mib * 1024:20} KiB\n" for key, mib in figures.items())


def list_(world: World, asked: Asked) -> str:
    shown = sorted(_listed(world, asked), key=lambda g: (not g.active, g.domid, g.name))
    columns = [c for c in ("uuid", "id", "name") if asked.has(c)]
    if columns:
        rows = [[_column(guest, column) for column in columns] for guest in shown]
        return "".join(" ".join(row) + "\n" for row in rows)
    cells = [(_column(guest, "id"), guest.name, guest.state) for guest in shown]
    return _table(cells, quiet=asked.has("quiet"))


def _listed(world: World, asked: Asked) -> Iterator[Guest]:
    states = [s for s in STATES if asked.has(f"state-{s.replace('shut off', 'shutoff')}")]
    for guest in world.guests.values():
        wanted = guest.active != asked.has("inactive") or asked.has("all")
        autostart = guest.autostart if asked.has("autostart") else True
        if wanted and autostart and guest.state in (states or STATES):
            yield guest


def _column(guest: Guest, column: str) -> str:
    if column == "id":
        return str(guest.domid or "-")
    return guest.uuid if column == "uuid" else guest.name


def _table(rows: list[tuple[str, str, str]], *, quiet: bool) -> str:
    titles = [] if quiet else [("Id", "Name", "State")]
    widths = [max((len(row[n]) for row in [*titles, *rows]), default=0) + 2 for n in range(3)]
    lines = [_row(row, widths) for row in [*titles, *rows]]
    if not quiet:
        lines.insert(1, "-" * (sum(widths) + 3) + "\n")
    return "".join(lines)


def _row(cells: Iterable[str], widths: list[int]) -> str:
    padded = "".join(f" {cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return padded.rstrip() + "\n"


def dominfo(world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    spent = f"CPU time:       {guest.heartbeats(time.time()):.1f}s\n" if guest.active else ""
    kib = guest.memory_mib * 1024
    security = "Security model: none\nSecurity DOI:   0\n"
    return f"""\
Id:             {guest.domid or "-"}
Name:           {guest.name}
UUID:           {guest.uuid}
OS Type:        hvm
State:          {guest.state}
CPU(s):         1
{spent}Max memory:     {kib} KiB
Used memory:    {kib} KiB
Persistent:     yes
Autostart:      {"enable" if guest.autostart else "disable"}
Managed save:   no
{security}"""


def domstate(world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    return guest.state + (f" ({guest.reason})" if asked.has("reason") else "") + "\n"


def domid(world: World, asked: Asked) -> str:
    return f"{world.find(asked.value('domain')).domid or '-'}\n"


def domuuid(world: World, asked: Asked) -> str:
    return f"{world.find(asked.value('domain')).uuid}\n"


def domname(world: World, asked: Asked) -> str:
    return f"{world.find(asked.value('domain')).name}\n"


def dumpxml(world: World, asked: Asked) -> str:
    return xml.of(world.find(asked.value("domain")), inactive=asked.has("inactive"))


def domjobinfo(world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    if not guest.active:
        raise Refused(NOT_RUNNING)
    if not guest.job:
        return "Job type:         None        \n"
    return "Job type:         Unbounded   \nOperation:        Save        \n"
