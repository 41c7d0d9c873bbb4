"""Whatever comes as Slack's is answered, and nothing acts that should not: ten thousand times."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.chat.slack import deliveries
from bot.storage import open_store
from tests.property.slack_payloads import GRAINS, form, forms, line, payloads, press, presses, whole
from tests.property.slack_posts import forged, mistyped, post_of, raw, refused
from tests.property.slack_room import MALLORY, WENDY, Room, room
from tests.property.slack_shelf import CARD, Shelf
from tests.property.slack_wire import wired
from tests.unit.chat.memory import MemoryDesk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.property.slack_payloads import Payload
    from tests.property.slack_posts import Post

#: How many deliveries each test makes at least.
DELIVERIES = {
    "by nobody": 2000,
    "not signed": 3500,
    "signed": 2500,
    "twice": 1500,
    "forms and buttons": 1500,
}
#: What a person may do, and did not do twice.
ONE_OF_EACH = (
    *("start hobgoblin --confirm hobgoblin", "pause hobgoblin", "hold noisy"),
    "suppressions lift a@example.org",
)
ACKNOWLEDGED = 200
REFUSALS = {400, 401, 404, 405, 413}


def many(name: str) -> settings:
    return settings(
        max_examples=DELIVERIES[name],
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def test_they_are_ten_thousand() -> None:
    assert sum(DELIVERIES.values()) >= 10_000


def acts(to: Room) -> dict[str, int]:
    """Return how much was done, of each sort."""
    desk = to.desk
    return {
        "starts": len(desk.starts),
        "wishes": len(desk.wishes),
        "holds": len(desk.store.standing),
        "proposals": len(desk.store.proposals),
        "mail": len(to.mail.changes),
    }


# ---- nobody's ----


def test_who_has_no_role_changes_nothing_whatever_they_send(tmp_path: Path) -> None:
    with wired() as (runner, wire):
        store = open_store(tmp_path / "maint.sqlite", "bot")
        closed = runner.run(room(store, MemoryDesk(store=store)))  # type: ignore[arg-type]

        @many("by nobody")
        @example(payload=press(MALLORY, "dismiss hobgoblin"), number=1)
        @given(payload=payloads(MALLORY) | presses(MALLORY), number=st.integers(1, 10**12))
        def sent(payload: Payload, number: int) -> None:
            runner.run(wire.carry(closed, numbered(payload, number)))

        runner.run(store.post(CARD))
        sent()
        card = runner.run(store.posting(CARD.chat, reference=CARD.reference))
        desk, holds = closed.desk, runner.run(store.holds())
        audited = {row.result for row in runner.run(store.audits(limit=10**6))}
        runner.run(store.close())

    assert (desk.starts, desk.wishes, closed.mail.changes, holds) == ([], [], [], ())
    assert audited == {"not_permitted"}
    assert card is not None
    assert card.message == CARD.message


def numbered(payload: Payload, number: int) -> Payload:
    """Return *payload* as one that did not come before."""
    event = payload.get("event")
    if isinstance(event, dict) and "ts" in event:
        return {**payload, "event": {**event, "ts": f"{number}.{event['ts']}"}}
    return (
        {**payload, "trigger_id": f"{payload['trigger_id']}.{number}"}
        if "trigger_id" in payload
        else payload
    )


def test_what_slack_has_not_signed_now_is_refused_and_recorded_nowhere(tmp_path: Path) -> None:
    good = whole(WENDY).map(post_of)
    posts = forged(good) | forged(payloads(WENDY).map(post_of) | raw) | refused(good)
    with wired() as (runner, wire):
        store = open_store(tmp_path / "maint.sqlite", "bot")
        closed = runner.run(room(store, MemoryDesk(store=store)))  # type: ignore[arg-type]

        @many("not signed")
        @given(post=posts)
        def sent(post: Post) -> None:
            status = runner.run(wire.post(closed, post))
            harmless = status == ACKNOWLEDGED and b"ssl_check" in post.body
            assert status in REFUSALS or harmless

        sent()
        assert wire.alarms.traced == 0  # nobody may fill the log
        runner.run(store.close())

    assert (closed.desk.starts, closed.desk.wishes, closed.mail.changes) == ([], [], [])
    with closing(sqlite3.connect(tmp_path / "maint.sqlite")) as database:
        asked = database.execute("SELECT count(*) FROM asked").fetchone()
        audited = database.execute("SELECT count(*) FROM audit").fetchone()
    assert (asked, audited) == ((0,), (0,))


# ---- whatever is signed ----


def test_whatever_is_signed_is_acknowledged_or_refused() -> None:
    posts = raw | mistyped(payloads(WENDY).map(post_of))
    with wired() as (runner, wire):

        @many("signed")
        @given(post=posts)
        def sent(post: Post) -> None:
            to = runner.run(room(Shelf(), MemoryDesk()))
            status = runner.run(wire.post(to, post.signed()))
            assert status in {ACKNOWLEDGED, *REFUSALS}

        sent()


def test_what_is_delivered_twice_acts_as_if_it_came_once() -> None:
    seen: Counter[str] = Counter()
    with wired() as (runner, wire):

        async def deliver(to: Room, payload: Payload, *, http: bool) -> bool:
            if http:
                return await wire.post(to, post_of(payload).signed()) == ACKNOWLEDGED
            return await wire.carry(to, payload)

        async def twice(payload: Payload, ways: tuple[bool, bool], *, together: bool) -> None:
            shelves = Shelf(), Shelf()
            once, again = [await room(shelf, MemoryDesk()) for shelf in shelves]
            assert await deliver(once, payload, http=ways[0])
            both = [deliver(again, payload, http=http) for http in ways]
            assert await asyncio.gather(*both) if together else [await each for each in both]
            assert acts(once) == acts(again)
            assert shelves[0].shows == shelves[1].shows
            seen.update(acts(once))

        @many("twice")
        @given(
            payload=whole(WENDY),
            ways=st.tuples(st.booleans(), st.booleans()),
            together=st.booleans(),
        )
        def sent(payload: Payload, ways: tuple[bool, bool], together: bool) -> None:  # noqa: FBT001 - drawn
            runner.run(twice(payload, ways, together=together))

        for text in ONE_OF_EACH:
            runner.run(twice(line(WENDY, text), (False, True), together=True))
        sent()
    assert {sort for sort in seen if seen[sort]} == {"starts", "wishes", "holds", "mail"}


@pytest.mark.parametrize("grain", GRAINS)
def test_the_longest_text_that_slack_allows_is_read_at_once(grain: str) -> None:
    said = {"type": "app_mention", "user": WENDY, "channel": "C1", "ts": "1.2"}
    begun = time.perf_counter()

    deliveries.mention({"event": {**said, "text": f"x{grain * (40_000 // len(grain))}"}}, "", 0.0)

    assert time.perf_counter() - begun < 1.0


# ---- starts ----


def test_no_button_and_no_form_starts_a_run_whose_host_was_not_typed() -> None:
    started: list[str] = []
    with wired() as (runner, wire):

        @many("forms and buttons")
        @example(sequence=[form(WENDY, "hobgoblin")], reason=False)
        @example(
            sequence=[press(WENDY, "dismiss hobgoblin"), form(WENDY, "hobgoblin")], reason=False
        )
        @example(sequence=[press(WENDY, "start hobgoblin --confirm hobgoblin")], reason=False)
        @given(
            sequence=st.lists(presses(WENDY) | forms(WENDY), min_size=1, max_size=2),
            reason=st.booleans(),
        )
        def sent(sequence: list[Payload], reason: bool) -> None:  # noqa: FBT001 - drawn
            shelf, desk = Shelf(), MemoryDesk()
            to = runner.run(room(shelf, desk, reason=reason))
            assert all(runner.run(wire.carry(to, payload)) for payload in sequence)
            names = {typed(payload) for payload in sequence}
            assert {str(start["host"]) for start in desk.starts} <= names
            card_stands = shelf.shows[0] == CARD.message
            assert card_stands or "dismiss hobgoblin" in map(pressed, sequence)
            started.extend(names if desk.starts else [])

        sent()
    assert started


def typed(payload: Payload) -> str:
    """Return the name that was typed into a form; none, if it is no form."""
    if payload["type"] != "view_submission":
        return ""
    name: str = payload["view"]["state"]["values"]["name"]["name"]["value"]
    return name.strip()


def pressed(payload: Payload) -> object:
    """Return the command of the button that was pressed; none, if it has none."""
    with suppress(ValueError, LookupError, TypeError, RecursionError):
        return json.loads(payload["actions"][0]["value"])["c"]
    return None
