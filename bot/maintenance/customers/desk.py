"""The desk of the customers' pages: what a link shows, and what it lets its holder say.

Opt-ins are stated here and in `bot.maintenance.notices.desk`, by the one door of the store.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.maintenance.customers import showing
from bot.maintenance.customers.letters import Answers
from bot.maintenance.customers.terms import GuestPage, PageRefused, Refusal, UndoPage
from bot.maintenance.customers.trials import Trying
from bot.maintenance.notices import optins
from bot.maintenance.notices.audiences import called, is_customer
from bot.maintenance.notices.failures import translated
from bot.maintenance.windows.announcing import announced
from bot.rules.optin import OptIn
from bot.rules.policy.attesting import attest
from notifications import same_mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.customers.consent import Consent
    from bot.maintenance.customers.links import Link
    from bot.maintenance.notices.gathered import Sources
    from bot.maintenance.windows.public import Public
    from bot.ports import Clock
    from bot.rules.fleet import Fleet, Guest

    Work = Callable[[Any, Mapping[str, OptIn]], tuple[Sequence[OptIn], bool]]

AGAIN = timedelta(minutes=10)  # the same form sent again within this time was sent twice


@dataclass(frozen=True, kw_only=True)
class Known:
    """Whose link it is, at which moment."""

    guest: Guest
    generation: int
    at: datetime

    @property
    def name(self) -> str:
        """The guest's name."""
        return self.guest.name


