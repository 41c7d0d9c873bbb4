"""A TOML file makes a world, or all that is wrong with it is told at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.executors.simulator import Simulator, create_world, exists
from bot.rules.errors import BadConfiguration, Code
from bot.rules.fleet import GuestState, Mode, SnapshotKind

GOOD = """
[clock]
start = "2021-08-26T20:00:00Z"
factor = 30
[defaults.host]
work = { upgrade = 45 }
[defaults.guest]
memory_mib = 2048
[hosts.hobgoblin]
snapshots = "thick"
[hosts.clockwork]
[guests.vps31]
host = "hobgoblin"
mode = "hvm"
shutdown_seconds = inf
breaks_under = ["5.10"]
[guests.vps32]
host = "hobgoblin"
state = "off"
memory_mib = 512
"""
BAD = """
[clock]
factor = 0
[cloak]
[defaults.host]
disk = 3
[hosts.hobgoblin]
memory_mib = "much"
snapshots = "fat"
work = { upgrade = "long" }
[hosts."bad name"]
[guests.vps31]
host = "goblin"
[guests.vps32]
breaks_under = "5.10"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "world.toml"
    path.write_text(text)
    return path


def faults(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(BadConfiguration) as caught:
        create_world(folder / "w", written(folder, text))
    assert caught.value.code is Code.CONFIGURATION
    listed = caught.value.fields["faults"]
    assert isinstance(listed, tuple)
    return {fault.key: fault.problem.value for fault in listed}


def test_hosts_and_guests_take_their_defaults(tmp_path: Path) -> None:
    clock = create_world(tmp_path / "w", written(tmp_path, GOOD))
    world = Simulator(tmp_path / "w", clock).world("hobgoblin")
    first, second = world.guests["vps31"], world.guests["vps32"]
    assert (world.snapshots, world.work["upgrade"].seconds) == (SnapshotKind.THICK, 45)
    assert (first.memory_mib, first.mode, first.state) == (2048, Mode.HVM, GuestState.RUNNING)
    assert (second.memory_mib, second.state) == (512, GuestState.OFF)


def test_the_clock_starts_where_the_file_says(tmp_path: Path) -> None:
    clock = create_world(tmp_path / "w", written(tmp_path, GOOD))
    start = datetime(2021, 8, 26, 20, tzinfo=UTC)
    assert start <= clock.now() < start + timedelta(hours=5)


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    assert faults(tmp_path, BAD) == {
        "cloak": "unknown_key",
        "clock.factor": "invalid",
        "defaults.host.disk": "unknown_key",
        "hosts.hobgoblin.memory_mib": "invalid",
        "hosts.hobgoblin.snapshots": "invalid",
        "hosts.hobgoblin.work": "invalid",
        "hosts.bad name": "bad_name",
        "guests.vps31.host": "unknown_host",
        "guests.vps32.host": "missing",
        "guests.vps32.breaks_under": "invalid",
    }
    assert not exists(tmp_path / "w")


@pytest.mark.parametrize(
    "text", ["[hosts", "hosts = 3", "[guests]\nvps1 = 3", "[clock]\nstart = 3"]
)
def test_any_text_is_a_world_or_a_list_of_faults(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_two_guests_of_one_uuid_are_refused(tmp_path: Path) -> None:
    twins = '[hosts.h]\n[defaults.guest]\nhost = "h"\nuuid = "u"\n[guests.a]\n[guests.b]\n'
    assert faults(tmp_path, twins) == {"guests.b.uuid": "same_uuid"}


def test_a_world_is_not_made_twice(tmp_path: Path) -> None:
    create_world(tmp_path / "w", written(tmp_path, GOOD))
    with pytest.raises(BadConfiguration) as caught:
        create_world(tmp_path / "w", written(tmp_path, GOOD))
    assert caught.value.code is Code.SIMULATOR


def test_the_same_file_makes_the_same_world(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    made = [
        Simulator(tmp_path / name, create_world(tmp_path / name, path)).world("hobgoblin")
        for name in ("a", "b")
    ]
    for world in made:
        world.seen = 0
    assert made[0] == made[1]
