"""What the libvirt dialect makes of a virsh that fails in the middle: all guests, or an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.executors.host_helper.dialects.libvirt import Libvirt
from bot.executors.host_helper.domain import OFF, RUNNING, ToolFailed
from tests.hypervisor.hypervisor import Hypervisor
from tests.unit.executors.host_helper.acting import Acting, settings_in

SAYS = "Disconnected from qemu:///system due to end of file"


@pytest.fixture
def hypervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hypervisor:
    made = Hypervisor(tmp_path / "libvirt")
    monkeypatch.setenv("PATH", made.env["PATH"])
    made.contract_guests()
    return made


@pytest.fixture
def libvirt(hypervisor: Hypervisor, tmp_path: Path) -> Libvirt:
    assert len(hypervisor.files.read().guests) == 3
    (tmp_path / "state").mkdir()
    return Libvirt(settings_in(tmp_path))


def names(libvirt: Libvirt) -> list[str]:
    return [one.name for one in libvirt.domains()]


def test_every_guest_is_seen_by_two_calls(hypervisor: Hypervisor, libvirt: Libvirt) -> None:
    assert {one.name: one.state for one in libvirt.domains()} == {
        "g1": RUNNING,
        "g2": RUNNING,
        "off": OFF,
    }
    assert len(hypervisor.calls()) == 2


def test_a_host_without_guests_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", Hypervisor(tmp_path / "none").env["PATH"])

    assert Libvirt(settings_in(tmp_path)).domains() == []


@pytest.mark.parametrize("command", ["list", "domstats", "dumpxml", "echo"])
def test_a_call_that_failed_once_is_asked_again(
    hypervisor: Hypervisor, libvirt: Libvirt, command: str
) -> None:
    hypervisor.fail(command, SAYS)
    try:
        assert names(libvirt) == ["g1", "g2", "off"]
    except ToolFailed as failed:
        assert failed.fault == "tool_failed"  # noqa: PT017 - either is right, a part is not


@pytest.mark.parametrize("command", ["list", "domstats", "dumpxml", "echo"])
def test_a_call_that_fails_is_no_empty_host(
    hypervisor: Hypervisor, libvirt: Libvirt, command: str
) -> None:
    hypervisor.fail(command, SAYS, times=0)

    with pytest.raises(ToolFailed):
        libvirt.domains()


@pytest.mark.parametrize("guest", ["g1", "g2", "off"])
def test_a_guest_that_cannot_be_shown_is_not_left_out(
    hypervisor: Hypervisor, libvirt: Libvirt, guest: str
) -> None:
    hypervisor.fail("dumpxml", SAYS, guest=guest, times=0)

    with pytest.raises(ToolFailed):
        libvirt.domains()


def test_a_host_of_which_half_is_seen_is_not_rebooted(
    hypervisor: Hypervisor, libvirt: Libvirt, tmp_path: Path
) -> None:
    hypervisor.change("g2", state="shut off", domid=0)
    hypervisor.fail("dumpxml", SAYS, guest="g1", times=0)
    host = Acting(settings_in(tmp_path), libvirt)

    assert host.fails("reboot", guest="", image="") in {"tool_failed", "guests_run"}


@pytest.mark.parametrize("command", ["list", "domstats"])
def test_a_guest_that_is_not_shown_once_its_save_has_failed_is_not_off(
    hypervisor: Hypervisor, libvirt: Libvirt, tmp_path: Path, command: str
) -> None:
    domain = next(one for one in libvirt.domains() if one.name == "g1")
    hypervisor.fail("save", "internal error: no", guest="g1")
    hypervisor.fail(command, SAYS)

    with (tmp_path / "log").open("w+b") as log, pytest.raises(ToolFailed) as caught:
        libvirt.save(domain, str(tmp_path / "image"), log)
    assert caught.value.fault == "tool_failed"


def test_hostile_names_are_not_virshs_to_read(hypervisor: Hypervisor, libvirt: Libvirt) -> None:
    for name in ("a; destroy g1", "--all", "x'y", "a b"):
        hypervisor.add(name, state="shut off")

    assert names(libvirt) == sorted(["g1", "g2", "off", "a; destroy g1", "--all", "x'y", "a b"])
    assert hypervisor.guest("g1").state == "running"


def test_no_daemon_is_a_failure(hypervisor: Hypervisor, libvirt: Libvirt) -> None:
    hypervisor.kill_daemon()

    with pytest.raises(ToolFailed):
        libvirt.domains()


def test_a_missing_virsh_is_named(libvirt: Libvirt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ToolFailed) as caught:
        libvirt.domains()
    assert caught.value.fault == "tool_missing"
