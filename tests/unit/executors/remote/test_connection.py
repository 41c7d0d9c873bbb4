"""The way to a host: who is trusted, how often it is gone, what is told when it leads nowhere."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from bot.executors.remote import Patience, Problem
from bot.ports import Output
from bot.rules.errors import ContactLost
from tests.ssh_host import SshHost, answering, hearing, key, reached

if TYPE_CHECKING:
    from pathlib import Path

    from bot.executors.remote import Way

LINES = {"lines": ["one"], "end": 1}
ONE = Output(lines=("one",), end=1)
TALK = answering(lambda _: LINES)


async def lost(way: Way, patience: Patience | None = None) -> tuple[str, str]:
    async with reached(way, patience) as executor:
        with pytest.raises(ContactLost) as caught:
            await executor.console("g1", 0)
    return str(caught.value.fields["problem"]), str(caught.value.fields["detail"])


async def test_a_host_that_nobody_has_vouched_for_is_not_spoken_to(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host:
        problem, detail = await lost(host.way(known=""))

    assert problem == Problem.HOST_KEY_UNKNOWN
    assert detail == f"ssh-ed25519 {key('host').get_fingerprint()}"
    assert host.commands == []


async def test_a_host_with_another_key_is_not_spoken_to(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host:
        problem, detail = await lost(host.way(known="another"))

    assert problem == Problem.HOST_KEY_CHANGED
    assert detail == f"ssh-ed25519 {key('host').get_fingerprint()}"
    assert host.commands == []


async def test_without_a_file_of_known_hosts_no_host_is_known(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host:
        way = replace(host.way(), known_hosts=tmp_path / "missing")

        assert (await lost(way))[0] == Problem.HOST_KEY_UNKNOWN


async def test_a_host_that_does_not_take_the_key_is_told_as_such(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK, admits="somebody") as host:
        assert await lost(host.way()) == (Problem.NOT_ADMITTED, "root")


async def test_a_port_where_nobody_listens_is_told_as_such(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host:
        way = host.way()

    assert await lost(way) == (Problem.UNREACHABLE, "Connection refused")


@pytest.mark.parametrize(
    ("address", "told"),
    [("no-such-host.invalid", "its address is not known"), ("x" * 70, "encoding with 'idna'")],
)
async def test_an_address_that_leads_nowhere_is_told_as_such(
    tmp_path: Path, address: str, told: str
) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host:
        problem, detail = await lost(replace(host.way(), address=address))

    assert problem == Problem.UNREACHABLE
    assert detail.startswith(told)


async def test_a_host_that_takes_the_call_and_says_nothing_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the system takes the call
        async with SshHost(folder=tmp_path, talk=TALK) as host:
            way = replace(host.way(), port=silent.getsockname()[1])
            told = await lost(way, Patience(connect=0.2))

    assert told == (Problem.UNREACHABLE, "nothing within 0.2 s")


@pytest.mark.parametrize("content", [None, "", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"])
async def test_a_key_that_cannot_be_used_is_named(tmp_path: Path, content: str | None) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host:
        way = replace(host.way(), key=tmp_path / "other")
        if content is not None:
            way.key.write_text(content)
        problem, detail = await lost(way)

    assert problem == Problem.KEY_UNUSABLE
    assert detail.startswith(f"{way.key}: ")


async def test_known_hosts_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host:
        way = replace(host.way(), known_hosts=tmp_path)

        assert await lost(way) == (Problem.KNOWN_HOSTS_UNUSABLE, f"{tmp_path}: Is a directory")


async def test_a_connection_that_broke_is_made_anew(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host, reached(host.way()) as executor:
        await executor.console("g1", 0)
        host.cut()
        with pytest.raises(ContactLost) as caught:  # what is asked in that moment
            await executor.console("g1", 0)
        assert await executor.console("g1", 0) == ONE

    assert caught.value.fields["problem"] == Problem.CUT


async def test_a_cut_in_the_middle_of_a_question_is_no_answer(tmp_path: Path) -> None:
    heard = asyncio.Event()
    async with SshHost(folder=tmp_path, talk=hearing(heard)) as host:
        problem = await cut(host, heard)

    assert problem == Problem.CUT


async def cut(host: SshHost, heard: asyncio.Event) -> str:
    """Break contact off when a question has been *heard*; return what became of it."""
    async with reached(host.way()) as executor:
        asked = asyncio.create_task(executor.console("g1", 0))
        await heard.wait()
        host.cut()
        with pytest.raises(ContactLost) as caught:
            await asked
    return str(caught.value.fields["problem"])


async def test_many_who_ask_at_once_share_one_connection_and_its_failure(tmp_path: Path) -> None:
    async with (
        SshHost(folder=tmp_path, talk=TALK, admits="somebody") as host,
        reached(host.way()) as executor,
    ):
        asked = (executor.console("g1", number) for number in range(30))
        failures = await asyncio.gather(*asked, return_exceptions=True)

    assert {type(failure) for failure in failures} == {ContactLost}
    assert host.calls == 1


@pytest.mark.failure(39)
async def test_at_most_eight_sessions_are_open_whatever_is_asked(tmp_path: Path) -> None:
    def answer(request: dict[str, Any]) -> object:
        return {"lines": [], "end": request["after"]}

    async with (
        SshHost(folder=tmp_path, talk=answering(answer)) as host,
        reached(host.way()) as executor,
    ):
        marks = await asyncio.gather(*(executor.console("g1", number) for number in range(40)))

    assert [output.end for output in marks] == list(range(40))
    assert (host.most, host.calls) == (8, 1)


async def test_a_host_that_opens_no_session_is_connected_to_anew(tmp_path: Path) -> None:
    host = SshHost(folder=tmp_path, talk=TALK, sessions=False)
    async with host, reached(host.way()) as executor:
        with pytest.raises(ContactLost) as caught:
            await executor.console("g1", 0)
        host.sessions = True
        assert await executor.console("g1", 0) == ONE

    assert (caught.value.fields["problem"], host.calls) == (Problem.NO_SESSION, 2)


async def test_the_session_used_last_is_used_again(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host, reached(host.way()) as executor:
        for number in range(5):
            await executor.console("g1", number)

    assert host.commands == ["maint-host session"]


async def test_who_goes_away_takes_the_session_along(tmp_path: Path) -> None:
    heard = asyncio.Event()
    host = SshHost(folder=tmp_path, talk=hearing(heard))
    async with host, reached(host.way(), Patience(answer=0.2)) as executor:
        asked = asyncio.create_task(executor.console("g1", 0))
        await heard.wait()
        asked.cancel()
        with pytest.raises(ContactLost):  # not the answer that was another's
            await executor.console("g1", 0)

    assert len(host.commands) == 2


async def test_nothing_is_opened_before_a_question(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host:
        way = replace(host.way(), key=tmp_path / "missing")
        async with reached(way):
            pass

    assert host.calls == 0


async def test_closed_it_can_be_asked_again(tmp_path: Path) -> None:
    async with SshHost(folder=tmp_path, talk=TALK) as host, reached(host.way()) as executor:
        await executor.console("g1", 0)
        await executor.close()
        assert await executor.console("g1", 0) == ONE

    assert host.calls == 2


@pytest.mark.failure(38)
async def test_the_library_takes_a_cut_for_a_success_and_we_do_not(tmp_path: Path) -> None:
    heard = asyncio.Event()
    async with SshHost(folder=tmp_path, talk=hearing(heard)) as host:
        theirs = await _as_the_library_has_it(host)
        ours = await cut(host, heard)

    assert (theirs.exit_status, ours) == (None, Problem.CUT)


async def _as_the_library_has_it(host: SshHost) -> asyncssh.SSHCompletedProcess:
    way = host.way()
    async with asyncssh.connect(
        way.address,
        way.port,
        username="root",
        client_keys=str(way.key),
        known_hosts=str(way.known_hosts),
        config=None,
    ) as connection:
        running = asyncio.create_task(connection.run("maint-host session", check=True))
        await host.began.wait()
        host.cut()
        return await running  # the trap: check=True, and yet no error
