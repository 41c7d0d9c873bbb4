"""The real program is killed before and after each commit of what comes before a mail goes out."""

from __future__ import annotations

import itertools
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app import AppOptions, open_app
from notifications import CampaignRefused, CampaignState
from tests.crash.mail_victim import Life, bear
from tests.crash.mailing import configure, drafted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.app import App

PREVIEWED = 401  # recipients: three batches
EVERY = 3  # one of so many boundaries of a preview; odd, so that both sides of commits are tried
OPTED_IN = 85  # guests of the demo


def deaths(words: Sequence[str], log: Path, every: int = 1) -> Iterator[int]:
    """Let `maint` die at its first boundary, at a later one, and so on, until it does not."""
    for boundary in itertools.count(1, every):
        life = bear(Life(words=tuple(words), log=log, boundary=boundary))
        life.join()
        if life.exitcode != -signal.SIGKILL:
            assert life.exitcode == 0, log.read_text(encoding="utf-8")
            return
        yield boundary


async def reset(app: App) -> tuple[int, int]:
    """Return how many guests were set back, and how many campaigns are drafted."""
    said = await app.store.statements(how="reset")
    return len(said), len(await app.office.campaigns.campaigns())


async def test_a_reset_that_is_killed_leaves_nothing_or_itself_and_its_draft(
    tmp_path: Path,
) -> None:
    data, seen = tmp_path / "data", []
    words = ("--demo", f"--data={data}", "optin", "reset", "--confirm")
    async with open_app(AppOptions(demo=True, data=data)) as app:
        for _ in deaths(words, tmp_path / "log"):
            seen.append(await reset(app))
            if any(seen[-1]):
                break

    assert set(seen[:-1]) == {(0, 0)}
    assert seen[-1] == (OPTED_IN, 2)


async def test_a_preview_that_is_killed_is_a_draft_until_it_is_whole(tmp_path: Path) -> None:
    configure(tmp_path, port=25)
    config, data = tmp_path / "config", tmp_path / "data"
    async with open_app(AppOptions(config=config, data=data)) as app:
        campaigns, seen = app.office.campaigns, set()
        number = await drafted(app, PREVIEWED)
        whole = (await campaigns.preview(number, "os:anna")).campaign.digest
        words = (f"--config={config}", f"--data={data}", "campaign", "preview", str(number))
        for _ in deaths(words, tmp_path / "log", EVERY):
            campaign = await campaigns.campaign(number)
            seen.add(campaign.state)
            if campaign.state is CampaignState.DRAFT:
                with pytest.raises(CampaignRefused):
                    await campaigns.approve(number, "os:berta")
            else:
                assert campaign.digest == whole
        again = await campaigns.campaign(number)

    assert seen == {CampaignState.DRAFT, CampaignState.PREVIEWED}
    assert (again.state, again.digest) == (CampaignState.PREVIEWED, whole)
