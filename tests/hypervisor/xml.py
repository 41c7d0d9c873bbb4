"""The XML of a guest, as libvirt 9 writes it for QEMU 7.2."""

from __future__ import annotations

from tests.hypervisor.state import Guest

_HEAD = """\
<domain type='qemu'{id}>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <memory unit='KiB'>{kib}</memory>
  <currentMemory unit='KiB'>{kib}</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
"""
_DISK = """\
    <disk type='{type}' device='disk'>
      <driver name='qemu' type='{format}'/>
      <source {attribute}='{path}'/>
      <target dev='{target}' bus='virtio'/>
    </disk>
"""
_INTERFACE = """\
    <interface type='bridge'>
      <mac address='{mac}'/>
      <source bridge='{bridge}'/>
{target}      <model type='virtio'/>
    </interface>
"""
_CONSOLE = """\
    <serial type='file'>
      <source path='{path}' append='on'/>
      <target type='isa-serial' port='0'>
        <model name='isa-serial'/>
      </target>
    </serial>
    <console type='file'>
      <source path='{path}' append='on'/>
      <target type='serial' port='0'/>
    </console>
"""
_TAIL = """\
    <memballoon model='none'/>
  </devices>
</domain>
"""


def of(guest: Guest, *, inactive: bool = False) -> str:
    """Return what `dumpxml` prints."""
    in_memory = guest.active and not inactive
    head = _HEAD.format(
        id=f" id='{guest.domid}'" if in_memory else "",
        name=_safe(guest.name),
        uuid=guest.uuid,
        kib=guest.memory_mib * 1024,
    )
    disks = "".join(_disk(disk) for disk in guest.disks)
    interfaces = "".join(
        _interface(guest, mac, vnet(guest, number) if in_memory else "")
        for number, mac in enumerate(guest.macs)
    )
    console = _CONSOLE.format(path=_safe(guest.console)) if guest.console else ""
    return head + disks + interfaces + console + guest.devices + _TAIL


def vnet(guest: Guest, number: int) -> str:
    """Return the name of a guest's interface on the host."""
    return f"vnet{(guest.domid - 1) * 4 + number}"


def _disk(disk: dict[str, str]) -> str:
    is_block = disk["path"].startswith("/dev/")
    return _DISK.format(
        type="block" if is_block else "file",
        attribute="dev" if is_block else "file",
        format=disk["format"],
        path=_safe(disk["path"]),
        target=disk["target"],
    )


def _interface(guest: Guest, mac: str, target: str) -> str:
    link = f"      <link state='{guest.links[mac]}'/>\n" if mac in guest.links else ""
    shown = f"      <target dev='{target}'/>\n" if target else ""
    return _INTERFACE.format(mac=mac, bridge=_safe(guest.bridge), target=shown).replace(
        "    </interface>", f"{link}    </interface>"
    )


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")
