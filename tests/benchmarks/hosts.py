"""Many simulated hosts of small guests, on which much happens in little time."""

from collections.abc import Mapping
from pathlib import Path

from bot.executors.simulator import HostWorld, Simulator, Work, WorldClock
from bot.ports import Store
from bot.rules.fleet import Fleet, Guest, Host, HostWork
from bot.rules.limits import Limits
from bot.rules.optin import OptIn
from bot.rules.policy.terms import PolicySettings
from tests.night import START, guest, uuid_of

GUESTS = 40
MEMORY_MIB = 128  # of a guest
LIMITS = Limits(looks=(5.0, 15.0, 30.0), boot_look=5.0)
POLICY = PolicySettings(canaries=False, pairs="off")

Disks = Mapping[str, float]  # MiB/s, by host


def names(count: int) -> list[str]:
    return [f"host{number:03}" for number in range(count)]


def guests(host: str) -> list[str]:
    return [f"{host}-{number:02}" for number in range(GUESTS)]


def simulated(folder: Path, disks: Disks) -> Simulator:
    """Return a world whose clock goes as the machine's."""
    folder.mkdir()
    simulator = Simulator(folder, WorldClock.create(folder, START))
    simulator.add(*(_world(name, disk) for name, disk in disks.items()))
    return simulator


def fleet(disks: Disks) -> Fleet:
    work = HostWork(manual=False, commands=("upgrade",), kernel="5.10.46")
    return Fleet(
        hosts={
            name: Host(
                name=name,
                work=work,
                work_seconds=25.0,
                disk_mib_s=disk,
                stream_mib_s=disk / 4,
                verify_mib_s=disk / 4,
            )
            for name, disk in disks.items()
        },
        guests={
            each: Guest(name=each, host=name, uuid=uuid_of(each), shutdown_seconds=10.0)
            for name in disks
            for each in guests(name)
        },
    )


async def opt_in(store: Store, fleet: Fleet) -> None:
    """Let two of three be saved, the others be shut down."""
    await store.state_opt_in(
        [
            OptIn(guest=name, wanted=number % 3 > 0, at=START, who="bench", how="chat")
            for number, name in enumerate(fleet.guests)
        ]
    )


def _world(name: str, disk: float) -> HostWorld:
    return HostWorld(
        name=name,
        kernel_next="5.10.46",
        work={"upgrade": Work(seconds=5.0)},
        reboot_seconds=20.0,
        guests={each: guest(each, memory_mib=MEMORY_MIB) for each in guests(name)},
        disk_mib_s=disk,
        stream_mib_s=disk / 4,
        verify_mib_s=disk / 4,
    )
