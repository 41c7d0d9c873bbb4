"""The gate: an operation runs once, and what became of it is said once and for all."""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from bot.executors.host_helper import durable, gate
from bot.executors.host_helper.gate import Answer, Fenced, Gate, Unsettled, done, refused
from bot.executors.host_helper.names import Operation
from bot.executors.remote import data
from bot.rules.operation import Done, NeverSeen, Outcome, Refused, Running
from tests.unit.executors.host_helper.acting import (
    ANOTHER_BOOT,
    THIS_BOOT,
    Acting,
    settings_in,
)
from tests.unit.executors.host_helper.played import Played

TOKEN = 5
SAVE = Operation(id="r1/g1/save/1", guest="g1", verb="save", image="i1")
PAUSE = Operation(id="r1/g1/pause/1", guest="g1", verb="pause")
REBOOT = Operation(id="r1/-/reboot/1", verb="reboot")


@dataclass
class Gated:
    """A gate whose work and whose judgement are the test's own, done in processes of theirs."""

    folder: Path

    def __post_init__(self) -> None:
        self.settings = settings_in(self.folder)
        (self.settings.state / "operations").mkdir(parents=True)
        self.gate = Gate(self.settings, self.work, self.settle)
        self.does: Callable[[], object] = lambda: None
        self.judges: Callable[[], Answer | None] = lambda: refused("no_image", "gone")

    def work(self, asked: Operation, log: IO[bytes]) -> Answer:
        sys.stderr = sys.__stderr__  # what pytest has in its place is closed with all the rest
        log.write(b"one\n")
        log.flush()
        self.tell(f"work {asked.id}")
        self.does()
        return done(1.0)

    def settle(self, asked: Operation, log: IO[bytes], accepted: Answer) -> Answer | None:
        assert log.writable()
        assert accepted["operation"]["id"] == asked.id
        self.tell(f"settle {asked.id}")
        return self.judges()

    def tell(self, what: str) -> None:
        with (self.folder / "told").open("a") as file:
            file.write(f"{what}\n")

    def told(self) -> list[str]:
        return (self.folder / "told").read_text().splitlines()

    def submit(self, asked: Operation = SAVE, token: int = TOKEN) -> None:
        self.gate.submit(asked, token)

    def said(self, asked: Operation = SAVE, token: int = TOKEN) -> Outcome:
        """Return what the gate says now, as the bot reads it."""
        return data.outcome(self.gate.outcome(asked, token))

    def ended(self, asked: Operation = SAVE) -> Outcome:
        """Return what it says once nobody works for the operation any more."""
        self.wait(asked)
        return self.said(asked)

    def wait(self, asked: Operation = SAVE) -> None:
        lock = durable.locked(self.settings.state / "operations" / f"{asked.file}.lock")
        assert lock
        os.close(lock)

    def is_free(self, asked: Operation = SAVE) -> bool:
        return not durable.is_held(self.settings.state / "operations" / f"{asked.file}.lock")

    def dies(self) -> None:
        """Let the next worker be killed while it works."""
        self.does = lambda: os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def gated(tmp_path: Path) -> Gated:
    return Gated(tmp_path)


@pytest.fixture
def waiting(tmp_path: Path) -> Callable[[], object]:
    """Return what waits until the test opens "door"."""
    os.mkfifo(tmp_path / "door")
    return (tmp_path / "door").read_bytes


def let_go(folder: Path) -> None:
    (folder / "door").write_bytes(b"")


# ---- once ----


def test_an_operation_runs_and_ends(gated: Gated) -> None:
    gated.submit()

    assert isinstance(gated.ended(), Done)
    assert gated.told() == ["work r1/g1/save/1"]
    assert gated.gate.printed(SAVE).read_bytes() == b"one\n"


def test_the_same_id_runs_once(gated: Gated) -> None:
    for _ in range(3):
        gated.submit()
        gated.wait()
    gated.submit(token=TOKEN + 1)

    assert gated.told() == ["work r1/g1/save/1"]


