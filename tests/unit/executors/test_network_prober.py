"""The prober of the real network: a program `ping` of the test's own, and TCP on loopback."""

from __future__ import annotations

import shlex
import socket
from typing import TYPE_CHECKING

import pytest

from bot.executors.network_prober import NetworkProber
from bot.rules.fleet import Check

if TYPE_CHECKING:
    from pathlib import Path

PING = Check()


def program(folder: Path, text: str) -> str:
    """Write a program that pings as *text* says, and notes how it was called."""
    path = folder / "ping"
    calls = shlex.quote(str(folder / "calls"))
    path.write_text(f'#!/bin/sh\necho "$LC_ALL" "$@" >{calls}\n{text}\n')
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(("status", "answers"), [(0, True), (1, False), (2, False)])
async def test_who_is_pinged_answers_when_the_program_says_so(
    tmp_path: Path, status: int, *, answers: bool
) -> None:
    prober = NetworkProber(program(tmp_path, f"exit {status}"))

    assert await prober.answers("g1", "192.0.2.1", PING) is answers


@pytest.mark.parametrize(
    ("address", "called"),
    [
        ("192.0.2.1", "C -n -q -c 1 -W 2 -4 192.0.2.1"),
        ("2001:db8::1", "C -n -q -c 1 -W 2 -6 2001:db8::1"),
        ("www.example.org", "C -n -q -c 1 -W 2 www.example.org"),
    ],
)
async def test_ping_gets_one_try_and_a_limit(tmp_path: Path, address: str, called: str) -> None:
    await NetworkProber(program(tmp_path, "exit 0")).answers("g1", address, PING)

    assert (tmp_path / "calls").read_text() == f"{called}\n"


async def test_a_ping_that_does_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.executors.network_prober.SPARE", 0.1)
    prober = NetworkProber(program(tmp_path, "exec cat /dev/zero >/dev/null"), seconds=0.1)

    assert not await prober.answers("g1", "192.0.2.1", PING)


@pytest.mark.parametrize("address", ["", "-f"])
async def test_nobody_is_pinged_without_an_address(tmp_path: Path, address: str) -> None:
    assert not await NetworkProber(program(tmp_path, "exit 0")).answers("g1", address, PING)
    assert not (tmp_path / "calls").exists()


async def test_without_the_program_nobody_answers(tmp_path: Path) -> None:
    prober = NetworkProber(str(tmp_path / "missing"))

    assert not await prober.answers("g1", "192.0.2.1", PING)


async def test_a_port_that_takes_a_connection_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check = Check(port=server.getsockname()[1])

        assert await NetworkProber().answers("g1", "127.0.0.1", check)


async def test_a_port_that_refuses_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check = Check(port=server.getsockname()[1])

    assert not await NetworkProber().answers("g1", "127.0.0.1", check)


@pytest.mark.parametrize("address", ["no-such-host.invalid", "a" * 70 + ".example"])
async def test_an_address_that_leads_nowhere_does_not_answer(address: str) -> None:
    assert not await NetworkProber().answers("g1", address, Check(port=80))


async def test_a_network_that_swallows_everything_has_a_limit() -> None:
    with socket.socket() as full:  # its queue takes one connection, and nobody takes it from there
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address, port = full.getsockname()
        prober = NetworkProber(seconds=0.1)
        answers = [await prober.answers("g1", address, Check(port=port)) for _ in range(4)]

    assert answers[-1] is False
