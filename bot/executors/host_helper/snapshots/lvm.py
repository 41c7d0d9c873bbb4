"""Asking LVM, and telling it what to do; each under a time limit."""

from __future__ import annotations

import os
import re
import time

from bot.executors.host_helper import tools
from bot.executors.host_helper.domain import ToolFailed
from bot.executors.host_helper.snapshots.lvm_parsing import Group, Volume, groups, volumes

_QUICK = 60.0
_REPORT = ("--reportformat", "json", "--units", "b", "--nosuffix")
_FIELDS = (
    "vg_name,lv_name,lv_path,lv_dm_path,lv_attr,lv_size,origin,pool_lv,"
    "data_percent,metadata_percent,lv_tags"
)
_NO_SPACE = re.compile(
    r"insufficient (?:free|suitable) (?:space|allocatable)|no free extents|out of (?:data|free)"
    r"|free space threshold|not enough free|insufficient free",
    re.IGNORECASE,
)
_LINKS = 8
_RECENT = 2.0  # seconds for which one report serves several guests


class Lvm:
    """The host's volumes as last reported, and the commands that change them."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._reported = 0.0
        self._volumes: list[Volume] = []

    def volumes(self, *, fresh: bool) -> list[Volume]:
        """Return all volumes. Raises ToolFailed, "tool_missing" on a host without LVM."""
        if fresh or not self._reported or time.monotonic() - self._reported > _RECENT:
            text = tools.answer(["lvs", "--all", *_REPORT, "-o", _FIELDS], seconds=_QUICK)
            try:
                self._volumes = volumes(text)
            except ValueError as error:
                raise ToolFailed("tool_failed", f"lvs: {error}") from error
            self._reported = time.monotonic()
        return self._volumes

    def groups(self) -> list[Group]:
        """Return all volume groups, in order of name."""
        fields = "vg_name,vg_size,vg_free"
        text = tools.answer(["vgs", *_REPORT, "-o", fields], seconds=_QUICK)
        try:
            return groups(text)
        except ValueError as error:
            raise ToolFailed("tool_failed", f"vgs: {error}") from error

    def volume(self, group: str, name: str, *, fresh: bool = False) -> Volume | None:
        """Return one volume, or None."""
        known = self.volumes(fresh=fresh)
        return next((v for v in known if (v.group, v.name) == (group, name)), None)

    def behind(self, path: str) -> Volume | None:
        """Return the volume that *path* names: as LVM names it, or by a link to that."""
        known = self.volumes(fresh=False)
        for place in _followed(path):
            for volume in known:
                if place in volume.paths:
                    return volume
        return None

    def free(self, group: str) -> int:
        """Return the bytes of a group that no volume has."""
        return next((one.free for one in self.groups() if one.name == group), 0)

    def change(self, *command: str, seconds: float = _QUICK) -> None:
        """Run a command of LVM that changes volumes."""
        said = tools.run(command, seconds=seconds)
        self._reported = 0.0
        if said.status != 0:
            words = "\n".join(line for line in said.words.splitlines() if " leaked on " not in line)
            raise ToolFailed("no_space" if _NO_SPACE.search(words) else "tool_failed", words)

    def remove(self, group: str, name: str) -> None:
        """Remove a volume; one that is not there is done."""
        if self.volume(group, name) is not None:
            self.change("lvremove", "--yes", f"{group}/{name}")


def _followed(path: str) -> list[str]:
    """Return *path* and what it is a link to, link by link."""
    found = [path]
    while len(found) < _LINKS and os.path.islink(found[-1]):
        target = os.readlink(found[-1])
        found.append(os.path.normpath(os.path.join(os.path.dirname(found[-1]), target)))
    return found


LVM = Lvm()
