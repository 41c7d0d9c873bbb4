"""Hosts over SSH: one connection each, a few sessions on it, JSON lines to the host helper.

Contact may be lost at any moment. What was asked then is neither done nor not done until the host
says so, under the operation's id.
"""

from bot.executors.remote.data import Finding
from bot.executors.remote.executor import RemoteHost
from bot.executors.remote.problems import Problem
from bot.executors.remote.way import Patience, Way

__all__ = ["Finding", "Patience", "Problem", "RemoteHost", "Way"]
