"""The dialects: how each hypervisor's own tools are used. Adding a hypervisor is adding one."""

from __future__ import annotations

from bot.executors.host_helper.dialects.libvirt import Libvirt
from bot.executors.host_helper.domain import Dialect
from bot.executors.host_helper.settings import Settings


def speak(settings: Settings) -> Dialect:
    """Return the dialect that this host is configured for."""
    if settings.dialect == "xen":
        from bot.executors.host_helper.dialects.xen import Xen  # noqa: PLC0415

        return Xen(settings.xen_etc, settings.save_seconds)
    return Libvirt(settings)
