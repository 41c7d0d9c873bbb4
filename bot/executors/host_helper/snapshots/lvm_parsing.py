"""Reads what `lvs`, `vgs` and `qemu-img info` print as JSON. Pure; raises ValueError."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_FULL = 100.0
_INVALID = "ISmM"  # of the fifth character: a snapshot that is invalid, or whose merge failed


@dataclass(frozen=True)
class Volume:
    """One logical volume. Sizes in bytes, shares in percent."""

    group: str
    name: str
    paths: tuple[str, ...] = ()  # by which guests may know it
    attributes: str = ""
    size: int = 0
    origin: str = ""
    pool: str = ""
    data_percent: float = 0.0
    metadata_percent: float = 0.0
    tags: tuple[str, ...] = ()

    @property
    def thin(self) -> bool:
        """Say whether it is a thin volume."""
        return self.attributes[:1] == "V"

    @property
    def is_pool(self) -> bool:
        """Say whether thin volumes live in it."""
        return self.attributes[:1] == "t"

    @property
    def merging(self) -> bool:
        """Say whether a snapshot of it is being merged into it."""
        return self.attributes[:1] == "O"

    @property
    def leaving(self) -> bool:
        """Say whether it is a snapshot that is being merged away."""
        return self.attributes[:1] == "S"

    @property
    def is_open(self) -> bool:
        """Say whether somebody has it open."""
        return self.attributes[5:6] == "o"

    @property
    def overflowed(self) -> bool:
        """Say whether a thick snapshot has become useless."""
        return self.attributes[4:5] in _INVALID or self.data_percent >= _FULL


@dataclass(frozen=True)
class Group:
    """One volume group; bytes."""

    name: str
    size: int
    free: int


def volumes(text: str) -> list[Volume]:
    """Return what `lvs` has reported."""
    return [_volume(row) for row in _rows(text, "lv")]


def _volume(row: dict[str, str]) -> Volume:
    return Volume(
        group=row["vg_name"],
        name=row["lv_name"].strip("[]"),
        paths=tuple(p for p in (row.get("lv_path"), row.get("lv_dm_path")) if p),
        attributes=row["lv_attr"],
        size=int(row["lv_size"]),
        origin=row.get("origin", "").strip("[]"),
        pool=row.get("pool_lv", "").strip("[]"),
        data_percent=float(row.get("data_percent") or 0),
        metadata_percent=float(row.get("metadata_percent") or 0),
        tags=tuple(tag for tag in row.get("lv_tags", "").split(",") if tag),
    )


def groups(text: str) -> list[Group]:
    """Return what `vgs` has reported, in order of name."""
    found = [
        Group(row["vg_name"], int(row["vg_size"]), int(row["vg_free"])) for row in _rows(text, "vg")
    ]
    return sorted(found, key=lambda group: group.name)


def _rows(text: str, what: str) -> Iterator[dict[str, str]]:
    try:
        for report in json.loads(text)["report"]:
            for row in report[what]:
                yield {str(key): str(value) for key, value in row.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a report of LVM: {error!r}") from error


def inner_snapshots(text: str) -> list[str]:
    """Return the names of the snapshots inside an image, by `qemu-img info --output=json`."""
    found: Any = json.loads(text)
    try:
        return [str(one["name"]) for one in found.get("snapshots", [])]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not what qemu-img says of an image: {error!r}") from error
