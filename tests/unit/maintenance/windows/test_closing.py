"""After the end of a window of two hosts, of which one has begun."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.maintenance.windows.desk import Wanted
from bot.rules.fleet import Contact, Fleet, Guest, Host
from bot.rules.window.terms import WindowEvent
from tests.night import HOST
from tests.unit.maintenance.notices.office import Far
from tests.unit.maintenance.windows.keeping import BOSS, DAY, Keeping, hours, keeping


def with_another_host(fleet: Fleet) -> Fleet:
    """Return *fleet* with a host more, and a guest of Bea's on it."""
    bea = Contact(key="bea", name="Bea", address="bea@example.org")
    guest = Guest(name="z", host="clockwork", uuid="u-z", contact="bea")
    return replace(
        fleet,
        hosts={**fleet.hosts, "clockwork": Host(name="clockwork")},
        contacts={**fleet.contacts, "bea": bea},
        guests={**fleet.guests, "z": guest},
    )


async def of_two_hosts(k: Keeping) -> None:
    """Schedule a window of both in place of the one there is, and tell of it."""
    fleet = with_another_host(k.office.sources.fleet)
    object.__setattr__(k.office.sources, "fleet", fleet)  # the inventory was read anew
    object.__setattr__(k.office.sources, "planner", Far())
    k.night.fleet = k.desk.fleet = fleet
    await k.desk.cancel(k.window.number, BOSS)
    start = hours(DAY * 14)
    hosts = (HOST, "clockwork")
    wanted = Wanted(hosts=hosts, start=start, end=start + k.window.length, zone="UTC")
    (k.window,) = await k.desk.schedule([wanted], BOSS)
    await k.tell()


async def test_an_overrun_is_told_only_where_work_goes_on(tmp_path: Path) -> None:
    async with keeping(tmp_path) as k:
        await of_two_hosts(k)
        await k.look(k.start)
        await k.run()

        await k.look(k.end)

        data = await k.the(WindowEvent.OVERRUN)
        assert [row["host"] for row in data["rows"]] == [HOST, "clockwork"]
        told = await k.items(data["campaign"])
        assert "z" not in told
        assert told.keys() == {"a", "b"}
