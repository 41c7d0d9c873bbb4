"""Any order of claims, kills, answers and commands: nobody gets two mails, and nobody is lost."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from notifications.outbox.claim import Wish, take
from notifications.outbox.endings import finish
from notifications.outbox.recover import recover
from notifications.outbox.settle import Settlement, begin, settle
from notifications.settings import Pace
from notifications.states import (
    CAMPAIGN,
    ENDED,
    CampaignState,
    DeliveryState,
    Step,
    Verb,
    before,
)
from notifications.tables import DELIVERY
from tests.unit.notifications import planting
from tests.unit.notifications.clock import START
from tests.unit.notifications.database import FileDatabase, Owners

if TYPE_CHECKING:
    from notifications.outbox.claim import Claimed

RECIPIENTS = 4
WORKERS = st.sampled_from(["a", "b"])
FREE = Pace(per_minute=0)
# Where a mail may be that the relay accepted, as long as nobody has it sent again.
OUT = {DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNCERTAIN}


class Worker:
    """What one process knows; it is gone when the process is killed."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.hands: list[Claimed] = []
        self.bodies: list[Claimed] = []


class Deliveries(RuleBasedStateMachine):
    """Two workers, a person, and a relay that remembers what it accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = FileDatabase(Path(self.folder.name) / "mail.sqlite")
        self.ids = self.database.writes(lambda c: planting.plant(c, RECIPIENTS))
        self.accepted = dict.fromkeys(self.ids, 0)
        self.resent = dict.fromkeys(self.ids, 0)
        self.now = START
        self.born = 0
        self.dead: set[str] = set()
        self.workers = {name: self.birth(name) for name in "ab"}

    def birth(self, name: str) -> Worker:
        self.born += 1
        return Worker(f"{name}{self.born}")

    def teardown(self) -> None:
        try:
            self.bring_to_its_end()
        finally:
            self.database.close()
            self.folder.cleanup()

    # ---- workers ----

    @rule(name=WORKERS, limit=st.integers(1, 3))
    def claim(self, name: str, limit: int) -> None:
        self.now += timedelta(minutes=1)
        worker = self.workers[name]
        wish = Wish(
            owner=worker.owner,
            announce=False,
            transport="relay",
            limit=limit,
            at=self.now,
            pace=FREE,
        )
        worker.hands += self.database.writes(lambda c: take(c, wish)).claimed

    @rule(name=WORKERS)
    def begin(self, name: str) -> None:
        worker = self.workers[name]
        asked, worker.hands = worker.hands[:2], worker.hands[2:]
        ids = [each.id for each in asked]
        begun = self.database.writes(lambda c: begin(c, worker.owner, ids, self.now))
        assert not begun or self.state() is CampaignState.SENDING
        for each in asked:
            handed = begun.pop(each.id, 0)  # it may be in hand twice, and is begun once
            if handed:
                worker.bodies.append(replace(each, handed=handed))
            else:
                self.settle(worker, each, Step.RELEASE)

    @rule(name=WORKERS)
    def hand_over(self, name: str) -> None:
        self.claim(name, 2)
        self.begin(name)

    @rule(name=WORKERS, step=st.sampled_from([Step.RELEASE, Step.DEFER, Step.REFUSE]))
    def answer_before_the_body(self, name: str, step: Step) -> None:
        worker = self.workers[name]
        if worker.hands:
            self.settle(worker, worker.hands.pop(0), step)

    @rule(name=WORKERS, step=st.sampled_from([Step.ACCEPT, Step.ACCEPT, Step.DEFER, Step.REFUSE]))
    def answer(self, name: str, step: Step) -> None:
        worker = self.workers[name]
        if worker.bodies:
            self.accepted[worker.bodies[0].id] += step is Step.ACCEPT
            self.settle(worker, worker.bodies.pop(0), step)

    @rule(name=WORKERS, taken=st.booleans())
    def lose_the_connection(self, name: str, taken: bool) -> None:  # noqa: FBT001 - drawn
        worker = self.workers[name]
        if worker.bodies:
            self.accepted[worker.bodies[0].id] += taken
            self.settle(worker, worker.bodies.pop(0), Step.LOSE)

    @rule(name=WORKERS, taken=st.booleans(), found=st.booleans())
    def kill(self, name: str, taken: bool, found: bool) -> None:  # noqa: FBT001 - drawn
        worker, self.workers[name] = self.workers[name], self.birth(name)
        self.dead.add(worker.owner)
        for each in worker.bodies:
            self.accepted[each.id] += taken
        if found:
            self.recover(self.dead)

    @rule(name=WORKERS, others=st.booleans())
    def think_one_dead_who_lives(self, name: str, others: bool) -> None:  # noqa: FBT001 - drawn
        self.recover({self.workers[name].owner, *(self.dead if others else ())})

    def recover(self, dead: set[str]) -> None:
        living = Owners("somebody", dead)
        self.database.writes(lambda c: recover(c, living, self.now))

    def settle(self, worker: Worker, claimed: Claimed, step: Step) -> None:
        settlement = Settlement(
            id=claimed.id,
            campaign=claimed.campaign,
            address=claimed.address,
            step=step,
            at=self.now,
            handed=claimed.handed,
            due=self.now if step is Step.DEFER else None,
            untried=step is Step.RELEASE,
        )
        self.database.writes(lambda c: settle(c, worker.owner, [settlement]))

    # ---- people ----

    @rule(verb=st.sampled_from([Verb.PAUSE, Verb.RESUME, Verb.STOP]))
    def command(self, verb: Verb) -> None:
        target = CAMPAIGN.get((self.state(), verb))
        if target is not None:
            self.database.writes(lambda c: planting.move(c, 1, target))

    @rule(seldom=st.integers(0, 1))
    def cancel(self, seldom: int) -> None:
        target = CAMPAIGN.get((self.state(), Verb.CANCEL))
        if seldom or target is None:  # nothing much happens afterwards
            return
        waiting = DELIVERY.c.state.in_(before(Step.CANCEL)) & (DELIVERY.c.owner == "")
        cancelled = update(DELIVERY).where(waiting).values(state=DeliveryState.CANCELLED)
        self.database.writes(lambda c: planting.move(c, 1, target))
        self.database.writes(lambda c: c.execute(cancelled))

    @rule(which=st.integers(0, RECIPIENTS - 1), seldom=st.integers(0, 2))
    def resend(self, which: int, seldom: int) -> None:
        each, target = self.ids[which], CAMPAIGN.get((self.state(), Verb.RESEND))
        possible = self.deliveries()[each] in before(Step.RESEND)
        if target is not None and possible and not seldom:
            self.resent[each] += 1
            again = {"state": DeliveryState.PENDING, "owner": "", "first": None, "due": None}
            self.database.writes(lambda c: planting.put(c, [each], **again))
            self.database.writes(lambda c: planting.move(c, 1, target))

    # ---- promises ----

    @invariant()
    def p9_nobody_gets_it_twice_unless_a_person_wants_it(self) -> None:
        assert [i for i in self.ids if self.accepted[i] > 1 + self.resent[i]] == []

    @invariant()
    def p10_what_went_out_is_sent_or_shown(self) -> None:
        found = self.deliveries()
        out = {found[i] for i in self.ids if self.accepted[i] and not self.resent[i]}
        assert out <= OUT

    @invariant()
    def what_is_sent_went_out(self) -> None:
        sent = [i for i, state in self.deliveries().items() if state is DeliveryState.SENT]
        assert [each for each in sent if not self.accepted[each]] == []

    def bring_to_its_end(self) -> None:
        """Let all workers die once more, and a last one do what is left."""
        for name in "ab":
            self.kill(name, taken=True, found=True)
        self.command(Verb.RESUME)
        for _ in range(RECIPIENTS):
            self.claim("a", 1)
            self.begin("a")
            self.answer("a", Step.ACCEPT)
        self.database.writes(lambda c: finish(c, self.now, announce=False))
        self.p9_nobody_gets_it_twice_unless_a_person_wants_it()
        assert set(self.deliveries().values()) <= ENDED
        assert self.state() in {CampaignState.DONE, CampaignState.CANCELLED}

    def state(self) -> CampaignState:
        found: CampaignState = self.database.reads(planting.campaign).state
        return found

    def deliveries(self) -> dict[int, DeliveryState]:
        query = select(DELIVERY.c.id, DELIVERY.c.state)
        return {row.id: row.state for row in self.database.reads(lambda c: c.execute(query).all())}


def test_p9_p10_hold_in_any_order_of_kills_answers_and_commands(search: settings) -> None:
    # Half of the steps find nothing to do: more of them reach what is rare.
    often = settings(search, max_examples=3 * search.max_examples)
    run_state_machine_as_test(Deliveries, settings=often)
