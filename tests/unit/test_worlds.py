"""The world that the files describe: simulated, or real hosts over SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.app import AppOptions, open_app, open_world
from bot.executors.network_prober import NetworkProber
from bot.executors.remote import RemoteHost
from bot.executors.simulator import SimulatedHost
from bot.executors.system_clock import SystemClock
from bot.rules.errors import BadConfiguration, Code
from bot.settings import load, shipped
from tests.helper_host import HelperHost
from tests.ssh_host import SshHost
from tests.unit.settings.folder import UUIDS, written

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Configuration

REAL = (
    "[defaults.host]\nexecutor = 'ssh'\n[hosts.h1]\n[hosts.h2]\naddress = 'no-such-host.invalid'\n"
)
PINGED = f"{REAL}[guests]\ng1 = {{ host = 'h1', uuid = '{UUIDS[0]}', address = '192.0.2.1', %s }}\n"
EXPOSED = "role = 'infrastructure', checks = [22]"


def test_simulated_hosts_live_in_a_simulated_world(tmp_path: Path) -> None:
    configuration = load(shipped("config") / "demo", data=tmp_path)

    world = open_world(configuration)

    assert {type(executor) for executor in world.executors.values()} == {SimulatedHost}


def test_real_hosts_live_in_this_machines_time_and_network(tmp_path: Path) -> None:
    world = open_world(load(written(tmp_path, {"inventory.toml": REAL})))

    assert {name: type(e) for name, e in world.executors.items()} == {
        "h1": RemoteHost,
        "h2": RemoteHost,
    }
    assert (type(world.clock), type(world.prober)) == (SystemClock, NetworkProber)


@pytest.mark.parametrize(("guest", "refused"), [("role = 'customer'", True), (EXPOSED, False)])
def test_who_pings_needs_the_program_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guest: str, *, refused: bool
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    configuration = load(written(tmp_path, {"inventory.toml": PINGED % guest}))

    assert _refused(configuration) == ((Code.NO_PING, ["g1"]) if refused else None)


def _refused(configuration: Configuration) -> tuple[Code, object] | None:
    try:
        open_world(configuration)
    except BadConfiguration as error:
        return error.code, error.fields["guests"]
    return None


async def test_a_real_host_is_observed_and_its_connection_closed(tmp_path: Path) -> None:
    helper = HelperHost(folder=tmp_path / "host")
    helper.hypervisor.contract_guests()
    async with SshHost(folder=tmp_path, talk=helper.talk) as host:
        host.way()  # writes the keys
        place = f"[hosts.h1]\naddress = '127.0.0.1'\nport = {host.port}"
        inventory = REAL.replace("[hosts.h1]", place)
        folder = written(tmp_path, {"inventory.toml": inventory})
        async with open_app(AppOptions(config=folder, data=tmp_path)) as app:
            first, second = await app.desk.hosts()
        await host.left.wait()

    assert (first.reachable, first.guests, first.running) == (True, 3, 2)
    assert not second.reachable
