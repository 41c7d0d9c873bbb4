from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from notifications.announce.mailman import Rest
from notifications.announce.moderation import PATIENCE, WATCHED, Mark, Moderation, Seen, judge
from notifications.compose.tokens import Tokens
from notifications.errors import TransportDown
from notifications.records import posts
from notifications.settings import Secrets, Watch
from notifications.states import CampaignState, DeliveryState
from notifications.tables import DELIVERY
from notifications.terms import Campaign, ChangeEvent
from tests.unit.notifications.announce.rest import LIST, FakeRest, serving
from tests.unit.notifications.clock import START, SettableClock
from tests.unit.notifications.database import FileDatabase
from tests.unit.notifications.handed import campaign_row, hand_over, told

TOKENS = Tokens(b"key")
NAME = TOKENS.message_id(7, "announce@lists.example.net", "example.net")
SECRETS = Secrets(key=b"key", rest_password="secret")
GONE = (START - PATIENCE).isoformat()


@pytest.fixture
def rest() -> Iterator[FakeRest]:
    with serving() as server:
        yield server


def asking(server: FakeRest, secrets: Secrets = SECRETS, list_id: str = LIST) -> Rest:
    return Rest(Watch(rest=server.address), secrets, list_id)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def moderation(database: FileDatabase, clock: SettableClock, rest: FakeRest) -> Moderation:
    return Moderation(database, clock, TOKENS, "example.net", asking(rest))


async def post(
    moderation: Moderation,
    database: FileDatabase,
    state: DeliveryState = DeliveryState.SENT,
) -> None:
    address = "announce@lists.example.net"
    hand_over(database, 7, address=address, announce=True)
    await again(moderation, database, state)


async def again(
    moderation: Moderation,
    database: FileDatabase,
    state: DeliveryState = DeliveryState.SENT,
) -> None:
    claimed = update(DELIVERY).values(state=DeliveryState.CLAIMED)
    database.writes(lambda c: c.execute(claimed))
    await moderation.mark(
        Campaign(number=7, kind="k", state=CampaignState.SENDING, actor="anna", created=START)
    )
    database.writes(lambda c: c.execute(claimed.values(state=state)))


def publication(database: FileDatabase) -> str:
    return str(campaign_row(database, 7).publication)


@pytest.mark.parametrize(
    ("mark", "seen", "word"),
    [
        (None, Seen(count=5, held=False), ""),
        (None, Seen(count=5, held=True), "held"),
        (Mark(count=5), Seen(count=5, held=False), ""),
        (Mark(count=5), Seen(count=6, held=False), "published"),
        (Mark(count=5), Seen(count=6, held=True), "held"),
        (Mark(count=5, held=True), Seen(count=5, held=False), "held"),
        (Mark(count=5, held=True, gone=START.isoformat()), Seen(count=5, held=False), "held"),
        (Mark(count=5, held=True, gone=GONE), Seen(count=5, held=False), "rejected"),
        (Mark(count=5, held=True, gone=GONE), Seen(count=6, held=False), "published"),
        (Mark(count=5, held=True, gone=GONE), Seen(count=5, held=True), "held"),
    ],
)
@pytest.mark.failure(48)
def test_only_what_the_list_has_counted_is_published(
    mark: Mark | None, seen: Seen, word: str
) -> None:
    assert judge(mark, seen, START)[0] == word


def test_what_others_post_while_ours_is_held_does_not_publish_it() -> None:
    _, mark = judge(Mark(count=5), Seen(count=6, held=True), START)

    assert judge(mark, Seen(count=6, held=False), START)[0] == "held"


def test_a_mark_is_kept_as_text() -> None:
    mark = Mark(count=5, held=True, gone=GONE)

    assert Mark.read(mark.text) == mark


async def test_a_held_post_is_told_once(
    moderation: Moderation, database: FileDatabase, rest: FakeRest
) -> None:
    await post(moderation, database)
    rest.held = [f"<{n}@example.org>" for n in range(60)] + [NAME]

    await moderation.look()
    await moderation.look()

    assert publication(database) == "held"
    (change,) = told(database)
    assert change.event is ChangeEvent.PUBLICATION
    assert change.fields == {"publication": "held"}


