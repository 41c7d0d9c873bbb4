"""Opt-ins that staff state for a customer, and how they are listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rules.errors import BadRequest, Code
from bot.rules.policy.terms import PolicySettings
from tests.unit.maintenance.notices.office import ANN, Office, office


async def refusal(desk: Office, guest: str, kernel: str = "") -> BadRequest:
    with pytest.raises(BadRequest) as refused:
        await desk.notices.state(guest, wanted=True, kernel=kernel, actor=ANN)
    assert await desk.notices.history(guest) == ()
    return refused.value


async def test_what_staff_state_stands_with_their_name(desk: Office) -> None:
    await desk.notices.state("aster", wanted=True, kernel="5.10.0-8-amd64", actor=ANN)

    view = (await desk.notices.optins())[0]
    assert (view.guest, view.wanted, view.who, view.how) == ("aster", True, ANN, "chat")
    assert (view.kernel, view.since, view.host) == ("5.10.0-8-amd64", desk.clock.now(), "hobgoblin")


async def test_every_customers_guest_is_listed_and_those_that_left(desk: Office) -> None:
    await desk.say("gone", "resolver")

    listed = {view.guest: (view.host, view.since) for view in await desk.notices.optins()}
    assert listed == {
        "aster": ("hobgoblin", None),
        "birch": ("clockwork", None),
        "cedar": ("hobgoblin", None),
        "dogwood": ("hobgoblin", None),
        "gone": ("", desk.clock.now()),
    }


@pytest.mark.parametrize("kernel", ["3.16.0-11-amd64", "2.6.32-754.el6.x86_64", "4.2.0-rc6"])
async def test_nobody_is_opted_in_with_a_kernel_known_to_be_unsafe(
    desk: Office, kernel: str
) -> None:
    refused = await refusal(desk, "aster", kernel)

    assert refused.code is Code.KERNEL_REFUSED
    assert (refused.fields["problem"], refused.fields["minimum"]) == ("old", "4.2-rc7")


async def test_an_old_kernel_that_is_marked_fixed_is_taken(tmp_path: Path) -> None:
    async with office(tmp_path, policy=PolicySettings(fixed_kernels=("3.16.0-*",))) as desk:
        said = await desk.notices.state("aster", wanted=True, kernel="3.16.0-11", actor=ANN)

        assert said.wanted


async def test_the_newest_attested_kernel_stays_when_none_is_said(desk: Office) -> None:
    await desk.say("aster", kernel="5.10.0-8-amd64")
    await desk.notices.reset(ANN, "k1")
    said = await desk.notices.state("aster", wanted=True, kernel="", actor=ANN)

    assert said.kernel == "5.10.0-8-amd64"


async def test_a_kernel_that_was_attested_too_long_ago_does_not_stay(desk: Office) -> None:
    await desk.say("aster", kernel="5.10.0-8-amd64")
    desk.later(days=366)

    assert (await desk.notices.state("aster", wanted=True, kernel="", actor=ANN)).kernel == ""


async def test_opting_out_is_always_possible(desk: Office) -> None:
    await desk.say("aster")
    await desk.notices.state("aster", wanted=False, kernel="3.16.0-11-amd64", actor=ANN)

    assert [said.wanted for said in await desk.notices.history("aster")] == [True, False]


async def test_the_configuration_decides_about_infrastructure(desk: Office) -> None:
    assert (await refusal(desk, "resolver")).code is Code.INFRASTRUCTURE_GUEST


async def test_a_guest_that_nobody_knows_is_refused_with_the_nearest(desk: Office) -> None:
    refused = await refusal(desk, "astre")

    assert (refused.code, refused.fields["nearest"]) == (Code.UNKNOWN_GUEST, "aster")
