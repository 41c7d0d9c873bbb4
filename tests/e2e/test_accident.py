"""The nights of August 2021, from the terminal to the report: transcripts and pictures are golden.

Rewrite them with `pytest tests/e2e --golden-write` and read the difference.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.theatre import Play, play
from tests.golden.pictures import same_picture

if TYPE_CHECKING:
    from collections.abc import Callable

TRANSCRIPTS = Path(__file__).parent / "transcripts"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Play], None]:
    def compare(name: str, played: Play) -> None:
        path = TRANSCRIPTS / f"{name}.txt"
        if request.config.getoption("--golden-write"):
            path.write_text(played.transcript, encoding="utf-8")
        assert played.transcript == path.read_text(encoding="utf-8")
        assert played.violations == ()

    return compare


@pytest.fixture
def golden_picture(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, str], None]:
    def compare(name: str, file: str) -> None:
        write = bool(request.config.getoption("--golden-write"))
        assert same_picture(name, tmp_path / "files" / file, write=write)

    return compare


async def test_under_the_policy_of_2021_clockwork_goes_without_an_incident(
    tmp_path: Path, golden: Callable[[str, Play], None], golden_picture: Callable[[str, str], None]
) -> None:
    played = await play(tmp_path, ["/maint start clockwork"])

    golden("clockwork-2021", played)
    golden_picture("clockwork-2021", "clockwork-20210826-2000.png")
    assert played.exit_status == 0


async def test_under_the_policy_of_2021_hobgoblin_replays_the_accident(
    tmp_path: Path, golden: Callable[[str, Play], None], golden_picture: Callable[[str, str], None]
) -> None:
    played = await play(tmp_path, ["/maint start hobgoblin", "/maint start jack"])

    golden("hobgoblin-2021", played)
    golden_picture("hobgoblin-2021", "hobgoblin-20210826-2000.png")
    assert played.exit_status == 1
    assert "damaged        2" in played.transcript


async def test_under_the_shipped_defaults_neither_victim_is_suspended_and_nothing_breaks(
    tmp_path: Path, golden: Callable[[str, Play], None]
) -> None:
    played = await play(tmp_path, ["/maint start hobgoblin"], "shipped-defaults.toml")

    golden("hobgoblin-shipped-defaults", played)
    assert played.exit_status == 0
    assert "damaged" not in played.transcript.split("ended")[-1]


async def test_with_canaries_and_pairs_the_first_is_rolled_back_and_the_second_never_restored(
    tmp_path: Path, golden: Callable[[str, Play], None], golden_picture: Callable[[str, str], None]
) -> None:
    lines = ["/maint start hobgoblin", "choose hobgoblin boot"]

    played = await play(tmp_path, lines, "canaries.toml")

    golden("hobgoblin-canaries", played)
    golden_picture("hobgoblin-canaries", "hobgoblin-20210826-2000.png")
    assert played.exit_status == 0
    assert "rookery up: booted" in played.transcript
