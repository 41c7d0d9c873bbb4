"""Notices of a maintenance to come: to whom, what is intended with whose guest, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.maintenance.notices.forms import FORMS
from bot.maintenance.notices.kinds import KINDS
from bot.rules.errors import BadRequest, Code, MaintError, Precondition
from bot.rules.hold import Scope
from tests.contract.store_values import hold
from tests.night import guest, night
from tests.unit.maintenance.notices.office import ANN, Office, after

WINDOW = {"start": "2021-09-07T21:00+01:00", "end": "2021-09-08T00:00+01:00"}
START = datetime(2021, 9, 7, 20, tzinfo=UTC)


async def refusal(desk: Office, kind: str, *about: str, **values: str) -> MaintError:
    with pytest.raises((BadRequest, Precondition)) as refused:
        await desk.new(kind, *about, **values)
    assert await desk.mail.campaigns() == ()
    return refused.value


async def intended(desk: Office, *about: str) -> dict[str, tuple[object, object]]:
    drafted = await desk.new("maintenance-scheduled", *about, **WINDOW)
    items = (await desk.items(drafted.campaign)).values()
    return {str(i["guest"]): (i["action"], i.get("why")) for of in items for i in of}


def test_every_kind_has_a_form() -> None:
    assert FORMS.keys() == KINDS.keys()


async def test_a_window_is_told_to_the_contacts_of_every_customers_guest(desk: Office) -> None:
    drafted = await desk.new("maintenance-scheduled", "hobgoblin", **WINDOW)

    campaign = await desk.mail.campaign(drafted.campaign)
    assert set(await desk.items(drafted.campaign)) == {"ada@lowe.example.com", "ben@example.org"}
    assert (campaign.values["start"], campaign.values["hosts"]) == (
        START,
        ["hobgoblin.example.net"],
    )
    assert [each.name for each in (await desk.report(drafted.campaign)).left_out] == ["dogwood"]


@pytest.mark.parametrize("about", [("clockwork,hobgoblin",), ("clockwork", "hobgoblin")])
async def test_a_window_can_be_of_several_hosts(desk: Office, about: tuple[str, ...]) -> None:
    assert set(await intended(desk, *about)) == {"aster", "birch", "cedar"}


async def test_who_is_opted_in_is_told_of_a_suspension(desk: Office) -> None:
    await desk.say("aster", kernel="5.10.0-8-amd64")
    await desk.say("cedar", wanted=False)

    assert await intended(desk, "hobgoblin,clockwork") == {
        "aster": ("suspend", None),
        "birch": ("shutdown", "not_opted_in"),
        "cedar": ("shutdown", "not_opted_in"),
    }


@pytest.mark.parametrize(
    ("scope", "value"),
    [
        (Scope.GLOBAL, ""),
        (Scope.HOST, "hobgoblin"),
        (Scope.GUEST, "aster"),
        (Scope.KERNEL, "xen/pv/linux-5.10"),
    ],
)
async def test_under_a_hold_a_shutdown_is_told(desk: Office, scope: Scope, value: str) -> None:
    await desk.say("aster", kernel="5.10.0-8-amd64")
    await desk.store.hold(hold(scope, value))

    assert (await intended(desk, "hobgoblin"))["aster"] == ("shutdown", "held")


async def test_with_a_kernel_known_to_be_old_a_shutdown_is_told(desk: Office) -> None:
    await desk.say("aster", kernel="3.16.0-11-amd64")

    assert (await intended(desk, "hobgoblin"))["aster"] == ("shutdown", "kernel_old")


@pytest.mark.parametrize(
    ("values", "name", "problem"),
    [
        ({**WINDOW, "start": "2021-09-07T21:00"}, "start", "naive"),
        ({**WINDOW, "end": "tomorrow"}, "end", "instant"),
        ({**WINDOW, "end": WINDOW["start"]}, "end", "backwards"),
        ({**WINDOW, "downtime": "half an hour"}, "downtime", "minutes"),
        ({**WINDOW, "downtime": "9" * 5000}, "downtime", "minutes"),
        ({**WINDOW, "start": "0001-01-01T00:00+14:00"}, "start", "instant"),
        ({**WINDOW, "start": "2021-08-29T01:02Z"}, "start", "past"),
        ({**WINDOW, "page": "status.example.net"}, "page", "url"),
        ({**WINDOW, "page": "https://[status"}, "page", "url"),
        ({**WINDOW, "page": "https://status.example.net/a b"}, "page", "url"),
    ],
)
async def test_a_value_that_cannot_be_used_is_named(
    desk: Office, values: dict[str, str], name: str, problem: str
) -> None:
    refused = await refusal(desk, "maintenance-scheduled", "hobgoblin", **values)

    assert refused.code is Code.BAD_VALUE
    assert (refused.fields["name"], refused.fields["problem"]) == (name, problem)


async def test_a_value_that_a_kind_does_not_take_is_refused(desk: Office) -> None:
    refused = await refusal(desk, "maintenance-scheduled", "hobgoblin", begin="now")

    assert (refused.code, refused.fields["name"]) == (Code.UNKNOWN_VALUE, "begin")


async def test_a_value_that_is_missing_is_named(desk: Office) -> None:
    refused = await refusal(desk, "maintenance-scheduled", "hobgoblin", start=WINDOW["start"])

    assert (refused.code, refused.fields["problem"]) == (Code.MAIL, "missing_values")


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("maintenance-scheduled", ()),
        ("maintenance-completed", ("clockwork", "hobgoblin")),
        ("incident", ("hobgoblin",)),
        ("trial-result", ("aster",)),
        ("trial-result", ("aster", "splendid")),
        ("feature-hold", ("hobgoblin",)),
    ],
)
async def test_words_that_do_not_fit_a_kind_are_answered_with_those_that_do(
    desk: Office, kind: str, about: tuple[str, ...]
) -> None:
    refused = await refusal(desk, kind, *about)

    assert refused.code is Code.NOTICE_FORM
    assert str(refused.fields["usage"]).startswith(f"campaign new {kind}")


async def test_a_kind_that_nobody_knows_is_refused_with_the_nearest(desk: Office) -> None:
    with pytest.raises(BadRequest) as refused:
        await desk.notices.new("reoptim", (), {}, announce=False, actor=ANN, key="k")

    assert refused.value.fields["fields"] == {"kind": "reoptim", "nearest": "reoptin"}


async def test_a_host_that_nobody_knows_is_refused_with_the_nearest(desk: Office) -> None:
    refused = await refusal(desk, "maintenance-scheduled", "clockwork,hobgobin", **WINDOW)

    assert (refused.code, refused.fields["nearest"]) == (Code.UNKNOWN_HOST, "hobgoblin")


async def test_what_is_intended_is_what_the_host_is_planned_for(tmp_path: Path) -> None:
    off = guest("off", state="off")
    blocked = guest("blocked", state="off", blocked=True)
    async with night(tmp_path, guest("a"), guest("b"), off, blocked, out=("b",)) as n:
        assert await intended(after(n), "hobgoblin") == {
            "a": ("suspend", None),
            "b": ("shutdown", "not_opted_in"),
            "blocked": ("untouched", None),
            "off": ("untouched", None),
        }


async def test_a_guest_that_runs_although_it_is_blocked_is_told_of_a_shutdown(
    tmp_path: Path,
) -> None:
    async with night(tmp_path, guest("a", blocked=True), out=("a",)) as n:
        assert await intended(after(n), "hobgoblin") == {"a": ("shutdown", "not_opted_in")}