def test_the_same_id_runs_once_while_it_runs(gated: Gated, waiting: Callable[[], object]) -> None:
    gated.does = waiting
    gated.submit()
    gated.submit()
    assert isinstance(gated.said(), Running)

    let_go(gated.folder)
    assert isinstance(gated.ended(), Done)
    assert gated.told() == ["work r1/g1/save/1"]


def test_what_nobody_asked_for_was_never_seen(gated: Gated) -> None:
    assert gated.said() == NeverSeen()


def test_a_worker_does_not_hang_on_its_session(gated: Gated) -> None:
    gated.does = lambda: gated.tell(f"{os.getsid(0)} {Path('/proc/self/fd/0').readlink()}")
    gated.submit()
    gated.wait()

    session, stdin = gated.told()[1].split()
    assert (int(session) != os.getsid(0), stdin) == (True, "/dev/null")


def test_a_defect_is_an_outcome(gated: Gated) -> None:
    gated.does = lambda: {"a": 1}["key"]
    gated.submit()

    ended = gated.ended()
    assert isinstance(ended, Done)
    assert (ended.error, ended.detail) == ("tool_failed", "maint-host: KeyError: 'key'")


def test_what_cannot_be_said_yet_is_settled_later(gated: Gated) -> None:
    def unsettled() -> None:
        raise Unsettled

    gated.does = unsettled
    gated.submit()
    gated.wait()

    assert isinstance(gated.said(), Running)
    assert gated.ended() == Refused(error="no_image", detail="gone")


# ---- killed ----


def test_a_killed_worker_is_judged_once(gated: Gated) -> None:
    gated.dies()
    gated.submit()
    gated.wait()
    gated.said()

    assert [gated.ended(), gated.ended()] == 2 * [Refused(error="no_image", detail="gone")]
    assert gated.told() == ["work r1/g1/save/1", "settle r1/g1/save/1"]


def test_a_killed_worker_whose_work_cannot_be_judged_yet_runs(gated: Gated) -> None:
    gated.dies()
    gated.judges = lambda: None
    gated.submit()

    for _ in range(2):
        assert isinstance(gated.ended(), Running)
    gated.wait()
    assert gated.told()[-2:] == 2 * ["settle r1/g1/save/1"]


def test_a_worker_killed_before_it_began_is_refused(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_let_go_of_all_but", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    gated.submit()

    ended = gated.ended()
    assert isinstance(ended, Refused)
    assert (ended.error, gated.said()) == ("tool_failed", ended)


def test_a_refusal_has_only_what_a_refusal_has(gated: Gated) -> None:
    gated.dies()
    gated.submit()
    gated.wait()
    gated.said()
    gated.wait()

    assert gated.gate.outcome(SAVE, TOKEN) == refused("no_image", "gone")


def test_judging_keeps_nobody_waiting(gated: Gated, waiting: Callable[[], object]) -> None:
    gated.dies()
    gated.submit()
    gated.wait()
    gated.judges = lambda: done(1.0) if waiting() is not None else None
    assert isinstance(gated.said(), Running)

    gated.does = lambda: None
    gated.submit(PAUSE)
    assert isinstance(gated.ended(PAUSE), Done)
    let_go(gated.folder)
    assert isinstance(gated.ended(), Done)


def test_a_judge_that_is_killed_is_followed_by_another(gated: Gated) -> None:
    gated.dies()
    gated.submit()
    gated.wait()
    gated.judges = lambda: os.kill(os.getpid(), signal.SIGKILL)
    assert isinstance(gated.said(), Running)
    gated.wait()

    gated.judges = lambda: done(1.0)
    gated.said()
    assert isinstance(gated.ended(), Done)


# ---- a full disk, no more processes ----


def _full(path: Path, *_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _no_process() -> int:
    raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))


