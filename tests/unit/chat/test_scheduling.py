"""Windows and freezes by chat: what is typed, what stands then, and what is said."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.maintenance.windows.stopping import Stopped
from bot.rules.window.terms import WindowEvent, WindowState
from notifications import CampaignState
from tests.unit.chat.memory import NOW
from tests.unit.chat.windowroom import WindowRoom, window_room

SAT = 'schedule hobgoblin sat 01:00 for 2h reason "a new kernel"'
FAR = "schedule hobgoblin 18 sep 01:00 for 2h"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[WindowRoom]:
    async with window_room(tmp_path) as made:
        yield made


@dataclass(frozen=True, kw_only=True)
class Head:
    """A campaign of a window."""

    number: int
    state: CampaignState = CampaignState.DRAFT
    occasion: str = "window:1"
    kind: str = "maintenance-scheduled"
    announce: bool = False
    started: datetime | None = None

    @property
    def values(self) -> Mapping[str, object]:
        """What its mail says of the window."""
        return {"start": NOW, "end": NOW, "hosts": ("hobgoblin",)}


async def test_the_echo_has_start_and_end_in_the_configured_zone_utc_and_that_of_customers(
    room: WindowRoom,
) -> None:
    said = await room.types(SAT)

    assert "Window #1 (hobgoblin) is scheduled by os:anna: Sat 2021-08-28 01:00 to 03:00" in said
    rows = [line.split()[0] for line in said.splitlines() if line.startswith("  ")]
    assert rows[1:4] == ["Europe/London", "America/New_York", "UTC"]
    assert "America/New_York  Fri 2021-08-27 20:00 -04:00  Fri 2021-08-27 22:00 -04:00" in said


async def test_what_is_echoed_is_what_is_stored(room: WindowRoom) -> None:
    await room.types(SAT)

    window = await room.store.window(1)
    assert (window.start.isoformat(), window.length) == (
        "2021-08-28T00:00:00+00:00",
        timedelta(hours=2),
    )
    assert (window.zone, window.reason, window.actor) == (
        "Europe/London",
        "a new kernel",
        "os:anna",
    )


async def test_a_zone_that_is_typed_is_that_of_the_window_and_in_the_echo(room: WindowRoom) -> None:
    said = await room.types("schedule hobgoblin sat 01:00 Asia/Kolkata")

    assert (await room.store.window(1)).zone == "Asia/Kolkata"
    assert "Sat 2021-08-28 01:00 to 03:00 Asia/Kolkata (Fri 2021-08-27 19:30 to 21:30 UTC)" in said
    assert "  Europe/London     Fri 2021-08-27 20:30 +01:00" in said


async def test_the_first_notice_is_offered_and_the_reminders_are_announced(
    room: WindowRoom,
) -> None:
    reply = await room.person.types(FAR)

    assert [act.command for act in reply.messages[0].acts] == ["campaign preview 1"]
    assert "A person must approve and send this first one" in reply.messages[0].text
    assert "2021-09-11 00:00 UTC  the reminder 7 days before is mailed" in reply.messages[0].text


async def test_a_reminder_that_there_is_no_time_for_is_named(room: WindowRoom) -> None:
    said = await room.types(SAT)

    assert "There is no time for the reminder 7 days before." in said
    assert "2021-08-27 00:00 UTC  the reminder 1 day before is mailed" in said


async def test_a_window_that_nobody_hears_of_says_so(room: WindowRoom) -> None:
    room.letters.contacts_each = 0

    assert "No contact is concerned, so nobody is written to." in await room.types(SAT)


async def test_several_hosts_are_one_window(room: WindowRoom) -> None:
    await room.types("schedule hobgoblin,clockwork sat 01:00")

    windows = await room.store.windows()
    assert [window.hosts for window in windows] == [("hobgoblin", "clockwork")]


async def test_each_day_makes_a_series_at_the_same_local_time(room: WindowRoom) -> None:
    reply = await room.person.types("schedule hobgoblin,clockwork 30 oct 20:00 for 4h each day")

    windows = await room.store.windows()
    assert [(w.hosts, w.start.hour, w.series) for w in windows] == [
        (("hobgoblin",), 19, 1),
        (("clockwork",), 20, 1),  # the clock went back that night
    ]
    assert len(reply.messages) == 2


async def test_an_embargo_and_a_start_by_itself_are_kept_and_said(room: WindowRoom) -> None:
    said = await room.types(f"{SAT} embargo fri 12:00 auto")

    window = await room.store.window(1)
    assert (window.embargo and window.embargo.isoformat(), window.auto) == (
        "2021-08-27T11:00:00+00:00",
        True,
    )
    assert "(not told to customers before 2021-08-27 11:00 UTC); it starts by itself" in said


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("schedule hobgoblin sat 02:00", "hobgoblin is already in window #1, 2021-08-28 00:00 UTC"),
        ("schedule hobgoblin 31 oct 01:30", "exists twice in Europe/London"),
        ("schedule hobgoblin 24 aug 2021 01:00", "is past"),
        ("schedule hobgoblim sat 01:00", 'Did you mean "hobgoblin"?'),
        ("schedule hobgoblin sun 01:00 for 30h", "A window may last 1 d at most"),
        ("schedule hobgoblin sun 1am", "Type it like this: sun 01:00"),
        ("schedule hobgoblin sun 01:00 fro 2h", '"fro" does not fit there. Nothing was done. Type'),
        ("reschedule 2 sat 01:00", "There is no window #2."),
        ("reschedule x sat 01:00", "is not the number of a window (for those: windows)"),
        ("cancel hobgoblin", "is not the number of a window (for those: windows)"),
        ("window 2", "There is no window #2."),
        ("unfreeze 2", "No freeze #2 stands."),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence(
    room: WindowRoom, line: str, words: str
) -> None:
    await room.types(SAT)

    assert words in await room.types(line)
    assert len(await room.store.windows()) == 1


async def test_only_who_operates_may_schedule(room: WindowRoom) -> None:
    room.person.actor = "os:bob"

    assert "needs the role operate" in await room.types(SAT)
    assert await room.types("windows") != ""


async def test_a_repeated_request_schedules_once_and_is_in_the_audit(room: WindowRoom) -> None:
    for _ in range(2):
        await room.person.types(SAT, key="same")

    assert len(await room.store.windows()) == 1
    assert room.person.desk.store.audited["same"].host == "hobgoblin"


# ---- changing ----


@pytest.mark.parametrize(("more", "hours"), [("", 2), (" for 3h", 3)])
async def test_a_window_that_is_moved_keeps_its_length_unless_another_is_given(
    room: WindowRoom, more: str, hours: int
) -> None:
    said = await room.types(SAT, f"reschedule #1 sun 01:00{more}")

    window = await room.store.window(1)
    assert (window.start.day, window.length) == (29, timedelta(hours=hours))
    assert "is moved by os:anna: Sun 2021-08-29 01:00" in said
    assert "it was Sat 2021-08-28 01:00 to 03:00" in said
    assert "  America/New_York" in said


async def test_what_was_stopped_is_listed_and_addresses_are_cut_at_ten(room: WindowRoom) -> None:
    many = tuple(f"c{number}@example.org" for number in range(13))
    room.stops.stopped, room.stops.numbers = Stopped(uncertain=many, in_flight=many[:1]), (7, 8)

    said = await room.types(SAT, "reschedule 1 in 5d")

    assert "Stopped, and never sent on: campaign 7 and 8." in said
    assert "UNCERTAIN, they may have been told of the old time: c0@example.org, " in said
    assert "c9@example.org and 3 more" in said
    assert "In flight at this moment, they may have been told of the old time: c0@" in said


async def test_a_window_is_cancelled_with_its_reason(room: WindowRoom) -> None:
    said = await room.types(SAT, 'cancel 1 reason "no need"')

    assert (await room.store.window(1)).state is WindowState.CANCELLED
    assert said.startswith("Window #1 (hobgoblin) is cancelled by os:anna: no need. It was Sat ")
    assert "No mail is drafted: nobody who can be written to was told of it." in said


async def test_a_cancelled_window_is_told_to_those_who_knew_of_it(room: WindowRoom) -> None:
    await room.types(SAT)
    room.mail.known = [Head(number=1, state=CampaignState.DONE, started=NOW)]

    reply = await room.person.types("cancel 1")

    assert [act.command for act in reply.messages[0].acts] == ["campaign preview 2"]


async def test_a_window_that_is_over_is_not_changed(room: WindowRoom) -> None:
    said = await room.types(SAT, "cancel 1", "reschedule 1 sun 01:00")

    assert said.startswith("Window #1 is cancelled, so it cannot be changed any more.")


# ---- looking ----


async def test_the_list_has_those_to_come_and_with_all_also_those_that_are_over(
    room: WindowRoom,
) -> None:
    await room.types(SAT, "schedule clockwork sun 01:00 auto", "cancel 1")

    coming, every = await room.types("windows"), await room.types("windows --all")

    assert [line.split()[0] for line in coming.splitlines()[1:-1]] == ["#2"]
    assert "to come, by itself" in coming
    assert [line.split()[0] for line in every.splitlines()[1:-1]] == ["#1", "#2"]


async def test_a_window_that_has_begun_is_under_way(room: WindowRoom) -> None:
    await room.types("schedule hobgoblin in 10m for 2h")
    room.person.desk.clock.later = timedelta(minutes=30)

    assert "UNDER WAY" in await room.types("windows")
    assert "UNDER WAY" in await room.types("window 1")


async def test_where_there_is_none_the_form_is_shown(room: WindowRoom) -> None:
    assert "schedule HOST sat 01:00" in await room.types("windows")


async def test_the_calendar_is_a_file_and_has_no_cancelled_window(room: WindowRoom) -> None:
    await room.types(SAT, "schedule clockwork sun 01:00", "cancel 1")

    reply = await room.person.types("windows --ics --all")

    [(name, content)] = reply.messages[0].files
    assert (name, reply.document) == ("windows.ics", True)
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.count(b"BEGIN:VEVENT") == 1


async def test_the_data_of_the_status_page_keep_an_embargo(room: WindowRoom) -> None:
    await room.types(f"{SAT} embargo fri 12:00")

    reply = await room.person.types("windows --json")

    [planned] = json.loads(reply.messages[0].files[0][1])
    assert (planned["window"], planned["hosts"], planned["reason"]) == (1, ["hobgoblin"], "")


async def test_one_window_is_shown_with_all_that_follows(room: WindowRoom) -> None:
    await room.types(f"{SAT} embargo fri 12:00")
    room.mail.known = [Head(number=2, occasion="window:9"), Head(number=1)]

    reply = await room.person.types("window #1")

    text = reply.messages[0].text
    assert "(not told to customers before 2021-08-27 11:00 UTC)" in text
    assert "campaign 1: maintenance-scheduled, a draft" in text
    assert "campaign 2" not in text
    assert "2021-08-27 23:45 UTC  the channel is asked, 15 min before the start" in text
    assert [act.command for act in reply.messages[0].acts] == ["campaign preview 1"]


@pytest.mark.parametrize(
    ("state", "shown"), [(CampaignState.DRAFT, True), (CampaignState.DONE, False)]
)
async def test_who_stands_to_be_surprised_is_counted_until_the_mail_goes(
    room: WindowRoom,
    state: CampaignState,
    shown: bool,  # noqa: FBT001 - a row of the table
) -> None:
    await room.types(SAT)
    await room.happens(1, WindowEvent.CHANGED, campaign=3, contacts=2, guests=["vps31"])
    room.mail.known = [Head(number=3, kind="maintenance-changed", state=state)]

    said = await room.types("window 1")

    assert ("2 contacts stand to be surprised" in said) == shown


# ---- freezes ----


async def test_a_freeze_names_the_windows_in_it_and_keeps_others_out(room: WindowRoom) -> None:
    frozen = await room.types(SAT, 'freeze 27 aug to 2 sep "the holidays"')
    refused = await room.types("schedule clockwork mon 01:00")

    assert frozen.startswith(
        "Freeze #1: nothing is scheduled Fri 2021-08-27 00:00 to Fri 2021-09-03 00:00 Europe/London"
    )
    assert "  Window #1 (hobgoblin): Sat 2021-08-28 01:00 to 03:00 Europe/London" in frozen
    assert "by os:anna (the holidays)" in refused


async def test_a_freeze_that_is_lifted_stands_no_more(room: WindowRoom) -> None:
    listed = await room.types("freeze now to 2 sep holidays", "freezes")
    lifted = await room.types("unfreeze #1")

    assert listed.startswith(f"#1  {NOW + timedelta(hours=1):%a %Y-%m-%d %H:%M} to Fri")
    assert "is lifted" in lifted
    assert (await room.types("freezes")).startswith("No freeze stands.")


async def test_a_window_that_starts_by_itself_in_a_freeze_says_so(room: WindowRoom) -> None:
    frozen = await room.types(f"{SAT} auto", 'freeze 27 aug to 2 sep "the holidays"')

    shown = await room.types("window 1")
    assert "02:00 UTC); it STILL STARTS BY ITSELF" in frozen
    assert "It is in freeze #1, Fri 2021-08-27 00:00 to Fri 2021-09-03" in shown
    assert "(the holidays), which does not stop it: it still starts by itself." in shown


async def test_of_a_freeze_elsewhere_or_of_a_window_that_is_over_nothing_is_said(
    room: WindowRoom,
) -> None:
    await room.types(SAT, 'freeze 1 sep to 2 sep "school"')
    before = await room.types("window 1")
    await room.types('freeze 27 aug to 2 sep "the holidays"', "cancel 1")

    assert "It is in freeze" not in before + await room.types("window 1")


async def test_a_window_under_way_in_which_no_work_began_can_still_be_moved(
    room: WindowRoom,
) -> None:
    await room.types("schedule hobgoblin in 10m for 2h")
    room.person.desk.clock.later = timedelta(minutes=30)

    said = await room.types("window 1")

    assert "Until work begins in it, it can be moved or cancelled. To move it: resch" in said


@pytest.mark.parametrize(("line", "others"), [("windows", 2), ("window 1", 1)])
async def test_the_holds_over_a_windows_hosts_stand_below(
    room: WindowRoom, line: str, others: int
) -> None:
    said = await room.types(
        "schedule hobgoblin sat 01:00", 'hold "look"', 'hold host clockwork "other"', line
    )

    held = [each for each in said.splitlines() if each.startswith("On hold")]
    assert held[0] == "On hold everywhere since 2021-08-25 20:00 UTC, by os:anna: look"
    assert len(held) == others


async def test_the_calendar_of_windows_is_not_written_into(room: WindowRoom) -> None:
    await room.types("schedule hobgoblin sat 01:00", 'hold "look"')

    assert "On hold" not in await room.types("windows --json")
