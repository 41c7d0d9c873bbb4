"""What staff hear of what customers say: opt-ins by the hour, trials at once, failures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.maintenance.customers.news import CustomerProjection
from bot.maintenance.words import Words
from bot.ports import Message
from tests.unit.maintenance.customers.counter import GOOD, Counter
from tests.unit.maintenance.customers.test_desk import asks
from tests.unit.maintenance.notices.office import ANN, TEMPLATES

START = datetime(2026, 11, 28, 12, tzinfo=UTC)


@dataclass
class Wall:
    """A chat that keeps what is put up, and a clock of the machine beside it."""

    name: str = "wall"
    posted: list[Message] = field(default_factory=list)
    at: datetime = START

    async def post(self, message: Message) -> str:
        self.posted.append(message)
        return str(len(self.posted))

    async def update(self, reference: str, message: Message) -> None:
        raise AssertionError(reference, message)

    async def reply(self, reference: str, message: Message) -> str:
        raise AssertionError(reference, message)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.posted]


@pytest.fixture
def wall() -> Wall:
    return Wall()


async def tell(here: Counter, wall: Wall) -> list[str]:
    """Let the wall be told what is new, and return all that stands there."""
    office = here.office
    projection = CustomerProjection(
        store=office.store,
        mail=office.mail,
        words=Words(TEMPLATES / "chat"),
        fleet=office.sources.fleet,
        world=office.clock,
        machine=lambda: wall.at,
    )
    await projection.tell(wall)
    return wall.texts


async def reset(here: Counter, *guests: str) -> None:
    await here.office.say(*guests)
    await here.office.notices.reset(ANN, "reset")
    here.office.later(minutes=1)


async def test_the_first_who_is_back_in_is_told_at_once(here: Counter, wall: Wall) -> None:
    await reset(here, "aster", "birch", "cedar")
    await here.opts_in("aster")

    assert "1 of 3 back in" in (await tell(here, wall))[0]


async def test_those_who_follow_share_one_line_an_hour(here: Counter, wall: Wall) -> None:
    await reset(here, "aster", "birch", "cedar")
    for guest in ("aster", "birch", "cedar"):
        await here.opts_in(guest)
        await tell(here, wall)
    wall.at += timedelta(minutes=59)
    assert len(await tell(here, wall)) == 1

    wall.at += timedelta(minutes=1)
    assert "3 of 3 back in. New on the customers' pages: 2 in, 0 out" in (await tell(here, wall))[1]


async def test_what_was_told_is_not_told_again(here: Counter, wall: Wall) -> None:
    await here.opts_in("aster")
    await tell(here, wall)
    wall.at += timedelta(hours=2)

    assert len(await tell(here, wall)) == 1


async def test_what_staff_state_themselves_is_no_news(here: Counter, wall: Wall) -> None:
    await here.office.notices.state("aster", wanted=True, kernel=GOOD, actor=ANN)

    assert await tell(here, wall) == []


async def test_a_wish_for_a_trial_is_told_at_once_with_what_carries_it_out(
    here: Counter, wall: Wall
) -> None:
    await asks(here, note="not on Friday")

    assert '"not on Friday"' in (await tell(here, wall))[0]
    assert [act.command for act in wall.posted[0].acts] == ["trial aster"]


async def test_a_chat_that_skips_hears_only_what_comes(here: Counter, wall: Wall) -> None:
    await here.opts_in("aster")
    await asks(here)
    office = here.office
    projection = CustomerProjection(
        store=office.store,
        mail=office.mail,
        words=Words(TEMPLATES / "chat"),
        fleet=office.sources.fleet,
        world=office.clock,
        machine=lambda: wall.at,
    )

    await projection.skip(wall)

    assert await tell(here, wall) == []


async def agree(here: Counter, **later: float) -> None:
    """Let staff agree with the customer on a time for the trial that was asked for."""
    office = here.office
    wish = (await office.store.trial_wishes())["aster"]
    at = office.clock.now() + timedelta(**later)
    await office.store.wish_trials([replace(wish, how="chat", who=ANN, agreed=at)])


async def test_the_time_that_was_agreed_for_a_trial_is_told_once(here: Counter, wall: Wall) -> None:
    await asks(here)
    await agree(here, hours=3)
    before = len(await tell(here, wall))
    here.office.later(hours=2)
    assert len(await tell(here, wall)) == before

    here.office.later(hours=1)
    await tell(here, wall)
    assert len(await tell(here, wall)) == before + 1
    assert wall.posted[-1].acts[0].command == "trial aster"


async def test_the_time_of_a_trial_that_was_withdrawn_passes_in_silence(
    here: Counter, wall: Wall
) -> None:
    await asks(here)
    await agree(here, hours=3)
    page = await here.page()
    assert page.trials.agreed == here.office.clock.now() + timedelta(hours=3)
    await here.desk.withdraw_trial(await here.token(), seal=page.seal, address="192.0.2.7")
    before = len(await tell(here, wall))

    here.office.later(hours=4)
    assert len(await tell(here, wall)) == before
