"""The inventory file: what it becomes, and what contradicts itself."""

from pathlib import Path

import pytest

from bot.rules.fleet import Check, HostWork, Role
from bot.settings import Problem, load
from tests.unit.settings.folder import INVENTORY, UUIDS, faults, written

LINES = len(INVENTORY.splitlines())
NEW = f'host = "beta", uuid = "{UUIDS[3]}"'

CONTRADICTIONS = [
    (f'new = {{ host = "gamma", uuid = "{UUIDS[3]}" }}', "host", Problem.UNKNOWN_HOST),
    (f'new = {{ {NEW}, contact = "bob" }}', "contact", Problem.UNKNOWN_CONTACT),
    (f'new = {{ {NEW}, needs = ["dns", "ghost"] }}', "needs", Problem.UNKNOWN_GUEST),
    (f'new = {{ {NEW}, needs = ["new"] }}', "needs", Problem.NEEDS_CIRCLE),
    (f'new = {{ host = "beta", uuid = "{UUIDS[0]}" }}', "uuid", Problem.SAME_UUID),
    (f'new = {{ {NEW}, address = "192.0.2.2" }}', "address", Problem.SAME_ADDRESS),
    (f"new = {{ {NEW}, suspend = false }}", "suspend", Problem.NOT_FOR_ROLE),
    (
        f'new = {{ {NEW}, role = "infrastructure", opted_in = true }}',
        "opted_in",
        Problem.NOT_FOR_ROLE,
    ),
]

REFUSED = [
    ('new = { host = "beta" }', "uuid", Problem.MISSING),
    ('new = { host = "beta", uuid = "7" }', "uuid", Problem.BAD_FORM),
    (f"new = {{ {NEW}, memory = 3 }}", "memory", Problem.UNKNOWN_KEY),
    (f'new = {{ {NEW}, checks = ["pong"] }}', "checks.0", Problem.BAD_CHECK),
    (f"new = {{ {NEW}, checks = [65536] }}", "checks.0", Problem.BAD_CHECK),
    (f'new = {{ {NEW}, role = "guest" }}', "role", Problem.INVALID),
    (f"new = {{ {NEW}, priority = 0 }}", "priority", Problem.INVALID),
    (f'new = {{ {NEW}, kernel = "4.2\\nX: y" }}', "kernel", Problem.BAD_FORM),
    (f'new = {{ {NEW}, address = "a b" }}', "address", Problem.BAD_FORM),
    (f'new = {{ {NEW}, needs = ["--all"] }}', "needs.0", Problem.BAD_NAME),
]

BAD_NAMES = ["<!channel>", "*bold*", "a\\nb", "a\\u202eb", "-rf", "", "a b", "x" * 10_000]


def with_guest(folder: Path, line: str) -> Path:
    return written(folder, {"inventory.toml": INVENTORY + line})


def test_a_guest_becomes_what_its_line_says(tmp_path: Path) -> None:
    line = f'new = {{ {NEW}, checks = ["ping", 25], needs = ["dns"], shutdown_seconds = 7 }}'

    guest = load(with_guest(tmp_path, line)).fleet.guests["new"]

    assert (guest.name, guest.host, guest.role) == ("new", "beta", Role.CUSTOMER)
    assert guest.checks == (Check(), Check(port=25))
    assert (guest.needs, guest.shutdown_seconds) == (("dns",), 7.0)


def test_a_default_fills_what_an_entry_does_not_say(tmp_path: Path) -> None:
    defaults = "[defaults.host]\nwork = { kernel = '6.1.1' }\n[defaults.guest]\ncontact = 'anna'\n"
    fleet = load(written(tmp_path, {"inventory.toml": defaults + INVENTORY})).fleet

    assert fleet.hosts["beta"].work == HostWork(kernel="6.1.1")
    assert {guest.contact for guest in fleet.guests.values()} == {"anna"}


def test_a_real_host_has_what_its_entry_says(tmp_path: Path) -> None:
    text = "[hosts.alpha]\nexecutor = 'ssh'\naddress = '192.0.2.1'\nport = 2222\nuser = 'maint'"

    host = load(written(tmp_path, {"inventory.toml": text})).fleet.hosts["alpha"]

    assert (host.executor, host.address, host.port, host.user) == (
        "ssh",
        "192.0.2.1",
        2222,
        "maint",
    )


def test_simulated_hosts_beside_real_ones_are_told(tmp_path: Path) -> None:
    text = "[hosts.alpha]\nexecutor = 'ssh'\n[hosts.beta]\n[hosts.gamma]\n"

    (fault,) = faults(written(tmp_path, {"inventory.toml": text}))

    assert (fault.problem, fault.key, fault.line) == (
        Problem.MIXED_WORLDS,
        "hosts.beta.executor",
        3,
    )
    assert fault.fields == {"names": ("beta", "gamma")}


