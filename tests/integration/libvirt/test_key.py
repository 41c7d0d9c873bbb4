"""Whoever steals the bot's key can ask the helper what the bot may, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.libvirt.host import RealHost
from tests.integration.patience import free_port

SESSION = "maint-host session"
REFUSED = 126


def options(real: RealHost) -> list[str]:
    known = f"UserKnownHostsFile={real.known_hosts}"
    strict = ["-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]
    return ["-i", str(real.key), "-o", known, *strict]


def ssh(
    real: RealHost, *words: str, said: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run OpenSSH's client with the stolen key."""
    command = ["ssh", "-p", str(real.port), *options(real), *words[:-1], "root@127.0.0.1"]
    return subprocess.run(
        [*command, words[-1]] if words[-1] else command,
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


def talk(real: RealHost, *questions: object) -> list[dict[str, object]]:
    """Hold a session by hand; return its answers."""
    lines = "".join(f"{json.dumps(question)}\n" for question in questions)
    return [json.loads(line) for line in ssh(real, SESSION, said=lines).stdout.splitlines()[1:]]


def came_of(real: RealHost, operation: dict[str, str]) -> dict[str, object]:
    """Submit *operation* by hand, and return its outcome."""
    talk(real, {"id": 1, "ask": "submit", "token": 1, "operation": operation})
    outcome: dict[str, object] = {"state": "running"}
    while outcome["state"] == "running":
        asked = {"id": 2, "ask": "outcome", "token": 1, "operation": operation["id"]}
        (answer,) = talk(real, asked)
        outcome = dict(answer["answer"])  # type: ignore[call-overload]
    return outcome


@pytest.mark.parametrize(
    "command",
    [
        "",
        "id",
        "/bin/sh -c id",
        f"{SESSION}; id",
        f"{SESSION}\nid",
        f"{SESSION} && id",
        f"{SESSION} --etc /tmp",
        f"env --etc /tmp {SESSION}",
        f" {SESSION}",
        "$(id)",
        "`id`",
        "maint-host list",
        "maint-host boot vg1",
        "/usr/local/sbin/maint-host session",
        "scp -t /tmp",
        "internal-sftp",
    ],
)
def test_no_other_command_is_admitted(machine: RealHost, command: str) -> None:
    answer = ssh(machine, command)
    assert answer.returncode == REFUSED
    assert answer.stdout == ""


def test_a_session_is_admitted(machine: RealHost) -> None:
    greeting = json.loads(ssh(machine, SESSION).stdout)
    assert greeting["name"] == "virt"


def test_no_file_is_copied_to_the_host(machine: RealHost, tmp_path: Path) -> None:
    (tmp_path / "it").write_text("x", encoding="ascii")
    for more in ([], ["-O"]):
        copy = ["scp", *more, "-P", str(machine.port), *options(machine), str(tmp_path / "it")]
        target = machine.folder / "copied"
        done = subprocess.run(
            [*copy, f"root@127.0.0.1:{target}"], capture_output=True, check=False, timeout=60
        )
        assert done.returncode
        assert not target.exists()


def test_the_file_transfer_of_ssh_is_refused(machine: RealHost) -> None:
    reach = ["sftp", "-P", str(machine.port), *options(machine), "-b", "-", "root@127.0.0.1"]
    done = subprocess.run(
        reach, input="ls /etc\n", capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode
    assert "shadow" not in done.stdout


def test_no_port_of_the_host_is_forwarded(machine: RealHost) -> None:
    forward = f"127.0.0.1:{free_port()}:127.0.0.1:{machine.port}"
    answer = ssh(machine, "-o", "ExitOnForwardFailure=yes", "-R", forward, SESSION)
    assert answer.returncode
    assert answer.stdout == ""


def test_nothing_is_reached_through_the_host(machine: RealHost) -> None:
    through = ssh(machine, "-W", f"127.0.0.1:{machine.port}", "")
    assert through.returncode
    assert "SSH-2.0" not in through.stdout


def test_there_is_no_terminal(machine: RealHost) -> None:
    answer = ssh(machine, "-tt", SESSION)
    assert "PTY allocation request failed" in answer.stderr


def test_no_variable_of_the_caller_reaches_the_helper(machine: RealHost, tmp_path: Path) -> None:
    """The server of this test accepts every variable; the helper takes none."""
    mark = tmp_path / "ran"
    (tmp_path / "json.py").write_text(f"open({str(mark)!r}, 'w')\n", encoding="ascii")
    virsh = tmp_path / "virsh"
    virsh.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="ascii")
    virsh.chmod(0o755)
    theirs = {"PYTHONPATH": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    theirs |= {"PYTHONSTARTUP": str(tmp_path / "json.py"), "LIBVIRT_DEFAULT_URI": "test:///default"}
    send = [word for name in theirs for word in ("-o", f"SendEnv={name}")]
    answer = ssh(machine, *send, SESSION, said='{"id": 1, "ask": "facts"}\n', **theirs)
    assert '"hypervisor": "qemu-' in answer.stdout
    assert not mark.exists()


@pytest.mark.parametrize(
    "bad",
    [
        {"id": "r/../../etc/save/1"},
        {"id": "r/vg1;id/save/1"},
        {"id": "r/vg1\nid/save/1"},
        {"id": "r/vg1/save/one"},
        {"id": "r/vg1/save/1", "image": "../../../etc/shadow"},
        {"id": "r/vg1/save/1", "image": "a\nb"},
        {"id": "r/vg1/save/1", "image": "-rf"},
        {"id": "r/vg1/rollback/1", "snapshot": "a/b"},
        {"id": "r/-/work/1", "argument": "../../bin/sh"},
        {"id": "r/-/work/1", "argument": "upgrade; id"},
        {"id": "r/vg1/save/1", "domid": "1"},
        ["r/vg1/save/1"],
        "r/vg1/save/1",
    ],
)
def test_an_operation_with_other_names_is_refused(machine: RealHost, bad: object) -> None:
    (answer,) = talk(machine, {"id": 1, "ask": "submit", "token": 1, "operation": bad})
    assert answer["error"] == "bad_request"


def test_what_is_no_question_is_refused_and_the_session_goes_on(machine: RealHost) -> None:
    asked = [{"id": 1, "ask": "shell"}, [], 3, {"id": 2, "ask": "console", "guest": "../x"}]
    answers = talk(machine, *asked, {"id": 9, "ask": "probe"})
    assert [answer.get("error", "") for answer in answers] == ["bad_request"] * 4 + [""]


def test_only_commands_that_root_has_placed_are_run(machine: RealHost, tmp_path: Path) -> None:
    work = machine.etc / "work.d"
    (work / "linked").symlink_to("/usr/bin/id")
    (work / "open").write_text("#!/bin/sh\nid\n", encoding="ascii")
    (work / "open").chmod(0o777)
    for attempt, name in enumerate(("linked", "open", "absent")):
        id_ = f"{tmp_path.parent.name}/-/work/{attempt}"
        outcome = came_of(machine, {"id": id_, "argument": name})
        assert (outcome["state"], name in str(outcome["detail"])) == ("refused", True)


@pytest.mark.parametrize("verb", ["verify", "discard-image", "spend"])
def test_a_link_in_the_image_folder_leads_nowhere(machine: RealHost, verb: str) -> None:
    secret = machine.folder / "secret"
    secret.write_text("x" * 100, encoding="ascii")
    folder = machine.images / "vg1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"linked-{verb}.img").symlink_to(secret)
    id_ = f"l{os.getpid()}/vg1/{verb}/1"
    outcome = came_of(machine, {"id": id_, "image": f"linked-{verb}"})
    assert verb == "discard-image" or outcome["error"] == "no_image"
    assert secret.read_text(encoding="ascii") == "x" * 100
