"""The commands of virsh that are known, and their options."""

from __future__ import annotations

#: Of each command: what it takes by place, what takes a value, what takes none.
GRAMMAR: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "version": ((), (), ("daemon",)),
    "list": (
        (),
        (),
        ("all", "inactive", "name", "uuid", "id", "table", "autostart", "no-autostart",
         "state-running", "state-paused", "state-shutoff", "persistent", "title"),
    ),
    "dominfo": (("domain",), (), ()),
    "domstate": (("domain",), (), ("reason",)),
    "domid": (("domain",), (), ()),
    "domuuid": (("domain",), (), ()),
    "domname": (("domain",), (), ()),
    "domstats": (
        ("*domain",),
        (),
        ("state", "cpu-total", "balloon", "vcpu", "interface", "block", "list-active", "nowait",
         "raw", "enforce", "list-running", "list-paused", "list-inactive"),
    ),
    "domjobinfo": (("domain",), (), ()),
    "dumpxml": (("domain",), (), ("inactive", "security-info", "migratable")),
    "nodememstats": ((), (), ()),
    "nodeinfo": ((), (), ()),
    "echo": (("*string",), (), ("shell", "xml", "err")),
    "save": (("domain", "file"), ("xml",), ("running", "paused", "bypass-cache", "verbose")),
    "restore": (("file",), ("xml",), ("running", "paused", "bypass-cache")),
    "resume": (("domain",), (), ()),
    "suspend": (("domain",), (), ()),
    "shutdown": (("domain",), ("mode",), ()),
    "start": (("domain",), (), ("paused", "bypass-cache", "force-boot")),
    "destroy": (("domain",), (), ("graceful",)),
    "autostart": (("domain",), (), ("disable",)),
    "domjobabort": (("domain",), (), ("postcopy",)),
    "domif-setlink": (("domain", "interface", "state"), (), ("config",)),
    "qemu-monitor-command": (("domain", "*cmd"), (), ("hmp", "pretty", "return-value")),
}  # fmt: skip
