"""What the host forgets, or never hears, costs no guest its memory and no customer a wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.policy.terms import PolicySettings
from tests.crash.rebirth import broken
from tests.night import HOST, guest, night

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_save_whose_record_is_lost_is_waited_for(tmp_path: Path) -> None:
    async with night(tmp_path, guest("web", memory_mib=8192)) as here:
        here.simulator.inject(HOST, "forgets", guest="web", verb="save")
        await here.begin()
        run = await here.until("ended")

        assert run.summary["counts"] == {"restored": 1}
        assert await broken(here) == []


async def test_a_rollback_that_the_host_never_heard_of_is_begun_again(tmp_path: Path) -> None:
    trying = PolicySettings(old_kernels="suspend")
    async with night(tmp_path, guest("web"), policy=trying) as here:
        here.simulator.inject(HOST, "damage", guest="web")
        here.simulator.inject(HOST, "lost_before", guest="web", verb="rollback")
        await here.begin()
        run = await here.until("ended")

        assert run.summary["counts"] == {"rolled_back": 1}
        assert await broken(here) == []
