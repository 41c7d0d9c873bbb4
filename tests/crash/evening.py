"""An evening of maintenance on three small hosts at once, described by a seed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, cast

from bot.app import AppOptions, open_app
from bot.executors.simulator import Simulator, WorldClock
from bot.maintenance.desk import goes_on
from bot.ports import Wish
from bot.rules.plan.terms import PlanOptions
from bot.rules.run.states import Phase
from tests.account import Rules, account_of
from tests.crash.victim import Life
from tests.night import uuid_of
from tests.promises import check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

    from bot.app import App
    from bot.storage.store import DatabaseStore

FACTOR = 100.0  # world seconds in a second
#: Real seconds that news may be old when a turn acts on it, on a busy machine.
_OLD_NEWS = 1.0

_SETTINGS = """
[roles]
look = ["os:*"]
operate = ["os:*"]
approve = ["os:*"]
[limits]
shutdown = 40
shutdown_warning = 10
looks = [5, 15, 30]
boot = 90
dead = 60
saved = 60
contact = 20
"""
#: Each host changes in its own way, so that each may try what is not trusted yet.
_HOSTS = {
    "east": ("4.19.181", "5.10.46"),
    "north": ("6.1.158", "6.1.170"),
    "west": ("4.19.194", "5.10.70"),
}
_GUESTS: Mapping[str, dict[str, Any]] = {
    "probe": {"memory_mib": 256, "role": "infrastructure", "canary": True},
    "resolver": {"memory_mib": 512, "role": "infrastructure"},
    "anna": {"memory_mib": 1024, "opted_in": True},
    "bert": {"memory_mib": 2048, "opted_in": True, "needs": "resolver"},
    "cleo": {"memory_mib": 1536, "opted_in": True, "kernel": "6.1.0-40-amd64"},
    "dora": {"memory_mib": 1024},
    "emil": {"memory_mib": 512, "state": "off"},
}
_MOVED = ("probe", "resolver", "anna", "bert", "cleo")
_OF_WORLD = ("memory_mib", "kernel", "state")
#: What may go wrong; each strikes one guest of one host.
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("damage", {}),
    ("dead", {}),
    ("save_killed", {}),
    ("not_acknowledged", {}),
    ("crash_on_save", {}),
    ("truncated", {}),
    ("restore_fails", {"leftover": True}),
    ("no_network", {"cure": "replug"}),
    ("snapshot_fails", {}),
    ("intruder", {}),
    ("slow", {"verb": "save", "factor": 3.0}),
    ("fails", {"verb": "boot"}),
    *[("lost_before", {"verb": verb}) for verb in ("save", "restore", "spend", "unpause", "boot")],
    *[("lost_after", {"verb": verb}) for verb in ("save", "restore", "spend", "unpause", "boot")],
    *[("forgets", {"verb": verb}) for verb in ("save", "verify", "spend", "unpause", "shutdown")],
)
#: What may go wrong with a host; each host has one of these at most.
HOST_FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("work_fails", {}),
    ("wrong_kernel", {}),
    ("no_bridge", {"seconds": 20.0}),
    ("lost_after", {"verb": "reboot"}),
    ("lost_before", {"verb": "reboot"}),
    ("forgets", {"verb": "work"}),
    ("silence", {"seconds": 30.0}),
)


@dataclass
class Evening:
    """What goes on in one folder; the bot that serves it is somewhere else."""

    folder: Path
    app: App
    simulator: Simulator
    faults: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def spoil(self, chance: Random) -> None:
        """Inject the faults that *chance* draws."""
        for host in _HOSTS:
            for fault, about in chance.sample(FAULTS, chance.randint(0, 3)):
                self._inject(host, fault, about | {"guest": f"{chance.choice(_MOVED)}-{host}"})
            for fault, about in chance.sample(HOST_FAULTS, chance.randint(0, 1)):
                self._inject(host, fault, about)

    def _inject(self, host: str, fault: str, about: dict[str, Any]) -> None:
        self.simulator.inject(host, fault, **about)
        self.faults.append(f"{host}: {fault} {about}")

    def life(self) -> Life:
        """Describe a bot that serves this evening until all is at rest."""
        config, data, log = (self.folder / name for name in ("config", "data", "victims.log"))
        return Life(config=str(config), data=str(data), log=str(log))

    async def begin(self) -> None:
        """Start a run on every host."""
        for host in _HOSTS:
            await self.app.desk.start(
                host, PlanOptions(), actor="os:anna", key=host, plan_hash="", reason="kills"
            )

    async def over(self) -> bool:
        """Say whether every run has ended."""
        return all(run.status == Phase.ENDED for run in await self.app.store.runs())

    async def answer(self) -> list[str]:
        """Say to each run that waits one of the things it offers; return what was said.

        What did not help before is not said again at once: a person tries the next.
        """
        said: list[str] = []
        for host in _HOSTS:
            view = await self.app.desk.run(host)
            assert view is not None
            if view.record.rest == "asked" and (commands := goes_on(view.run)):
                before = sum(command.split()[1] == host for command in self.said)
                said.append(commands[before % len(commands)])
                await self.app.desk.wish(_wish(said[-1], f"{view.run.id}-{view.run.number}"))
        self.said += said
        return said

    async def broken(self) -> list[str]:
        """Return what is wrong with the evening as it is now."""
        settings = self.app.settings
        rules = Rules(fleet=self.app.desk.fleet, policy=settings.policy, limits=settings.limits)
        store = cast("DatabaseStore", self.app.store)
        accounts = [
            await account_of(store, self.simulator, rules, run.id, grace=_OLD_NEWS * FACTOR)
            for run in await store.runs()
        ]
        return [f"{a.record.host}: {sentence}" for a in accounts for sentence in check(a)]

    async def told(self) -> str:
        """Return what happened, to find out why something is wrong."""
        lines = [f"faults: {self.faults}"]
        for run in await self.app.store.runs():
            rows = await self.app.store.rows(run.id)
            lines += [
                f"{run.host} {r.number} {r.at} {r.event} {r.guest} {r.data}" for r in rows[1:]
            ]
        log = self.folder / "victims.log"
        return "\n".join([*lines, log.read_text(encoding="utf-8") if log.exists() else ""])


def _wish(command: str, key: str) -> Wish:
    verb, host, *rest = command.split()
    guest, argument = ("", rest[0]) if verb == "choose" else (" ".join(rest), "")
    return Wish(key=key, host=host, actor="os:anna", verb=verb, guest=guest, argument=argument)


@asynccontextmanager
async def evening(folder: Path, chance: Random) -> AsyncIterator[Evening]:
    """Describe an evening with faults drawn by *chance*, and begin its runs."""
    config, data = folder / "config", folder / "data"
    config.mkdir(parents=True)
    (config / "maint.toml").write_text(_SETTINGS, encoding="utf-8")
    (config / "inventory.toml").write_text("\n".join(_inventory()), encoding="utf-8")
    (config / "world.toml").write_text("\n".join(_world()), encoding="utf-8")
    async with open_app(AppOptions(config=config, data=data)) as app:
        simulator = Simulator(data / "world", WorldClock(data / "world"))
        made = Evening(folder=folder, app=app, simulator=simulator)
        await made.begin()
        made.spoil(chance)
        yield made


def _inventory() -> Iterable[str]:
    yield "[defaults.guest]\nshutdown_seconds = 10\n"
    for host, (_, kernel) in _HOSTS.items():
        work = f'{{ manual = false, commands = ["upgrade"], reboot = true, kernel = "{kernel}" }}'
        yield f"[hosts.{host}]\nwork = {work}\nwork_seconds = 40"
        for name, about in _GUESTS.items():
            mine = {key: value for key, value in about.items() if key not in _OF_WORLD}
            if "needs" in mine:
                mine["needs"] = [f"{mine['needs']}-{host}"]
            yield from _table(f"{name}-{host}", host, mine)


def _world() -> Iterable[str]:
    yield f'[clock]\nstart = "2021-08-26T20:00:00Z"\nfactor = {FACTOR}'
    yield "[defaults.guest]\nshutdown_seconds = 8\nboot_seconds = 10"
    yield "[defaults.host]\nreboot_seconds = 30\nwork = { upgrade = 5 }"
    for host, (before, after) in _HOSTS.items():
        yield f'[hosts.{host}]\nkernel = "{before}"\nkernel_next = "{after}"'
        for name, about in _GUESTS.items():
            yield from _table(
                f"{name}-{host}", host, {key: about[key] for key in _OF_WORLD if key in about}
            )


def _table(name: str, host: str, about: dict[str, Any]) -> Iterable[str]:
    yield f'[guests.{name}]\nhost = "{host}"\nuuid = "{uuid_of(name)}"'
    yield from (f"{key} = {_toml(value)}" for key, value in about.items())


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace("'", '"') if isinstance(value, list) else _plain(value)


def _plain(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