@pytest.mark.parametrize(
    "line", ["executor = 'telnet'", "port = 0", "user = '-l'", "address = '-x'"]
)
def test_a_way_that_cannot_be_gone_is_told(tmp_path: Path, line: str) -> None:
    (fault,) = faults(written(tmp_path, {"inventory.toml": f"[hosts.alpha]\n{line}"}))

    assert (fault.key, fault.line) == (f"hosts.alpha.{line.partition(' ')[0]}", 2)


@pytest.mark.parametrize(("line", "key", "problem"), [*CONTRADICTIONS, *REFUSED])
def test_a_wrong_guest_is_told_with_key_and_line(
    tmp_path: Path, line: str, key: str, problem: Problem
) -> None:
    (fault,) = faults(with_guest(tmp_path, line))

    assert (fault.key, fault.line, fault.problem) == (f"guests.new.{key}", LINES + 1, problem)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_told_cut_and_escaped(tmp_path: Path, name: str) -> None:
    (fault,) = faults(with_guest(tmp_path, f'"{name}" = {{ {NEW} }}'))

    assert fault.problem is Problem.BAD_NAME
    assert fault.key.isprintable()
    assert len(fault.key) < 80


@pytest.mark.parametrize(
    "entry",
    [
        'name = "A\\r\\nBcc: x", address = "a@example.org"',
        'name = "", address = "a@example.org"',
        'name = "Ada", address = "Ada <a@example.org>"',
        'name = "Ada", address = "a@example.org\\r\\nBcc: x@example.org"',
        'name = "Ada", address = "example.org"',
    ],
)
def test_a_contact_that_could_forge_a_header_is_refused(tmp_path: Path, entry: str) -> None:
    (fault,) = faults(with_guest(tmp_path, f"[contacts.ada]\n{entry.replace(', ', chr(10))}"))

    assert fault.problem in {Problem.BAD_TEXT, Problem.BAD_FORM}


def test_a_wrong_default_is_told_once_where_it_stands(tmp_path: Path) -> None:
    text = "[defaults.guest]\n\nmemory = 3\n" + INVENTORY

    (fault,) = faults(written(tmp_path, {"inventory.toml": text}))

    assert (fault.key, fault.line) == ("defaults.guest.memory", 3)


def test_a_default_for_what_does_not_exist_is_told(tmp_path: Path) -> None:
    (fault,) = faults(written(tmp_path, {"inventory.toml": INVENTORY + "[defaults.gest]"}))

    assert (fault.key, fault.problem) == ("defaults.gest", Problem.UNKNOWN_KEY)


@pytest.mark.parametrize(
    ("work", "key", "problem"),
    [
        ("{ commands = ['upgrade'] }", "hosts.gamma.work.commands", Problem.WORK_CONTRADICTS),
        ("{ manual = false, reboot = false }", "hosts.gamma.work", Problem.WORK_EMPTY),
        ("{ manual = false, commands = ['rm -rf'] }", "hosts.gamma.work", Problem.BAD_NAME),
    ],
)
def test_host_work_that_makes_no_sense_is_told(
    tmp_path: Path, work: str, key: str, problem: Problem
) -> None:
    (fault,) = faults(with_guest(tmp_path, f"[hosts.gamma]\nwork = {work}"))

    assert fault.problem is problem
    assert fault.key.startswith(key)
    assert fault.line == LINES + 2


def test_a_circle_of_needs_is_told_once_with_its_way(tmp_path: Path) -> None:
    lines = [
        f'{name} = {{ host = "beta", uuid = "{UUIDS[3][:-1]}{number}", needs = ["{need}"] }}'
        for number, (name, need) in enumerate([("x", "y"), ("y", "z"), ("z", "x")], start=4)
    ]

    (fault,) = faults(with_guest(tmp_path, "\n".join(lines)))

    assert fault.fields["names"] == ("x", "y", "z", "x")


def test_a_refused_entry_does_not_hide_what_contradicts_elsewhere(tmp_path: Path) -> None:
    lines = f'bad = {{ host = "beta" }}\nnew = {{ host = "gamma", uuid = "{UUIDS[3]}" }}'

    told = {fault.problem for fault in faults(with_guest(tmp_path, lines))}

    assert told == {Problem.MISSING, Problem.UNKNOWN_HOST}


def test_nothing_is_said_of_a_name_that_points_at_a_refused_entry(tmp_path: Path) -> None:
    lines = f'bad = {{ host = "beta" }}\nnew = {{ {NEW}, needs = ["bad"] }}'

    assert [fault.key for fault in faults(with_guest(tmp_path, lines))] == ["guests.bad.uuid"]
