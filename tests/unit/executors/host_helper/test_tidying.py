"""What goes by itself after a stated time, and what never does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.executors.host_helper import guests, images, snapshots
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.tidying import tidy
from tests.unit.executors.host_helper.acting import Acting
from tests.unit.executors.host_helper.played import Played


@pytest.fixture
def paired(played: Acting[Played]) -> Acting[Played]:
    """Give a saved guest whose image has a pair."""
    played.done("save", "verify")
    played.done("snapshot", snapshot="s1")
    return played


def late(host: Acting[Played]) -> Settings:
    """Return the settings by which everything has had its time."""
    return replace(host.settings, keep_days=-1.0)


def left(host: Acting[Played]) -> tuple[list[str], list[str]]:
    """Return the images and the snapshots of the guest that are there."""
    found = [image.name for image in images.of(host.settings, "g1")]
    return found, snapshots.names(host.settings, host.dialect.show())


def test_a_live_image_and_its_pair_are_never_removed(paired: Acting[Played]) -> None:
    tidy(late(paired), paired.dialect)

    assert left(paired) == (["i1"], ["s1"])


def test_a_spent_image_and_its_pair_go_and_that_is_recorded(paired: Acting[Played]) -> None:
    paired.done("spend")
    tidy(late(paired), paired.dialect)

    assert left(paired) == ([], [])
    assert guests.read(paired.settings, "g1").snapshots == {}
    said = (paired.settings.state / "log").read_text(encoding="utf-8")
    assert "removed the snapshot s1 of g1" in said


def test_what_is_younger_stays(paired: Acting[Played]) -> None:
    paired.done("spend")
    tidy(paired.settings, paired.dialect)

    assert left(paired) == (["i1"], ["s1"])


def test_the_manifest_of_an_image_names_its_pair(paired: Acting[Played]) -> None:
    image = images.named(paired.settings, "g1", "i1")

    assert image is not None
    assert image.manifest is not None
    assert image.manifest.pair == "s1"
