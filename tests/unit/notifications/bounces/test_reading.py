from __future__ import annotations

from pathlib import Path

import pytest

from notifications.bounces.reading import Bounces, Tally
from notifications.compose.tokens import Tokens
from notifications.errors import StoreAway
from notifications.records import suppressions
from notifications.terms import ChangeEvent, Omission, Scope
from tests.unit.notifications.bounces.dsn import report
from tests.unit.notifications.clock import SettableClock
from tests.unit.notifications.database import FileDatabase
from tests.unit.notifications.handed import KINDS, delivery, hand_over, told

TOKENS = Tokens(b"key")
OFFERS = frozenset({KINDS["offer"]})


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    folder = tmp_path / "Maildir"
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def bounces(database: FileDatabase, maildir: Path) -> Bounces:
    return Bounces(database, SettableClock(), TOKENS, maildir, OFFERS)


def path(number: int) -> str:
    return TOKENS.return_path("bounces@example.net", number)


def put(maildir: Path, raw: bytes, name: str = "1.a.host") -> None:
    (maildir / "new" / name).write_bytes(raw)


def scopes(database: FileDatabase) -> set[tuple[str, Scope, str]]:
    standing = database.reads(suppressions.standing)
    return {(each.address, each.scope, each.occasion) for each in standing}


async def test_a_hard_bounce_is_recorded_and_stops_offers(
    bounces: Bounces, database: FileDatabase, maildir: Path
) -> None:
    hand_over(database, 7)
    put(maildir, report(path(7)))

    assert await bounces.look() == Tally(recorded=1)

    assert delivery(database, 7).bounce == "hard"
    assert scopes(database) == {("a@example.org", Scope.OFFERS, "")}
    (change,) = told(database)
    assert change.event is ChangeEvent.BOUNCED
    assert change.fields == {"address": "a@example.org", "kind": "hard", "status": "5.1.1"}


async def test_a_hard_bounce_of_a_notice_stops_only_further_ones_of_its_occasion(
    bounces: Bounces, database: FileDatabase, maildir: Path
) -> None:
    hand_over(database, 7, kind=KINDS["service"], occasion="window 3")
    put(maildir, report(path(7)))

    await bounces.look()

    assert scopes(database) == {
        ("a@example.org", Scope.OFFERS, ""),
        ("a@example.org", Scope.OCCASION, "window 3"),
    }
    assert {each.why for each in database.reads(suppressions.standing)} == {Omission.BOUNCED}


@pytest.mark.parametrize(("status", "kind"), [("5.7.1", "policy"), ("5.2.2", "soft")])
async def test_what_is_not_about_the_address_is_counted_and_stops_nothing(
    bounces: Bounces, database: FileDatabase, maildir: Path, status: str, kind: str
) -> None:
    hand_over(database, 7)
    put(maildir, report(path(7), status=status))

    await bounces.look()

    assert delivery(database, 7).bounce == kind
    assert scopes(database) == set()


@pytest.mark.parametrize("ours", [{"announce": True}, {"test_of": 3}])
async def test_our_own_addresses_are_not_suppressed(
    bounces: Bounces, database: FileDatabase, maildir: Path, ours: dict[str, bool]
) -> None:
    hand_over(database, 7, **ours)  # type: ignore[arg-type]
    put(maildir, report(path(7)))

    await bounces.look()

    assert delivery(database, 7).bounce == "hard"
    assert scopes(database) == set()


async def test_a_report_counts_once_however_often_it_comes(
    bounces: Bounces, database: FileDatabase, maildir: Path
) -> None:
    hand_over(database, 7)
    put(maildir, report(path(7)), "1.a")
    put(maildir, report(path(7)), "2.a")

    assert await bounces.look() == Tally(recorded=1, known=1)

    assert len(told(database)) == 1


async def test_the_gravest_bounce_stays(
    bounces: Bounces, database: FileDatabase, maildir: Path
) -> None:
    hand_over(database, 7)
    put(maildir, report(path(7), name="<1@x>"), "1.a")
    put(maildir, report(path(7), name="<2@x>", status="4.4.1", action="delayed"), "2.a")

    await bounces.look()

    assert delivery(database, 7).bounce == "hard"


async def test_the_envelope_id_tells_the_delivery_where_no_address_does(
    bounces: Bounces, database: FileDatabase, maildir: Path
) -> None:
    hand_over(database, 7)
    put(maildir, report("postmaster@example.net", envelope=TOKENS.mark(7)))

    assert await bounces.look() == Tally(recorded=1)


@pytest.mark.failure(49)
@pytest.mark.parametrize(
    "to",
    [
        "bounces+7-aaaaaaaaaaaaaaaa@example.net",
        Tokens(b"another").return_path("bounces@example.net", 7),
        TOKENS.return_path("bounces@example.net", 8),
        "bounces@example.net",
    ],
    ids=["forged", "another key", "no such delivery", "no token"],
)
async def test_a_report_without_a_token_of_ours_is_refused(
    bounces: Bounces, database: FileDatabase, maildir: Path, to: str
) -> None:
    hand_over(database, 7)
    put(maildir, report(to))

    assert await bounces.look() == Tally(refused=1)

    assert told(database) == ()
    assert scopes(database) == set()


async def test_every_file_is_put_away_as_seen_whatever_is_in_it(
    bounces: Bounces, maildir: Path
) -> None:
    put(maildir, b"\0" * 3_000_000, "1.big")
    put(maildir, b"Subject: I am away\n\n", "2.away:2,")

    assert await bounces.look() == Tally(ignored=2)

    assert list((maildir / "new").iterdir()) == []
    assert {each.name for each in (maildir / "cur").iterdir()} == {"1.big:2,S", "2.away:2,S"}


async def test_a_report_that_was_not_recorded_stays_to_be_read_again(
    bounces: Bounces, database: FileDatabase, maildir: Path
) -> None:
    hand_over(database, 7)
    put(maildir, report(path(7)))
    database.refuses = 1
    with pytest.raises(StoreAway):
        await bounces.look()

    assert await bounces.look() == Tally(recorded=1)


async def test_what_is_no_file_is_left_alone(bounces: Bounces, maildir: Path) -> None:
    (maildir / "new" / "folder").mkdir()
    (maildir / "new" / "elsewhere").symlink_to("/dev/zero")

    assert await bounces.look() == Tally()


async def test_a_maildir_that_is_not_there_is_an_error_of_the_world(
    database: FileDatabase, tmp_path: Path
) -> None:
    nowhere = Bounces(database, SettableClock(), TOKENS, tmp_path / "nowhere", OFFERS)

    with pytest.raises(FileNotFoundError):
        await nowhere.look()
