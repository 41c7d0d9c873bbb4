"""One connection: it offers, begins, hands over and settles one delivery after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications.compose.packing import unpack
from notifications.errors import BadCampaign, TransportDown
from notifications.sending.outcome import concluded, released, unfit, withdrawn
from notifications.sending.stop import failure_from, failure_of

if TYPE_CHECKING:
    from notifications.ports import Session
    from notifications.sending.line import Line
    from notifications.sending.tray import Job
    from notifications.verdict import Verdict

IDLE = 10.0  # seconds that a connection is kept without a mail


class Lane:
    """A connection of a line; `serve` runs in a task of its own."""

    def __init__(self, line: Line) -> None:
        """Take jobs from the tray of *line*; connect when there is one."""
        self._line = line
        self._session: Session | None = None
        self._carried = 0  # mails over this connection
        line.lanes += 1

    async def serve(self) -> None:
        """Send what is in the tray, until the line ends or has too many lanes."""
        try:
            while job := await self._next():
                self._line.busy += 1
                try:
                    await self._send(job)
                finally:
                    self._line.busy -= 1
        finally:
            self._line.lanes -= 1
            await self._hang_up()

    async def _next(self) -> Job | None:
        """Return the next job when the relay may be asked; close a connection that is idle."""
        line = self._line
        while not line.ending and line.lanes <= line.limit:
            await line.calm()
            job = line.tray.pop()
            if job is not None:
                return job
            if self._session is None:
                await line.tray.filled.wait()
                continue
            await line.means.clock.wait(IDLE, line.tray.filled)
            if not line.tray.filled.is_set():
                await self._hang_up()
        return None

    async def _send(self, job: Job) -> None:
        """Bring one delivery to its next state, whatever the relay does."""
        means = self._line.means
        claimed, now = job.claimed, means.clock.now()
        try:
            content = unpack(claimed.content, job.head.base)
            content = await means.finish(job.head.campaign, content)
            envelope = means.composer.envelope(claimed.id, claimed.address, len(content))
            session = await self._connected()
        except BadCampaign as error:
            reply = str(error.fields.get("why", ""))
            self._line.settle(unfit(claimed, now, error.problem.value, reply))
            return
        except TransportDown as error:
            self._line.settle(released(claimed, now))
            self._line.failed(failure_from(error))
            return
        verdict = await session.offer(envelope)
        if verdict is not None:
            await self._conclude(job, verdict)
        elif begun := await means.ledger.begin(claimed.id):
            await self._conclude(job, await session.deliver(content), begun)
        else:
            await self._withdraw(job, session)

    async def _connected(self) -> Session:
        """Return the connection, opened anew if it carried enough. Raises TransportDown."""
        limit = self._line.means.pace.per_connection
        if limit and self._carried >= limit:
            await self._hang_up()
        if self._session is None:
            self._session = await self._line.means.transport.connect()
        self._carried += 1
        return self._session

    async def _conclude(self, job: Job, verdict: Verdict, begun: int = 0) -> None:
        """Settle without waiting for the commit: the next BEGIN shares it."""
        means = self._line.means
        self._line.settle(
            concluded(job.claimed, verdict, means.clock.now(), means.pace, begun=begun)
        )
        failure = failure_of(verdict)
        if failure is None:
            self._line.succeeded()
        else:
            self._line.failed(failure)
        if verdict.broken:
            await self._hang_up()

    async def _withdraw(self, job: Job, session: Session) -> None:
        """Give back what may not be sent any more, and what waits with it."""
        for either in withdrawn(job.claimed, self._line.means.clock.now()):
            self._line.settle(either)
        self._line.recall()
        await session.withdraw()
        await self._hang_up()  # a relay that awaits a body knows no other way back

    async def _hang_up(self) -> None:
        session, self._session, self._carried = self._session, None, 0
        if session is not None:
            await session.close()
