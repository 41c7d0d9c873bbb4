"""The front door: campaigns, from the draft to the report. Every method is one transaction or few.

Raises StoreAway when the database does not take it; nothing of the call is recorded then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from notifications import answering, files, previewing
from notifications.compose.mailbox import parse
from notifications.errors import CampaignRefused, Problem
from notifications.order import understood
from notifications.records import (
    campaigns,
    changes,
    commands,
    deliveries,
    drafts,
    reports,
    suppressions,
    trials,
)
from notifications.records.commands import Ask
from notifications.states import CampaignState
from notifications.terms import Omission, Scope, Suppression

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from notifications.compose.letters import Composer
    from notifications.compose.tokens import Tokens
    from notifications.ports import Clock, Transactions, Work
    from notifications.settings import House, Pace
    from notifications.states import DeliveryState
    from notifications.terms import (
        Campaign,
        Change,
        Draft,
        Drafted,
        Kind,
        Preview,
        Progress,
        Report,
    )

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What campaigns need of the caller and of this package."""

    transactions: Transactions
    clock: Clock
    composer: Composer
    tokens: Tokens
    kinds: Mapping[str, Kind]
    house: House
    pace: Pace
    wake: Callable[[], None]  # tells this process's sender that there may be something to do


class Campaigns:
    """What a person can do with campaigns.

    What names a campaign raises BadCampaign(UNKNOWN_CAMPAIGN) if there is none; what changes one
    raises CampaignRefused(NOT_NOW) where its state does not allow it, and changes nothing then.
    """

    def __init__(self, parts: Parts) -> None:
        """Use *parts*."""
        self._parts = parts
        self._offers = frozenset(name for name, kind in parts.kinds.items() if not kind.service)

    # ---- making one ----

    def drafting(self, draft: Draft) -> Work[Drafted]:
        """Return the work that records *draft*, for a transaction that the caller has open.

        What is wrong with an address is recorded with the draft, and the others stay usable.
        The same request key again returns what it made the first time.

        Raises:
            BadCampaign: UNKNOWN_KIND, MISSING_VALUES, BAD_VALUE, NO_ANNOUNCE; BAD_ADDRESS of the
                house. When the work is done: BAD_VALUE and MISSING_VALUES of a recipient,
                NO_RECIPIENTS (no usable one at all); UNKNOWN_CAMPAIGN and NO_ANNOUNCE of what its
                post follows. The caller's transaction is to be given up then.
        """
        parts = self._parts
        order = understood(draft, parts.kinds, parts.house)
        follows = ""
        if order.list and draft.follows:
            follows = parts.tokens.message_id(draft.follows, order.list.same, parts.house.domain)
        return partial(drafts.record, order=order, at=parts.clock.now(), follows=follows)

    def answering(self, draft: Draft) -> Work[Drafted]:
        """Return the work that answers what its recipient has done, for an open transaction.

        The mail is rendered, frozen and let go in that transaction; nobody approves it, which its
        kind must allow. The same request key again sends nothing. If there is nobody who can be
        written to, nothing is recorded and the number is 0. Call `wake` afterwards.

        Raises BadCampaign as `drafting` and `preview` do, and NO_RECIPIENTS of more than one; of
        it nothing is recorded then, whatever else the transaction holds.
        """
        return answering.answering(self._parts, draft)

    async def answer(self, draft: Draft) -> Drafted:
        """Answer in a transaction of its own; as `answering`."""
        return await self._go(self.answering(draft))

    async def draft(self, draft: Draft) -> Drafted:
        """Record *draft* in a transaction of its own; as `drafting`."""
        return await self._do(self.drafting(draft))

    async def revise(self, number: int, values: Mapping[str, object], actor: str) -> Campaign:
        """Replace some values of a draft or a previewed campaign, which is a draft again then.

        Raises BadCampaign(BAD_VALUE).
        """
        return await self._do(partial(commands.revise, ask=self._ask(number, actor), given=values))

    async def preview(self, number: int, actor: str) -> Preview:
        """Render and keep every mail, and show the first; may be repeated until approval.

        If it fails, the campaign is a draft, and what was rendered is rendered anew next time.

        Raises:
            BadCampaign: UNKNOWN_KIND; TEMPLATE, with template, line and variable; BAD_VALUE.
            CampaignRefused: NO_RECIPIENTS: all are left out; CHANGED: somebody else began a
                preview, or revised it, meanwhile.
        """
        return await previewing.preview(self._parts, number, actor)

    def mails(self, number: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield every recipient's kept mail: a file name that is safe, and the bytes.

        Raises CampaignRefused(CHANGED): there is no finished preview.
        """
        return files.mails(self._parts.transactions, number)

    async def approve(self, number: int, actor: str, digest: str = "") -> Campaign:
        """Freeze recipients and bytes. *digest*, if given, must be that of the preview.

        Raises CampaignRefused: SAME_PERSON, CHANGED.
        """
        second = self._parts.pace.second_person
        ask = self._ask(number, actor)
        return await self._do(partial(commands.approve, ask=ask, digest=digest, second=second))

    # ---- sending it ----

    async def send(self, number: int, actor: str) -> Campaign:
        """Let workers deliver it."""
        ask = self._ask(number, actor)
        return await self._go(partial(commands.send, ask=ask, offers=self._offers))

    async def pause(self, number: int, actor: str) -> Campaign:
        """Hand over nothing more; what is in flight comes to its end."""
        return await self._do(partial(commands.pause, ask=self._ask(number, actor)))

    async def resume(self, number: int, actor: str) -> Campaign:
        """Go on after a pause or a transport stop."""
        return await self._go(partial(commands.resume, ask=self._ask(number, actor)))

    async def cancel(self, number: int, actor: str) -> Campaign:
        """End it: what was not handed over never is."""
        return await self._go(partial(commands.cancel, ask=self._ask(number, actor)))

    def stopping(self, occasion: str, actor: str) -> Work[tuple[int, ...]]:
        """Return the work that cancels what has not ended of an occasion; it returns which.

        It is for a transaction that the caller has open. Nothing is begun after its commit.
        """
        ask = self._ask(0, actor)
        return partial(commands.cancel_occasion, occasion=occasion, ask=ask)

    def cancelling(self, number: int, actor: str) -> Work[Campaign]:
        """Return the work that does what `cancel` does, as `stopping`."""
        return partial(commands.cancel, ask=self._ask(number, actor))

    def standing(self, occasion: str) -> Work[tuple[Campaign, ...]]:
        """Return the work that reads the heads of an occasion, newest first, as `stopping`."""
        return partial(campaigns.newest, occasion=occasion)

    def releasing(self, number: int, actor: str) -> Work[Campaign]:
        """Return the work that approves a previewed campaign and lets it be sent, as `stopping`.

        One that is approved already is only sent, with the bytes that were approved.
        Raises CampaignRefused(NOT_NOW, SAME_PERSON) when it is done. Call `wake` afterwards.
        """
        ask, second = self._ask(number, actor), self._parts.pace.second_person

        def release(connection: Any) -> Campaign:  # noqa: ANN401 - opaque here
            head = campaigns.read(connection, number, lock=True)
            if head.state is not CampaignState.APPROVED:
                commands.approve(connection, ask, "", second=second)
            return commands.send(connection, ask, self._offers)

        return release

    def wake(self) -> None:
        """Tell the sender of this process that there may be something to do."""
        self._parts.wake()

    async def test(self, number: int, address: str, actor: str) -> Drafted:
        """Send the sample to *address* now, as a campaign of its own; previews if need be.

        Every call sends one more. Raises as `preview`, BadCampaign(BAD_ADDRESS), and
        CampaignRefused(ONLY_THEIRS): it is an answer to one customer.
        """
        mailbox, head = parse(address), await self.campaign(number)
        if head.answer:  # it has links by which its reader is known, and nobody else may be
            raise CampaignRefused(Problem.ONLY_THEIRS, number=number)
        if head.state is CampaignState.DRAFT:
            await self.preview(number, actor)

        def compose(content: bytes, test: int) -> bytes:
            return self._parts.composer.test(content, test, mailbox)

        ask = self._ask(number, actor)
        return await self._go(partial(trials.record, ask=ask, mailbox=mailbox, compose=compose))

    async def resend(self, number: int, address: str, actor: str) -> Campaign:
        """Send it to one recipient once more, with the same bytes and Message-ID.

        Raises BadCampaign: BAD_ADDRESS, UNKNOWN_RECIPIENT; CampaignRefused(NOT_TO_RESEND).
        """
        ask, mailbox = self._ask(number, actor), parse(address)
        return await self._go(partial(commands.resend, ask=ask, mailbox=mailbox))

    async def settle(self, number: int, address: str, actor: str, *, sent: bool) -> Campaign:
        """Say what became of an uncertain delivery; if it was not *sent*, it is sent again.

        Raises BadCampaign: BAD_ADDRESS, UNKNOWN_RECIPIENT; CampaignRefused(NOT_SETTLED).
        """
        ask, mailbox = self._ask(number, actor), parse(address)
        return await self._go(partial(commands.settle, ask=ask, mailbox=mailbox, sent=sent))

    # ---- looking at it ----

    async def campaign(self, number: int) -> Campaign:
        """Return its head."""
        return await self._parts.transactions.read(partial(campaigns.read, number=number))

    async def heads(self, occasion: str = "") -> tuple[Campaign, ...]:
        """Return the heads of all campaigns, or of those of an *occasion*, newest first.

        Much cheaper than `campaigns`, where nobody asks how far they are.
        """
        return await self._parts.transactions.read(partial(campaigns.newest, occasion=occasion))

    async def campaigns(self, *, tests: bool = False) -> tuple[Progress, ...]:
        """Return all campaigns with their counts, newest first."""
        now, pace = self._parts.clock.now(), self._parts.pace.per_minute
        work = partial(reports.progress_of_all, now=now, pace=pace, tests=tests)
        return await self._parts.transactions.read(work)

    async def progress(self, number: int) -> Progress:
        """Say how it stands."""
        now, pace = self._parts.clock.now(), self._parts.pace.per_minute
        work = partial(reports.progress, number=number, now=now, pace=pace)
        return await self._parts.transactions.read(work)

    async def under_way(self) -> Mapping[DeliveryState, int]:
        """Count the deliveries of all that is being sent or is paused, by state; answers too."""
        return await self._parts.transactions.read(deliveries.under_way)

    async def report(self, number: int) -> Report:
        """Say what became of every recipient, in the order of sending."""
        tokens, domain = self._parts.tokens, self._parts.house.domain
        named = partial(tokens.message_id, number, domain=domain)
        return await self._parts.transactions.read(
            partial(reports.report, number=number, named=named)
        )

    async def changes(self, after: int, campaign: int = 0) -> tuple[Change, ...]:
        """Return what happened after a number, oldest first, of one campaign or of all.

        At most `records.changes.MOST` rows: who wants all asks until there are none.
        """
        work = partial(changes.after, number=after, campaign=campaign)
        return await self._parts.transactions.read(work)

    # ---- addresses ----

    async def suppressions(self) -> tuple[Suppression, ...]:
        """Return the standing suppressions, newest first."""
        return await self._parts.transactions.read(suppressions.standing)

    async def unsubscribe(self, token: str) -> bool:
        """Stop offers to the mailbox that *token* was made for; False: the token is not ours.

        Again changes nothing.
        """
        mailbox = self._parts.tokens.mailbox(token)
        if mailbox is None:
            return False
        wish = Suppression(
            address=mailbox,
            scope=Scope.OFFERS,
            why=Omission.UNSUBSCRIBED,
            at=self._parts.clock.now(),
        )
        work = partial(suppressions.add, mailbox=mailbox, suppression=wish, offers=self._offers)
        await self._do(work)
        return True

    async def lift(self, address: str, actor: str) -> int:
        """Lift the suppressions of *address*; return how many stood.

        Raises BadCampaign(BAD_ADDRESS).
        """
        mailbox, at = parse(address).same, self._parts.clock.now()
        return await self._do(partial(suppressions.lift, mailbox=mailbox, at=at, actor=actor))

    def _ask(self, number: int, actor: str) -> Ask:
        return Ask(number=number, actor=actor, at=self._parts.clock.now())

    async def _do(self, work: Work[T]) -> T:
        return await self._parts.transactions.write(work, first=True)

    async def _go(self, work: Work[T]) -> T:
        """Do *work*, and tell the sender."""
        done = await self._do(work)
        self._parts.wake()
        return done
