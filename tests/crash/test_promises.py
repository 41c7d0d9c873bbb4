"""The judge itself: each promise, broken on paper, is found broken."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.executors.simulator import Violation
from bot.executors.simulator.world import HostWorld, dumps, loads
from bot.rules.fleet import GuestState
from bot.rules.hold import Hold, Scope
from bot.rules.optin import OptIn
from bot.rules.run.journal import Event
from tests import promises
from tests.account import HoldRecord
from tests.crash.rebirth import account_of_night
from tests.night import START, guest, night
from tests.two_phases import two_phases

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.rules.run.journal import Row
    from tests.account import Account


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """A run that kept every promise: `web` was restored, `off` stayed off."""

    async def live() -> Account:
        folder = tmp_path_factory.mktemp("night")
        async with night(folder, guest("web"), guest("off", state=GuestState.OFF)) as lived:
            await lived.begin()
            await lived.until("ended")
            return await account_of_night(lived)

    return asyncio.run(live())


def without(account: Account, gone: Callable[[Row], bool]) -> Account:
    """Return the account as if some rows had never been written."""
    rows = [row for row in account.rows if not gone(row)]
    return replace(account, rows=tuple(replace(r, number=n) for n, r in enumerate(rows, 1)))


def is_row(event: Event, verb: str) -> Callable[[Row], bool]:
    return lambda row: row.event is event and row.data.get("verb") == verb


def changed(account: Account, name: str, **state: object) -> Account:
    """Return the account in a world where a guest is otherwise."""
    world: HostWorld = loads(dumps(account.world))
    for key, value in state.items():
        setattr(world.guests[name], key, value)
    return replace(account, world=world)


def test_a_good_run_breaks_nothing(kept: Account) -> None:
    assert promises.check(kept) == []


def test_a_violation_in_the_world_is_told_unless_somebody_else_did_it(kept: Account) -> None:
    seen = Violation(kind="P3", host="h", guest="web", at=START, operation="r1/web/boot/1")
    account = replace(kept, violations=(seen, replace(seen, operation="hand:boot")))

    assert [sentence[:2] for sentence in promises.check(account)] == ["P3"]


def test_a_guest_that_is_silently_off_is_found(kept: Account) -> None:
    account = changed(kept, "web", state=GuestState.OFF)

    assert promises.check(account) == ["P4: web is up in the journal, and off in the world"]


def test_a_destroyed_disk_that_is_said_to_be_up_is_found(kept: Account) -> None:
    account = changed(kept, "web", integrity="destroyed")

    assert promises.check(account) == ["P4: web is said to be up, and its disk is destroyed"]


def test_a_save_after_a_late_opt_out_is_found(kept: Account) -> None:
    out = OptIn(guest="web", wanted=False, at=START, who="c", how="chat")
    account = replace(kept, opt_ins=(*kept.opt_ins, out))

    assert promises.check(account) == ["P5: row 2 saves web, which has not asked for it"]


def test_saving_and_restoring_under_a_hold_is_found(kept: Account) -> None:
    early = START - timedelta(seconds=1)
    hold = Hold(scope=Scope.GLOBAL, value="", reason="r", opened_by="os:anna", opened_at=early)
    account = replace(kept, holds=(HoldRecord(hold=hold, lifted_at=None),))

    assert [sentence[:2] for sentence in promises.check(account)] == ["P5", "P6", "P6"]


def test_a_hold_that_was_lifted_in_time_binds_nobody(kept: Account) -> None:
    early = START - timedelta(seconds=1)
    hold = Hold(scope=Scope.GLOBAL, value="", reason="r", opened_by="os:anna", opened_at=early)
    account = replace(kept, holds=(HoldRecord(hold=hold, lifted_at=START),))

    assert promises.check(account) == []


def test_a_reboot_over_an_image_that_is_not_verified_is_found(kept: Account) -> None:
    reboot = next(r.number for r in kept.rows if is_row(Event.INTENDED, "reboot")(r))
    until = replace(kept, rows=kept.rows[:reboot])
    account = without(until, is_row(Event.DONE, "verify"))

    assert [s[:2] for s in promises.empty_at_reboot(account)] == ["P7"]


def test_a_guest_let_go_from_an_unspent_image_is_found(kept: Account) -> None:
    account = without(kept, is_row(Event.DONE, "spend"))

    assert [sentence[:2] for sentence in two_phases(account)] == ["P1"]


def test_an_operation_that_nobody_intended_is_found(kept: Account) -> None:
    account = without(kept, is_row(Event.INTENDED, "unpause"))

    assert list(promises.intents_first(account)) == [
        "P8: r1/web/unpause/1 was begun, and nobody intended it"
    ]


def test_an_operation_that_was_begun_twice_is_found(kept: Account) -> None:
    world = loads(dumps(kept.world))
    world.ops["r1/web/save/1#9"] = world.ops["r1/web/save/1"]

    assert promises.check(replace(kept, world=world)) == ["P8: r1/web/save/1 was begun 2 times"]


def test_a_cache_that_differs_from_the_journal_is_found(kept: Account) -> None:
    account = replace(kept, states={**kept.states, "web": "saved"})

    assert [sentence[:24] for sentence in promises.check(account)] == ["the cached states are no"]


def test_a_journal_that_does_not_replay_is_found(kept: Account) -> None:
    account = without(kept, is_row(Event.DONE, "restore"))

    assert [s[:30] for s in promises.check(account)] == ["the journal does not replay: c"]
