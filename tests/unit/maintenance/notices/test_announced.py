"""Notices of a maintenance that was announced: they say what was sent, or are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.rules.errors import BadRequest, Code, MaintError, Precondition
from bot.rules.hold import Scope
from tests.contract.store_values import hold
from tests.unit.maintenance.notices.office import ANN, Office, office

WINDOW = {"start": "2021-09-07T20:00Z", "end": "2021-09-07T23:00Z", "downtime": "20"}
MOVED = {"start": "2021-09-14T20:00Z", "end": "2021-09-14T23:00Z"}
START, END = datetime(2021, 9, 7, 20, tzinfo=UTC), datetime(2021, 9, 7, 23, tzinfo=UTC)
NEXT = {"next": "2021-09-08T01:00Z"}
KINDS = {
    "maintenance-reminder": {},
    "maintenance-changed": {},
    "maintenance-cancelled": {},
    "maintenance-rescheduled": MOVED,
    "maintenance-overrun": NEXT,
}


@pytest.fixture
async def told(desk: Office) -> Office:
    """A window of the host hobgoblin was announced; aster is to be suspended, cedar shut down."""
    await desk.say("aster")
    await announce(desk, "hobgoblin")
    return desk


async def announce(desk: Office, about: str, **values: str) -> None:
    key = f"{about}{values}"
    drafted = await desk.new("maintenance-scheduled", about, key=key, **{**WINDOW, **values})
    await desk.sent(drafted.campaign)
    await desk.sent(drafted.post)


async def refusal(desk: Office, kind: str, *about: str, **values: str) -> MaintError:
    with pytest.raises((BadRequest, Precondition)) as refused:
        await desk.new(kind, *about, **values)
    return refused.value


async def values(desk: Office, kind: str, *about: str, **given: str) -> dict[str, object]:
    drafted = await desk.new(kind, *about, **given)
    return dict((await desk.mail.campaign(drafted.campaign)).values)


async def items(desk: Office, kind: str, **given: str) -> dict[str, tuple[object, object]]:
    """Return of each guest in a notice what is intended, and what was told otherwise."""
    drafted = await desk.new(kind, "hobgoblin", **given)
    listed = (await desk.items(drafted.campaign)).values()
    return {str(i["guest"]): (i.get("action"), i.get("was")) for of in listed for i in of}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_not_announced_has_no_past(desk: Office, kind: str) -> None:
    await desk.new("maintenance-scheduled", "hobgoblin", **WINDOW)
    refused = await refusal(desk, kind, "hobgoblin", **KINDS[kind])

    assert (refused.code, refused.fields["host"]) == (Code.NOT_ANNOUNCED, "hobgoblin")
    assert len(await desk.mail.campaigns()) == 2


async def test_another_host_was_not_announced(told: Office) -> None:
    refused = await refusal(told, "maintenance-reminder", "hobgoblin,clockwork")

    assert (refused.code, refused.fields["host"]) == (Code.NOT_ANNOUNCED, "clockwork")


async def test_a_reminder_takes_the_window_and_its_downtime(told: Office) -> None:
    known = await values(told, "maintenance-reminder", "hobgoblin")

    assert (known["start"], known["end"], known["downtime"]) == (START, END, 1200)


async def test_a_reminder_says_what_has_become_otherwise(told: Office) -> None:
    await told.store.hold(hold(Scope.GLOBAL, ""))

    assert await items(told, "maintenance-reminder") == {
        "aster": ("shutdown", "suspend"),
        "cedar": ("shutdown", None),
    }


async def test_a_change_is_told_only_to_those_whom_it_concerns(told: Office) -> None:
    await told.store.hold(hold(Scope.GLOBAL, ""))

    assert await items(told, "maintenance-changed") == {"aster": ("shutdown", "suspend")}


async def test_where_nothing_has_changed_nothing_is_told(told: Office) -> None:
    assert (await refusal(told, "maintenance-changed", "hobgoblin")).code is Code.NOTHING_CHANGED


async def test_a_change_that_was_told_is_not_told_again(told: Office) -> None:
    await told.store.hold(hold(Scope.GLOBAL, ""))
    await told.sent((await told.new("maintenance-changed", "hobgoblin")).campaign)
    refused = await refusal(told, "maintenance-changed", "hobgoblin", page="https://example.net")

    assert refused.code is Code.NOTHING_CHANGED


async def test_another_date_names_the_one_that_was_announced(told: Office) -> None:
    known = await values(told, "maintenance-rescheduled", "hobgoblin", **MOVED)

    assert (known["was_start"], known["was_end"]) == (START, END)


async def test_a_window_that_was_moved_is_reminded_of_at_its_new_date(told: Office) -> None:
    await told.sent((await told.new("maintenance-rescheduled", "hobgoblin", **MOVED)).campaign)
    known = await values(told, "maintenance-reminder", "hobgoblin")

    assert known["start"] == datetime(2021, 9, 14, 20, tzinfo=UTC)


async def test_of_two_windows_the_first_is_meant_unless_it_is_said(told: Office) -> None:
    await announce(told, "hobgoblin", **MOVED)
    first = await values(told, "maintenance-reminder", "hobgoblin")
    second = await values(told, "maintenance-reminder", "hobgoblin", key="2", start=MOVED["start"])

    assert (first["start"], second["start"]) == (START, datetime(2021, 9, 14, 20, tzinfo=UTC))


async def test_who_was_told_of_a_window_is_told_that_it_is_cancelled(told: Office) -> None:
    await told.store.hold(hold(Scope.GLOBAL, ""))

    assert await items(told, "maintenance-cancelled") == {
        "aster": ("suspend", None),
        "cedar": ("shutdown", None),
    }


async def test_a_window_is_cancelled_once(told: Office) -> None:
    await told.sent((await told.new("maintenance-cancelled", "hobgoblin")).campaign)

    assert (await refusal(told, "maintenance-reminder", "hobgoblin")).code is Code.NOT_ANNOUNCED


async def test_a_window_that_is_past_is_not_reminded_of(told: Office) -> None:
    told.later(days=10)

    assert (await refusal(told, "maintenance-reminder", "hobgoblin")).code is Code.NOT_ANNOUNCED


async def test_an_overrun_knows_the_end_that_was_announced(told: Office) -> None:
    told.later(days=9, hours=22)

    assert (await values(told, "maintenance-overrun", "hobgoblin", **NEXT))["end"] == END


@pytest.mark.parametrize(
    ("following", "problem"),
    [("2021-09-07T22:59Z", "past"), ("2021-09-07T23:00Z", "before_end")],
)
async def test_an_overrun_promises_an_instant_to_come(
    told: Office, following: str, problem: str
) -> None:
    told.later(days=9, hours=21, minutes=57 if problem == "past" else 0)
    refused = await refusal(told, "maintenance-overrun", "hobgoblin", next=following)

    assert (refused.code, refused.fields["problem"]) == (Code.BAD_VALUE, problem)


async def test_a_window_that_has_not_begun_does_not_take_longer(told: Office) -> None:
    refused = await refusal(told, "maintenance-overrun", "hobgoblin", **NEXT)

    assert refused.code is Code.NOT_ANNOUNCED


async def test_notices_of_one_window_belong_together(told: Office) -> None:
    reminder = await told.new("maintenance-reminder", "hobgoblin")

    occasion = (await told.mail.campaign(reminder.campaign)).occasion
    assert occasion == "window:hobgoblin:2021-09-07T20:00:00+00:00"


async def test_posts_about_a_window_are_one_thread(told: Office) -> None:
    moved = await told.new("maintenance-rescheduled", "hobgoblin", **MOVED)

    assert b"In-Reply-To" in (await told.mail.preview(moved.post, ANN)).sample


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_gathered_fits_the_words_of_its_kind(tmp_path: Path, kind: str) -> None:
    async with office(tmp_path) as desk:
        await desk.say("aster")
        await announce(desk, "hobgoblin", page="https://status.example.net", reason="updates")
        await desk.store.hold(hold(Scope.GLOBAL, ""))
        desk.later(days=9, hours=20 if kind == "maintenance-overrun" else 0)
        drafted = await desk.new(kind, "hobgoblin", **KINDS[kind])

        assert "aster" in await desk.text(drafted.campaign)
