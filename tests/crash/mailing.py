"""A campaign that the real program delivers to a real relay, while both are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bot.app import AppOptions, open_app
from bot.rules.hold import Hold, Scope
from notifications import CampaignState, Draft, Recipient
from tests.crash.mail_account import account_of
from tests.crash.mail_victim import Life, bear
from tests.crash.post_office import Order
from tests.night import uuid_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from multiprocessing.context import ForkServerProcess
    from types import TracebackType

    from bot.app import App
    from tests.crash.mail_account import Account

CONNECTIONS = 4
_ROOT = Path(__file__).resolve().parents[2]
_GLANCE = 0.05  # seconds between two looks whether all is delivered
_PATIENCE = 60.0  # seconds for the end of a process that was told to end

SETTINGS = """
[roles]
look = ["os:*"]
operate = ["os:*"]
approve = ["os:*"]
[data]
database = "{database}"
[mail]
transport = "smtp"
name = "Example Hosting"
address = "support@example.net"
bounces = "bounces@example.net"
[relay]
host = "127.0.0.1"
port = {port}
security = "none"
[pace]
per_minute = 0
connections = {connections}
per_connection = 50
retry_minutes = [0.005]
give_up_hours = 0.0003
"""
_GUEST = f"""
[guests.anna]
host = "east"
uuid = "{uuid_of("anna")}"
"""
_INVENTORY = "[hosts.east]" + _GUEST
_WORLD = '[hosts.east]\nkernel = "6.1.158"' + _GUEST
_SINCE = datetime(2021, 8, 26, 20, tzinfo=UTC)
_VALUES = {"since": _SINCE, "guests": 85, "restored": 40, "failed": 3}


class Relay:
    """The relay's process; a new one takes the place of a dead one, on the same port."""

    def __init__(self, folder: Path, faults: Sequence[str], seed: int) -> None:
        self.log, self.strikes = folder / "accepted", folder / "strikes"
        self._options = ["--log", str(self.log), "--strikes", str(self.strikes)]
        self._options += ["--seed", str(seed), "--faults", *faults]
        self.port = 0
        self.start()

    def start(self) -> None:
        """Let it accept mail."""
        words = ["-m", "tests.crash.post_office", "--port", str(self.port), *self._options]
        self._process = subprocess.Popen(
            [sys.executable, *words],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def order(self, order: Order) -> None:
        """Have a process killed when the conversation has come so far."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")

    @property
    def dead(self) -> bool:
        """Whether it was killed."""
        return self._process.poll() is not None

    def close(self) -> None:
        """Let it end."""
        with self._process:
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass
class Mailing:
    """A campaign that is being sent, and who delivers it."""

    folder: Path
    app: App
    relay: Relay
    number: int
    killed: int = 0  # how often the program died
    relays_killed: int = 0
    resumed: int = 0  # times that it was stopped for the relay's sake, and a person let it go on
    living: list[ForkServerProcess] = field(default_factory=list)

    def bear(self, *, boundary: int = 0, freezes: int = 0) -> ForkServerProcess:
        """Start one more process of the program, with the fate that a `Life` tells."""
        folder = self.folder
        words = (f"--config={folder / 'config'}", f"--data={folder / 'data'}", "serve")
        log = folder / "victims.log"
        life = Life(words=words, log=log, boundary=boundary, freezes=freezes)
        self.living.append(bear(life))
        return self.living[-1]

    async def over(self) -> bool:
        """Say whether all is delivered; what was stopped goes on."""
        campaign = await self.app.office.campaigns.campaign(self.number)
        if campaign.state is CampaignState.PAUSED:
            self.resumed += 1
            await self.app.office.campaigns.resume(self.number, "os:anna")
        return campaign.state is CampaignState.DONE

    async def until_death(self) -> bool:
        """Wait until somebody died, or all is delivered: False. A dead relay is replaced."""
        while not await self.over():
            if wait([each.sentinel for each in self.living], _GLANCE):
                self._bury()
                return True
            if self.relay.dead:
                self.relay.close()
                self.relay.start()
                self.relays_killed += 1
                return True
        return False

    def _bury(self) -> None:
        for each in [each for each in self.living if each.exitcode is not None]:
            each.join()
            assert each.exitcode == -signal.SIGKILL, self.words()
            self.living.remove(each)
            self.killed += 1

    def end(self) -> None:
        """Let those who live end in peace."""
        for each in self.living:
            assert each.pid
            os.kill(each.pid, signal.SIGTERM)
            each.join(_PATIENCE)
            assert each.exitcode == 0, self.words()
        self.living.clear()

    def words(self) -> str:
        """Return what the processes said."""
        log = self.folder / "victims.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    async def account(self) -> Account:
        """Return what is known now."""
        campaigns, relay = self.app.office.campaigns, self.relay
        return await account_of(campaigns, self.number, relay.log, relay.strikes)


@asynccontextmanager
async def mailing(
    folder: Path, relay: Relay, recipients: int, database: str = ""
) -> AsyncIterator[Mailing]:
    """Approve a campaign, and let it be sent; nobody delivers it yet."""
    configure(folder, relay.port, database)
    options = AppOptions(config=folder / "config", data=folder / "data")
    async with open_app(options) as app:
        made = Mailing(folder=folder, app=app, relay=relay, number=await drafted(app, recipients))
        await app.office.campaigns.preview(made.number, "os:anna")
        await app.office.campaigns.approve(made.number, "os:berta")
        await app.office.campaigns.send(made.number, "os:berta")
        try:
            yield made
        finally:
            for each in made.living:
                each.kill()


def configure(folder: Path, port: int, database: str = "") -> None:
    """Write the configuration folder."""
    config = folder / "config"
    config.mkdir(parents=True)
    settings = SETTINGS.format(port=port, connections=CONNECTIONS, database=database)
    (config / "maint.toml").write_text(settings, encoding="utf-8")
    (config / "inventory.toml").write_text(_INVENTORY, encoding="utf-8")
    (config / "world.toml").write_text(_WORLD, encoding="utf-8")


async def drafted(app: App, recipients: int) -> int:
    """Draft a campaign to so many, each with two guests, and open the hold that it tells of."""
    hold = Hold(scope=Scope.GLOBAL, value="", reason="kills", opened_by="os:anna", opened_at=_SINCE)
    await app.store.hold(hold)
    draft = Draft(
        kind="feature-hold",
        actor="os:anna",
        request_key="kills",
        recipients=tuple(map(_recipient, range(recipients))),
        values=_VALUES,
    )
    return (await app.office.campaigns.draft(draft)).campaign


def _recipient(number: int) -> Recipient:
    items = tuple({"guest": f"g{number}-{which}", "host": "east", "down": False} for which in "ab")
    return Recipient(address=f"c{number:04}@example.com", name=f"Customer {number}", items=items)
