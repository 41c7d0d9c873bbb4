"""What was drafted and is no longer true is refused, with the reason, until it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.maintenance.notices.truth import Untrue
from bot.ports import Effects
from bot.rules.errors import Code, Precondition
from bot.rules.hold import Scope
from bot.rules.policy.evidence import RestoreOutcome
from tests.contract.store_values import begun, hold, trial
from tests.unit.maintenance.notices.office import ANN, AT, Office

if TYPE_CHECKING:
    from bot.rules.policy.evidence import Trial

GLOBAL = hold(Scope.GLOBAL, "", "breaker_damage")
WINDOW = {"start": "2021-09-07T20:00Z", "end": "2021-09-07T23:00Z"}


async def untrue(desk: Office, number: int) -> tuple[object, dict[str, object]]:
    """Return why a campaign is refused, and what is said of it."""
    with pytest.raises(Precondition) as refused:
        await desk.notices.refuse_untrue(number)
    fields = refused.value.fields
    assert (refused.value.code, fields["number"]) == (Code.NO_LONGER_TRUE, number)
    known: dict[str, object] = fields["fields"]  # type: ignore[assignment]
    return fields["why"], known


def restored(outcome: RestoreOutcome = RestoreOutcome.RESTORED) -> Trial:
    """Make the outcome of a restore, after every reset of these tests."""
    one = trial("aster", outcome)
    known = replace(one.combination, family="xen/pv/linux-5.10")
    return replace(one, at=AT + timedelta(hours=1), combination=known)


async def recorded(desk: Office, *trials: Trial, host: str = "clockwork") -> None:
    lease = await begun(desk.store, host, host)
    await desk.store.append(lease, host, [], Effects(evidence=trials))


@pytest.fixture
async def held(desk: Office) -> tuple[Office, int]:
    await desk.say("aster", "cedar")
    await desk.store.hold(GLOBAL)
    return desk, (await desk.new("feature-hold")).campaign


@pytest.fixture
async def invited(desk: Office) -> tuple[Office, int]:
    """An invitation that is true: the reset's mail is done, and something was tested since."""
    await desk.say("aster", "cedar")
    reset = await desk.notices.reset(ANN, "k1")
    await recorded(desk, restored())
    drafted = await desk.new("reoptin")
    await desk.sent(reset.drafted.campaign)
    await desk.finished(reset.drafted.campaign)
    return desk, drafted.campaign


async def test_a_hold_that_stands_is_told(held: tuple[Office, int]) -> None:
    desk, number = held

    await desk.notices.refuse_untrue(number)


async def test_a_hold_that_was_lifted_is_told_no_more(held: tuple[Office, int]) -> None:
    desk, number = held
    await desk.store.lift(Scope.GLOBAL, "", ANN, "mended", desk.clock.now())

    assert await untrue(desk, number) == (Untrue.LIFTED, {"since": GLOBAL.opened_at})


async def test_who_was_set_back_since_is_not_called_opted_in(held: tuple[Office, int]) -> None:
    desk, number = held
    await desk.notices.reset(ANN, "k1")

    assert await untrue(desk, number) == (Untrue.SET_BACK, {"guests": 2})


async def test_what_was_sent_is_not_refused(held: tuple[Office, int]) -> None:
    desk, number = held
    await desk.sent(number)
    await desk.store.lift(Scope.GLOBAL, "", ANN, "mended", desk.clock.now())

    await desk.notices.refuse_untrue(number)


async def test_an_invitation_that_is_true_may_go_out(invited: tuple[Office, int]) -> None:
    desk, number = invited

    await desk.notices.refuse_untrue(number)


async def test_nobody_is_invited_under_a_hold(invited: tuple[Office, int]) -> None:
    desk, number = invited
    await desk.store.hold(GLOBAL)

    assert (await untrue(desk, number))[0] == Untrue.HELD


async def test_nobody_is_invited_before_the_mail_of_the_reset(desk: Office) -> None:
    await desk.say("aster")
    reset = (await desk.notices.reset(ANN, "k1")).drafted.campaign
    await recorded(desk, restored())
    number = (await desk.new("reoptin")).campaign

    known = {"at": AT, "campaign": reset, "state": "draft"}
    assert await untrue(desk, number) == (Untrue.RESET_NOT_SENT, known)


async def test_nobody_is_invited_by_evidence_that_is_gone(invited: tuple[Office, int]) -> None:
    desk, number = invited
    await recorded(desk, restored(RestoreOutcome.DAMAGE), host="hobgoblin")

    assert await untrue(desk, number) == (Untrue.NOT_TESTED, {"since": AT})


async def test_what_begins_before_it_is_read_is_not_announced(desk: Office) -> None:
    number = (await desk.new("maintenance-scheduled", "hobgoblin", **WINDOW)).campaign
    await desk.notices.refuse_untrue(number)
    desk.later(days=10)

    assert (await untrue(desk, number))[0] == Untrue.PAST


async def test_nobody_is_reminded_of_what_was_cancelled(desk: Office) -> None:
    await desk.sent((await desk.new("maintenance-scheduled", "hobgoblin", **WINDOW)).campaign)
    number = (await desk.new("maintenance-reminder", "hobgoblin")).campaign
    await desk.notices.refuse_untrue(number)
    await desk.sent((await desk.new("maintenance-cancelled", "hobgoblin")).campaign)

    assert await untrue(desk, number) == (Untrue.OVER, {"hosts": ["hobgoblin.example.net"]})


async def test_a_post_waits_for_the_mail_that_it_promises(desk: Office) -> None:
    drafted = await desk.new("maintenance-scheduled", "hobgoblin", **WINDOW)
    known = {"campaign": drafted.campaign, "state": "draft"}
    assert await untrue(desk, drafted.post) == (Untrue.NOT_SENT, known)
    await desk.sent(drafted.campaign)

    await desk.notices.refuse_untrue(drafted.post)


async def test_a_post_may_follow_the_mail_that_has_ended_its_window(desk: Office) -> None:
    await desk.sent((await desk.new("maintenance-scheduled", "hobgoblin", **WINDOW)).campaign)
    drafted = await desk.new("maintenance-cancelled", "hobgoblin")
    await desk.sent(drafted.campaign)

    await desk.notices.refuse_untrue(drafted.post)
