"""What root does at the host itself, with the bot dead, on a pretended libvirt with our hook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.executors.host_helper.by_hand import USAGE, ByHand
from bot.executors.host_helper.dialects import libvirt_hook
from bot.executors.host_helper.dialects.libvirt import Libvirt
from bot.executors.host_helper.gate import Fenced
from bot.executors.host_helper.names import BadName
from tests.hypervisor.hypervisor import Hypervisor
from tests.unit.executors.host_helper.acting import Acting, settings_in


@pytest.fixture
def hypervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hypervisor:
    made = Hypervisor(tmp_path / "libvirt")
    monkeypatch.setenv("PATH", made.env["PATH"])
    made.hook.write_text(libvirt_hook.script(str(tmp_path / "state")))
    made.hook.chmod(0o755)
    made.add("g1")
    return made


@pytest.fixture
def host(hypervisor: Hypervisor, tmp_path: Path) -> Acting[Libvirt]:
    """Return a host with our hook and the guest g1, which runs."""
    assert hypervisor.hook.exists()
    settings = settings_in(tmp_path)
    settings.state.mkdir()
    return Acting(settings, Libvirt(settings))


@pytest.fixture
def saved(host: Acting[Libvirt]) -> Acting[Libvirt]:
    """Return a host whose guest g1 is saved, and that nobody has verified yet."""
    host.done("save")
    return host


def obey(host: Acting[Libvirt], *words: str) -> int:
    """Do what root says; return the exit status."""
    return ByHand(host.settings, host.dialect).obey(list(words))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return captured.out + captured.err


def goes_on(hypervisor: Hypervisor) -> bool:
    """Say whether g1 goes on as it was when it was saved, unharmed."""
    guest = hypervisor.guest("g1")
    return (guest.state, guest.boot, hypervisor.violations()) == ("running", 1, [])


# ---- list ----


def test_a_saved_guest_is_listed_with_what_brings_it_back(
    saved: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    assert obey(saved, "list") == 0

    (line,) = said(capsys).splitlines()
    assert line.startswith("g1 ")
    assert line.endswith("Z: maint-host restore g1")


def test_each_state_has_its_advice(
    host: Acting[Libvirt], hypervisor: Hypervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    hypervisor.add("g2", state="shut off")
    hypervisor.add("g3", state="shut off")
    (host.settings.blocked / "g3").touch()
    obey(host, "list")

    one, two, three = said(capsys).splitlines()
    assert one.split() == ["g1", "running"]
    assert two.endswith("maint-host boot g2")
    assert three.endswith(f"blocked: {host.settings.blocked / 'g3'}")


def test_a_restored_guest_is_listed_as_not_let_go(
    saved: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    saved.done("verify", "restore")
    obey(saved, "list")

    assert said(capsys).strip().endswith("restored, not yet let go: maint-host restore g1")


def test_a_guest_that_runs_beside_its_image_is_told(
    saved: Acting[Libvirt], hypervisor: Hypervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    hypervisor.change("g1", state="running", domid=9)
    obey(saved, "list")

    assert "its image i1 lives, and it runs: it must not be restored" in said(capsys)


@pytest.mark.parametrize("kind", ["part", "img"])
def test_an_image_of_no_use_is_listed_and_discarded(
    saved: Acting[Libvirt], capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = saved.image().path
    path.with_suffix(".json").unlink()
    path.rename(path.with_suffix(f".{kind}"))
    obey(saved, "list")
    assert "maint-host discard g1 i1" in said(capsys)

    assert obey(saved, "discard", "g1", "i1") == 0
    assert (saved.files(), saved.lock()) == ([], False)


# ---- restore ----


def test_a_saved_guest_is_brought_back_as_it_was(
    saved: Acting[Libvirt], hypervisor: Hypervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    assert obey(saved, "restore", "g1") == 0

    assert goes_on(hypervisor)
    assert (saved.images(), saved.lock()) == ({"i1": "spent"}, False)
    assert "g1 goes on as it was." in said(capsys)


def test_what_was_interrupted_is_repeated(saved: Acting[Libvirt], hypervisor: Hypervisor) -> None:
    saved.done("verify", "restore")
    assert obey(saved, "restore", "g1") == 0

    assert goes_on(hypervisor)


def test_a_guest_is_let_go_although_its_image_is_spent(
    saved: Acting[Libvirt], hypervisor: Hypervisor
) -> None:
    saved.done("verify", "restore", "spend")
    assert obey(saved, "restore", "g1") == 0

    assert goes_on(hypervisor)


def test_a_restore_that_fails_says_what_is_left(
    saved: Acting[Libvirt], hypervisor: Hypervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    hypervisor.configure(memory_mib=10)
    assert obey(saved, "restore", "g1") == 1

    told = said(capsys)
    assert "restore g1: the host has too little memory." in told
    assert "maint-host boot g1 --lose-memory" in told
    hypervisor.configure(memory_mib=4096)
    assert obey(saved, "restore", "g1") == 0
    assert goes_on(hypervisor)


def test_an_image_that_has_rotted_is_not_restored(
    saved: Acting[Libvirt], hypervisor: Hypervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved.image().path
    path.write_bytes(path.read_bytes()[:-1])

    assert obey(saved, "restore", "g1") == 1
    assert "the image is not whole" in said(capsys)
    assert hypervisor.guest("g1").state == "shut off"


def test_a_guest_that_somebody_started_is_not_restored(
    saved: Acting[Libvirt], hypervisor: Hypervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    saved.done("spend")
    saved.dialect._virsh("start", "g1")
    saved.dialect._virsh("destroy", "g1")
    path = saved.image().path
    path.rename(path.with_suffix(".img"))

    assert obey(saved, "restore", "g1") == 1
    assert "the disk was written to since the image was saved" in said(capsys)
    assert hypervisor.violations() == []


def test_a_running_guest_is_not_restored(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    assert obey(host, "restore", "g1") == 1
    assert "only a guest that is off is restored" in said(capsys)


def test_a_guest_without_an_image_is_not_restored(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    host.done("destroy")

    assert obey(host, "restore", "g1") == 1
    assert "maint-host boot g1" in said(capsys)


@pytest.mark.parametrize("verb", ["restore", "boot"])
def test_a_guest_that_nobody_knows_is_named(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    assert obey(host, verb, "g9") == 1
    assert "g9: no such guest on h1." in said(capsys)


# ---- boot ----


def test_a_guest_that_is_off_boots(host: Acting[Libvirt], hypervisor: Hypervisor) -> None:
    host.done("destroy")

    assert obey(host, "boot", "g1") == 0
    assert hypervisor.guest("g1").boot == 2


def test_memory_is_lost_only_if_that_is_said(
    saved: Acting[Libvirt], hypervisor: Hypervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    assert obey(saved, "boot", "g1") == 1
    assert "--lose-memory" in said(capsys)
    assert saved.images() == {"i1": "img"}

    assert obey(saved, "boot", "g1", "--lose-memory") == 0
    assert (hypervisor.guest("g1").boot, saved.images()) == (2, {"i1": "spent"})


def test_a_running_guest_is_not_booted(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    assert obey(host, "boot", "g1") == 1
    assert "boot g1: it is in memory already." in said(capsys)


def test_a_blocked_guest_is_not_booted(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    host.done("destroy")
    (host.settings.blocked / "g1").touch()

    assert obey(host, "boot", "g1") == 1
    assert "somebody has blocked it" in said(capsys)


# ---- the boot lock ----


def test_nobody_else_starts_a_guest_whose_image_lives(
    saved: Acting[Libvirt], hypervisor: Hypervisor
) -> None:
    with pytest.raises(Exception, match="maint-host restore g1"):
        saved.dialect._virsh("start", "g1")

    assert hypervisor.guest("g1").state == "shut off"


def test_nor_with_a_pass_that_a_killed_restore_has_left(
    saved: Acting[Libvirt], hypervisor: Hypervisor
) -> None:
    (saved.settings.state / "locks" / "g1.pass").write_text("1\n")
    with pytest.raises(Exception, match="maint-host restore g1"):
        saved.dialect._virsh("start", "g1")

    assert obey(saved, "restore", "g1") == 0
    assert goes_on(hypervisor)


# ---- release, takeback ----


def test_a_released_host_is_roots_alone(saved: Acting[Libvirt], hypervisor: Hypervisor) -> None:
    assert obey(saved, "release", "the bot is dead") == 0
    with pytest.raises(Fenced, match="released"):
        saved.gate.submit(saved.operation("verify"), 99)

    assert obey(saved, "restore", "g1") == 0
    assert goes_on(hypervisor)


def test_a_host_that_was_taken_back_obeys_again(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    obey(host, "release")
    assert obey(host, "takeback") == 0
    assert host.gate.outcome(host.operation("verify"), 1) == {"state": "never_seen"}

    said(capsys)
    assert obey(host, "takeback") == 0
    assert "It was not released." in said(capsys)


def test_the_list_begins_with_why_it_was_released(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    obey(host, "release", "the bot is dead")
    said(capsys)
    obey(host, "list")

    first, *_ = said(capsys).splitlines()
    assert first.startswith("Released: ")
    assert "(the bot is dead)" in first


# ---- what is said and kept ----


def test_whatever_root_does_is_recorded(saved: Acting[Libvirt]) -> None:
    obey(saved, "release", "two\nlines")
    obey(saved, "restore", "g1")

    log = (saved.settings.state / "log").read_text().splitlines()
    assert [line.split(" ", 2)[2] for line in log] == [
        "by hand: released: two lines",
        "by hand: verify g1: done",
        "by hand: restore g1: done",
        "by hand: spend g1: done",
        "by hand: unpause g1: done",
    ]


@pytest.mark.parametrize("what", ["facts", "guests", "check"])
def test_what_the_bot_sees_is_shown_as_json(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str], what: str
) -> None:
    assert obey(host, what) == 0
    assert json.loads(capsys.readouterr().out)


def test_an_outcome_is_shown_with_nobodys_token(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str]
) -> None:
    assert obey(host, "outcome", "r1/g1/save/1") == 0

    assert json.loads(capsys.readouterr().out) == {"state": "never_seen"}
    assert not (host.settings.state / "token").exists()


def test_a_bad_id_is_refused(host: Acting[Libvirt]) -> None:
    with pytest.raises(BadName):
        obey(host, "outcome", "../x")


@pytest.mark.parametrize(
    "words",
    [
        ("fly",), ("restore",), ("restore", "g1", "g2"), ("boot",), ("boot", "g1", "--now"),
        ("list", "g1"), ("release", "two", "words"), ("takeback", "x"), ("facts", "x"),
        ("discard", "g1"),
    ],
)  # fmt: skip
def test_what_nobody_knows_is_answered_with_what_there_is(
    host: Acting[Libvirt], capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert obey(host, *words) == 2
    assert said(capsys) == USAGE
