"""Notices about a run that was: who is told of its end, and when there is nothing to tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rules.errors import BadRequest, Code, MaintError, Precondition
from tests.failures.begun import begun as night_begun
from tests.unit.maintenance.notices.office import ANN, Office, after


async def refusal(desk: Office, kind: str, *about: str) -> MaintError:
    with pytest.raises((BadRequest, Precondition)) as refused:
        await desk.new(kind, *about)
    assert await desk.mail.campaigns() == ()
    return refused.value


async def test_the_end_of_a_run_is_told_to_those_whose_guests_are_up(tmp_path: Path) -> None:
    async with night_begun(tmp_path) as n:
        await n.until("ended")
        desk = after(n)
        drafted = await desk.new("maintenance-completed", "hobgoblin")
        items = (await desk.items(drafted.campaign))["ada@lowe.example.com"]

        assert [(i["guest"], i["how"]) for i in items] == [
            ("a", "restored"),
            ("b", "restored"),
            ("c", "booted"),
        ]
        assert (await desk.mail.campaign(drafted.campaign)).values["open"] == 0
        assert "up again" in (await desk.mail.preview(drafted.campaign, ANN)).subject


async def test_a_run_that_goes_on_is_not_told_as_completed(tmp_path: Path) -> None:
    async with night_begun(tmp_path) as n:
        refused = await refusal(after(n), "maintenance-completed", "hobgoblin")

        assert (refused.code, refused.fields["host"]) == (Code.NOT_ENDED, "hobgoblin")


async def test_a_host_without_a_run_has_nothing_to_tell(desk: Office) -> None:
    assert (await refusal(desk, "maintenance-completed", "clockwork")).code is Code.NO_RUN


async def test_a_guest_that_was_in_no_run_has_had_no_trial(desk: Office) -> None:
    refused = await refusal(desk, "trial-result", "aster", "passed")

    assert (refused.code, refused.fields["guest"]) == (Code.NO_TRIAL, "aster")
