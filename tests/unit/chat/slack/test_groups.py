"""Who is in a group of Slack: asked anew for what changes something, and closed when in doubt."""

from __future__ import annotations

import pytest

from bot.chat.slack.failures import Away
from bot.chat.slack.groups import Groups
from tests.slack_server import Watch

WENDY, OPERATORS = "slack:U1", "slack:S1"


class Register:
    """User groups as Slack has them; `away` makes it unreachable."""

    def __init__(self) -> None:
        self.users, self.asked, self.away = {"U1"}, 0, False

    async def members(self, group: str) -> frozenset[str]:
        assert group == "S1"
        self.asked += 1
        if self.away:
            raise Away("503")
        return frozenset(self.users)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def groups(register: Register, watch: Watch) -> Groups:
    return Groups(register, {OPERATORS, WENDY, "os:anna"}, machine=watch)


async def test_a_look_asks_once_a_minute(groups: Groups, register: Register, watch: Watch) -> None:
    for seconds in (0.0, 30.0, 29.0):
        watch.advance(seconds)
        assert await groups.of(WENDY, anew=False) == {OPERATORS}
    assert register.asked == 1

    watch.advance(2.0)
    await groups.of(WENDY, anew=False)

    assert register.asked == 2


@pytest.mark.failure(54)
async def test_what_changes_something_asks_anew(
    groups: Groups, register: Register, watch: Watch
) -> None:
    assert await groups.of(WENDY, anew=True) == {OPERATORS}

    register.users.clear()
    watch.advance(1.0)

    assert await groups.of(WENDY, anew=True) == frozenset()


@pytest.mark.failure(54)
async def test_nobody_is_in_a_group_that_cannot_be_looked_up(
    groups: Groups, register: Register, watch: Watch
) -> None:
    await groups.of(WENDY, anew=False)

    register.away = True
    watch.advance(1.0)

    assert await groups.of(WENDY, anew=True) == frozenset()


async def test_people_of_this_machine_are_in_no_group_of_slack(
    groups: Groups, register: Register
) -> None:
    assert await groups.of("os:U1", anew=True) == frozenset()
    assert register.asked == 0
