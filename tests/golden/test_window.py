"""What one customer and the announce list read of two windows, from the first mail to the last.

Rewrite them with `pytest tests/golden --golden-write`, and read the difference as a customer would.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.golden.window_story import WHOSE, told
from tests.window_life import LIST, guests_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.golden.window_story import Sent, Story

FOLDER = Path(__file__).parent / "window"
ADA, BEN = "ada@example.org", "ben@example.org"
LIFE = {
    1: (
        "scheduled",
        "reminder",
        "reminder",
        "changed",
        "rescheduled",
        "changed",
        "reminder",
        "reminder",
        "overrun",
        "completed",
    ),
    2: ("scheduled", "reminder", "reason", "cancelled"),
}
POSTS = {
    1: ("scheduled", "rescheduled", "overrun", "completed"),
    2: ("scheduled", "reason", "cancelled"),
}
STORIES = {1: "moved", 2: "secret"}
NAMES = [
    *(f"{STORIES[w]}-{n:02}-{kind}" for w in LIFE for n, kind in enumerate(LIFE[w], 1)),
    *(f"{STORIES[w]}-announce-{n:02}-{kind}" for w in POSTS for n, kind in enumerate(POSTS[w], 1)),
]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return asyncio.run(told(tmp_path_factory.mktemp("story")))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    def compare(name: str, content: bytes) -> None:
        path = FOLDER / f"{name}.eml"
        if request.config.getoption("--golden-write"):
            path.write_bytes(content)
        assert content.decode() == path.read_bytes().decode()

    return compare


def to(story: Story, address: str, window: int) -> list[Sent]:
    return [each for each in story.sent if (each.to, each.window) == (address, window)]


def kinds(mails: list[Sent]) -> tuple[str, ...]:
    return tuple(each.kind.removeprefix("maintenance-") for each in mails)


def named(story: Story) -> dict[str, bytes]:
    """Return what Ada and the list got, by the names of their files."""
    letters = [each for window in LIFE for each in to(story, ADA, window)]
    posts = [each for window in POSTS for each in to(story, LIST, window)]
    return dict(zip(NAMES, [each.content for each in (*letters, *posts)], strict=True))


def calendar(mail: Sent) -> dict[str, str]:
    """Return the fields of the calendar that *mail* carries, without those that fold."""
    parts = message_from_bytes(mail.content, policy=policy.default).iter_attachments()
    text = "".join(part.get_content() for part in parts)
    return dict(re.findall(r"^([A-Z]+):(.*?)\r?$", text, re.MULTILINE))


def of_calendars(story: Story, window: int, *names: str) -> list[tuple[str, ...]]:
    found = [calendar(each) for each in to(story, ADA, window)]
    return [tuple(each[name] for name in names) for each in found if each]


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_of_a_window_is_golden(
    name: str, story: Story, golden: Callable[[str, bytes], None]
) -> None:
    golden(name, named(story)[name])


def test_every_golden_file_is_a_mail_of_the_story() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(NAMES)


@pytest.mark.parametrize("window", LIFE)
@pytest.mark.parametrize("address", [ADA, BEN])
def test_every_contact_gets_one_mail_for_each_event(
    address: str, window: int, story: Story
) -> None:
    assert kinds(to(story, address, window)) == LIFE[window]


@pytest.mark.parametrize("window", POSTS)
def test_the_list_gets_one_post_for_each_event_that_concerns_all(window: int, story: Story) -> None:
    assert kinds(to(story, LIST, window)) == POSTS[window]


def test_nobody_gets_a_campaign_twice(story: Story) -> None:
    got = Counter((each.campaign, each.to) for each in story.sent)

    assert set(got.values()) == {1}


def test_what_a_lifted_hold_would_have_changed_is_told_to_nobody(story: Story) -> None:
    assert len(story.void) == 1
    assert set(story.void).isdisjoint(each.campaign for each in story.sent)


def test_what_was_approved_is_what_goes_out_but_for_the_date(story: Story) -> None:
    for each in story.sent:
        date, _, rest = each.content.partition(b"\r\n")

        assert date.startswith(b"Date: ")
        assert rest == each.approved


def test_no_post_names_a_customer_or_a_guest(story: Story) -> None:
    names = [*WHOSE, *guests_of(WHOSE)]
    posts = [each.content.decode() for each in story.sent if each.to == LIST]

    assert [n for n in names for post in posts if re.search(rf"\b{n}\b", post, re.IGNORECASE)] == []


def test_the_posts_of_a_window_are_one_thread(story: Story) -> None:
    for window in POSTS:
        first, *others = (
            message_from_bytes(each.content, policy=policy.default)
            for each in to(story, LIST, window)
        )
        threads = [first["Message-ID"], *(post["Message-ID"] for post in others)]

        assert first["In-Reply-To"] is None
        assert [post["In-Reply-To"] for post in others] == threads[:-1]


def test_calendars_follow_a_window_that_is_moved(story: Story) -> None:
    before = ("window-1@example.net", "0", "PUBLISH", "20210911T200000Z")
    after = ("window-1@example.net", "1", "PUBLISH", "20210925T203000Z")

    fields = of_calendars(story, 1, "UID", "SEQUENCE", "METHOD", "DTSTART")
    assert fields == [before, before, before, after, after, after]


def test_calendars_follow_a_window_that_is_cancelled(story: Story) -> None:
    planned = ("window-2@example.net", "0", "PUBLISH", "CONFIRMED")
    gone = ("window-2@example.net", "1", "CANCEL", "CANCELLED")

    fields = of_calendars(story, 2, "UID", "SEQUENCE", "METHOD", "STATUS")
    assert fields == [planned, planned, gone]


def test_the_reason_is_in_no_mail_before_it_may_be_given(story: Story) -> None:
    told_ = [kind for each in story.sent if b"XSA" in each.content for kind in kinds([each])]

    assert set(told_) == {"reason"}
