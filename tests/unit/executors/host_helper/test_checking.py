"""What the helper says of its own host, in a folder that stands for one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.executors.host_helper import durable, hook_checking
from bot.executors.host_helper.checking import Finding, check
from bot.executors.host_helper.dialects import libvirt_hook
from bot.executors.host_helper.domain import Dialect, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings

GUEST = Domain(name="vps1", uuid="0e0f0b5c-54a3-4d1c-9a55-7f6a3c1d2e01", console="/var/log/vps1")


@dataclass
class Told(Dialect):
    """A hypervisor that says what a test tells it to."""

    guests: list[Domain] = field(default_factory=lambda: [GUEST])
    services: list[str] = field(default_factory=list)
    silent: bool = False

    def version(self) -> str:
        if self.silent:
            raise ToolFailed("timed_out", "virsh after 20 s")
        return "qemu-7.2.22"

    def domains(self) -> list[Domain]:
        return self.guests

    def autostart_services(self) -> list[str]:
        return self.services


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return a host on which everything is as it must be."""
    state, hook, tools = tmp_path / "state", tmp_path / "hooks" / "qemu", tmp_path / "tools"
    for folder in (state, state / "images", hook.parent, tools, tmp_path / "etc" / "work.d"):
        folder.mkdir(mode=0o700, parents=True)
    for program in (tools / "virsh", hook):
        program.write_text(libvirt_hook.script(str(state)))
        program.chmod(0o755)
    places = (str(hook), f"{hook}.d/maint-host")
    monkeypatch.setitem(hook_checking.PLACES, "libvirt", places)
    monkeypatch.setattr(hook_checking, "PIDS", ())
    return Settings(
        name="imp",
        dialect="libvirt",
        etc=tmp_path / "etc",
        state=state,
        images=state / "images",
        path=str(tools),
    )


def bad(found: list[Finding]) -> dict[str, dict[str, object]]:
    return {one["what"]: one["fields"] for one in found if not one["good"]}


def test_nothing_is_said_against_a_host_that_is_set_up(host: Settings) -> None:
    found = check(host, Told())

    assert bad(found) == {}
    assert {"python", "tool", "hypervisor", "images", "boot_lock", "snapshots"} <= {
        one["what"] for one in found
    }


def test_the_space_for_images_is_told(host: Settings) -> None:
    images = next(one for one in check(host, Told()) if one["what"] == "images")

    assert images["fields"]["free_mib"] > 0


@pytest.mark.parametrize(
    ("guest", "what"),
    [
        (replace(GUEST, uuid=""), "without_uuid"),
        (replace(GUEST, console=""), "without_console"),
        (replace(GUEST, autostart=True), "guest_autostart"),
        (replace(GUEST, name="vps 1\n"), "unfit_name"),
    ],
)
def test_a_guest_that_lacks_something_is_named(host: Settings, guest: Domain, what: str) -> None:
    found = bad(check(host, Told(guests=[GUEST, guest])))

    assert found == {what: {"guests": [guest.name]}}


def test_a_service_that_acts_by_itself_is_named(host: Settings) -> None:
    found = bad(check(host, Told(services=["libvirt-guests"])))

    assert found == {"autostart": {"services": ["libvirt-guests"]}}


def test_a_silent_hypervisor_is_told_once(host: Settings) -> None:
    found = bad(check(host, Told(silent=True)))

    assert found == {"hypervisor": {"problem": "timed_out", "detail": "virsh after 20 s"}}


def test_a_missing_tool_is_told_and_not_asked(host: Settings) -> None:
    assert bad(check(replace(host, dialect="xen"), Told(silent=True))) == {"tool": {"tool": "xl"}}


def _links(path: Path) -> None:
    path.rmdir()
    path.symlink_to(path.parent)


SPOILT: dict[str, Callable[[Path], None]] = {
    "open": lambda path: path.chmod(0o750),
    "missing": Path.rmdir,
    "no_folder": _links,
}


@pytest.mark.parametrize("problem", SPOILT)
def test_a_folder_of_images_that_others_could_use_is_told(host: Settings, problem: str) -> None:
    SPOILT[problem](host.images)

    assert bad(check(host, Told()))["images"]["problem"] == problem


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o644])
def test_a_command_that_others_could_change_or_that_cannot_run_is_told(
    host: Settings, mode: int
) -> None:
    command = host.work / "upgrade"
    command.write_text("#!/bin/sh\n")
    command.chmod(mode)

    assert bad(check(host, Told()))["work"]["bad"] == ["upgrade"]


@pytest.mark.parametrize("name", ["", "host.conf", "work.d"])
def test_settings_that_others_could_change_are_told(host: Settings, name: str) -> None:
    path = host.etc / name
    if not path.exists():
        path.write_text("[host]\n")
    path.chmod(0o777)

    assert bad(check(host, Told()))["settings"]["bad"] == [str(path)]


def test_a_host_that_root_has_taken_over_says_so(host: Settings) -> None:
    told = {"since": "2021-08-25 02:00:00Z", "reason": "the bot is dead"}
    durable.write_json(host.state / "released", told)

    assert bad(check(host, Told())) == {"released": told}


def test_a_hook_of_somebody_else_is_no_boot_lock(host: Settings) -> None:
    Path(hook_checking.PLACES["libvirt"][0]).write_text("#!/bin/sh\n")

    assert bad(check(host, Told()))["boot_lock"]["problem"] == "missing"


def test_a_hook_beside_that_of_somebody_else_is_one(host: Settings) -> None:
    first, second = map(Path, hook_checking.PLACES["libvirt"])
    second.parent.mkdir()
    first.rename(second)

    assert bad(check(host, Told())) == {}


@pytest.mark.usefixtures("host")
def test_a_hook_that_libvirt_has_not_looked_for_yet_is_told() -> None:
    made = Path(hook_checking.PLACES["libvirt"][0]).stat().st_ctime

    assert hook_checking.look("libvirt", made - 10)[1] == "not_noticed"
    assert hook_checking.look("libvirt", made + 10)[1] == ""
