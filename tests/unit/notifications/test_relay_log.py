from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.compose.tokens import Tokens
from notifications.relay_log import RelayLog
from notifications.states import CampaignState, DeliveryState
from notifications.terms import ChangeEvent
from tests.unit.notifications.clock import SettableClock
from tests.unit.notifications.database import FileDatabase
from tests.unit.notifications.handed import delivery, hand_over, told

TOKENS = Tokens(b"key")
DOMAIN = "example.net"
UNCERTAIN, SENT = DeliveryState.UNCERTAIN, DeliveryState.SENT


def named(queue_id: str = "ED96A236DB0", number: int = 7) -> str:
    message_id = TOKENS.message_id(number, "a@example.org", DOMAIN)
    return f"Sep  1 08:00:00 relay postfix/cleanup[12]: {queue_id}: message-id={message_id}\n"


def active(queue_id: str = "ED96A236DB0") -> str:
    return (
        f"Sep  1 08:00:01 relay postfix/qmgr[13]: {queue_id}: "
        "from=<b@example.net>, size=285, nrcpt=1 (queue active)\n"
    )


def sent(queue_id: str = "ED96A236DB0") -> str:
    return (
        f"Sep  1 08:00:02 relay postfix/smtp[14]: {queue_id}: to=<a@example.org>, "
        "relay=mx[192.0.2.1]:25, delay=0.1, dsn=2.0.0, status=sent (250 OK)\n"
    )


def write(path: Path, text: str) -> None:
    path.write_text(text)


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def rotate(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}.1"))


def forbid(path: Path) -> None:
    path.mkdir()  # opening it raises


@pytest.fixture
def database(tmp_path: Path) -> Iterator[FileDatabase]:
    database = FileDatabase(tmp_path / "mail.db")
    yield database
    database.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


@pytest.fixture
def log(database: FileDatabase, path: Path) -> RelayLog:
    return RelayLog(database, SettableClock(), TOKENS, DOMAIN, path)


def doubt(database: FileDatabase, number: int = 7, *, handed: int = 1, denied: int = 0) -> None:
    done = CampaignState.DONE
    hand_over(database, number, campaign=done, state=UNCERTAIN, handed=handed, denied=denied)


@pytest.mark.failure(40)
@pytest.mark.parametrize("proof", [active(), sent(), active() + sent()])
async def test_what_the_relay_put_into_its_queue_is_sent(
    log: RelayLog, database: FileDatabase, path: Path, proof: str
) -> None:
    doubt(database)
    write(path, named() + proof)

    assert await log.look() == 1

    assert delivery(database, 7).state is SENT
    (change,) = told(database)
    assert change.event is ChangeEvent.SETTLED
    assert change.fields == {"address": "a@example.org", "verdict": "sent", "by": "relay_log"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        named(),
        active() + named(),
        named() + active("ANOTHER1"),
        named(number=8) + active(),
        named() + named(number=8) + active(),
        named() + "relay postfix/smtpd[1]: ED96A236DB0: reject: (queue active)\n",
        named() + "relay postfix/smtpd[1]: lost connection after DATA (285 bytes)\n",
        named() + "relay postfix/smtp[1]: X1: to=<a>, (/qmgr[1]: ED96A236DB0: (queue active)\n",
        named() + "x" * 100_000 + active(),
        "\0\n\n: : :\n/[]\n",
    ],
    ids=[
        "nothing",
        "never in the queue",
        "the wrong order",
        "another queue id",
        "another mail",
        "a queue id used again",
        "another daemon",
        "dropped before the dot",
        "words of a stranger",
        "a line without end",
        "noise",
    ],
)
async def test_without_proof_it_stays_uncertain(
    log: RelayLog, database: FileDatabase, path: Path, text: str
) -> None:
    doubt(database)
    write(path, text)

    assert await log.look() == 0

    assert delivery(database, 7).state is UNCERTAIN
    assert told(database) == ()


@pytest.mark.parametrize(("handed", "denied", "settled"), [(2, 0, 0), (2, 1, 1), (3, 1, 0)])
async def test_a_mail_handed_over_again_must_have_been_taken_as_often(
    log: RelayLog, database: FileDatabase, path: Path, handed: int, denied: int, settled: int
) -> None:
    doubt(database, handed=handed, denied=denied)
    write(path, named() + active() + sent() + active())

    assert await log.look() == settled


async def test_two_takings_settle_what_was_handed_over_twice(
    log: RelayLog, database: FileDatabase, path: Path
) -> None:
    doubt(database, handed=2)
    write(path, named("A1") + active("A1") + named("B2") + active("B2"))

    assert await log.look() == 1


async def test_a_line_that_is_still_being_written_is_read_when_it_is_whole(
    log: RelayLog, database: FileDatabase, path: Path
) -> None:
    doubt(database)
    write(path, named() + active()[:60])
    assert await log.look() == 0

    append(path, active()[60:])

    assert await log.look() == 1


async def test_a_rotation_loses_nothing(log: RelayLog, database: FileDatabase, path: Path) -> None:
    doubt(database)
    write(path, "begin\n")
    assert await log.look() == 0
    append(path, named())

    rotate(path)
    write(path, active())

    assert await log.look() == 1


async def test_a_log_that_was_emptied_is_read_from_its_beginning(
    log: RelayLog, database: FileDatabase, path: Path
) -> None:
    doubt(database)
    write(path, named() + "x" * 500 + "\n")
    assert await log.look() == 0

    write(path, active())

    assert await log.look() == 1


async def test_what_was_read_past_is_read_again_for_a_new_doubt(
    log: RelayLog, database: FileDatabase, path: Path
) -> None:
    doubt(database, 8)
    write(path, named() + active())
    assert await log.look() == 0

    doubt(database, 7)

    assert await log.look() == 1


async def test_a_log_that_is_not_there_says_nothing(log: RelayLog, database: FileDatabase) -> None:
    doubt(database)

    assert await log.look() == 0


async def test_a_log_is_not_opened_without_a_doubt(log: RelayLog, path: Path) -> None:
    forbid(path)

    assert await log.look() == 0
