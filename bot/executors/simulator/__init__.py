"""A simulated world of hosts: a full executor, kept in files, that counts what went wrong.

State is a folder: one file per host, and the world's clock. No process belongs to it. What an
operation does is decided when it is submitted, and every look computes the state at that instant.
"""

from bot.executors.simulator.clock import VirtualClock, WorldClock
from bot.executors.simulator.executor import SimulatedHost
from bot.executors.simulator.faults import FAULTS, NOT_MODELLED
from bot.executors.simulator.prober import SimulatedProber
from bot.executors.simulator.simulator import Simulator, violations
from bot.executors.simulator.violations import Violation
from bot.executors.simulator.world import GuestWorld, HostWorld, Work
from bot.executors.simulator.worldfile import create_world, exists

__all__ = [
    "FAULTS",
    "NOT_MODELLED",
    "GuestWorld",
    "HostWorld",
    "SimulatedHost",
    "SimulatedProber",
    "Simulator",
    "Violation",
    "VirtualClock",
    "Work",
    "WorldClock",
    "create_world",
    "exists",
    "violations",
]
