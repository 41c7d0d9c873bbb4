"""The desk of the customers' pages: what a link shows, and what it lets its holder say.

Opt-ins are stated here and in `bot.maintenance.notices.desk`, by the one door of the store.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.maintenance.customers import showing
from bot.maintenance.customers.knowing import Doorkeeper
from bot.maintenance.customers.letters import Answers
from bot.maintenance.customers.stating import Stating
from bot.maintenance.customers.terms import GuestPage, PageRefused, Refusal, UndoPage
from bot.maintenance.customers.trials import Trying
from bot.maintenance.notices.audiences import called, is_customer
from bot.maintenance.notices.failures import translated
from bot.maintenance.notices.optins import RESET
from bot.maintenance.windows.announcing import announced
from notifications import same_mailbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.maintenance.customers.consent import Consent
    from bot.maintenance.customers.knowing import Known
    from bot.maintenance.notices.gathered import Sources
    from bot.maintenance.windows.public import Public
    from bot.ports import Clock, RunRecord
    from bot.rules.fleet import Fleet, Guest
    from bot.rules.optin import OptIn

LOOKED = 5  # of the newest runs: trials of others may have come after that of the guest


class CustomerDesk:
    """Keeps `bot.maintenance.customers.asked.Customers`, which says what each method does."""

    def __init__(self, sources: Sources, clock: Clock, consent: Consent, public: Public) -> None:
        """Know and write by *sources*; who opts in confirms *consent*."""
        self._sources, self._clock = sources, clock
        self._consent, self._public = consent, public
        self._door = Doorkeeper(sources=sources, clock=clock)
        self._answers = Answers(sources=sources)
        self._stating = Stating(sources=sources, answers=self._answers, consent=consent)
        self._trying = Trying(sources=sources, answers=self._answers)

    # ---- looking ----

    async def page(self, token: str) -> GuestPage:
        """Return what the page of a guest shows. Raises PageRefused(LINK)."""
        known = await self._door.known(token)
        store, guest = self._sources.store, known.guest
        said = await store.statements(guest=guest.name)
        newest = said[-1] if said else None
        kernel = newest.kernel if newest else ""
        run, states = await self._run(guest)
        return GuestPage(
            guest=guest.name,
            host=called(self._sources.fleet.hosts[guest.host]),
            wanted=bool(newest and newest.wanted),
            since=newest.at if newest else None,
            by=showing.spoken_by(newest, known.who) if newest else None,
            kernel=kernel,
            history=showing.history(said, known.who),
            held=showing.held(await store.holds(), guest, kernel),
            warning=self._consent.paragraphs,
            minimum=self._sources.policy.minimum_kernel.partition("-")[0],
            seal=self._seal(known, newest),
            at=known.at,
            trials=await self._trying.standing(guest, known.at),
            course=showing.course(run, guest.name, states, known.at),
            coming=showing.coming(await announced(store, known.at), guest.host, known.at),
            zone=self._public.house.zone,
        )

    async def undo_page(self, token: str) -> UndoPage:
        """Return what an undo link would do. Raises PageRefused: LINK, UNDONE."""
        known, now, before = await self._undoable(token)
        back = bool(before and before.wanted)
        seal = self._seal(known, now)
        return UndoPage(guest=known.name, wanted=now.wanted, back=back, seal=seal)

    async def windows(self) -> list[dict[str, Any]]:
        """Return the windows that were announced, to come and under way, in public words."""
        now = self._clock.now()
        return self._public.planned(await announced(self._sources.store, now), now)

    # ---- opting in and out ----

    async def opt_in(self, token: str, *, seal: str, kernel: str, read: bool, address: str) -> None:
        """Opt the guest in. Raises PageRefused: LINK, SEAL, KERNEL, UNREAD, CHANGED."""
        known = await self._door.known(token)
        sealed = self._door.sealed(seal, known)
        release = self._stating.accepted(kernel)
        if not read:
            raise PageRefused(Refusal.UNREAD)
        if sealed.words != self._consent.version:  # other words were read than are recorded
            raise PageRefused(Refusal.SEAL)
        said = self._stating.said(known, wanted=True, kernel=release, address=address)
        await self._stating.state(known, said, sealed.seen)

    async def opt_out(self, token: str, *, seal: str, address: str) -> None:
        """Opt the guest out, whatever was said meanwhile. Raises PageRefused: LINK, SEAL."""
        known = await self._door.known(token)
        self._door.sealed(seal, known, ever=True)
        said = self._stating.said(known, wanted=False, address=address)
        await self._stating.state(known, said, seen=None)

    async def undo(self, token: str, *, seal: str, address: str) -> str:
        """Take the last statement back; return the path of the guest's page.

        Raises PageRefused: LINK, SEAL, UNDONE, CHANGED.
        """
        known, now, before = await self._undoable(token)
        seen = self._door.sealed(seal, known).seen
        if seen != now.number:
            raise PageRefused(Refusal.UNDONE, guest=known.name)
        back = bool(before and before.wanted)
        said = replace(self._stating.said(known, wanted=back, address=address), how="undo", text="")
        if before and back:
            attested = before.attested or before.at
            said = replace(said, kernel=before.kernel, text=before.text, attested=attested)
        await self._stating.state(known, said, seen)
        return self._sources.links.path(known.name, known.generation, known.at)

    # ---- trials, links, offers ----

    async def ask_trial(
        self, token: str, *, seal: str, kernel: str, note: str, address: str
    ) -> None:
        """Ask for a trial. Raises PageRefused: LINK, SEAL, KERNEL."""
        known = await self._door.known(token)
        self._door.sealed(seal, known)
        release = self._stating.accepted(kernel or await self._stating.attested(known))
        await self._trying.ask(known, kernel=release, note=note, address=address)

    async def withdraw_trial(self, token: str, *, seal: str, address: str) -> None:
        """Withdraw the wish for a trial. Raises PageRefused: LINK, SEAL."""
        known = await self._door.known(token)
        self._door.sealed(seal, known, ever=True)
        await self._trying.withdraw(known, address=address)

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

    # ---- what several of them do ----

    async def _run(self, guest: Guest) -> tuple[RunRecord | None, Mapping[str, str]]:
        """Return the newest run of its host that *guest* has a part in, with its states."""
        for run in (await self._sources.store.runs(host=guest.host))[:LOOKED]:
            states = await self._sources.store.states(run.id)
            if guest.name in states:
                return run, states
        return None, {}

    def _seal(self, known: Known, newest: OptIn | None) -> str:
        seen = newest.number if newest else 0
        return self._sources.links.seal(known.name, seen, self._consent.version, known.at)

    async def _undoable(self, token: str) -> tuple[Known, OptIn, OptIn | None]:
        """Return the statement that an undo link takes back, and the one before it.

        Raises PageRefused: LINK; UNDONE: something else was said since, or it would opt in as
        nobody could now.
        """
        now = self._clock.now()
        undo = self._sources.links.read_undo(token, now)
        known = await self._door.standing(undo.link if undo else None, now)
        said = await self._sources.store.statements(guest=known.name)
        before = said[-2] if len(said) > 1 else None
        if not said or undo is None or undo.before != (before.number if before else 0):
            raise PageRefused(Refusal.UNDONE, guest=known.name)
        if before and before.wanted and not await self._may_be_back(before, now):
            raise PageRefused(Refusal.UNDONE, guest=known.name)
        return known, said[-1], before

    async def _may_be_back(self, before: OptIn, now: datetime) -> bool:
        """Say whether an opt-in may be had back: not one from before everybody was set back."""
        resets = await self._sources.store.statements(how=RESET)
        since = any(reset.at > before.at for reset in resets)
        return not since and self._stating.stands(before, now)


def _guests_of(fleet: Fleet, same: str) -> list[str]:
    """Return the customers' guests whose contact has this mailbox."""
    known = fleet.contacts.items()
    theirs = {key for key, c in known if c.address and same_mailbox(c.address) == same}
    guests = (guest for guest in fleet.guests.values() if guest.contact in theirs)
    return [guest.name for guest in guests if is_customer(fleet, guest.name)]