def test_a_full_disk_leaves_no_lock_behind(gated: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    gated.said()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(durable, "write_json", _full)
        with pytest.raises(OSError, match="No space"):
            gated.submit()
    assert gated.is_free()

    gated.submit()
    assert isinstance(gated.ended(), Done)


def test_a_process_that_cannot_begin_leaves_no_lock_behind(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(os, "fork", _no_process)
        with pytest.raises(OSError, match="memory"):
            gated.submit()

    assert gated.is_free()
    assert isinstance(gated.said(), Refused)


def test_a_full_disk_at_the_end_is_judged_later(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    gated.does = lambda: monkeypatch.setattr(durable, "write_json", _full)
    gated.judges = lambda: done(1.0)
    gated.submit()
    gated.wait()

    assert isinstance(gated.said(), Running)
    assert isinstance(gated.ended(), Done)


# ---- who may ask ----


def test_an_old_token_starts_and_learns_nothing(gated: Gated) -> None:
    gated.submit()
    for act in (lambda: gated.submit(PAUSE, TOKEN - 1), lambda: gated.said(SAVE, TOKEN - 1)):
        with pytest.raises(Fenced, match="old_token"):
            act()

    assert gated.said(PAUSE) == NeverSeen()


def test_who_asks_has_fenced_those_before(gated: Gated) -> None:
    assert gated.said(token=TOKEN + 1) == NeverSeen()

    with pytest.raises(Fenced, match="old_token"):
        gated.submit()
    assert gated.said(token=TOKEN + 1) == NeverSeen()


def test_a_token_is_remembered_by_who_comes_later(gated: Gated) -> None:
    gated.said(token=TOKEN + 1)

    with pytest.raises(Fenced):
        Gate(gated.settings, gated.work, gated.settle).submit(SAVE, TOKEN)


def test_a_host_that_root_has_taken_over_answers_nobody(gated: Gated) -> None:
    durable.write_json(gated.settings.state / "released", {"since": "now", "reason": ""})
    for act in (gated.submit, gated.said):
        with pytest.raises(Fenced, match="released"):
            act()

    (gated.settings.state / "released").unlink()
    assert gated.said() == NeverSeen()


# ---- what is judged by what can be seen ----


def test_a_reboot_is_done_once_the_host_is_up_anew(played: Acting[Played]) -> None:
    answer = played.settled(REBOOT, ANOTHER_BOOT, accepted=time.time() - 60)

    assert answer
    assert isinstance(data.outcome(answer), Done)
    assert answer["error"] == ""


def test_a_host_that_is_going_down_has_not_failed_yet(played: Acting[Played]) -> None:
    assert played.settled(REBOOT, THIS_BOOT, accepted=time.time() - 60) is None


def test_a_host_that_stayed_up_has_failed(played: Acting[Played]) -> None:
    answer = played.settled(REBOOT, THIS_BOOT, accepted=time.time() - 3600)

    assert answer
    assert answer["error"] == "killed"


@pytest.mark.parametrize("verb", ["spend", "discard-image", "drop-snapshot"])
def test_what_is_harmless_is_done_again(played: Acting[Played], verb: str) -> None:
    played.done("save")
    asked = played.operation(verb, snapshot="s1")

    answer = played.settled(asked, accepted=time.time())
    assert answer
    assert (answer["state"], answer["error"]) == ("done", "")


def test_what_cannot_be_done_again_now_is_not_refused_for_ever(played: Acting[Played]) -> None:
    played.done("save")
    with durable.holding(played.settings.state / "guests" / "g1.lock"):
        assert played.settled(played.operation("spend"), accepted=time.time()) is None


def test_a_refusal_that_was_settled_is_read_by_the_bot(played: Acting[Played]) -> None:
    answer = played.settled(played.operation("spend"), accepted=time.time())

    assert answer == refused("no_image", "i1")
    assert isinstance(data.outcome(answer), Refused)


@pytest.mark.parametrize("verb", ["restore", "boot", "unpause", "verify", "rollback", "work"])
@pytest.mark.parametrize("boot_id", [THIS_BOOT, ANOTHER_BOOT])
def test_of_everything_else_it_is_said_that_it_was_killed(
    played: Acting[Played], verb: str, boot_id: str
) -> None:
    answer = played.settled(played.operation(verb), boot_id, accepted=time.time())

    assert answer
    assert answer["error"] == "killed"
