"""The faults of a host, by name.

A fault waits for an operation of its verbs (on its guest, the first `times` such operations), or,
if it has no verbs, takes hold when it is injected. Parameters override the marks of the same name.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.executors.simulator.fault_kind import Kind
from bot.executors.simulator.guest_faults import RESTORING, SAVING, STARTING
from bot.rules.operation import Fault, Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANY = tuple(Verb)

HOST: dict[str, Kind] = {
    "wrong_kernel": Kind(
        numbers=(31,),
        meaning="the host comes back on `kernel`, or on the one before, whatever was asked for",
        verbs=(Verb.REBOOT,),
        marks={"stays": True},
    ),
    "no_return": Kind(
        numbers=(31,),
        meaning="the host is away so much longer than a reboot takes",
        verbs=(Verb.REBOOT,),
        marks={"away": 3600.0},
        amount="away",
    ),
    "no_disk": Kind(
        numbers=(24,),
        meaning="`volume_groups` are missing after the reboot, for so long or for ever",
        verbs=(Verb.REBOOT,),
        marks={"volume_groups": ("*",)},
        amount="volume_groups_after",
    ),
    "no_bridge": Kind(
        numbers=(25,),
        meaning="`bridges` are missing after the reboot, for so long or for ever",
        verbs=(Verb.REBOOT,),
        marks={"bridges": ("*",)},
        amount="bridges_after",
    ),
    "less_memory": Kind(
        numbers=(20,),
        meaning="the host has `less_mib` less memory for guests after the reboot",
        verbs=(Verb.REBOOT,),
        marks={"less_mib": 16384},
    ),
    "cpu_lost": Kind(
        numbers=(21,),
        meaning="the processor's features are fewer after the reboot; no image restores",
        verbs=(Verb.REBOOT,),
        marks={"cpu_lost": True},
    ),
    "feature_persistent": Kind(
        numbers=(5,),
        meaning="host kernels that begin with `under` ruin every guest restored under them",
        marks={"under": "5.10"},
    ),
    "xendomains": Kind(
        numbers=(1,),
        meaning="the stock script is on: a host start restores every image it finds",
    ),
    "double_start": Kind(
        numbers=(3,),
        meaning="somebody starts the guest after so long, whether it runs or not",
        marks={"seconds": 0.0},
    ),
    "no_checks": Kind(
        numbers=(1, 2, 3, 11),
        meaning="the host obeys whatever it can do, however wrong",
    ),
    "silence": Kind(
        numbers=(38,),
        meaning="the host answers nothing for so long from now",
        marks={"seconds": 60.0},
    ),
}

CONTACT: dict[str, Kind] = {
    "lost_before": Kind(
        numbers=(38,),
        meaning="contact is lost, and the host has heard nothing",
        verbs=_ANY,
        marks={"lost": "before"},
    ),
    "lost_after": Kind(
        numbers=(38,),
        meaning="contact is lost after the host has begun",
        verbs=_ANY,
        marks={"lost": "after"},
    ),
    "slow": Kind(
        numbers=(),
        meaning="the operation takes `factor` times as long",
        verbs=_ANY,
        marks={"factor": 10.0},
    ),
    "hangs": Kind(
        numbers=(16,),
        meaning="the operation never ends",
        verbs=_ANY,
        marks={"hung": True},
    ),
    "forgets": Kind(
        numbers=(32,),
        meaning="the host loses its record of the operation, which happens all the same",
        verbs=_ANY,
        marks={"forgotten": True},
    ),
    "refuses": Kind(
        numbers=(),
        meaning="the host refuses the operation with `error`",
        verbs=_ANY,
        marks={"refused": Fault.TOOL_FAILED.value},
    ),
    "fails": Kind(
        numbers=(),
        meaning="the hypervisor's tool fails for no reason it knows",
        verbs=_ANY,
        error=Fault.TOOL_FAILED,
    ),
}

FAULTS: Mapping[str, Kind] = MappingProxyType(SAVING | RESTORING | STARTING | HOST | CONTACT)

#: The other lines about hosts and guests, and why they are not a simulated host's to show.
NOT_MODELLED: Mapping[int, str] = MappingProxyType(
    {
        8: "a person's decision: rolling back is the ordinary verb, whatever was written since",
        33: "two people and one database: not of the host",
        34: "the asker's mistake: not of the host",
        35: "the customer's wish: not of the host",
        37: "a file's permissions: the host helper's, which makes real files",
        39: "the limits of SSH: the remote executor's",
    }
)
