"""What staff see in Slack, as it is sent: the plan, the live message, a failure, the end.

Rewrite them with `pytest tests/golden --golden-write`, and read the difference as staff would.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app import World, assemble
from bot.chat.slack.blocks import drawn
from bot.executors.simulator import Simulator, VirtualClock, create_world
from bot.maintenance.intake import take_in
from bot.maintenance.live import live
from bot.maintenance.telling import worded
from bot.ports import Audience, Message
from bot.rules.plan.terms import PlanOptions
from bot.rules.run.journal import Event
from bot.settings import load, shipped
from bot.storage import open_store
from tests.unit.maintenance.journals import GRANT, WORDS, Journal, plan

if TYPE_CHECKING:
    from collections.abc import Callable

SLACK = Path(__file__).parent / "slack"
SAVED = ("mulberry", "rookery", "juniper")
OFF = "acorn"
ABORT = "EXT4-fs (xvda1): Remounting filesystem read-only"


def running(*, pair: bool = True) -> Journal:
    whole = plan(SAVED, [OFF])
    return Journal(plan=replace(whole, steps=tuple(replace(s, pair=pair) for s in whole.steps)))


def emptied() -> Journal:
    journal = running(pair=False)
    for name in SAVED:
        journal.did("save", name, image=f"r1-{name}").did("verify", name)
    return journal.did("shutdown", OFF).add(Event.PHASE, to="host_work", why="drained").wait(60)


def damaged() -> Journal:
    """One of two guests without a disk snapshot comes back damaged, and one is still saved."""
    journal = emptied().add(Event.PHASE, to="gate", why="worked")
    journal.add(Event.PHASE, to="bring_up", why="ready", kernel="5.10.46").restore(*SAVED[:2])
    return journal.look(SAVED[0], "damage", lines=[ABORT, GRANT])


def failed() -> Journal:
    journal = damaged()
    journal.at = journal.rows[-1].at
    return journal.look(SAVED[1], "damage", lines=[GRANT])


def stopped() -> Journal:
    return failed().did("pause", SAVED[0]).did("destroy", SAVED[0])


def asked() -> Journal:
    journal = stopped()
    until = journal.at.replace(minute=30).isoformat()
    saved = list(SAVED[2:])
    return journal.add(
        Event.ASKED, question="choose", guests=saved, deadline=until, proven=[], back=True
    )


def ended() -> Journal:
    journal = asked().add(Event.ANSWERED, choice="boot", actor="slack:U0ANNA", cold=[SAVED[2]])
    journal.did("pause", SAVED[1]).did("destroy", SAVED[1])
    for name in (OFF, SAVED[2]):
        journal.did("boot", name).look(name, "up")
    return journal.add(Event.ENDED, exit_status=1)


def told(journal: Journal) -> Message:
    return journal.told()[-1]


def shown(journal: Journal) -> Message:
    message = worded(WORDS, [live(journal.run(), journal.at)])
    return replace(message, live=True, audience=Audience.CHANNEL)


SAMPLES: dict[str, Callable[[], Message]] = {
    "live-drain": lambda: shown(running().save(SAVED[0])),
    "live-host-work": lambda: shown(emptied()),
    "live-gate": lambda: shown(running().worked()),
    "live-bring-up": lambda: shown(stopped()),
    "live-asked": lambda: shown(asked()),
    "live-ended": lambda: shown(running().whole()),
    "failure": lambda: told(failed()),
    "choice": lambda: told(stopped()),
    "question": lambda: told(asked()),
    "report": lambda: told(ended()),
    "report-clean": lambda: told(running().whole()),
}


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Message], None]:
    def compare(name: str, message: Message) -> None:
        path = SLACK / f"{name}.json"
        content = json.dumps(vars(drawn(message, "7", words=WORDS)), indent=1, ensure_ascii=False)
        if request.config.getoption("--golden-write"):
            path.write_text(content + "\n")
        assert content + "\n" == path.read_text()

    return compare


@pytest.mark.parametrize("name", SAMPLES)
def test_a_message_of_a_run_is_golden(name: str, golden: Callable[[str, Message], None]) -> None:
    golden(name, SAMPLES[name]())


async def test_the_plan_of_the_demo_is_golden(
    tmp_path: Path, golden: Callable[[str, Message], None]
) -> None:
    golden("plan", await demo_plan(tmp_path))


def test_every_golden_file_belongs_to_a_sample() -> None:
    assert {path.stem for path in SLACK.iterdir()} == {"plan", *SAMPLES}


async def demo_plan(folder: Path) -> Message:
    configuration = load(shipped("config") / "demo", data=folder)
    start = create_world(folder / "world", configuration.settings.world).now()
    clock = VirtualClock(start.replace(microsecond=0))
    simulator = Simulator(folder / "world", clock)
    hosts = {host: simulator.executor(host) for host in configuration.fleet.hosts}
    store = open_store(configuration.settings.data.database, "golden")
    await take_in(store, configuration.fleet, configuration.settings.drop_limit, clock.now())
    world = World(executors=hosts, prober=simulator.prober(), clock=clock)
    app = assemble(configuration, store, world)
    plan = await app.desk.plan("hobgoblin", PlanOptions())
    await store.close()
    return app.views.plan(plan, PlanOptions())
