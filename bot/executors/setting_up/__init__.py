"""Setting a host up for the bot: its key, the script that root runs there, and the host's key."""

from bot.executors.setting_up.admin import host_keys, run_there
from bot.executors.setting_up.known import Known, note
from bot.executors.setting_up.own_key import public_key
from bot.executors.setting_up.preparing import Goods, Installation, prepare
from bot.executors.setting_up.problems import NotSetUp, Problem
from bot.executors.setting_up.script import STATE, Hook, Setup, render

__all__ = [
    "STATE",
    "Goods",
    "Hook",
    "Installation",
    "Known",
    "NotSetUp",
    "Problem",
    "Setup",
    "host_keys",
    "note",
    "prepare",
    "public_key",
    "render",
    "run_there",
]
