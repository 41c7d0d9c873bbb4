"""The fleet of 2021 is as the mail of 29 August 2021 says, and can be told in a minute."""

import tomllib
from collections import Counter
from typing import Any

import pytest

from bot.rules.fleet import Guest, Role
from bot.rules.policy.terms import PolicySettings
from bot.settings import load, shipped

DEMO = shipped("config") / "demo"
FLEET = load(DEMO).fleet
VICTIMS = {"mulberry", "rookery"}
MIB = 1024  # in a GiB


def world(name: str) -> dict[str, Any]:
    """Read what is simulated, with its defaults filled in."""
    data = tomllib.loads((shipped("config") / name / "world.toml").read_text())
    return {
        table: {key: data["defaults"][kind] | entry for key, entry in data[table].items()}
        for table, kind in (("hosts", "host"), ("guests", "guest"))
    }


WORLD = world("demo")
GUESTS = WORLD["guests"]


def suspended(host: str) -> list[Guest]:
    """Return the guests that the policy of August 2021 suspends."""
    return [g for g in FLEET.on(host) if g.opted_in or g.role is Role.INFRASTRUCTURE]


def customers(host: str) -> list[Guest]:
    return [guest for guest in FLEET.on(host) if guest.opted_in]


def is_old(kernel: str) -> bool:
    major, minor = kernel.split(".")[:2]
    return (int(major), int(minor.split("-")[0])) < (4, 2)


@pytest.mark.parametrize("name", ["default", "demo", "production"])
def test_inventory_and_world_agree(name: str) -> None:
    fleet, simulated = load(shipped("config") / name).fleet, world(name)

    assert set(fleet.hosts) == set(simulated["hosts"])
    assert {g.name: (g.host, g.uuid) for g in fleet.guests.values()} == {
        guest: (entry["host"], entry["uuid"]) for guest, entry in simulated["guests"].items()
    }


@pytest.mark.parametrize("name", ["default", "demo", "production"])
def test_hosts_know_the_commands_they_are_given(name: str) -> None:
    fleet, simulated = load(shipped("config") / name).fleet, world(name)

    for host in fleet.hosts.values():
        assert set(host.work.commands) <= set(simulated["hosts"][host.name]["work"])


def test_as_many_have_opted_in_as_the_mail_says() -> None:
    counts = Counter(guest.host for guest in FLEET.guests.values() if guest.opted_in)

    assert (counts["clockwork"], counts["hobgoblin"], counts.total()) == (10, 17, 85)


def test_there_are_35_guests_of_infrastructure_with_a_canary_on_each_host() -> None:
    ours = [guest for guest in FLEET.guests.values() if guest.role is Role.INFRASTRUCTURE]

    assert len(ours) == 35
    assert sorted(guest.host for guest in ours if guest.canary) == sorted(FLEET.hosts)


def test_some_contacts_have_several_guests() -> None:
    counts = Counter(guest.contact for guest in FLEET.guests.values() if guest.opted_in)

    assert 40 < len(counts) < 85
    assert counts.most_common(1)[0][1] > 2


def test_two_guests_of_hobgoblin_break_and_no_other() -> None:
    kernels = {name: g["kernel"] for name, g in GUESTS.items() if g.get("breaks_under")}

    assert kernels == {"mulberry": "3.16.0-11-amd64", "rookery": "2.6.32-754.35.1.el6.x86_64"}
    assert {FLEET.guests[name].host for name in kernels} == {"hobgoblin"}


@pytest.mark.parametrize("host", ["clockwork", "hobgoblin"])
def test_kernels_as_old_survive(host: str) -> None:
    survivors = [g.name for g in customers(host) if g.name not in VICTIMS]

    assert sum(is_old(GUESTS[name]["kernel"]) for name in survivors) >= 4


@pytest.mark.parametrize("host", ["clockwork", "hobgoblin"])
def test_all_that_opted_in_there_can_be_suspended(host: str) -> None:
    for guest in customers(host):
        entry = GUESTS[guest.name]
        assert entry["state"] == "running"
        assert entry["system"] == "linux"
        assert not entry.get("unsaveable")


def test_the_victims_come_back_last() -> None:
    sizes = {guest.name: GUESTS[guest.name]["memory_mib"] for guest in suspended("hobgoblin")}

    assert set(sorted(sizes, key=sizes.__getitem__)[-2:]) == VICTIMS
    assert all(FLEET.guests[name].priority == 1 for name in VICTIMS)


def test_each_victim_is_the_canary_of_its_family() -> None:
    families = Counter(
        (GUESTS[guest.name]["mode"], GUESTS[guest.name]["kernel"].split("-")[0][:4])
        for guest in customers("hobgoblin")
        if GUESTS[guest.name]["console_readable"]
    )

    assert (families["pv", "3.16"], families["pv", "2.6."]) == (1, 1)
    assert all(GUESTS[name]["console_readable"] for name in VICTIMS)


def test_what_does_not_fit_the_scheme_is_there_too() -> None:
    assert sum(entry["state"] == "off" for entry in GUESTS.values()) >= 4
    assert any(entry.get("blocked") for entry in GUESTS.values())
    assert any(entry.get("unsaveable") for entry in GUESTS.values())
    assert {entry["system"] for entry in GUESTS.values()} == {"linux", "freebsd"}
    assert sum(not entry["console_readable"] for entry in GUESTS.values()) >= 10


@pytest.mark.parametrize("host", FLEET.hosts)
def test_a_host_has_room_for_its_guests_and_their_images(host: str) -> None:
    entry = WORLD["hosts"][host]
    memory = [GUESTS[guest.name]["memory_mib"] for guest in FLEET.on(host)]
    images = [GUESTS[guest.name]["memory_mib"] * 1.02 + 64 for guest in suspended(host)]

    assert sum(memory) < entry["memory_mib"]
    assert sum(images) < entry["image_space_mib"]


@pytest.mark.parametrize(("host", "least", "most"), [("clockwork", 25, 30), ("hobgoblin", 45, 60)])
def test_a_run_takes_as_long_as_a_demonstration_can_bear(host: str, least: int, most: int) -> None:
    total = sum(GUESTS[guest.name]["memory_mib"] for guest in suspended(host)) / MIB

    assert least <= total <= most


def test_the_inventory_and_the_world_have_the_same_speeds() -> None:
    for host in FLEET.hosts.values():
        entry = WORLD["hosts"][host.name]
        for speed in ("disk_mib_s", "stream_mib_s", "verify_mib_s"):
            assert getattr(host, speed) == entry[speed]


@pytest.mark.parametrize(
    ("file", "policy"),
    [
        (
            "maint.toml",
            PolicySettings(
                unknown_kernels="suspend",
                old_kernels="suspend",
                canaries=False,
                pairs="off",
                breaker_damage=2,
            ),
        ),
        ("shipped-defaults.toml", PolicySettings()),
        ("canaries.toml", PolicySettings(unknown_kernels="suspend", old_kernels="suspend")),
    ],
)
def test_the_three_variants_differ_in_their_policy_alone(file: str, policy: PolicySettings) -> None:
    variant = load(DEMO, settings_file=file)

    assert variant.settings.policy == policy
    assert variant.fleet == FLEET
    assert variant.settings.confirm_start == "none"


def test_the_demonstration_says_whose_policy_it_has() -> None:
    assert (DEMO / "maint.toml").read_text().startswith("# The policy of August 2021")
