"""How times, lengths and paragraphs look to a customer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.maintenance.notices import filters

EVENING = datetime(2021, 8, 24, 20, tzinfo=UTC)
LATE = datetime(2021, 8, 24, 23, 30, tzinfo=UTC)
WINTER = datetime(2021, 12, 24, 20, tzinfo=UTC)


def test_a_moment_is_said_in_utc_and_in_the_time_of_the_house() -> None:
    said = filters.moment(EVENING, "Europe/London")

    assert said == "Tuesday 24 August 2021, 20:00 UTC (21:00 BST)"


def test_the_day_is_named_where_the_house_has_another() -> None:
    assert filters.hour(LATE, "Europe/London") == "23:30 UTC (Wednesday 00:30 BST)"


def test_an_instant_is_said_to_the_second() -> None:
    assert filters.instant(EVENING, "Europe/London") == "20:00:00 UTC (21:00:00 BST)"


def test_an_hour_is_said_once_where_the_house_is_on_utc() -> None:
    assert filters.hour(WINTER, "Europe/London") == "20:00 UTC"


def test_a_zone_without_letters_is_called_by_its_name() -> None:
    assert filters.hour(EVENING, "Europe/Istanbul") == "20:00 UTC (23:00 Europe/Istanbul)"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 second"),
        (72, "1 minute and 12 seconds"),
        (1800, "30 minutes"),
        (3599.6, "1 hour"),
        (3629, "1 hour"),
        (7500, "2 hours and 5 minutes"),
        (90000, "1 day and 1 hour"),
    ],
)
def test_a_length_is_said_in_two_units_at_most(seconds: float, said: str) -> None:
    assert filters.span(seconds) == said


def test_every_name_is_listed_however_many() -> None:
    assert filters.listed("abcdefghij") == "a, b, c, d, e, f, g, h, i and j"


@pytest.mark.parametrize(
    ("family", "said"),
    [
        ("xen/pv/linux-3.16", "Linux 3.16 (Xen PV)"),
        ("xen/pvh/linux-4.10+", "Linux 4.10+ (Xen PVH)"),
        ("xen/hvm/freebsd", "FreeBSD (Xen HVM)"),
        ("kvm/hvm/linux-5.10", "Linux 5.10 (KVM HVM)"),
    ],
)
def test_a_kernel_family_is_called_as_customers_know_it(family: str, said: str) -> None:
    assert filters.family(family) == said


def test_a_paragraph_is_filled_and_a_link_is_not_broken() -> None:
    link = "https://panel.example.net/" + "x" * 80

    assert filters.filled(f"word\nword\n\n\n{link} " + "a " * 40) == (
        f"word word\n\n{link}\n{'a ' * 35}a\na a a a\n"
    )


def test_a_command_is_kept_and_a_long_point_of_a_list_hangs() -> None:
    text = "- first\n- " + "second " * 12 + "\n    apt  install"

    lines = filters.filled(text).splitlines()

    assert lines[:2] == ["- first", "- " + "second " * 9 + "second"]
    assert lines[2:] == ["  second second", "    apt  install"]
