"""Nights that go another way: what staff are offered works when typed, and everybody is back."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.rules.fleet import GuestState
from tests.e2e.shift import BY_HAND, GUARDED, Fable, Shift, guest, shift

if TYPE_CHECKING:
    from bot.executors.simulator import Simulator
    from tests.e2e.shift import Deed, Hand

HOST = "kiln"
PLAIN = Fable(guests={HOST: (guest("a"), guest("b"), guest("c"))}, out=("c",))
PAIRS = replace(PLAIN, policy=GUARDED)
MANUAL = replace(PLAIN, work=BY_HAND)
#: The newest family's canary comes back well, the other one's does not; b and d are still saved.
CANARIES = Fable(
    guests={
        HOST: (
            guest("probe", memory_mib=256),
            guest("a"),
            guest("b", memory_mib=1024),
            guest("c", kernel="4.19.0-17-amd64"),
            guest("d", kernel="4.19.0-17-amd64", memory_mib=1024),
        )
    },
    records={"probe": {"canary": True}},
    policy={},
    first=lambda world: world.inject(HOST, "damage", guest="c"),
)


def struck(fable: Fable, fault: str, on: str = "", **known: object) -> Fable:
    """Let a fault strike one guest, or the host."""

    def first(world: Simulator) -> None:
        world.inject(HOST, fault, guest=on, **known)  # type: ignore[arg-type]

    return replace(fable, first=first)


def cued(fable: Fable, *cues: tuple[str, Deed]) -> Fable:
    """Let a colleague, or a hand, come in when something has been said."""
    return replace(fable, cues=cues)


def by(action: str, name: str) -> Hand:
    """Return what root does to a guest."""
    return lambda world: world.hand(HOST, action, name)


def reboot(world: Simulator) -> None:
    """Restart the empty host into its new kernel, as a person does."""
    with world.edit(HOST) as host:
        host.kernel, host.boots = "5.10.46", host.boots + 1


def power_cut(world: Simulator) -> None:
    """Let the host go down and up again under its guests."""
    reboot(world)
    for name in "abc":
        world.hand(HOST, "destroy", name)


def all_well(played: Shift) -> None:
    """Expect the end, with everybody as before and all promises kept."""
    assert (played.broken, played.unsaid, played.rests) == ((), (), {HOST: "ended"})
    assert set(played.states.values()) == {"up"}
    assert "Every guest is as it was before." in played.said


# ---- the breaker's question ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (["choose kiln boot"], "os:anna chose: boot all cold (b and d)"),
        (["choose kiln proven"], "  b up: restored and verified"),
        (["choose kiln wait", "sleep 2000", "choose kiln boot"], "the countdown is stopped"),
        (["sleep 2000"], "nobody chose in time, so by itself: boot all cold (b and d)"),
    ],
)
async def test_every_answer_to_the_breaker_brings_everybody_back(
    tmp_path: Path, lines: list[str], end: str
) -> None:
    played = await shift(tmp_path, CANARIES, "start kiln", *lines, "status kiln")

    all_well(played)
    assert end in played.said


async def test_back_reboots_to_the_kernel_before_and_restores_there(tmp_path: Path) -> None:
    empty = cued(replace(PLAIN, out=()), ("kiln: rebooting", 'hold "too risky"'))

    played = await shift(tmp_path, empty, "start kiln", "choose kiln back")

    all_well(played)
    assert "goes back to kernel 4.19.181" in played.said
    assert "  restored       3" in played.said


async def test_back_is_not_offered_where_a_guest_is_booted_meanwhile(tmp_path: Path) -> None:
    held = cued(PLAIN, ("kiln: rebooting", 'hold "too risky"'))

    played = await shift(tmp_path, held, "start kiln")

    assert (played.exit_status, played.rests, played.broken) == (3, {HOST: "asked"}, ())
    assert "choose kiln wait" in played.said
    assert "choose kiln back" not in played.said


# ---- the host -------------------------------------------------------------------------------


async def test_continue_on_a_host_that_is_still_not_ready_says_again_what_differs(
    tmp_path: Path,
) -> None:
    wrong = struck(PLAIN, "wrong_kernel")

    played = await shift(tmp_path, wrong, "start kiln", "continue kiln")

    assert (played.exit_status, played.rests, played.broken) == (3, {HOST: "asked"}, ())
    assert played.said.count("kernel: 4.19.181 runs, 5.10.46 is expected") == 2


@pytest.mark.parametrize("line", ["continue kiln", "choose kiln boot"])
async def test_a_host_with_a_wrong_kernel_is_mended_or_taken_as_it_is(
    tmp_path: Path, line: str
) -> None:
    wrong = cued(struck(PLAIN, "wrong_kernel"), ("→ choose kiln boot", reboot))

    played = await shift(tmp_path, wrong, "start kiln", line)

    all_well(played)
    assert played.exit_status == 0


@pytest.mark.parametrize("line", ["continue kiln", 'release kiln "by hand"'])
async def test_a_host_that_is_worked_on_by_hand_goes_on_when_it_was_rebooted(
    tmp_path: Path, line: str
) -> None:
    manual = cued(MANUAL, ("→ continue kiln", reboot))
    more = ['takeback kiln "done"', "continue kiln"] if "release" in line else []

    played = await shift(tmp_path, manual, "start kiln", line, *more)

    all_well(played)
    assert "  restored       2" in played.said


async def test_a_host_that_restarts_during_the_bring_up_opens_no_hold(tmp_path: Path) -> None:
    played = await shift(tmp_path, cued(PLAIN, ("c up", power_cut)), "start kiln")

    all_well(played)
    assert played.said.count("its host was restarted under it") == 3
    assert "HOLD" not in played.said


async def test_a_guest_that_appears_is_named_and_the_host_is_not_rebooted(tmp_path: Path) -> None:
    def appear(world: Simulator) -> None:
        with world.edit(HOST) as host:
            host.guests["new"] = guest("new", domid=99)

    def leave(world: Simulator) -> None:
        world.hand(HOST, "stop", "new")

    fable = cued(PLAIN, ("a saved", appear), ("→ continue kiln", leave))
    played = await shift(tmp_path, fable, "start kiln", "continue kiln")

    all_well(played)
    assert "new is in its memory and no part of this run" in played.said


# ---- pause, abort, release ------------------------------------------------------------------


@pytest.mark.parametrize("cue", ["a saved", "kiln: rebooting"])
@pytest.mark.parametrize("line", ["resume kiln", "abort kiln"])
async def test_a_paused_run_goes_on_or_back_from_anywhere(
    tmp_path: Path, cue: str, line: str
) -> None:
    played = await shift(tmp_path, cued(PLAIN, (cue, "pause kiln")), "start kiln", line)

    all_well(played)
    assert played.exit_status == 0
    assert "  restored       2" in played.said


async def test_an_abort_before_the_work_by_hand_restores_at_once(tmp_path: Path) -> None:
    played = await shift(tmp_path, MANUAL, "start kiln", "abort kiln")

    all_well(played)
    assert "aborted before the host work" in played.said


async def test_what_root_did_while_the_host_was_released_is_found_at_takeback(
    tmp_path: Path,
) -> None:
    released = cued(PLAIN, ("c up", 'release kiln "by hand"'), ("RELEASED", by("stop", "c")))

    played = await shift(tmp_path, released, "start kiln", 'takeback kiln "done"')

    assert (played.broken, played.unsaid, played.rests) == ((), (), {HOST: "ended"})
    assert (played.exit_status, played.states["c"]) == (1, "down")
    assert "→ boot kiln c" in played.said


# ---- guests that fail -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "end"),
    [("rollback kiln a", "rolled back    1  a"), ("retry kiln a", "restored       2")],
)
async def test_a_guest_damaged_late_gets_its_disk_back_after_the_end(
    tmp_path: Path, line: str, end: str
) -> None:
    late = struck(PAIRS, "damage", "a", seconds=60.0)

    played = await shift(tmp_path, late, "start kiln", line)

    all_well(played)
    assert end in played.said.split(f"> {line}")[1]


@pytest.mark.parametrize(
    ("fault", "known", "on", "line"),
    [
        ("emergency_shell", {}, "c", "boot kiln c"),
        ("boot_stalls", {}, "c", "boot kiln c"),
        ("fails", {"verb": "boot", "times": 2}, "c", "retry kiln c"),
        ("restore_fails", {"times": 2}, "a", "retry kiln a"),
        ("restore_fails", {"times": 2}, "a", "boot kiln a"),
        ("no_network", {"cure": "never"}, "a", "boot kiln a"),
    ],
)
async def test_an_ended_run_is_reopened_for_the_guest_it_left_to_a_person(
    tmp_path: Path, fault: str, known: dict[str, object], on: str, line: str
) -> None:
    played = await shift(tmp_path, struck(PLAIN, fault, on, **known), "start kiln", line)

    all_well(played)
    assert f"  → {line}" in played.said
    assert "the run goes on for the guests that were left open" in played.said


async def test_an_answer_is_told_before_the_next_line_is_read(tmp_path: Path) -> None:
    silent = struck(PLAIN, "no_network", "a", cure="never")

    played = await shift(tmp_path, silent, "start kiln", "retry kiln a", "boot kiln a")

    all_well(played)
    assert "1 guest is NOT as before" in played.said.split("> retry")[1].split("> boot")[0]


@pytest.mark.parametrize("line", ["boot kiln a", "wait kiln a", "rollback kiln a"])
async def test_a_dead_guest_is_seen_to_before_the_end(tmp_path: Path, line: str) -> None:
    dead = cued(struck(PAIRS, "dead", "a"), ("→ boot kiln a", line))

    played = await shift(tmp_path, dead, "start kiln")

    all_well(played)
    assert "os:bert chose for a" in played.said


async def test_a_deaf_guest_is_given_more_time(tmp_path: Path) -> None:
    deaf = replace(PLAIN, guests={HOST: (guest("a"), guest("c", shutdown_seconds=math.inf))})

    played = await shift(tmp_path, cued(deaf, ("→ wait kiln c", "wait kiln c")), "start kiln")

    all_well(played)
    assert played.said.count("c has not shut down after") == 2


# ---- options, and what is found ---------------------------------------------------------------


async def test_with_guard_no_guest_is_restored_without_its_pair(tmp_path: Path) -> None:
    unpaired = struck(PAIRS, "snapshot_fails", "a", times=2)

    played = await shift(tmp_path, unpaired, "start kiln --guard", "choose kiln boot")

    all_well(played)
    assert "  a up: booted and verified" in played.said
    assert "  b up: restored and verified" in played.said


async def test_a_late_hold_lets_a_guest_be_shut_down_instead(tmp_path: Path) -> None:
    held = cued(PLAIN, ("kiln: started", 'hold guest b "its owner asked"'))

    played = await shift(tmp_path, replace(held, limits={"streams": 1}), "start kiln")

    all_well(played)
    assert "b is now shut down, other than planned" in played.said


async def test_a_paused_guest_comes_back_paused(tmp_path: Path) -> None:
    guests = (guest("a"), guest("b", state=GuestState.PAUSED))
    paused = replace(PLAIN, guests={HOST: guests}, host={"saves_paused": True})

    played = await shift(tmp_path, paused, "start kiln")

    all_well(played)
    assert "b restored, and paused as it was found" in played.said
