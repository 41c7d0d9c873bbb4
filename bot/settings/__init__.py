"""Settings and inventory: read from files and the environment, checked, as plain values.

The validation library stays in here; what comes out are frozen dataclasses.
"""

from bot.settings.difference import Difference, DropLimit, Moved, difference, refuse_a_drop
from bot.settings.faults import Fault, Problem
from bot.settings.loading import Configuration, load
from bot.settings.people import Right, Roles
from bot.settings.settings import Data, Planning, Settings
from bot.settings.shipped import shipped

__all__ = [
    "Configuration",
    "Data",
    "Difference",
    "DropLimit",
    "Fault",
    "Moved",
    "Planning",
    "Problem",
    "Right",
    "Roles",
    "Settings",
    "difference",
    "load",
    "refuse_a_drop",
    "shipped",
]
