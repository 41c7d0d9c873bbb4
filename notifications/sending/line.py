"""One transport and all that goes over it: what its lanes and its feeder share."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from notifications.outbox import endings
from notifications.sending.outcome import released
from notifications.sending.stop import CALM, LONGEST, after_failure, stops
from notifications.sending.tray import Tray

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from notifications.compose.letters import Composer
    from notifications.outbox.settle import Settlement
    from notifications.ports import Clock, Transport
    from notifications.records.changes import Entry
    from notifications.sending.ledger import Ledger, Work
    from notifications.sending.stop import Failure
    from notifications.settings import Pace
    from notifications.terms import Campaign


logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a line works with."""

    announce: bool  # it carries the posts to the list, or the mails
    transport: Transport
    ledger: Ledger
    clock: Clock
    composer: Composer
    pace: Pace
    finish: Callable[[Campaign, bytes], Awaitable[bytes]]


class Line:
    """The state of one transport in this process."""

    def __init__(self, means: Means) -> None:
        """Begin calm and with nothing in hand."""
        self.means = means
        self.wake = asyncio.Event()  # the feeder looks for more
        self.tray = Tray(self.wake.set)
        self.limit = 1  # lanes there may be
        self.held: set[int] = set()  # deliveries in hand: in the tray, or with a lane
        self.lanes = 0  # that there are
        self.busy = 0  # of them have a delivery in hand
        self.dry = False  # all that there is to send now was claimed
        self.resting = False  # no campaign is being sent
        self.stopping = False  # campaigns are being stopped: nothing new is claimed
        self._trouble = CALM
        self._rest: datetime | None = None  # nothing is claimed before: only answers wait
        self._answers = False  # some waited when the campaigns were stopped last
        self._warned = False  # the log was told, and the relay has taken nothing since
        self._calmed = asyncio.Event()  # whoever waits for calm looks again
        self._ending = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand."""
        return not (self.busy or len(self.tray))

    @property
    def ending(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._ending.is_set()

    def end(self) -> None:
        """Begin nothing more: what is claimed goes back."""
        self._ending.set()
        self._calmed.set()
        self.recall()
        self.tray.close()
        self.wake.set()

    def settle(self, settlement: Settlement) -> None:
        """Have *settlement* written."""
        self.held.discard(settlement.id)
        self.means.ledger.settle(settlement)

    def recall(self) -> None:
        """Give back everything that waits: it may not be sent any more, or not by us."""
        now = self.means.clock.now()
        for job in self.tray.clear():
            self.settle(released(job.claimed, now))

    async def calm(self) -> None:
        """Wait until the relay may be asked again, or until the end."""
        now = self.means.clock.now
        while not self.ending and (seconds := self._trouble.pause(now())):
            self._calmed.clear()
            await self.means.clock.wait(seconds, self._calmed)

    def succeeded(self) -> None:
        """Take note that the relay answers for a recipient."""
        self._trouble, self._rest, self._warned = CALM, None, False

    def hurry(self) -> None:
        """Look for more at once: somebody has let something go on, or has asked for something."""
        self._rest = None
        self.wake.set()

    def rest(self) -> float:
        """Return the seconds for which nothing is claimed: the relay is away, and answers wait."""
        seconds = (self._rest - self.means.clock.now()).total_seconds() if self._rest else 0.0
        return seconds if 0 < seconds <= LONGEST else 0.0

    def failed(self, failure: Failure) -> None:
        """Take note of a failure of the relay, and stop the campaigns if it is one too many."""
        now = self.means.clock.now()
        self._trouble = after_failure(self._trouble, failure, now)
        if not self.stopping and stops(self._trouble, failure, self.means.pace.stop_after):
            self.stopping = True
            # For whoever runs the daemon: people in a chat are told by the campaigns' journal.
            relay = self.means.transport.name
            if not self._warned:
                logger.warning("%s takes no mail, its campaigns pause: %s", relay, failure)
            self._warned = True
            self.recall()
            self.means.ledger.record(self._stop(failure), self._stopped)

    def written(self) -> None:
        """Take note of a commit: after the last one a campaign is done."""
        if self.dry and self.idle and not self.resting:
            self.wake.set()

    def _stop(self, failure: Failure) -> Work:
        reason = {key: value for key, value in asdict(failure).items() if key != "costs"}

        def stop(connection: Any) -> list[Entry]:  # noqa: ANN401 - opaque here
            told = endings.stop(connection, reason, announce=self.means.announce)
            self._answers = endings.answers_wait(connection)
            return told

        return stop

    def _stopped(self) -> None:
        """Begin anew: when a person lets a campaign go on, the relay is asked at once.

        Answers are not paused. While only they wait, the relay is asked now and then.
        """
        self._trouble = CALM
        if self._answers and not self.means.announce:
            self._rest = self.means.clock.now() + timedelta(seconds=LONGEST)
        self._calmed.set()
        self.stopping = False