async def test_a_post_that_is_accepted_is_published(
    moderation: Moderation, database: FileDatabase, rest: FakeRest
) -> None:
    await post(moderation, database)
    rest.held = [NAME]
    await moderation.look()
    rest.held, rest.count = [], 2

    await moderation.look()

    assert [change.fields["publication"] for change in told(database)] == ["held", "published"]


async def test_a_post_that_is_gone_and_was_not_published_in_time_is_rejected(
    moderation: Moderation, database: FileDatabase, rest: FakeRest, clock: SettableClock
) -> None:
    await post(moderation, database)
    rest.held = [NAME]
    await moderation.look()
    rest.held = []
    await moderation.look()
    assert publication(database) == "held"
    clock.advance(PATIENCE.total_seconds())

    await moderation.look()

    assert publication(database) == "rejected"


async def test_a_post_that_goes_out_again_is_followed_anew(
    moderation: Moderation, database: FileDatabase, rest: FakeRest
) -> None:
    await post(moderation, database)
    rest.count = 2
    await moderation.look()

    await again(moderation, database)

    assert publication(database) == ""
    assert Mark.read(campaign_row(database, 7).list_mark) == Mark(count=2)


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.REFUSED])
async def test_what_was_not_handed_over_is_not_asked_about(
    moderation: Moderation, database: FileDatabase, rest: FakeRest, state: DeliveryState
) -> None:
    await post(moderation, database, state)
    asked = rest.asked

    await moderation.look()

    assert rest.asked == asked


async def test_a_post_that_nothing_was_heard_of_is_let_go(
    moderation: Moderation, database: FileDatabase, rest: FakeRest, clock: SettableClock
) -> None:
    await post(moderation, database)
    clock.advance((WATCHED + timedelta(seconds=1)).total_seconds())
    asked = rest.asked

    await moderation.look()

    assert rest.asked == asked


async def test_a_list_that_does_not_answer_holds_up_no_post(
    moderation: Moderation, database: FileDatabase, rest: FakeRest
) -> None:
    rest.answer = b"{"

    await post(moderation, database)

    assert campaign_row(database, 7).list_mark == ""


async def test_a_database_that_is_away_holds_up_no_post(
    moderation: Moderation, database: FileDatabase
) -> None:
    database.refuses = 1

    await moderation.mark(
        Campaign(number=7, kind="k", state=CampaignState.SENDING, actor="anna", created=START)
    )

    assert told(database) == ()


@pytest.mark.parametrize("entries", [b"null", b"7", b'"text"', b"[null]", b'["text"]'])
def test_held_posts_that_are_none_are_the_lists_trouble(rest: FakeRest, entries: bytes) -> None:
    rest.answer = b'{"entries": %b}' % entries

    with pytest.raises(TransportDown):
        asking(rest).held()


async def test_a_post_that_another_has_handed_over_is_not_followed_anew(
    moderation: Moderation, database: FileDatabase
) -> None:
    await post(moderation, database)
    before = campaign_row(database, 7).list_mark

    database.writes(lambda c: posts.note(c, 7, "anew"))

    assert campaign_row(database, 7).list_mark == before


@pytest.mark.parametrize("answer", [b"", b"{", b"[]", b'{"post_id": 1e999}', b"\xff"])
async def test_what_is_no_answer_of_mailmans_is_the_lists_trouble(
    rest: FakeRest, answer: bytes
) -> None:
    rest.answer = answer

    with pytest.raises(TransportDown) as down:
        asking(rest).count()

    assert down.value.fields["phase"] == "list"


@pytest.mark.parametrize(("password", "list_id", "code"), [("x", LIST, 401), ("secret", "x", 404)])
def test_a_refusal_is_told_by_its_code_without_the_password(
    rest: FakeRest, password: str, list_id: str, code: int
) -> None:
    secrets = Secrets(key=b"key", rest_password=password)
    with pytest.raises(TransportDown) as down:
        asking(rest, secrets, list_id).held()

    assert down.value.fields["code"] == code
    assert "secret" not in str(down.value)


def test_a_list_that_is_not_there_is_the_lists_trouble() -> None:
    with serving() as server:
        rest = asking(server)

    with pytest.raises(TransportDown):
        rest.count()
