"""Total downtime of guests by order, against the least that the disk allows.

Each way is played twice: by the model that predicts (`predicted`), and by the real runner on a
simulated host (`measured`), with the time that its turns take. Host work is in neither. Pairs
are made in the last row only, with the canaries: the bound knows of no snapshots.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.executors.simulator import HostWorld
from bot.executors.simulator.disk import efficiency
from bot.rules.fleet import GuestFacts, GuestState, HostFacts, Observation
from bot.rules.optin import OptIn
from bot.rules.plan.disk import Disk
from bot.rules.plan.given import PlanInput
from bot.rules.plan.making import make_plan
from bot.rules.plan.order import bound
from bot.rules.plan.prediction import Timing, predict
from bot.rules.plan.terms import Plan
from bot.rules.policy.terms import PolicySettings
from tests.benchmarks.fleets import FLEETS, BenchFleet
from tests.benchmarks.simulated import total_downtime
from tests.benchmarks.table import Table
from tests.benchmarks.ways import WAYS, Way, ours
from tests.unit.rules.plans import NOW

TARGET = 1.10  # × the bound, where one stream saturates the disk
TRUSTED = PolicySettings(canaries=False, pairs="off")


def tables() -> Iterator[Table]:
    for fleet in FLEETS:
        yield table_of(fleet)


def table_of(fleet: BenchFleet) -> Table:
    least = bound(fleet.memories, fleet.disk_mib_s)
    table = Table(title=fleet.name, columns=("predicted", "measured", "× bound"))
    table.add("lower bound", f"{least:.0f} s", "", "1.00")
    for name, way in WAYS.items():
        measured = total_downtime(fleet, way, TRUSTED)
        met = measured <= TARGET * least if way is ours and fleet.saturated else None
        table.add(name, *_figures(predicted(fleet, way, TRUSTED), measured, least), met=met)
    canaries = PolicySettings()
    figures = predicted(fleet, ours, canaries), total_downtime(fleet, ours, canaries)
    table.add("ours, with canaries and pairs", *_figures(*figures, least))
    return table


def _figures(predicted: float, measured: float, least: float) -> tuple[str, str, str]:
    return f"{predicted:.0f} s", f"{measured:.0f} s", f"{measured / least:.2f}"


def predicted(fleet: BenchFleet, way: Way, policy: PolicySettings) -> float:
    plan = way(planned(fleet, policy))
    return predict(plan.steps, _disk(fleet, plan), Timing()).total


def _disk(fleet: BenchFleet, plan: Plan) -> Disk:
    """Describe the disk under the plan's streams: too many cost some of its bandwidth."""
    disk = replace(Disk.of(fleet.host), streams=plan.streams)
    world = HostWorld(name="bench", disk_mib_s=disk.mib_s, stream_mib_s=disk.stream_mib_s)
    return replace(disk, mib_s=disk.mib_s * efficiency(world, plan.streams))


def planned(fleet: BenchFleet, policy: PolicySettings) -> Plan:
    total = sum(fleet.memories)
    return make_plan(
        PlanInput(
            at=NOW,
            host=fleet.host,
            guests=fleet.guests,
            observation=Observation(facts=_host_facts(2 * total), guests=_guest_facts(fleet)),
            opt_ins={
                name: OptIn(guest=name, wanted=True, at=NOW, who="bench", how="chat")
                for name in fleet.guests
            },
            policy=policy,
        )
    )


def _host_facts(plenty_mib: int) -> HostFacts:
    return HostFacts(
        name="bench",
        boot_id="b1",
        kernel="5.10.46",
        hypervisor="xen-4.14.2",
        memory_mib=plenty_mib,
        memory_free_mib=plenty_mib,
        image_space_mib=plenty_mib,
        snapshot_space_mib=plenty_mib,
    )


def _guest_facts(fleet: BenchFleet) -> dict[str, GuestFacts]:
    return {
        name: GuestFacts(
            name=name,
            uuid=guest.uuid,
            state=GuestState.RUNNING,
            memory_mib=fleet.sizes[name],
            kernel_line="Linux version 5.10.0-8-amd64",
            feature_suspend=True,
        )
        for name, guest in fleet.guests.items()
    }
