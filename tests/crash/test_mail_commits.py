"""At whichever commit a worker dies, the next one loses nobody and repeats nothing.

The world stands still before or after each commit of a small campaign, with the mails in flight
accepted by the relay or not; then another worker finds the first one dead.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, cast

import pytest

from notifications.settings import Pace
from notifications.states import ENDED, CampaignState, DeliveryState
from notifications.terms import ChangeEvent
from tests.crash.standstill import MortalDatabase, MortalTransport, Standstill
from tests.unit.notifications import planting, scripted
from tests.unit.notifications.clock import turn
from tests.unit.notifications.sending.office import Office

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from notifications.sending.sender import Sender
    from notifications.verdict import Verdict
    from tests.unit.notifications.database import FileDatabase

RECIPIENTS = 5
IDS = [1_000_000 + number for number in range(RECIPIENTS)]
_LATER, _REFUSED, _LOST = (planting.address(IDS[place]) for place in (1, 2, 4))
PACE = Pace(per_minute=0, connections=2, retry_minutes=(0.02,))
LEAST = 8  # commits that such a campaign takes
_TURNS = 3  # that the others take while a body is on its way: they commit meanwhile
_SETTLED = 50  # turns after which nothing moves any more
_S = DeliveryState
#: The ends that fit to how often the relay has taken a mail.
_FITS: Mapping[int, frozenset[DeliveryState]] = defaultdict(
    frozenset, {0: ENDED - {_S.SENT}, 1: frozenset({_S.SENT, _S.UNCERTAIN})}
)
_UNCERTAIN = ChangeEvent.UNCERTAIN.value


def verdicts() -> dict[str, list[Verdict]]:
    """Return the script: two are accepted at once, the others not."""
    return {
        _LATER: [scripted.GREYLISTED],
        _REFUSED: [scripted.NO_SUCH_USER],
        _LOST: [scripted.NO_ANSWER],
    }


class Death:
    """One worker that dies at commit *number*, and one that comes after it."""

    def __init__(self, folder: Path, number: int, *, committed: bool, takes: bool) -> None:
        self._still = Standstill()
        relay = MortalTransport(verdicts(), self._still, takes=takes, turns=_TURNS)
        self._office = Office(folder, relay, PACE)
        self._office.plant(RECIPIENTS)
        self._plain = self._office.database
        self._number, self._committed = number, committed

    async def die(self) -> bool:
        """Live until death; False: the campaign came to its end first."""
        office = self._office
        serving = asyncio.create_task(self._worker("me", self._number).serve(office.stop))
        while office.state() is CampaignState.SENDING and not self._still.reached.is_set():
            await turn()
        for _ in range(_SETTLED):  # what is on its way arrives
            await turn()
        died = self._still.reached.is_set()
        office.living.dead.add("me")
        await self._still.bury(serving)
        return died

    async def recover(self) -> None:
        """Let another worker do the rest."""
        self._still.reached.clear()
        self._office.sender = self._worker("other")
        await self._office.until_at_rest()

    def _worker(self, owner: str, number: int = 0) -> Sender:
        office = self._office
        mortal = MortalDatabase(self._plain, self._still, number, committed=self._committed)
        office.database = cast("FileDatabase", mortal)  # only the port is used
        try:
            return office.worker(owner)
        finally:
            office.database = self._plain

    def close(self) -> None:
        """Close the database."""
        self._plain.close()

    def wrong(self) -> Iterator[str]:
        """Yield what is wrong at the end."""
        office, taken = self._office, self._office.transport.counts()
        told = {each for event, each in office.see(planting.happened) if event == _UNCERTAIN}
        states = {planting.address(each): self._state(each) for each in IDS}
        for address, state in states.items():
            times = taken.get(address, 0)
            if state not in _FITS[times] or (state is _S.UNCERTAIN) != (address in told):
                yield f"{address} got it {times} times, is {state}, and this was told: {told}"
        if Counter(states.values())[_S.UNCERTAIN] > PACE.connections + 1:
            yield f"too many are uncertain: {states}"

    def _state(self, number: int) -> DeliveryState:
        state: DeliveryState = self._office.see(lambda c: planting.delivery(c, number)).state
        return state


@pytest.mark.failure(41)
@pytest.mark.parametrize("takes", [True, False])
@pytest.mark.parametrize("committed", [True, False])
async def test_p9_p10_at_whichever_commit_a_worker_dies_nobody_is_lost_or_mailed_twice(
    tmp_path: Path, *, committed: bool, takes: bool
) -> None:
    wrong, number = [], 0
    for number in itertools.count(1):
        folder = tmp_path / str(number)
        folder.mkdir()
        death = Death(folder, number, committed=committed, takes=takes)
        died = await death.die()
        if died:
            await death.recover()
        wrong += [f"commit {number}: {each}" for each in death.wrong()]
        death.close()
        if not died:
            break

    assert number > LEAST
    assert wrong == []