class CustomerDesk:
    """Keeps `bot.maintenance.customers.asked.Customers`, which says what each method does."""

    def __init__(self, sources: Sources, clock: Clock, warning: Consent, public: Public) -> None:
        """Know and write by *sources*; who opts in confirms *warning*."""
        self._sources, self._clock = sources, clock
        self._warning, self._public = warning, public
        self._answers = Answers(sources=sources)
        self._trying = Trying(sources=sources, answers=self._answers)

    # ---- looking ----

    async def page(self, token: str) -> GuestPage:
        """Return what the page of a guest shows. Raises PageRefused(LINK)."""
        known = await self._known(token)
        store, guest = self._sources.store, known.guest
        said = await store.statements(guest=guest.name)
        newest = said[-1] if said else None
        kernel = newest.kernel if newest else ""
        run = next(iter(await store.runs(host=guest.host)), None)
        states = await store.states(run.id) if run else {}
        return GuestPage(
            guest=guest.name,
            host=called(self._sources.fleet.hosts[guest.host]),
            wanted=bool(newest and newest.wanted),
            since=newest.at if newest else None,
            by=showing.spoken_by(newest) if newest else None,
            kernel=kernel,
            history=showing.history(said),
            held=showing.held(await store.holds(), guest, kernel),
            warning=self._warning.paragraphs,
            minimum=self._sources.policy.minimum_kernel.partition("-")[0],
            seal=self._sources.links.seal(guest.name, newest.number if newest else 0, known.at),
            at=known.at,
            trials=await self._trying.standing(guest, known.at),
            course=showing.course(run, guest.name, states, known.at),
            coming=showing.coming(await announced(store, known.at), guest.host, known.at),
            zone=self._public.house.zone,
        )

    async def undo_page(self, token: str) -> UndoPage:
        """Return what an undo link would do. Raises PageRefused: LINK, UNDONE."""
        known, now, before = await self._undoable(token)
        return UndoPage(
            guest=known.name,
            wanted=now.wanted,
            back=bool(before and before.wanted),
            seal=self._sources.links.seal(known.name, now.number, known.at),
        )

    async def windows(self) -> list[dict[str, Any]]:
        """Return the windows that were announced, to come and under way, in public words."""
        now = self._clock.now()
        return self._public.planned(await announced(self._sources.store, now), now)

    # ---- opting in and out ----

    async def opt_in(self, token: str, *, seal: str, kernel: str, read: bool, address: str) -> None:
        """Opt the guest in. Raises PageRefused: LINK, SEAL, KERNEL, UNREAD, CHANGED."""
        known = await self._known(token)
        seen = self._seen(seal, known)
        release = self.attested(kernel)
        if not read:
            raise PageRefused(Refusal.UNREAD)
        said = self._said(known, wanted=True, kernel=release, address=address)
        await self._restate(self._stating(known, said, await self._held(known, release), seen))

    async def opt_out(self, token: str, *, seal: str, address: str) -> None:
        """Opt the guest out, whatever was said meanwhile. Raises PageRefused: LINK, SEAL."""
        known = await self._known(token)
        self._seen(seal, known)
        said = self._said(known, wanted=False, address=address)
        await self._restate(self._stating(known, said, held=False, seen=None))

    async def undo(self, token: str, *, seal: str, address: str) -> str:
        """Take the last statement back; return the path of the guest's page.

        Raises PageRefused: LINK, SEAL, UNDONE.
        """
        known, now, before = await self._undoable(token)
        seen = self._seen(seal, known)
        if seen != now.number:
            raise PageRefused(Refusal.UNDONE, guest=known.name)
        back = bool(before and before.wanted)
        kernel, text = (before.kernel, before.text) if before and back else ("", "")
        said = self._said(known, wanted=back, kernel=kernel, address=address)
        said = replace(said, how="undo", text=text)
        held = back and await self._held(known, kernel)
        await self._restate(self._stating(known, said, held=held, seen=seen))
        return self._sources.links.path(known.name, known.generation, known.at)

    # ---- trials, links, offers ----

    async def ask_trial(
        self, token: str, *, seal: str, kernel: str, note: str, address: str
    ) -> None:
        """Ask for a trial. Raises PageRefused: LINK, SEAL, KERNEL."""
        known = await self._known(token)
        self._seen(seal, known)
        release = self.attested(kernel or await self._attested(known))
        who = self._who(known)
        await self._trying.ask(known, kernel=release, note=note, address=address, who=who)

    async def withdraw_trial(self, token: str, *, seal: str, address: str) -> None:
        """Withdraw the wish for a trial. Raises PageRefused: LINK, SEAL."""
        known = await self._known(token)
        self._seen(seal, known)
        await self._trying.withdraw(known, address=address, who=self._who(known))

    async def send_links(self, address: str) -> None:
        """Mail the links of a contact's guests, if *address* is that of one; never says which."""
        fleet, now = self._sources.fleet, self._clock.now()
        same = same_mailbox(address.strip())
        names = _guests_of(fleet, same)
        if not names or not self._sources.links.address:
            return
        known = await self._sources.store.generations()
        mark = hashlib.sha256(same.encode()).hexdigest()[:12]
        key = f"links/{mark}/{now:%Y%m%d%H%M}"
        letter = self._answers.links({name: known.get(name, 0) for name in names}, key, now)
        with translated():
            await self._sources.mail.answer(letter)

    async def unsubscribe(self, token: str) -> bool:
        """Stop offers to the mailbox that *token* was made for; False: it is not ours."""
        with translated():
            return await self._sources.mail.unsubscribe(token)

    def attested(self, kernel: str) -> str:
        """Return *kernel* as it is recorded. Raises PageRefused(KERNEL)."""
        found = attest(kernel, self._sources.policy)
        if not found.verdict.may_opt_in:
            minimum = self._sources.policy.minimum_kernel.partition("-")[0]
            verdict = found.verdict.value
            raise PageRefused(Refusal.KERNEL, verdict=verdict, kernel=kernel, minimum=minimum)
        return found.release

    # ---- what all of them do ----

    async def _known(self, token: str) -> Known:
        now = self._clock.now()
        return await self._standing(self._sources.links.read(token, now), now)

    async def _standing(self, link: Link | None, now: datetime) -> Known:
        """Return whose *link* it is, if it was not revoked. Raises PageRefused(LINK)."""
        fleet = self._sources.fleet
        guest = fleet.guests.get(link.guest) if link else None
        if link is None or guest is None or not is_customer(fleet, guest.name):
            raise PageRefused(Refusal.LINK)
        revoked = (await self._sources.store.generations()).get(guest.name, 0)
        if revoked != link.generation:
            raise PageRefused(Refusal.LINK)
        return Known(guest=guest, generation=link.generation, at=now)

    def _seen(self, seal: str, known: Known) -> int:
        """Return the number of the statement that the page showed. Raises PageRefused(SEAL)."""
        seen = self._sources.links.unsealed(seal, known.name, known.at)
        if seen is None:
            raise PageRefused(Refusal.SEAL)
        return seen

    async def _undoable(self, token: str) -> tuple[Known, OptIn, OptIn | None]:
        """Return the statement that an undo link takes back, and the one before it.

        Raises PageRefused: LINK; UNDONE: something else was said since, or it would opt in by a
        warning or a kernel that would not be accepted now.
        """
        now = self._clock.now()
        undo = self._sources.links.read_undo(token, now)
        known = await self._standing(undo.link if undo else None, now)
        said = await self._sources.store.statements(guest=known.name)
        before = said[-2] if len(said) > 1 else None
        if not said or undo is None or undo.before != (before.number if before else 0):
            raise PageRefused(Refusal.UNDONE, guest=known.name)
        if before and before.wanted and not self._stands(before):
            raise PageRefused(Refusal.UNDONE, guest=known.name)
        return known, said[-1], before

    def _stands(self, before: OptIn) -> bool:
        """Say whether an opt-in could be made the same way again."""
        accepted = attest(before.kernel, self._sources.policy).verdict.may_opt_in
        return accepted and before.text in {"", self._warning.version}

    def _said(self, known: Known, *, wanted: bool, address: str, kernel: str = "") -> OptIn:
        return OptIn(
            guest=known.name,
            wanted=wanted,
            at=known.at,
            who=self._who(known),
            how="link",
            kernel=kernel,
            text=self._warning.version if wanted else "",
            address=address,
        )

    def _who(self, known: Known) -> str:
        contact = self._sources.fleet.contacts.get(known.guest.contact)
        return f"customer:{contact.address or contact.key}" if contact else "customer:"

    def _stating(self, known: Known, said: OptIn, held: bool, seen: int | None) -> Work:  # noqa: FBT001 - it goes into the letter
        """Return the work that states *said* and mails its confirmation; *seen* None: whatever was.

        What is so already is not stated again. Raises (when it is done) PageRefused(CHANGED).
        """

        def work(transaction: Any, newest: Mapping[str, OptIn]) -> tuple[Sequence[OptIn], bool]:  # noqa: ANN401 - only the store knows what it is
            now = newest.get(known.name)
            if _so_already(now, said, seen):
                return (), False
            number = now.number if now else 0
            if seen is not None and seen != number:
                raise PageRefused(Refusal.CHANGED)
            undoable = now is None or not now.wanted or self._stands(now)
            confirm = self._answers.changed(
                said,
                generation=known.generation,
                before=number,
                held=held,
                undoable=undoable,
            )
            if confirm:
                confirm(transaction)
            return (said,), True

        return work

    async def _restate(self, work: Work) -> None:
        with translated():
            changed = await self._sources.store.restate(work, self._warning.text)
        if changed:
            self._sources.mail.wake()

    async def _held(self, known: Known, kernel: str) -> bool:
        holds = await self._sources.store.holds()
        return showing.held(holds, known.guest, kernel) is not None

    async def _attested(self, known: Known) -> str:
        months = timedelta(days=30 * self._sources.policy.attest_months)
        said = await self._sources.store.statements(guest=known.name)
        return optins.attested(said, known.at - months)


def _guests_of(fleet: Fleet, same: str) -> list[str]:
    """Return the customers' guests whose contact has this mailbox."""
    known = fleet.contacts.items()
    theirs = {key for key, c in known if c.address and same_mailbox(c.address) == same}
    guests = (guest for guest in fleet.guests.values() if guest.contact in theirs)
    return [guest.name for guest in guests if is_customer(fleet, guest.name)]


def _so_already(now: OptIn | None, said: OptIn, seen: int | None) -> bool:
    """Say whether *said* counts *now*: nothing to opt out of, or the same form once more."""
    if seen is None:
        return now is None or not now.wanted
    if now is None or seen == now.number:
        return False
    same = (now.wanted, now.kernel, now.how) == (said.wanted, said.kernel, said.how)
    return same and said.at - now.at < AGAIN
