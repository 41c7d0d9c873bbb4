"""Small fleets, policies and hosts to draw from, with every kind of guest there is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from hypothesis import strategies as st

from bot.rules.fleet import Fleet, GuestState, HostWork, Role, SnapshotKind
from bot.rules.policy.terms import PolicySettings
from tests.night import AUTOMATIC, HOST


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of guest: how it is in the world, and in the inventory."""

    world: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    opted_in: bool = True


_OLD = {"kernel": "3.16.0-4-amd64", "breaks_under": ["5.10"]}

KINDS: dict[str, Kind] = {
    "healthy": Kind(),
    "large": Kind(world={"memory_mib": 8192}),
    "old": Kind(world=_OLD),
    "old, breaks late": Kind(world=_OLD | {"break_seconds": 45.0}),
    "unknown": Kind(world={"console_readable": False, "feature_suspend": False}),
    "infrastructure": Kind(record={"role": Role.INFRASTRUCTURE}),
    "not opted in": Kind(opted_in=False),
    "deaf": Kind(world={"shutdown_seconds": inf}, opted_in=False),
    "off": Kind(world={"state": GuestState.OFF}),
    "blocked": Kind(world={"state": GuestState.OFF, "blocked": True}),
    "paused": Kind(world={"state": GuestState.PAUSED}),
    "canary": Kind(world={"canary": True}, record={"canary": True}),
    "first": Kind(record={"priority": 10.0}),
    "needs g0": Kind(record={"needs": ("g0",)}),
    "with a disk and a bridge": Kind(world={"volume_group": "vg0", "bridge": "br0"}),
    "cannot suspend": Kind(world={"suspends": False}),
}

#: The policy of August 2021, the shipped one, and canaries and pairs for every kernel.
POLICIES: dict[str, PolicySettings] = {
    "of 2021": PolicySettings(
        canaries=False, pairs="off", old_kernels="suspend", unknown_kernels="suspend"
    ),
    "shipped": PolicySettings(),
    "canaries for all": PolicySettings(old_kernels="suspend", unknown_kernels="suspend"),
    "pairs for all": PolicySettings(
        canaries=False, old_kernels="suspend", unknown_kernels="suspend", breaker_damage=2
    ),
}

WORKS: dict[str, HostWork] = {
    "automatic": AUTOMATIC,
    "manual": HostWork(manual=True, kernel="5.10.46"),
    "no reboot": HostWork(manual=False, commands=("upgrade",), reboot=False),
    "same kernel": HostWork(manual=False),
}

_HOSTS: dict[str, dict[str, Any]] = {
    "roomy": {},
    "narrow": {"disk_mib_s": 50.0, "stream_mib_s": 25.0},
    "without snapshots": {"snapshots": SnapshotKind.NONE},
}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A night as it was drawn; the keys of the tables above."""

    kinds: tuple[str, ...]
    policy: str
    work: str = "automatic"
    host: str = "roomy"
    tried: int = 0  # so many, the first of them, are tried; 0: it is no trial

    @property
    def names(self) -> tuple[str, ...]:
        """The guests' names: g0, g1, …"""
        return tuple(f"g{number}" for number in range(len(self.kinds)))

    @property
    def of(self) -> dict[str, Kind]:
        """The kind of each guest."""
        return dict(zip(self.names, (KINDS[kind] for kind in self.kinds), strict=True))

    def host_world(self) -> dict[str, Any]:
        """Return what the simulated host is like."""
        kernel = "" if self.work == "same kernel" else "5.10.46"
        return {"saves_paused": True, "kernel_next": kernel, **_HOSTS[self.host]}

    def described(self, fleet: Fleet) -> Fleet:
        """Return *fleet* with the speeds that the host has."""
        known = _HOSTS[self.host]
        speeds = {key: known[key] for key in ("disk_mib_s", "stream_mib_s") if key in known}
        return replace(fleet, hosts={HOST: replace(fleet.hosts[HOST], **speeds)})


def nights() -> st.SearchStrategy[Drawn]:
    """Draw one to four guests, a policy, the host work, and a host."""
    likely = ["healthy", "healthy", "old", "infrastructure", "canary"]
    return st.builds(
        Drawn,
        kinds=st.lists(st.sampled_from(likely + list(KINDS)), min_size=1, max_size=4).map(tuple),
        policy=st.sampled_from(list(POLICIES)),
        work=st.sampled_from(["automatic", "automatic", *WORKS]),
        host=st.sampled_from(["roomy", *_HOSTS]),
    )


def trials() -> st.SearchStrategy[Drawn]:
    """Draw the trial of some of one to four guests, beside the others."""
    likely = ["healthy", "healthy", "old", "infrastructure", "large", "cannot suspend"]
    return st.builds(
        Drawn,
        kinds=st.lists(st.sampled_from(likely + list(KINDS)), min_size=1, max_size=4).map(tuple),
        policy=st.sampled_from(list(POLICIES)),
        host=st.sampled_from(["roomy", "narrow"]),
        tried=st.integers(min_value=1, max_value=3),
    )
