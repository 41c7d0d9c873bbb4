"""What is due next among 1,000 windows and 20,000 planned notices, and how long a start takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, update

from bot.app import App, AppOptions, open_app
from bot.ports import WindowChange
from bot.rules.window.terms import Due, DueKind, Entry, Window, WindowEvent
from bot.storage import DatabaseStore
from notifications import CampaignState, DeliveryState, Draft, Recipient
from notifications.tables import CAMPAIGN, DELIVERY
from tests.benchmarks.table import Table
from tests.night import uuid_of

HOSTS = 50
WINDOWS = 1000
DUES = 20  # of each window
ROUNDS = 50
STARTS = 5
NEXT_MS = 5.0
START_S = 2.0

_DAY = timedelta(days=1)
_SETTINGS = """
[roles]
look = ["os:*"]
operate = ["os:*"]
approve = ["os:*"]
"""


def tables() -> Iterator[Table]:
    with TemporaryDirectory() as folder:
        yield asyncio.run(_table(Path(folder)))


async def _table(folder: Path) -> Table:
    title = f"{WINDOWS} windows with {WINDOWS * DUES} planned notices"
    table = Table(title=title, columns=("median", "worst", "target"))
    _configure(folder)
    async with open_app(_options(folder)) as app:
        await _fill(app)
        now, store = app.desk.clock.now(), app.store
        _add_look(table, "next due", await _timed(store.next_due), NEXT_MS)
        _add_look(table, "what is due now", await _timed(lambda: store.dues(now)))
        _add_look(table, "windows that stand", await _timed(lambda: store.windows(open_only=True)))
    _add_start(table, "start, and the first look", await _starts(folder))
    async with open_app(_options(folder)) as app:
        await _tell(app)
    name = f"the same after {WINDOWS} mails that announced them"
    _add_start(table, name, await _starts(folder))
    return table


def _add_look(table: Table, name: str, took: list[float], target: float = 0.0) -> None:
    middle = 1000 * median(took)
    wanted = f"{target:.0f} ms" if target else ""
    met = middle < target if target else None
    table.add(name, f"{middle:.2f} ms", f"{1000 * max(took):.2f} ms", wanted, met=met)


def _add_start(table: Table, name: str, took: list[float]) -> None:
    middle = median(took)
    figures = (f"{middle:.2f} s", f"{max(took):.2f} s", f"{START_S:.0f} s")
    table.add(name, *figures, met=middle < START_S)


async def _timed(look: Callable[[], Awaitable[object]]) -> list[float]:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await look()
        took.append(time.perf_counter() - began)
    return took


async def _starts(folder: Path) -> list[float]:
    took = []
    for _ in range(STARTS):
        began = time.perf_counter()
        async with open_app(_options(folder), _complain) as app:
            await app.keeper.look()
            took.append(time.perf_counter() - began)
    return took


def _complain(error: Exception) -> None:
    raise AssertionError(str(error)) from error


# ---- what there is ----


async def _fill(app: App) -> None:
    """Schedule all windows, a day apart on each host."""
    now = app.desk.clock.now()
    for number in range(0, WINDOWS, HOSTS):
        changes = [_scheduling(now, number + place) for place in range(HOSTS)]
        await app.store.change_windows(changes)


def _scheduling(now: datetime, number: int) -> WindowChange:
    start = now + _DAY * (30 + number // HOSTS)
    window = Window(
        hosts=(_host(number % HOSTS),),
        start=start,
        end=start + timedelta(hours=2),
        zone="UTC",
        actor="os:anna",
        changed=now,
    )
    dues = tuple(
        Due(kind=DueKind.REMIND, about=place, at=start - timedelta(hours=place))
        for place in range(DUES)
    )
    entry = Entry(window=0, at=now, event=WindowEvent.SCHEDULED, data={"too_late": []})
    return WindowChange(window=window, entries=(entry,), dues=dues)


async def _tell(app: App) -> None:
    """Let the first notice of every window have gone out to the contact of its host."""
    mail = app.office.campaigns
    for window in await app.store.windows():
        host = window.hosts[0]
        item = {"guest": f"g{host}", "host": host, "action": "shutdown", "why": "not_opted_in"}
        await mail.draft(
            Draft(
                kind="maintenance-scheduled",
                actor="maintbot",
                request_key=window.occasion,
                recipients=[Recipient(address=f"{host}@example.org", name=host, items=(item,))],
                values={"hosts": [host], "start": window.start, "end": window.end},
                occasion=window.occasion,
            )
        )

    def sent(connection: Connection) -> None:
        at = app.desk.clock.now()
        done = {"state": CampaignState.DONE, "started": at, "ended": at}
        connection.execute(update(CAMPAIGN).values(**done))
        connection.execute(update(DELIVERY).values(state=DeliveryState.SENT, at=at))

    assert isinstance(app.store, DatabaseStore)
    await app.store.transactions.write(sent)


def _host(number: int) -> str:
    return f"host{number:02}"


def _options(folder: Path) -> AppOptions:
    return AppOptions(config=folder / "config", data=folder / "data")


def _configure(folder: Path) -> None:
    config, names = folder / "config", [_host(number) for number in range(HOSTS)]
    config.mkdir()
    hosts = "".join(f"[hosts.{name}]\n" for name in names)
    contacts = "".join(
        f'[contacts.{name}]\nname = "{name}"\naddress = "{name}@example.org"\n' for name in names
    )
    guests = [f'[guests.g{name}]\nhost = "{name}"\nuuid = "{uuid_of(name)}"\n' for name in names]
    owned = "".join(f'{g}contact = "{n}"\n' for g, n in zip(guests, names, strict=True))
    (config / "maint.toml").write_text(_SETTINGS, encoding="utf-8")
    (config / "inventory.toml").write_text(hosts + contacts + owned, encoding="utf-8")
    world = "".join(f'[hosts.{name}]\nkernel = "6.1.158"\n' for name in names)
    (config / "world.toml").write_text("".join([world, *guests]), encoding="utf-8")
