"""An incident that waits is held against its run: what changed is told, or stops the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.maintenance.notices import anew
from bot.rules.errors import Code, Precondition
from notifications import CampaignState, ChangeEvent
from tests.failures.begun import PAIRED, begun, strike
from tests.night import HOST, Night
from tests.unit.maintenance.notices.office import ANN, Office, after

if TYPE_CHECKING:
    from pathlib import Path

    from notifications import Campaign


async def damaged(n: Night) -> Office:
    """Let guest `a` be damaged until the run has ended, and have its mail written."""
    strike(n, "damage")
    await n.until("ended")
    return await written(n)


async def written(n: Night) -> Office:
    """Draft the mail of the incident of guest `a`, campaign 1, with a person's words."""
    desk = after(n)
    await desk.incidents.ended(n.run)
    await desk.mail.revise(1, {"paragraph": "We are sorry."}, ANN)
    return desk


async def chosen(n: Night, verb: str, state: str) -> None:
    await n.wish(verb, "a")
    await n.until_state("a", state)
    await n.until("ended")


async def changed(desk: Office) -> bool:
    return await anew.changed(await desk.mail.campaign(1), desk.sources)


async def revised(desk: Office) -> Campaign:
    await desk.notices.refresh(1, ANN)
    return await desk.mail.campaign(1)


async def test_a_guest_that_was_booted_since_is_told_as_booted(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await desk.text(1)
        await chosen(n, "boot", "broken")
        before = await changed(desk)
        await desk.notices.refresh(1, ANN)

        assert (before, await changed(desk)) == (True, False)
        assert "It did not come up" in " ".join((await desk.text(1)).split())


async def test_what_is_as_it_was_is_not_revised(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await desk.text(1)

        assert (await revised(desk)).state is CampaignState.PREVIEWED
        assert not await changed(desk)


async def test_what_is_approved_is_not_revised_and_has_changed(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await desk.text(1)
        await desk.mail.approve(1, "os:ben")
        await chosen(n, "leave", "left")

        assert (await revised(desk)).state is CampaignState.APPROVED
        assert await changed(desk)


async def test_a_snapshot_that_was_dropped_is_promised_no_longer(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        kept = (await desk.mail.campaign(1)).values
        n.clock.advance(7 * 24 * 3600)
        while n.run.steps["a"].kept:
            await n.turn()
        now = (await revised(desk)).values

        assert (kept["kept"], now["kept"], now["kept_until"]) == (True, False, None)


async def test_what_is_chosen_for_another_guest_changes_nothing(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "damage", on="b")
        desk = await damaged(n)
        await n.wish("boot", "b")
        await n.until_state("b", "booting")
        during = await changed(desk)
        await n.until("ended")

        assert (during, await changed(desk)) == (False, False)


async def test_a_guest_that_was_rolled_back_is_told_the_same_when_its_pair_is_gone(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        desk = await damaged(n)
        n.clock.advance(7 * 24 * 3600)
        while n.run.steps["a"].pair:
            await n.turn()

        assert not await changed(desk)


async def test_an_incident_without_words_is_refused_by_name(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await desk.mail.revise(1, {"paragraph": " "}, ANN)
        with pytest.raises(Precondition) as refused:
            await desk.notices.refresh(1, ANN)

    assert refused.value.code is Code.NO_PARAGRAPH
    assert refused.value.fields == {"number": 1, "guest": "a"}


async def test_of_a_guest_that_came_back_well_after_all_nothing_is_told(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "restore_fails", times=2)
        await n.until("ended")
        desk = await written(n)
        await chosen(n, "retry", "up")
        with pytest.raises(Precondition) as refused:
            await desk.notices.refresh(1, ANN)

        assert (refused.value.code, refused.value.fields["result"]) == (
            Code.INCIDENT_OVER,
            "restored",
        )
        assert await changed(desk)


async def test_what_is_revised_has_the_author_that_it_had(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await chosen(n, "leave", "left")
        await desk.notices.refresh(1, "os:ben")

        (*_, last) = await desk.mail.changes(0, 1)
        assert (last.event, last.actor, last.fields["values"]) == (
            ChangeEvent.DRAFTED,
            "",
            ["timeline"],
        )


async def test_another_kind_is_neither_revised_nor_changed(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until("ended")
        desk = after(n)
        await desk.new("maintenance-completed", HOST)

        assert not (await revised(desk)).values.keys() & {"timeline"}
        assert not await changed(desk)


async def test_a_second_draft_of_an_incident_is_refused_with_the_first(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        with pytest.raises(Precondition) as refused:
            await desk.new("incident", HOST, "a")

    assert refused.value.code is Code.ALREADY_DRAFTED
    assert refused.value.fields == {
        "kind": "incident",
        "about": "a",
        "number": 1,
        "state": "draft",
    }


async def test_after_one_that_was_cancelled_another_is_drafted(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        desk = await damaged(n)
        await desk.mail.cancel(1, ANN)

        assert (await desk.new("incident", HOST, "a")).campaign == 2


async def test_what_a_person_has_drafted_is_not_drafted_by_itself_too(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "damage")
        await n.until("ended")
        desk = after(n)
        await desk.new("incident", HOST, "a")
        await desk.incidents.ended(n.run)

        assert len(await desk.mail.campaigns()) == 1
        assert desk.trouble == []
