"""What the journal of windows says in chats: words, what can be done, how loud, told once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.maintenance.telling import card_of
from bot.maintenance.windows.telling import LOUD, RUN, SILENT, WindowProjection
from bot.ports import Message, WindowChange
from bot.rules.errors import Code, TryAgain
from bot.rules.plan.data import plan_to_data
from bot.rules.plan.terms import Remark
from bot.rules.window.terms import Entry, Window, WindowEvent
from bot.storage import DatabaseStore, open_store
from tests.unit.chat.memory import plan
from tests.unit.maintenance.journals import WORDS

AT = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
START = datetime(2026, 12, 19, 1, 0, tzinfo=UTC)
END = START + timedelta(hours=2)
WINDOW = Window(
    hosts=("hobgoblin", "clockwork"),
    start=START,
    end=END,
    zone="Europe/London",
    actor="os:anna",
    changed=AT,
    number=7,
    reason="a new kernel",
)
NEXT = replace(WINDOW, number=0, start=END, end=END + timedelta(hours=2))  # of the same hosts
DRAFTED = {"campaign": 3, "post": 4, "contacts": 2, "campaigns": [3, 5]}
STOPPED: dict[str, Any] = {"stopped": [1], "uncertain": ["u@example.org"], "in_flight": []}
WAS = {"was_start": AT.isoformat(), "was_end": START.isoformat()}
ROWS = [
    {"host": "hobgoblin", "phase": "drain", "rest": "", "expected": END.isoformat()},
    {"host": "clockwork", "phase": "gate", "rest": "asked", "expected": None},
]
ASKED = {
    "host": "hobgoblin",
    "minutes": 15,
    "why": "",
    "plan": plan_to_data(plan("hobgoblin", "aaaa")),
    "told": [{"guest": "vps31", "was": "suspend", "now": "shutdown"}],
}
LOST = {"host": "hobgoblin", "problem": "timed_out", "detail": ""}
NOT_ASKED = {"host": "hobgoblin", "minutes": 0, "why": "", "problem": "contact_lost"}
DATA: dict[WindowEvent, dict[str, Any]] = {
    WindowEvent.SCHEDULED: {**DRAFTED, "too_late": [7, 1]},
    WindowEvent.RESCHEDULED: {**DRAFTED, **STOPPED, **WAS, "too_late": []},
    WindowEvent.CANCELLED: {**DRAFTED, **STOPPED, **WAS, "reason": "no need"},
    WindowEvent.TOLD: {"campaign": 3, "kind": "maintenance-scheduled"},
    WindowEvent.SHOWN: {"days": 7, "at": AT.isoformat(), "campaign": 3, "contacts": 2},
    WindowEvent.REMINDED: {"days": 7, "campaign": 3, "contacts": 2},
    WindowEvent.NOT_REMINDED: {"days": 1, "why": "not_approved", "campaign": 0, "problem": ""},
    WindowEvent.CHANGED: {"campaign": 3, "contacts": 2, "guests": ["vps31"]},
    WindowEvent.UNCHANGED: {"campaign": 3},
    WindowEvent.REVEALED: {"campaign": 3, "contacts": 2},
    WindowEvent.ASKED: ASKED,
    WindowEvent.NOT_ASKED: {**NOT_ASKED, "fields": LOST},
    WindowEvent.STARTED: {"host": "hobgoblin", "run": "r1"},
    WindowEvent.ENDING: {"minutes": 30, "rows": ROWS},
    WindowEvent.OVERRUN: {"rows": ROWS, "campaign": 3, "post": 0, "contacts": 2},
    WindowEvent.COMPLETED: {"done": ["hobgoblin"], "missed": ["clockwork"], "late": 900.0},
    WindowEvent.MISSED: {"done": [], "missed": ["hobgoblin", "clockwork"], "late": 0.0},
    WindowEvent.LATE: {"dues": [{"kind": "remind", "about": 7, "at": AT.isoformat()}]},
}
#: What must be read in each.
SAYS = {
    WindowEvent.SCHEDULED: "There is no time for the reminders 7 and 1 days before.",
    WindowEvent.RESCHEDULED: "it was Fri 2026-12-18 12:00 to Sat 2026-12-19 01:00 Europe/London",
    WindowEvent.CANCELLED: "is cancelled by os:anna: no need. It was Fri 2026-12-18 12:00",
    WindowEvent.SHOWN: "campaign 3, to 2 contacts. It goes by itself at 2026-12-18 12:00 UTC",
    WindowEvent.REMINDED: "the reminder 7 days before goes out to 2 contacts, campaign 3.",
    WindowEvent.NOT_REMINDED: "does NOT go: no notice of this date was approved and sent",
    WindowEvent.CHANGED: "2 contacts stand to be surprised in 13 h. What is intended with vps31",
    WindowEvent.UNCHANGED: "campaign 3 is cancelled",
    WindowEvent.REVEALED: "its reason can be given now. A mail to 2 contacts is drafted",
    WindowEvent.ASKED: "hobgoblin is to start in 15 min.",
    WindowEvent.NOT_ASKED: "hobgoblin is to start now, and it cannot be planned:\nhobgoblin does",
    WindowEvent.STARTED: "the run of hobgoblin begins by itself",
    WindowEvent.ENDING: "  clockwork: checking that the host is back, it asks a person",
    WindowEvent.OVERRUN: "  hobgoblin: saving and shutting guests down, done at 2026-12-19 03:00",
    WindowEvent.COMPLETED: "is done: hobgoblin, 15 min after its end. Not begun in it: clockwork.",
    WindowEvent.MISSED: "no work began in it. Nothing starts by itself now.",
    WindowEvent.LATE: "  2026-12-18 12:00 UTC: the reminder 7 days before is mailed",
    WindowEvent.TOLD: "a notice begins to go out",
}
ACTS = {
    WindowEvent.SCHEDULED: ["campaign preview 3", "campaign preview 5", "announce preview 4"],
    WindowEvent.RESCHEDULED: ["campaign preview 3", "campaign preview 5", "announce preview 4"],
    WindowEvent.CANCELLED: ["campaign preview 3", "campaign preview 5", "announce preview 4"],
    WindowEvent.SHOWN: ["campaign preview 3", "campaign cancel 3"],
    WindowEvent.CHANGED: ["campaign preview 3"],
    WindowEvent.REVEALED: ["campaign preview 3"],
    WindowEvent.ASKED: ["start hobgoblin --plan aaaa", "plan hobgoblin"],
    WindowEvent.NOT_ASKED: ["plan hobgoblin"],
    WindowEvent.OVERRUN: ["campaign approve 3 --send", "campaign preview 3"],
}
EVENTS = sorted(WindowEvent)


@dataclass(kw_only=True)
class Chat:
    """A chat that keeps what it is told; `away` takes nothing."""

    name: str = "terminal:one"
    told: list[Message] = field(default_factory=list)
    away: bool = False

    async def post(self, message: Message) -> str:
        if self.away:
            raise TryAgain(Code.STORE_UNREACHABLE, path="chat", problem="away")
        self.told.append(message)
        return str(len(self.told))

    async def update(self, reference: str, message: Message) -> None:
        raise AssertionError(reference, message)

    async def reply(self, reference: str, message: Message) -> str:
        raise AssertionError(reference, message)


def entry(event: WindowEvent, **data: object) -> Entry:
    actor = "os:anna" if event in {"scheduled", "rescheduled", "cancelled"} else ""
    return Entry(window=7, at=AT, event=event, actor=actor, data={**DATA[event], **data})


def message(event: WindowEvent, window: Window = WINDOW, **data: object) -> Message:
    projection = WindowProjection(store=None, words=WORDS)  # type: ignore[arg-type]
    return projection.message(window, entry(event, **data))


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_is_told_with_the_window_and_its_hosts(event: WindowEvent) -> None:
    text = message(event).text

    assert text.startswith("Window #7 (hobgoblin and clockwork)")
    assert SAYS[event] in text


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_offers_what_can_be_done(event: WindowEvent) -> None:
    assert [act.command for act in message(event).acts] == ACTS.get(event, [])


@pytest.mark.parametrize("event", EVENTS)
def test_what_needs_a_person_is_loud_and_nothing_else(event: WindowEvent) -> None:
    assert message(event).loud == (event in LOUD)


@pytest.mark.parametrize("event", sorted(set(EVENTS) - {"cancelled", "told", "completed"}))
def test_the_times_are_in_the_zone_of_the_window(event: WindowEvent) -> None:
    assert "Sat 2026-12-19 01:00 to 03:00 Europe/London" in message(event).text


def test_the_question_shows_the_plan_and_what_customers_were_told() -> None:
    lines = message(WindowEvent.ASKED).text.splitlines()

    assert lines[1] == "Customers were told otherwise: vps31 suspended, now shut down."
    assert lines[2].startswith("hobgoblin: 1 guests: 0 suspended, 1 shut down. Plan aaaa.")


def test_the_question_says_of_which_guests_nothing_or_another_date_was_told() -> None:
    rows = [("a", "", "suspend"), ("b", "another_date", "shutdown"), ("c", "", "shutdown")]
    told = [dict(zip(("guest", "was", "now"), row, strict=True)) for row in rows]

    lines = message(WindowEvent.ASKED, told=told).text.splitlines()

    assert lines[1] == "Contacts know another start or end for 1 guest: b."
    assert lines[2] == "Contacts were told nothing of 2 guests: a and c."
    assert lines[3].startswith("hobgoblin: 1 guests")


def test_the_question_says_that_it_starts_by_itself_when_it_does() -> None:
    auto = replace(WINDOW, auto=True)

    assert "hobgoblin starts by itself in 15 min, unless" in message(WindowEvent.ASKED, auto).text
    assert (
        "hobgoblin is to start now." in message(WindowEvent.ASKED, auto, minutes=0, why="held").text
    )


def test_the_question_says_why_it_does_not_start_by_itself() -> None:
    text = message(WindowEvent.ASKED, minutes=0, why="held").text

    assert "hobgoblin is to start now." in text
    assert "It does not start by itself: a hold decides for a guest of it." in text


@pytest.mark.parametrize(
    ("minutes", "work", "late"), [(15, 7199, False), (15, 7201, True), (0, 7201, False)]
)
def test_an_end_after_that_of_the_window_is_said(
    minutes: int,
    work: float,
    late: bool,  # noqa: FBT001 - a row of the table
) -> None:
    long = plan_to_data(replace(plan("hobgoblin", "aaaa"), work_seconds=work))

    told = message(WindowEvent.ASKED, minutes=minutes, plan=long).text

    assert ("after the end of the window at 2026-12-19 03:00 UTC" in told) == late


def test_a_plan_that_may_not_start_is_not_offered() -> None:
    problem = Remark(code="image_space", fields={"needed_mib": 2048, "free_mib": 1024})
    bad = plan_to_data(plan("hobgoblin", "aaaa", (problem,)))

    acts = message(WindowEvent.ASKED, plan=bad).acts

    assert [act.command for act in acts] == ["plan hobgoblin"]


def test_the_start_is_settled_by_whatever_begins_its_host() -> None:
    assert message(WindowEvent.ASKED).acts[0].about == card_of("hobgoblin")


def test_a_second_question_takes_the_place_of_the_first_for_its_host_alone() -> None:
    assert [about for about, _ in message(WindowEvent.ASKED).settles] == [card_of("hobgoblin")]


@pytest.mark.parametrize(
    ("problem", "fields", "says"),
    [
        (
            "host_busy",
            {"host": "hobgoblin", "who": "os:bob", "since": "2026-12-19 00:10:00+00:00"},
            "hobgoblin is already in a run, started by os:bob at 2026-12-19 00:10:00+00:00.",
        ),
        ("unknown_host", {"host": "hobgoblin", "nearest": ""}, 'There is no host "hobgoblin".'),
        ("no_host_work", {"host": "hobgoblin"}, "does not say what is done to hobgoblin"),
        ("lease_lost", {}, "failed: another process"),
    ],
)
def test_a_host_that_cannot_be_planned_says_why_in_a_sentence_or_else_in_short(
    problem: str, fields: dict[str, str], says: str
) -> None:
    first, why = message(WindowEvent.NOT_ASKED, problem=problem, fields=fields).text.splitlines()

    assert first.endswith("hobgoblin is to start now, and it cannot be planned:")
    assert says in why


def test_a_host_that_is_in_a_run_is_looked_at() -> None:
    busy = {"host": "hobgoblin", "who": "os:bob", "since": "2026-12-19 00:10:00+00:00"}

    told = message(WindowEvent.NOT_ASKED, problem="host_busy", fields=busy)

    assert [act.command for act in told.acts] == ["status hobgoblin"]


def test_a_reminder_for_which_nobody_was_told_says_so() -> None:
    told = message(WindowEvent.SHOWN, campaign=0, contacts=0)

    assert "nobody was told of the window yet" in told.text
    assert told.acts == ()


def test_an_overrun_that_nobody_knows_of_offers_no_mail() -> None:
    told = message(WindowEvent.OVERRUN, campaign=0, contacts=0)

    assert "No contact was told of the window" in told.text
    assert told.acts == ()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DatabaseStore]:
    opened = open_store(tmp_path / "db", "anna")
    yield opened
    await opened.close()


async def write(store: DatabaseStore, *events: WindowEvent, window: Window | None = None) -> None:
    """Write down events of the first window, or of another one."""
    known = next(iter(await store.windows()), None)
    window = window or known or replace(WINDOW, number=0)
    entries = tuple(replace(entry(event), window=window.number) for event in events)
    change = WindowChange(window=window, expected=window.revision, entries=entries)
    await store.change_windows([change])


# ---- the start that was offered ----

OVER = [
    WindowEvent.COMPLETED,
    WindowEvent.MISSED,
    WindowEvent.OVERRUN,
    WindowEvent.CANCELLED,
    WindowEvent.RESCHEDULED,
]


async def settled(store: DatabaseStore) -> list[str]:
    """Return what the newest entry settles."""
    chat = Chat()
    await WindowProjection(store=store, words=WORDS).tell(chat)
    return [about for about, _ in chat.told[-1].settles]


@pytest.mark.parametrize("event", OVER)
async def test_the_start_that_was_offered_is_over_with_its_window(
    store: DatabaseStore, event: WindowEvent
) -> None:
    await write(store, WindowEvent.ASKED, event)

    assert await settled(store) == [card_of("hobgoblin")]


@pytest.mark.parametrize("event", OVER)
async def test_what_becomes_of_another_window_leaves_the_start_of_this_one(
    store: DatabaseStore, event: WindowEvent
) -> None:
    await write(store, WindowEvent.ASKED)
    await write(store, event, window=NEXT)

    assert await settled(store) == []


async def test_a_window_leaves_the_start_that_another_has_offered_since(
    store: DatabaseStore,
) -> None:
    await write(store, WindowEvent.ASKED)
    await write(store, WindowEvent.ASKED, window=NEXT)
    await write(store, WindowEvent.MISSED)

    assert await settled(store) == []


async def test_a_question_of_before_the_window_was_moved_is_settled_once(
    store: DatabaseStore,
) -> None:
    await write(store, WindowEvent.ASKED, WindowEvent.RESCHEDULED, WindowEvent.CANCELLED)

    assert await settled(store) == []


# ---- telling it once ----


async def test_each_entry_is_told_once_and_in_order(store: DatabaseStore) -> None:
    chat, projection = Chat(), WindowProjection(store=store, words=WORDS)
    await write(store, WindowEvent.SCHEDULED, WindowEvent.SHOWN)

    await projection.tell(chat)
    await write(store, WindowEvent.REMINDED)
    await projection.tell(chat)
    await WindowProjection(store=store, words=WORDS).tell(chat)

    words = ["is scheduled by", "is drafted as campaign 3", "goes out to"]
    assert [w in m.text for w, m in zip(words, chat.told, strict=True)] == [True] * 3


async def test_a_new_chat_is_told_only_what_happens_from_now_on(store: DatabaseStore) -> None:
    chat, projection = Chat(), WindowProjection(store=store, words=WORDS)
    await write(store, WindowEvent.SCHEDULED)
    await projection.skip(chat)

    await write(store, WindowEvent.REMINDED)
    await projection.tell(chat)

    assert ["goes out to" in told.text for told in chat.told] == [True]


async def test_what_chats_hear_elsewhere_is_passed_over(store: DatabaseStore) -> None:
    chat, projection = Chat(), WindowProjection(store=store, words=WORDS)
    await write(store, *SILENT)

    await projection.tell(chat)

    assert chat.told == []
    assert (await store.cursor(chat.name, RUN)).number == 1


@pytest.mark.parametrize(("actor", "told"), [("os:anna", 1), ("os:bob", 2), ("", 2)])
async def test_who_was_answered_is_not_told_again(
    store: DatabaseStore, actor: str, told: int
) -> None:
    chat, projection = Chat(), WindowProjection(store=store, words=WORDS)
    await write(store, WindowEvent.SCHEDULED, WindowEvent.CHANGED)

    await projection.tell(chat, answered=actor)

    assert len(chat.told) == told


async def test_an_entry_that_cannot_be_told_hides_no_other(
    store: DatabaseStore, caplog: pytest.LogCaptureFixture
) -> None:
    chat, projection = Chat(), WindowProjection(store=store, words=WORDS)
    await write(store, WindowEvent.SCHEDULED)
    bare = Entry(window=1, at=AT, event=WindowEvent.ASKED)
    await store.change_windows([WindowChange(window=(await store.windows())[0], entries=(bare,))])
    await write(store, WindowEvent.REMINDED)

    await projection.tell(chat)

    assert ["The bot has a defect" in told.text for told in chat.told] == [False, True, False]
    caplog.clear()  # else it fails for what it is about


async def test_a_chat_that_is_away_is_told_later_from_where_it_was(store: DatabaseStore) -> None:
    chat, projection = Chat(), WindowProjection(store=store, words=WORDS)
    await write(store, WindowEvent.SCHEDULED, WindowEvent.REMINDED)
    chat.away = True
    await projection.tell(chat)
    chat.away = False

    await projection.tell(chat)

    assert len(chat.told) == 2
