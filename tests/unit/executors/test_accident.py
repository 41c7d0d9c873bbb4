"""August 2021: what restored guests do under another host kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.executors.simulator import SimulatedProber
from bot.rules.fleet import Check, GuestState
from bot.rules.operation import Verb
from tests.unit.executors.world import HOST, Bench, guest

if TYPE_CHECKING:
    from bot.executors.simulator import GuestWorld

JESSIE: dict[str, Any] = {"kernel": "3.16.0-11-amd64", "breaks_under": ["5.10"]}


async def replay(bench: Bench, one: GuestWorld, seconds: float, kernel: str = "5.10.46") -> Bench:
    """Save, reboot to *kernel*, restore, and let *seconds* pass."""
    await bench.begin(one).save()
    await bench.do(Verb.SNAPSHOT, snapshot="s1")
    await bench.reboot(argument=kernel)
    await bench.restore()
    bench.clock.advance(seconds)
    return bench


def integrity(bench: Bench) -> str:
    return bench.simulator.world(HOST).guests["vps1"].integrity


async def test_a_guest_that_breaks_says_so_within_seconds(bench: Bench) -> None:
    await replay(bench, guest(**JESSIE), 2)
    text = "\n".join((await bench.host.console("vps1", 0)).lines)
    assert "has not unmapped grant: 1234" in text
    assert "blk_update_request: I/O error, dev xvda, sector" in text
    assert "Aborting journal on device xvda1-8." in text
    assert integrity(bench) == "destroyed"


async def test_just_before_nothing_is_to_be_seen(bench: Bench) -> None:
    await replay(bench, guest(**JESSIE), 1.5)
    assert "grant" not in "\n".join((await bench.host.console("vps1", 0)).lines)


async def test_under_the_same_kernel_it_survives(bench: Bench) -> None:
    await replay(bench, guest(**JESSIE), 60, kernel="4.19.181")
    assert integrity(bench) == "good"


async def test_an_equally_old_guest_may_survive(bench: Bench) -> None:
    await replay(bench, guest(kernel="3.16.0-11-amd64"), 60)
    assert integrity(bench) == "good"


async def test_saved_under_the_new_kernel_it_survives(bench: Bench) -> None:
    bench.begin(guest(**JESSIE), kernel="5.10.46")
    await bench.save()
    await bench.restore()
    bench.clock.advance(60)
    assert integrity(bench) == "good"


async def test_it_stops_answering_after_a_while(bench: Bench) -> None:
    await replay(bench, guest(**JESSIE), 4)
    prober: SimulatedProber = bench.simulator.prober()
    assert await prober.answers("vps1", "", Check())
    bench.clock.advance(30)
    assert not await prober.answers("vps1", "", Check())


async def test_pausing_it_in_time_only_puts_the_ruin_off(bench: Bench) -> None:
    await replay(bench, guest(**JESSIE), 1)
    await bench.do(Verb.PAUSE)
    bench.clock.advance(60)
    assert integrity(bench) == "good"
    await bench.do(Verb.UNPAUSE)
    bench.clock.advance(60)
    assert integrity(bench) == "destroyed"


async def test_destroyed_and_booted_it_does_not_come_up(bench: Bench) -> None:
    await replay(bench, guest(**JESSIE), 10)
    await bench.do(Verb.DESTROY)
    await bench.do(Verb.BOOT)
    bench.clock.advance(600)
    assert not await bench.simulator.prober().answers("vps1", "", Check())
    assert any("emergency mode" in x for x in (await bench.host.console("vps1", 0)).lines)


async def test_rolled_back_to_its_pair_it_boots(bench: Bench) -> None:
    await replay(bench, guest(**JESSIE), 10)
    await bench.do(Verb.DESTROY)
    await bench.do(Verb.ROLLBACK, snapshot="s1")
    await bench.do(Verb.BOOT)
    bench.clock.advance(60)
    assert await bench.simulator.prober().answers("vps1", "", Check(port=22))


async def test_a_broken_host_kernel_ruins_every_guest(bench: Bench) -> None:
    bench.begin().simulator.inject(HOST, "feature_persistent", under="5.10")
    await bench.save()
    await bench.reboot()
    await bench.restore()
    bench.clock.advance(5)
    assert integrity(bench) == "destroyed"


@pytest.mark.parametrize(
    ("kernel", "shown", "written"),
    [
        ("4.19.0-17-amd64", True, True),
        ("3.16.0-11-amd64", True, False),
        ("4.9.0-16-amd64", False, False),
    ],
)
async def test_kernels_show_on_console_and_in_xenstore(
    bench: Bench,
    kernel: str,
    shown: bool,  # noqa: FBT001 - columns of a table
    written: bool,  # noqa: FBT001 - columns of a table
) -> None:
    bench.begin(guest(kernel=kernel, console_readable=shown))
    seen = await bench.seen()
    assert seen.kernel_line.startswith(f"Linux version {kernel} (" if shown else "")
    assert bool(seen.kernel_line) is shown
    assert seen.feature_suspend is written


async def test_other_systems_tell_nothing(bench: Bench) -> None:
    bench.begin(guest(system="freebsd", kernel="12.2-RELEASE"))
    seen = await bench.seen()
    assert (seen.kernel_line, seen.feature_suspend) == ("", None)


async def test_an_off_guest_has_no_kernel(bench: Bench) -> None:
    bench.begin(guest(state=GuestState.OFF))
    seen = await bench.seen()
    assert (seen.kernel_line, seen.feature_suspend, seen.domid, seen.instances) == ("", None, 0, 0)
