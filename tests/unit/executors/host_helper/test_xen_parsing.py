"""What xl and xenstore of a real Xen host print, and what their output may be made to look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.executors.host_helper.dialects import xen_faults
from bot.executors.host_helper.dialects import xen_parsing as parsing
from bot.executors.host_helper.domain import PAUSED, RUNNING, SUSPENDED, ZOMBIE, Disk, Domain
from bot.executors.host_helper.names import is_name

GOLDEN = Path(__file__).parents[3] / "golden" / "xen"


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")


def detailed(name: str) -> dict[int, Domain]:
    return {domain.domid: domain for domain in parsing.detailed(golden(name))}


# ---- xl list ----


def test_each_guest_in_memory_is_listed_without_dom0() -> None:
    rows = parsing.rows(golden("list-paused.txt"))

    assert {domid: row.state for domid, row in rows.items()} == {
        2: RUNNING,
        3: RUNNING,
        4: RUNNING,
        5: PAUSED,
    }
    assert rows[2] == parsing.Row(
        2, "g2", 32, "-b----", 8.1, "e1ea0935-aecf-450e-8877-33d9cc8c9653"
    )


@pytest.mark.failure(14)
def test_a_save_that_was_killed_leaves_its_guest_suspended() -> None:
    row = parsing.rows(golden("list-killed-save.txt"))[2]

    assert (row.flags, row.state, row.shut) == ("---ss-", SUSPENDED, False)


@pytest.mark.failure(29)
def test_a_guest_that_goes_and_whose_memory_is_held_is_a_zombie() -> None:
    row = parsing.rows(golden("list-hostile-and-zombie.txt"))[30]

    assert (row.name, row.memory_mib, row.state, row.dying) == ("(null)", 0, ZOMBIE, True)


@pytest.mark.parametrize(
    ("flags", "state", "shut"),
    [
        ("r-----", RUNNING, False),
        ("------", RUNNING, False),
        ("---s--", RUNNING, True),
        ("---sr-", RUNNING, True),
        ("---sc-", RUNNING, True),
        ("--p---", PAUSED, False),
        ("--pss-", SUSPENDED, False),
        ("---ssd", ZOMBIE, False),
    ],
)
def test_the_state_column_says_who_is_at_work(flags: str, state: str, *, shut: bool) -> None:
    line = f"g1                          7    32     1     {flags}       5.6"

    row = parsing.rows(line)[7]

    assert (row.state, row.shut) == (state, shut)


def test_lines_that_are_no_guests_are_left_out() -> None:
    text = "Name  ID   Mem VCPUs\tState\tTime(s)\n\nlibxl: error\ng1 x 32 1 r----- 1.0\n\x00\n"

    assert parsing.rows(text) == {}


def test_a_list_that_shows_a_number_twice_is_not_believed() -> None:
    line = "a    7    32     1     r-----       5.6\n"

    with pytest.raises(ValueError, match="7 twice"):
        parsing.rows(line + line.replace("r-----", "---ss-"))


# ---- xl list -l ----


def test_the_devices_of_a_guest_are_read_from_json() -> None:
    guest = detailed("list-l.json")[2]

    assert (guest.name, guest.uuid) == ("g2", "e1ea0935-aecf-450e-8877-33d9cc8c9653")
    assert (guest.mode, guest.unsaveable) == ("pv", ())
    assert guest.disks == (Disk("/srv/guests/g2.img", "raw"),)
    assert [(i.mac, i.bridge) for i in guest.interfaces] == [("00:16:3e:77:00:02", "xenbr0")]


def test_a_device_that_is_passed_through_cannot_be_saved() -> None:
    text = """[{"domid": 3, "config": {"c_info": {"name": "a", "type": "hvm"},
        "b_info": {"disable_migrate": "True"},
        "pcidevs": [{"bus": 3, "dev": 16, "func": 1, "domain": 0}]}}]"""

    assert parsing.detailed(text)[0].unsaveable == ("pci 0000:03:10.1", "nomigrate")


def test_what_is_only_read_is_no_disk_of_a_guest() -> None:
    text = """[{"domid": 3, "config": {"c_info": {"name": "a"}, "disks": [
        {"pdev_path": "/a", "readwrite": 0}, {"pdev_path": "/b", "readwrite": 1, "is_cdrom": 1},
        {"pdev_path": "", "readwrite": 1}, {"pdev_path": "/c", "readwrite": 1,
        "format": "qcow2"}, "d"]}}]"""

    assert parsing.detailed(text)[0].disks == (Disk("/c", "qcow2"),)


@pytest.mark.parametrize(
    "text",
    ["", "[\n\n]", "{", "null", "7", '[{"domid": "3"}]', '[{"domid": 3, "config": []}]', "[[[]]]"],
)
def test_json_that_is_not_as_expected_shows_no_guest(text: str) -> None:
    assert parsing.detailed(text) == []


# ---- names that harm ----


def test_a_name_with_a_line_break_takes_no_other_guests_place() -> None:
    """The list shows it as if the guest g1 ran under the number 23."""
    rows = parsing.rows(golden("list-hostile-and-zombie.txt"))
    known = detailed("list-l-hostile-and-zombie.json")

    assert rows[23].name == "g1"
    assert known[23].name == "x\ng1"


def test_of_hostile_names_none_is_taken_for_a_name() -> None:
    known = detailed("list-l-hostile-and-zombie.json")
    names = [domain.name for domain in known.values()]

    assert [name for name in names if is_name(name)] == ["deaf", "frozen"]
    assert {"x\ng1", "../x", "q\"uo'te", "u" * 200, "grüße", "<!channel>", "a b"} < set(names)


def test_each_hostile_guest_is_counted_as_one_in_memory() -> None:
    rows = parsing.rows(golden("list-hostile-and-zombie.txt"))

    assert sorted(rows) == [3, 4, *range(23, 31)]


# ---- xl info ----


def test_the_version_and_the_memory_are_read() -> None:
    said = parsing.info(golden("info.txt"))

    assert (parsing.version(said), parsing.free_mib(said)) == ("xen-4.17.7", 875)


@pytest.mark.parametrize("text", ["", "xen_version", "xen_version :\nfree_memory : many\n"])
def test_info_that_lacks_them_has_none(text: str) -> None:
    said = parsing.info(text)

    assert (parsing.version(said), parsing.free_mib(said)) == ("", None)


# ---- xenstore ----


def test_a_guest_that_can_be_suspended_says_so_in_xenstore() -> None:
    guest = parsing.told(Domain("deaf", "", domid=3), parsing.store(golden("xenstore-running.txt")))

    assert guest.feature_suspend
    assert guest.devices_connected


def test_a_guest_that_was_restored_once_says_no_more_whether_it_can() -> None:
    entries = parsing.store(golden("xenstore-restored.txt"))

    guest = parsing.told(Domain("g2", "", domid=14), entries)

    assert (guest.feature_suspend, guest.devices_connected) == (None, True)


@pytest.mark.parametrize("device", ["vbd/51712", "vif/0"])
def test_one_frontend_that_waits_is_a_guest_without_devices(device: str) -> None:
    entry = f'/local/domain/3/device/{device}/state = "'
    text = golden("xenstore-running.txt").replace(f'{entry}4"', f'{entry}1"')

    assert not parsing.told(Domain("deaf", "", domid=3), parsing.store(text)).devices_connected


def test_a_value_with_line_breaks_and_quotes_forges_no_entry_of_another_guest() -> None:
    text = '/local/domain/3/name = "x"\n/local/domain/4/control/feature-suspend = "1"\n'

    assert parsing.told(Domain("a", "", domid=3), parsing.store(text)).feature_suspend is None


def test_interfaces_are_numbered_by_their_addresses() -> None:
    entries = parsing.store(golden("xenstore-running.txt"))

    assert parsing.interface_numbers(entries) == {"00:16:3e:77:00:04": 0}


# ---- files of the host ----


def test_the_variables_of_xendomains_are_read() -> None:
    said = parsing.settings(golden("xendomains.txt"))

    assert said["XENDOMAINS_AUTO"] == "/etc/xen/auto"
    assert (said["XENDOMAINS_SAVE"], said["XENDOMAINS_RESTORE"]) == ("", "false")


def test_the_watcher_of_a_guest_is_named_in_its_log() -> None:
    log = golden("watched.txt")

    assert parsing.watcher(log, 4) == 631
    assert parsing.watcher(log, 5) == 0


def test_a_watcher_that_has_gone_away_watches_no_more() -> None:
    log = "Waiting for domain g2 (domid 14) to die [pid 1403]\nDomain has suspended.\nDone. Exiting"

    assert parsing.watcher(log, 14) == 0


# ---- what xl says when it fails ----


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        pytest.param("save-no-space.txt", "no_space", marks=pytest.mark.failure(9)),
        pytest.param("save-paused.txt", "not_acknowledged", marks=pytest.mark.failure(15)),
        pytest.param("save-frozen.txt", "not_acknowledged", marks=pytest.mark.failure(16)),
        pytest.param("save-unknown.txt", "wrong_identity", marks=pytest.mark.failure(19)),
    ],
)
def test_a_failed_save_has_a_reason(file: str, fault: str) -> None:
    assert xen_faults.of_save(golden(file)) == fault


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("create-runs.txt", "already_runs"),
        pytest.param("create-no-memory.txt", "no_memory", marks=pytest.mark.failure(20)),
        pytest.param("create-no-disk.txt", "no_disk", marks=pytest.mark.failure(24)),
        pytest.param("create-no-bridge.txt", "no_bridge", marks=pytest.mark.failure(25)),
        pytest.param("create-locked.txt", "blocked", marks=pytest.mark.failure(6)),
        pytest.param("create-timed-out.txt", "timed_out", marks=pytest.mark.failure(28)),
        ("create-no-kernel.txt", "tool_failed"),
        ("create-bad-file.txt", "tool_failed"),
    ],
)
def test_a_failed_start_has_a_reason(file: str, fault: str) -> None:
    assert xen_faults.of_start(golden(file)) == fault


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("restore-runs.txt", "already_runs"),
        pytest.param("restore-truncated.txt", "truncated", marks=pytest.mark.failure(10)),
        pytest.param("restore-short.txt", "truncated", marks=pytest.mark.failure(10)),
        ("restore-tiny.txt", "truncated"),
        ("restore-missing.txt", "tool_failed"),
    ],
)
def test_a_failed_restore_has_a_reason(file: str, fault: str) -> None:
    assert xen_faults.of_restore(golden(file)) == fault


def test_too_little_memory_for_a_restore_is_known_by_its_words() -> None:
    """From the list of facts; the guest of a restore is as large as it was at its save."""
    assert xen_faults.of_restore("xc: error: Failed to populate physmap: Internal") == "no_memory"


@pytest.mark.parametrize("file", ["verify-truncated.txt", "verify-empty.txt"])
def test_a_stream_that_ends_early_is_truncated(file: str) -> None:
    assert xen_faults.of_stream(golden(file)) == "truncated"


def test_a_stream_with_a_wrong_record_is_corrupt() -> None:
    assert xen_faults.of_stream("Stream Error:\nxen.migration.verify.RecordError: …") == "corrupt"


def test_words_that_nobody_knows_are_told_as_they_are() -> None:
    assert xen_faults.of_save("\x00gibberish") == "tool_failed"
