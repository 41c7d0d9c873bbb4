"""What customers say of opting in and out: recorded, and confirmed by mail, in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.maintenance.customers import showing
from bot.maintenance.customers.letters import Before
from bot.maintenance.customers.terms import PageRefused, Refusal
from bot.maintenance.notices import optins
from bot.maintenance.notices.failures import translated
from bot.rules.optin import OptIn
from bot.rules.policy.attesting import attest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.customers.consent import Consent
    from bot.maintenance.customers.knowing import Known
    from bot.maintenance.customers.letters import Answers
    from bot.maintenance.notices.gathered import Sources

    Work = Callable[[Any, Mapping[str, OptIn]], tuple[Sequence[OptIn], bool]]

AGAIN = timedelta(minutes=10)  # the same said once more within this time is said already
MONTH = timedelta(days=30)
HOUR, MOST = timedelta(hours=1), 20  # so many changes of a guest by its links, in and out


@dataclass(frozen=True, kw_only=True)
class Stating:
    """Records what customers say. Raises PageRefused, and nothing was recorded then."""

    sources: Sources
    answers: Answers
    consent: Consent

    def said(self, known: Known, *, wanted: bool, address: str, kernel: str = "") -> OptIn:
        """Return what the holder of a link says now, at a network *address*."""
        return OptIn(
            guest=known.name,
            wanted=wanted,
            at=known.at,
            who=known.who,
            how="link",
            kernel=kernel,
            text=self.consent.version if wanted else "",
            address=address,
        )

    async def state(self, known: Known, said: OptIn, seen: int | None) -> None:
        """Record *said*, unless it counts already; *seen*: the statement that must count now.

        Without *seen* it counts whatever was said meanwhile. Raises PageRefused: CHANGED; OFTEN,
        but never for an opt-out.
        """
        if said.wanted:
            await self._refuse_often(known)
        holds = await self.sources.store.holds()
        held = said.wanted and showing.held(holds, known.guest, said.kernel) is not None
        with translated():
            work = self._work(known, said, held=held, seen=seen)
            changed = await self.sources.store.restate(work, self.consent.text)
        if changed:
            self.sources.mail.wake()

    async def _refuse_often(self, known: Known) -> None:
        """Let nobody drown a customer in mails, each of which confirms a change."""
        said = await self.sources.store.statements(guest=known.name)
        lately = [each for each in said if known.at - each.at < HOUR and each.address]
        if len(lately) >= MOST:
            raise PageRefused(Refusal.OFTEN)

    def _work(self, known: Known, said: OptIn, *, held: bool, seen: int | None) -> Work:
        def work(transaction: Any, newest: Mapping[str, OptIn]) -> tuple[Sequence[OptIn], bool]:  # noqa: ANN401 - only the store knows what it is
            now = newest.get(known.name)
            if _counts(now, said):
                return (), False
            number = now.number if now else 0
            if seen is not None and seen != number:
                raise PageRefused(Refusal.CHANGED)
            undoable = now is None or not now.wanted or self.stands(now, known.at)
            before = Before(
                generation=known.generation, number=number, undoable=undoable, held=held
            )
            self.answers.confirm(transaction, said, before)
            return (said,), True

        return work

    def stands(self, before: OptIn, now: datetime) -> bool:
        """Say whether an opt-in could be made the same way again *now*."""
        policy = self.sources.policy
        fresh = now - (before.attested or before.at) < MONTH * policy.attest_months
        accepted = attest(before.kernel, policy).verdict.may_opt_in
        return fresh and accepted and before.text == self.consent.version

    def accepted(self, kernel: str) -> str:
        """Return *kernel* as it is recorded. Raises PageRefused(KERNEL)."""
        found = attest(kernel, self.sources.policy)
        if not found.verdict.may_opt_in:
            minimum = self.sources.policy.minimum_kernel.partition("-")[0]
            verdict = found.verdict.value
            raise PageRefused(Refusal.KERNEL, verdict=verdict, kernel=kernel, minimum=minimum)
        return found.release

    async def attested(self, known: Known) -> str:
        """Return the kernel that was said of the guest before, if that is not too long ago."""
        since = known.at - MONTH * self.sources.policy.attest_months
        said = await self.sources.store.statements(guest=known.name)
        return optins.attested(said, since)[0]


def _counts(now: OptIn | None, said: OptIn) -> bool:
    """Say whether *said* counts *now*: nothing to opt out of, or the same was said a moment ago."""
    if not said.wanted:
        return now is None or not now.wanted
    if now is None or said.how == "undo":
        return False
    same = (now.wanted, now.kernel, now.text) == (said.wanted, said.kernel, said.text)
    return same and said.at - now.at < AGAIN
