"""A relay that answers as a test wrote down, address by address."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from notifications.errors import Problem, TransportDown
from notifications.verdict import Meaning, Phase, Verdict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from notifications.ports import Envelope

ACCEPTED = Verdict(meaning=Meaning.ACCEPTED, phase=Phase.BODY, code=250, text="2.0.0 Ok: queued")
GREYLISTED = Verdict(
    meaning=Meaning.LATER, phase=Phase.RCPT, code=450, text="4.2.0 Greylisted, come back"
)
NO_SUCH_USER = Verdict(
    meaning=Meaning.REFUSED, phase=Phase.RCPT, code=550, text="5.1.1 No such user"
)
TOO_BIG = Verdict(meaning=Meaning.REFUSED, phase=Phase.BODY, code=552, text="5.3.4 Too big")
SENDER_REFUSED = Verdict(meaning=Meaning.RELAY, phase=Phase.MAIL, code=550, text="5.7.1 Not you")
GOING_DOWN = Verdict(
    meaning=Meaning.RELAY, phase=Phase.MAIL, code=421, text="4.3.2 Going down", broken=True
)
NO_ANSWER = Verdict(meaning=Meaning.UNKNOWN, phase=Phase.BODY, broken=True)


class ScriptedTransport:
    """The port `Transport`: each address has its verdicts, in order; then all is accepted.

    `taken` lists every body that went out or may have gone out: also those without an answer.
    """

    def __init__(
        self,
        verdicts: Mapping[str, Sequence[Verdict]] | None = None,
        *,
        name: str = "scripted",
        refusals: Sequence[TransportDown] = (),
    ) -> None:
        """Answer by *verdicts*; the first connects fail by *refusals*."""
        self.name = name
        self.taken: list[tuple[str, bytes]] = []
        self.offered: list[Envelope] = []
        self.connects = 0
        self.open = 0  # sessions that are open now
        self.most_open = 0
        self.withdrawn = 0
        self.refusals = list(refusals)
        self.in_body: Callable[[Envelope], Awaitable[None]] | None = None  # before the answer
        self._verdicts = defaultdict(list, {key: list(all_) for key, all_ in _of(verdicts)})

    async def connect(self) -> ScriptedSession:
        """Open a connection. Raises the next of `refusals`, if there is one."""
        self.connects += 1
        if self.refusals:
            raise self.refusals.pop(0)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        return ScriptedSession(self)

    def answers(self, address: str, *verdicts: Verdict) -> None:
        """Let *address* have these verdicts next."""
        self._verdicts[address] += verdicts

    def next_verdict(self, address: str, *, in_body: bool) -> Verdict | None:
        """Return the verdict that is the turn of *address* now, if it belongs to this phase."""
        waiting = self._verdicts[address]
        if not waiting or (waiting[0].phase is Phase.BODY) is not in_body:
            return None
        return waiting.pop(0)

    def counts(self) -> dict[str, int]:
        """Return how many bodies each address got, or may have got."""
        counted: dict[str, int] = defaultdict(int)
        for address, _ in self.taken:
            counted[address] += 1
        return dict(counted)


class ScriptedSession:
    """One connection; it minds that its caller keeps to the order of the port."""

    def __init__(self, transport: ScriptedTransport) -> None:
        """Answer by the script of *transport*."""
        self._transport = transport
        self._offered: Envelope | None = None
        self._broken = False
        self._closed = False

    async def offer(self, envelope: Envelope) -> Verdict | None:
        """Return the scripted answer before the body, if there is one."""
        assert self._offered is None
        assert not self._broken
        assert not self._closed
        self._transport.offered.append(envelope)
        verdict = self._transport.next_verdict(envelope.recipient, in_body=False)
        if verdict is None:
            self._offered = envelope
        self._broken = verdict is not None and verdict.broken
        return verdict

    async def deliver(self, content: bytes) -> Verdict:
        """Take the body and return the scripted answer to it."""
        envelope, self._offered = self._offered, None
        assert envelope is not None
        if self._transport.in_body is not None:
            await self._transport.in_body(envelope)
        verdict = self._transport.next_verdict(envelope.recipient, in_body=True) or ACCEPTED
        if verdict.meaning in {Meaning.ACCEPTED, Meaning.UNKNOWN}:
            self._transport.taken.append((envelope.recipient, content))
        self._broken = verdict.broken
        return verdict

    async def withdraw(self) -> None:
        """Forget the offer."""
        assert self._offered is not None
        self._transport.withdrawn += 1
        self._offered = None

    async def close(self) -> None:
        """End the connection; once is enough."""
        if not self._closed:
            self._transport.open -= 1
        self._closed = True


def down(phase: Phase, code: int = 0, detail: str = "no connection") -> TransportDown:
    """Return what a transport raises that cannot be reached."""
    return TransportDown(Problem.RELAY, phase=phase, code=code, detail=detail)


def _of(verdicts: Mapping[str, Sequence[Verdict]] | None) -> list[tuple[str, Sequence[Verdict]]]:
    return list(verdicts.items()) if verdicts else []
