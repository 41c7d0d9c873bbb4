"""One disk that all transfers of a host share."""

from __future__ import annotations

import pytest

from bot.executors.simulator.disk import efficiency
from bot.rules.operation import Done, Running, Verb
from tests.unit.executors.world import HOST, Bench, guest, host


async def seconds(bench: Bench, *verbs_and_guests: tuple[Verb, str]) -> float:
    """Submit everything at once; return how long until the last has ended."""
    began = bench.clock.now()
    ids = [await bench.submit(verb, name, image="i1") for verb, name in verbs_and_guests]
    while any([isinstance(await bench.outcome(id_), Running) for id_ in ids]):
        bench.clock.advance(0.01)
    return (bench.clock.now() - began).total_seconds()


async def test_a_save_takes_its_memory_over_the_streams_bandwidth(bench: Bench) -> None:
    assert await seconds(bench.begin(), (Verb.SAVE, "vps1")) == pytest.approx(2, abs=0.02)


async def test_a_verification_has_its_own_speed(bench: Bench) -> None:
    await bench.begin().do(Verb.SAVE, image="i1")
    assert await seconds(bench, (Verb.VERIFY, "vps1")) == pytest.approx(4, abs=0.02)


async def test_streams_beyond_what_the_disk_rewards_cost_efficiency(bench: Bench) -> None:
    two = await seconds(
        bench.begin(guest(), guest("vps2")), (Verb.SAVE, "vps1"), (Verb.SAVE, "vps2")
    )
    assert two == pytest.approx(4 / 0.88, abs=0.05)


async def test_streams_the_disk_rewards_cost_nothing(bench: Bench) -> None:
    bench.begin(guest(), guest("vps2"), stream_mib_s=256.0)
    two = await seconds(bench, (Verb.SAVE, "vps1"), (Verb.SAVE, "vps2"))
    assert two == pytest.approx(4, abs=0.02)


def test_efficiency_never_falls_below_what_was_measured() -> None:
    assert efficiency(host(), 1) == 1
    assert efficiency(host(), 100) == pytest.approx(1 / 2.6)


async def test_a_new_stream_moves_the_end_of_those_in_flight(bench: Bench) -> None:
    bench.begin(guest(), guest("vps2"))
    first = await bench.submit(Verb.SAVE, "vps1", image="i1")
    before = bench.simulator.world(HOST).ops[str(first)].ends
    bench.clock.advance(1)
    await bench.submit(Verb.SAVE, "vps2", image="i1")
    after = bench.simulator.world(HOST).ops[str(first)].ends
    assert before is not None
    assert after is not None
    assert after > before


async def test_progress_is_told(bench: Bench) -> None:
    id_ = await bench.begin().submit(Verb.SAVE, image="i1")
    bench.clock.advance(1)
    outcome = await bench.outcome(id_)
    assert isinstance(outcome, Running)
    assert outcome.done == pytest.approx(0.5)


async def test_looking_often_or_once_ends_a_save_at_the_same_instant(bench: Bench) -> None:
    bench.begin(guest(), guest("vps2", memory_mib=2048))
    ids = [await bench.submit(Verb.SAVE, name, image="i1") for name in ("vps1", "vps2")]
    bench.simulator.mark("start")
    bench.clock.advance(3600)
    once = [await bench.outcome(id_) for id_ in ids]
    bench.simulator.restore_copy("start")
    for _ in range(100):
        bench.clock.advance(0.137)
        await bench.host.guests()
    bench.clock.advance(3600)
    assert [await bench.outcome(id_) for id_ in ids] == once
    assert all(isinstance(outcome, Done) for outcome in once)
