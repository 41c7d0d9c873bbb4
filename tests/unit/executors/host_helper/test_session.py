"""A session: one line is one question, and whatever it is has one answer."""

from __future__ import annotations

import io
import json
import os
import time
from typing import Any

import pytest

from bot.executors.host_helper import durable, images
from bot.executors.host_helper.domain import ToolFailed
from bot.executors.host_helper.session import LONGEST, PROTOCOL, Session
from bot.executors.host_helper.version import version
from tests.unit.executors.host_helper.acting import THIS_BOOT, Acting
from tests.unit.executors.host_helper.played import Played

PROBE = {"id": 1, "ask": "probe"}
DAY = 86400.0


@pytest.fixture
def session(played: Acting[Played]) -> Session:
    return Session(played.settings, played.dialect)


def held(session: Session, questions: bytes) -> list[dict[str, Any]]:
    """Return the greeting and the answers."""
    answers = io.BytesIO()
    session.hold(io.BytesIO(questions), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def line(**asked: object) -> bytes:
    return json.dumps(asked).encode() + b"\n"


def submission(session: Session, **fields: object) -> dict[str, Any]:
    operation = {"id": "r1/g1/pause/1", **fields}
    return session.answer(line(id=1, ask="submit", token=5, operation=operation))


def test_a_session_begins_with_who_answers(session: Session) -> None:
    assert held(session, b"") == [{"maint_host": version(), "protocol": PROTOCOL, "name": "h1"}]


def test_questions_are_answered_in_their_order(session: Session) -> None:
    _, *answers = held(session, line(id=7, ask="probe") + line(id="x", ask="guests"))

    assert answers[0] == {"id": 7, "answer": {"boot_id": THIS_BOOT}}
    assert (answers[1]["id"], [one["name"] for one in answers[1]["answer"]]) == ("x", ["g1"])


BAD = (
    b"\n", b"x\n", b"[]\n", b"null\n", b"1\n", b'"probe"\n', b"{}\n", b'{"ask": "probe"\n',
    b'{"ask": ["probe"]}\n', b'{"ask": "reboot"}\n', b'{"ask": "__class__"}\n', b"\xff\xfe\n",
    b"\0\n", b"[" * 100_000 + b"\n", b"maint-host session; ls\n",
)  # fmt: skip


@pytest.mark.parametrize("question", BAD)
def test_a_bad_line_is_answered_and_the_next_too(session: Session, question: bytes) -> None:
    _, bad, good = held(session, question + line(**PROBE))

    assert bad["error"] == "bad_request"
    assert good["answer"] == {"boot_id": THIS_BOOT}


def test_half_a_line_was_never_asked(session: Session) -> None:
    assert len(held(session, line(**PROBE) + line(**PROBE)[:-1])) == 2


def test_a_line_that_is_too_long_ends_the_session(session: Session) -> None:
    long = json.dumps({**PROBE, "more": "x" * LONGEST}).encode() + b"\n"

    assert len(held(session, line(**PROBE) + long + line(**PROBE))) == 2


def test_the_longest_line_is_answered(session: Session) -> None:
    short = len(json.dumps({**PROBE, "more": ""})) + 1
    long = json.dumps({**PROBE, "more": "x" * (LONGEST - short)}).encode() + b"\n"

    assert held(session, long)[1]["answer"] == {"boot_id": THIS_BOOT}


@pytest.mark.parametrize("token", [-1, 1.5, "5", True, None, [], 2**53 + 1])
def test_a_token_that_is_none_starts_nothing(session: Session, token: object) -> None:
    asked = {"id": "r1/g1/pause/1"}
    answer = session.answer(line(id=1, ask="submit", token=token, operation=asked))

    assert answer["error"] == "bad_request"


def test_a_token_that_nobody_could_follow_is_not_remembered(
    session: Session, played: Acting[Played]
) -> None:
    session.answer(line(id=1, ask="outcome", token=2**60, operation="r1/g1/pause/1"))

    assert not (played.settings.state / "token").exists()


@pytest.mark.parametrize("key", ["image", "snapshot", "argument", "uuid"])
def test_a_path_is_no_name(session: Session, played: Acting[Played], key: str) -> None:
    answer = submission(session, **{key: "../../etc/passwd"})

    assert answer["error"] == "bad_request"
    assert list((played.settings.state / "operations").iterdir()) == []


@pytest.mark.parametrize("id_", ["", "r1/../pause/1", None, 7])
def test_an_operation_without_an_id_is_refused(session: Session, id_: object) -> None:
    assert submission(session, id=id_)["error"] == "bad_request"


def test_what_is_submitted_is_done_and_told(session: Session, played: Acting[Played]) -> None:
    assert submission(session) == {"id": 1, "answer": {}}
    lock = durable.locked(played.settings.state / "operations" / "r1+g1+pause+1.lock")
    assert lock
    os.close(lock)

    told = session.answer(line(id=2, ask="outcome", token=5, operation="r1/g1/pause/1"))
    assert (told["answer"]["state"], told["answer"]["error"]) == ("done", "")
    assert played.dialect.show().state == "paused"


def test_an_old_token_is_told(session: Session) -> None:
    session.answer(line(id=1, ask="outcome", token=6, operation="r1/g1/pause/1"))

    assert submission(session) == {"id": 1, "error": "old_token", "detail": ""}


def test_a_tool_that_fails_is_told_by_its_fault(session: Session, played: Acting[Played]) -> None:
    def fails() -> None:
        raise ToolFailed("timed_out", "virsh after 20 s")

    played.dialect.at["domains"] = fails
    answer = session.answer(line(id=1, ask="guests"))

    assert answer == {"id": 1, "error": "timed_out", "detail": "virsh after 20 s"}


def test_a_defect_is_told_and_ends_nothing(session: Session, played: Acting[Played]) -> None:
    played.dialect.at["domains"] = lambda: {"a": 1}["key"]
    _, broken, good = held(session, line(id=1, ask="guests") + line(id=2, ask="guests"))

    assert (broken["error"], broken["detail"]) == ("broken", "KeyError: 'key'")
    assert good["answer"]


@pytest.mark.parametrize("guest", [None, 7, "..", "a/b", ""])
def test_a_console_is_that_of_a_guest(session: Session, guest: object) -> None:
    assert session.answer(line(id=1, ask="console", guest=guest))["error"] == "bad_request"


def test_a_console_is_read_on_from_its_mark(session: Session, played: Acting[Played]) -> None:
    path = played.dialect.folder / "console"
    path.write_bytes(b"one\r\ntwo \xff\nhalf")
    played.dialect.change(console=str(path))

    first = session.answer(line(id=1, ask="console", guest="g1"))["answer"]
    assert first == {"lines": ["one", "two \\xff"], "end": 11}
    assert session.answer(line(id=1, ask="console", guest="g1", after=11))["answer"]["lines"] == []


def test_a_console_that_was_begun_anew_is_read_from_its_beginning(
    session: Session, played: Acting[Played]
) -> None:
    path = played.dialect.folder / "console"
    path.write_bytes(b"new\n")
    played.dialect.change(console=str(path))

    told = session.answer(line(id=1, ask="console", guest="g1", after=1000))["answer"]
    assert told == {"lines": ["new"], "end": 4}


def test_nobody_and_nothing_have_no_lines(session: Session) -> None:
    for asked in ({"ask": "console", "guest": "g9"}, {"ask": "output", "operation": "r/g/pause/1"}):
        assert session.answer(line(id=1, after=3, **asked))["answer"] == {"lines": [], "end": 3}


# ---- what is removed by itself ----


def old(path: object, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(str(path), (then, then))


def test_a_spent_image_is_removed_after_its_time(session: Session, played: Acting[Played]) -> None:
    played.done("save", "spend")
    old(played.image().path, 6)
    held(session, b"")
    assert played.images() == {"i1": "spent"}

    old(played.image().path, 8)
    held(session, b"")
    assert played.files() == []


def test_a_live_image_is_never_removed_by_itself(session: Session, played: Acting[Played]) -> None:
    played.done("save")
    old(played.image().path, 1000)
    held(session, b"")

    assert played.images() == {"i1": "img"}


def test_an_outcome_is_removed_after_its_time(session: Session, played: Acting[Played]) -> None:
    folder = played.settings.state / "operations"
    for name, days in (("new", 80), ("old", 100)):
        for kind in ("json", "out", "lock", "end"):
            (folder / f"{name}.{kind}").touch()
            old(folder / f"{name}.{kind}", days)
    held(session, b"")

    assert {path.stem for path in folder.iterdir()} == {"new"}


def test_what_another_session_has_just_removed_ends_no_session(
    session: Session, played: Acting[Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    played.done("save", "spend")
    old(played.image().path, 8)
    path = played.image().path
    monkeypatch.setattr(images, "discard", lambda _: path.with_suffix(".none").unlink())

    assert len(held(session, line(**PROBE))) == 2
