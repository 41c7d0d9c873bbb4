"""What a session says, and what the bot makes of it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.executors.remote import Patience, Problem
from bot.rules.errors import Code, ContactLost, TryAgain
from bot.rules.operation import Fault, Operation, OperationId, Refused, Verb
from tests.ssh_host import VERSION, Raw, SshHost, answering, greeting, hearing, printing, reached

if TYPE_CHECKING:
    from pathlib import Path

    from bot.ports import HostExecutor
    from tests.ssh_host import Talk

SAVE = Operation(id=OperationId(run="r1", guest="g1", verb=Verb.SAVE), image="i1")
LINES = {"lines": ["one"], "end": 1}


def line(**said: object) -> bytes:
    return json.dumps(said).encode() + b"\n"


async def refused(folder: Path, talk: Talk, patience: Patience | None = None) -> tuple[str, str]:
    """Return why `console` had no answer, and the detail of it."""
    async with SshHost(folder=folder, talk=talk) as host, reached(host.way(), patience) as executor:
        with pytest.raises(ContactLost) as lost:
            await executor.console("g1", 0)
    assert lost.value.code is Code.CONTACT_LOST
    assert lost.value.fields["host"] == "h1"
    return str(lost.value.fields["problem"]), str(lost.value.fields["detail"])


GREETINGS: dict[str, tuple[Talk, Problem, str]] = {
    "another version": (
        printing(line(**greeting(maint_host="0ld"))),
        Problem.HELPER_OTHER,
        "0ld",
    ),
    "another protocol": (printing(line(**greeting(protocol=2))), Problem.HELPER_OTHER, VERSION),
    "another version whose settings are wrong too": (
        printing(line(maint_host="0ld", protocol=1, error="settings", detail="x"), status=1),
        Problem.HELPER_OTHER,
        "0ld",
    ),
    "settings that cannot be used": (
        printing(
            line(maint_host=VERSION, protocol=1, error="settings", detail="no name"), status=1
        ),
        Problem.HELPER_SETTINGS,
        "no name",
    ),
    "another host": (printing(line(**greeting(name="h2"))), Problem.OTHER_HOST, "h2"),
    "no helper": (
        printing(status=127, errors=b"sh: maint-host: not found\n"),
        Problem.HELPER_MISSING,
        "sh: maint-host: not found",
    ),
    "a helper that may not be run": (printing(status=126), Problem.HELPER_MISSING, ""),
    "a helper that fails": (
        printing(status=1, errors=b"Traceback\nboom\n"),
        Problem.HELPER_FAILED,
        "Traceback boom",
    ),
    "half a greeting": (printing(line(**greeting())[:-5], status=0), Problem.HELPER_FAILED, ""),
    "a shell's words": (printing(b"Welcome!\n"), Problem.MALFORMED, '"Welcome!" is not JSON'),
    "no object": (printing(b"[]\n"), Problem.MALFORMED, "a line that is not an object"),
    "no protocol": (printing(line(maint_host=VERSION)), Problem.MALFORMED, "the greeting"),
    "no version": (printing(line(maint_host=1, protocol=1)), Problem.MALFORMED, "the greeting"),
}


@pytest.mark.parametrize("name", GREETINGS)
async def test_a_greeting_that_is_not_as_agreed_is_told_by_its_cause(
    tmp_path: Path, name: str
) -> None:
    talk, problem, detail = GREETINGS[name]

    assert await refused(tmp_path, talk) == (problem, detail)


ANSWERS: dict[str, tuple[bytes, Problem]] = {
    "the end in the middle of a line": (b'{"id": 1, "answer": {"lines": [', Problem.CUT),
    "the end before its line's end": (line(id=1, answer=LINES)[:-1], Problem.CUT),
    "the end at once": (b"", Problem.CUT),
    "no JSON": (b"oops\n", Problem.MALFORMED),
    "no text": (b"\xff\xfe\n", Problem.MALFORMED),
    "too deep": (b"[" * 100_000 + b"\n", Problem.MALFORMED),
    "no number": (b'{"id": 1, "answer": {"lines": [], "end": NaN}}\n', Problem.MALFORMED),
    "an answer to something else": (line(id=2, answer=LINES), Problem.MALFORMED),
    "neither an answer nor an error": (line(id=1), Problem.MALFORMED),
    "an answer and an error": (line(id=1, answer=LINES, error="x"), Problem.MALFORMED),
    "lines that are no texts": (line(id=1, answer={"lines": [1], "end": 1}), Problem.MALFORMED),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_counts_only_when_it_is_whole_and_as_agreed(
    tmp_path: Path, name: str
) -> None:
    said, problem = ANSWERS[name]

    assert (await refused(tmp_path, answering(lambda _: Raw(line=said, last=True))))[0] == problem


async def test_a_helper_that_does_not_greet_is_given_up(tmp_path: Path) -> None:
    silent = Patience(greeting=0.2)

    assert await refused(tmp_path, printing(), silent) == (Problem.NO_ANSWER, "")


async def test_a_helper_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    silent = Patience(answer=0.2)

    assert await refused(tmp_path, hearing(asyncio.Event()), silent) == (Problem.NO_ANSWER, "")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("tool_missing", Problem.TOOL_MISSING),
        ("timed_out", Problem.TOOL_TIMED_OUT),
        ("tool_failed", Problem.TOOL_FAILED),
        ("released", Problem.RELEASED),
        ("broken", Problem.HELPER_FAILED),
        ("bad_request", Problem.HELPER_FAILED),
        ("what nobody knows", Problem.HELPER_FAILED),
    ],
)
async def test_what_the_helper_could_not_do_is_told_by_its_cause(
    tmp_path: Path, code: str, problem: Problem
) -> None:
    talk = answering(lambda _: Raw(line=line(id=1, error=code, detail="virsh")))

    assert await refused(tmp_path, talk) == (problem, "virsh")


async def test_an_old_token_starts_nothing_and_says_who_may(tmp_path: Path) -> None:
    talk = answering(lambda _: Raw(line=line(id=1, error="old_token", detail="")))
    async with SshHost(folder=tmp_path, talk=talk) as host, reached(host.way()) as executor:
        with pytest.raises(TryAgain) as caught:
            await executor.submit(SAVE, 4)

    assert (caught.value.code, caught.value.fields) == (
        Code.LEASE_LOST,
        {"host": "h1", "owner": ""},
    )


async def test_an_old_token_learns_no_outcome(tmp_path: Path) -> None:
    talk = answering(lambda _: Raw(line=line(id=1, error="old_token", detail="")))
    async with SshHost(folder=tmp_path, talk=talk) as host, reached(host.way()) as executor:
        assert await executor.outcome(SAVE.id, 4) == Refused(error=Fault.OLD_TOKEN)


async def test_after_an_error_the_same_session_goes_on(tmp_path: Path) -> None:
    def answer(request: dict[str, Any]) -> object:
        failed = Raw(line=line(id=1, error="tool_failed", detail=""))
        return failed if request["id"] == 1 else LINES

    async with (
        SshHost(folder=tmp_path, talk=answering(answer)) as host,
        reached(host.way()) as executor,
    ):
        with pytest.raises(ContactLost):
            await executor.console("g1", 0)
        await executor.console("g1", 0)

    assert host.commands == ["maint-host session"]


@pytest.mark.parametrize("said", [b"oops\n", line(id=1, answer=LINES) * 2])
async def test_after_more_or_other_than_an_answer_another_session_is_opened(
    tmp_path: Path, said: bytes
) -> None:
    async with (
        SshHost(folder=tmp_path, talk=answering(lambda _: Raw(line=said))) as host,
        reached(host.way()) as executor,
    ):
        outcomes = [await _console(executor), await _console(executor)]

    assert outcomes[0] == outcomes[1]
    assert len(host.commands) == 2


async def _console(executor: HostExecutor) -> str:
    try:
        return str(await executor.console("g1", 0))
    except ContactLost as lost:
        return str(lost.fields["problem"])


async def test_what_is_submitted_is_said_in_full(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> object:
        heard.append(request)
        return {}

    async with (
        SshHost(folder=tmp_path, talk=answering(answer)) as host,
        reached(host.way()) as executor,
    ):
        await executor.submit(SAVE, 7)

    assert heard == [
        {
            "id": 1,
            "ask": "submit",
            "token": 7,
            "operation": {
                "id": "r1/g1/save/1",
                "uuid": "",
                "domid": 0,
                "image": "i1",
                "snapshot": "",
                "again": False,
                "argument": "",
            },
        }
    ]
