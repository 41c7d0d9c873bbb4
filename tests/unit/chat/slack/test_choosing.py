"""Which posting goes next: failures first and in order, runs that turn before runs that go on."""

from __future__ import annotations

from bot.chat.slack.choosing import next_edit, next_files, next_post
from bot.ports import Message, Posting


def posting(number: int, *, thread: int = 0, shown: int = 0, **message: object) -> Posting:
    known: dict[str, object] = {"text": str(number), **message}
    return Posting(
        chat="slack:C1",
        number=number,
        thread=thread,
        shown=shown,
        version=shown + 1,
        message=Message(**known),  # type: ignore[arg-type]
    )


def test_a_failure_goes_before_older_details() -> None:
    waiting = [posting(1), posting(2), posting(3, loud=True)]

    chosen = next_post(waiting)

    assert chosen is not None
    assert chosen.number == 3


def test_failures_go_in_their_order() -> None:
    chosen = next_post([posting(5, loud=True), posting(4, loud=True), posting(1)])

    assert chosen is not None
    assert chosen.number == 4


def test_the_head_of_a_thread_goes_before_what_is_in_it() -> None:
    chosen = next_post([posting(1), posting(2, live=True), posting(3, thread=2, loud=True)])

    assert chosen is not None
    assert chosen.number == 2


def test_what_is_shown_is_not_posted_again() -> None:
    assert next_post([posting(1, shown=1)]) is None


def test_an_edit_waits_two_seconds_after_the_last_of_its_message() -> None:
    stale = [posting(1, shown=1, live=True)]

    assert next_edit(stale, {1: 10.0}, 11.5) == (None, 0.5)
    assert next_edit(stale, {1: 10.0}, 12.0)[0] == stale[0]


def test_where_a_run_stands_goes_before_how_far_another_is() -> None:
    turned = posting(2, shown=1, live=True, urgent=True)

    chosen, _ = next_edit([posting(1, shown=1, live=True), turned], {1: 1.0, 2: 5.0}, 100.0)

    assert chosen == turned


def test_of_equals_the_one_edited_longest_ago_goes_first() -> None:
    stale = [posting(number, shown=1, live=True) for number in (1, 2, 3)]

    chosen, _ = next_edit(stale, {1: 30.0, 2: 10.0, 3: 20.0}, 100.0)

    assert chosen == stale[1]


def test_files_wait_for_their_message() -> None:
    files = (("report.csv", b"a"),)
    waiting = [posting(1, files=files), posting(2, shown=1, files=files)]

    assert next_files(waiting) == waiting[1]
