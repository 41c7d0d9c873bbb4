"""Going to a host by the administrator's own ssh, which is played here by a small script."""

import os
from pathlib import Path

import pytest

from bot.executors.setting_up import NotSetUp, Problem, host_keys, run_there

GOES = 'for command; do :; done; exec sh -c "$command"'  # what ssh does with its last word
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHost"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    tool(folder, "id", "echo 0")
    return folder


def tool(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def settings(folder: Path, **values: str) -> None:
    lines = "\n".join(f"echo '{key} {value}'" for key, value in values.items())
    tool(folder, "ssh", lines)


async def test_the_script_runs_there(tools: Path, tmp_path: Path) -> None:
    tool(tools, "ssh", GOES)

    await run_there("hobgoblin", "root@hobgoblin", f"touch {tmp_path}/was-here")

    assert (tmp_path / "was-here").exists()


async def test_who_is_not_root_there_becomes_it_by_sudo(tools: Path, tmp_path: Path) -> None:
    tool(tools, "ssh", GOES)
    tool(tools, "id", "echo 1000")
    tool(tools, "sudo", f'echo "$*" >> {tmp_path}/sudo; shift; exec "$@"')

    await run_there("hobgoblin", "anna@hobgoblin", f"touch {tmp_path}/was-here")

    assert (tmp_path / "was-here").exists()
    assert (tmp_path / "sudo").read_text() == "-n true\n-n sh -s\n"


@pytest.mark.parametrize(
    ("ssh", "sudo", "problem"),
    [
        ("exit 255", "exit 0", Problem.ADMITTED),
        (GOES, "exit 1", Problem.SUDO),
        (GOES, 'shift; exec "$@"', Problem.SCRIPT),
    ],
)
async def test_each_way_not_to_get_there_is_told_apart(
    tools: Path, ssh: str, sudo: str, problem: Problem
) -> None:
    tool(tools, "ssh", ssh)
    tool(tools, "sudo", sudo)
    tool(tools, "id", "echo 1000")

    with pytest.raises(NotSetUp) as refused:
        await run_there("hobgoblin", "anna@hobgoblin", "exit 3")

    assert refused.value.problem is problem


async def test_a_machine_without_ssh_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotSetUp) as refused:
        await run_there("hobgoblin", "root@hobgoblin", "")

    assert (refused.value.problem, refused.value.known) == (Problem.TOOL, {"tool": "ssh"})


async def test_an_address_is_never_an_option_of_ssh(tools: Path, tmp_path: Path) -> None:
    tool(tools, "ssh", f'echo "$2 $3" > {tmp_path}/given')

    await run_there("hobgoblin", "-oProxyCommand=id", "")

    assert (tmp_path / "given").read_text() == "-- -oProxyCommand=id\n"


async def test_the_keys_are_those_the_administrators_ssh_trusts(
    tools: Path, tmp_path: Path
) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"hobgoblin.example.net,192.0.2.1 {KEY}\nother {KEY}other\n")
    settings(tools, hostname="hobgoblin.example.net", port="22", userknownhostsfile=str(known))

    assert await host_keys("hobgoblin") == (KEY,)


async def test_another_port_is_looked_up_as_ssh_writes_it(tools: Path, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"[hobgoblin]:2222 {KEY}\nhobgoblin {KEY}22\n")
    settings(tools, hostname="hobgoblin", port="2222", userknownhostsfile=str(known))

    assert await host_keys("hobgoblin") == (KEY,)


async def test_a_key_that_the_administrator_does_not_know_is_not_believed(
    tools: Path, tmp_path: Path
) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"@revoked hobgoblin {KEY}\n")
    settings(tools, hostname="hobgoblin", port="22", userknownhostsfile=f"{known} {known}2")

    with pytest.raises(NotSetUp) as refused:
        await host_keys("hobgoblin")

    assert refused.value.problem is Problem.HOST_KEY
