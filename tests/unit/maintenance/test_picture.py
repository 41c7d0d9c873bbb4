"""The picture of a run: bounded, in all its colours, whatever its guests are called."""

from io import BytesIO

import pytest
from PIL import Image, ImageColor

from bot.maintenance.picture import COLOURS, HIGHEST, WIDTH, drawn
from bot.maintenance.timeline import timeline
from bot.rules.run.journal import Event
from tests.unit.maintenance.journals import GRANT, WORDS, Journal, plan

HOSTILE = ("A" * 200, "\x1b[2Jevil\nvps9\u202e", "漢字<!channel>*b*")


def eventful(guests: int) -> Journal:
    """A night of trouble: a guest is rolled back, one is left dead, one boots into damage."""
    names = [f"vps{number}" for number in range(1, guests + 1)]
    saved, off = names[: -(guests // 4) - 1], names[-(guests // 4) - 1 :]
    journal = Journal(plan=plan(saved, off)).empty().restore(*saved).wait(5)
    journal.look(saved[0], "damage", lines=[GRANT]).did("pause", saved[0])
    journal.did("destroy", saved[0]).wait(20).did("rollback", saved[0]).wait(20)
    journal.did("boot", saved[0]).wait(40).look(saved[0], "up").look(saved[-1], "dead")
    for guest in saved[1:-1]:
        journal.look(guest, "up")
    for guest in off:
        journal.did("boot", guest).wait(20).look(guest, "up" if guest != off[-1] else "broken")
    journal.add(Event.CHOSEN, saved[-1], choice="leave", actor="os:anna")
    return journal.add(Event.ENDED, exit_status=1)


def png(journal: Journal) -> bytes:
    return drawn(timeline("r1", journal.rows), WORDS)


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content), formats=["PNG"])
    picture.load()
    return picture.convert("RGB")


def colours(picture: Image.Image) -> dict[tuple[int, int, int], int]:
    """Every colour, and how many pixels have it."""
    found = picture.getcolors(WIDTH * HIGHEST)
    assert found
    return {colour: count for count, colour in found if isinstance(colour, tuple)}  # type: ignore[misc]


@pytest.mark.parametrize("guests", [5, 200, 400])
def test_a_picture_is_bounded_and_has_every_colour_of_its_legend(guests: int) -> None:
    picture = opened(png(eventful(guests)))

    assert picture.width == WIDTH
    assert picture.height <= HIGHEST
    found = colours(picture)
    assert all(found[ImageColor.getrgb(colour)] > 50 for colour in COLOURS.values())  # type: ignore[index]


def test_the_same_run_makes_the_same_bytes() -> None:
    assert png(eventful(5)) == png(eventful(5))


def test_hostile_names_do_no_harm() -> None:
    tame = opened(png(Journal(plan=plan(["a", "b", "c"], ["d"])).whole()))

    hostile = opened(png(Journal(plan=plan(HOSTILE, ["<script>"])).whole()))

    assert hostile.size == tame.size
    bars = (210, 0, WIDTH - 200, tame.height)
    assert hostile.crop(bars).getbbox() == tame.crop(bars).getbbox()


def test_a_run_without_guests_can_be_drawn() -> None:
    journal = Journal(plan=plan([], [])).add(Event.PHASE, to="bring_up", why="aborted")

    assert opened(png(journal.add(Event.ENDED, exit_status=0))).width == WIDTH


def test_a_run_of_no_length_can_be_drawn() -> None:
    assert opened(png(Journal())).width == WIDTH


def test_a_run_that_was_opened_again_very_often_can_be_drawn() -> None:
    journal = Journal().whole()
    for _ in range(300):
        journal.wait(3600).add(Event.PHASE, to="bring_up", why="again").add(Event.ENDED)

    assert opened(png(journal)).width == WIDTH


def test_a_clock_that_was_put_back_does_no_harm() -> None:
    journal = Journal().empty().wait(-7200).restore("vps1").look("vps1", "up")

    assert opened(png(journal.wait(7200).add(Event.PAUSED, actor="os:anna"))).width == WIDTH


def test_its_words_have_only_characters_that_its_font_has() -> None:
    text = (WORDS._folder / "timeline.jinja").read_text()

    assert text.isascii()
