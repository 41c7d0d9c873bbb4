"""What the chats ask of campaigns and opt-ins; `notifications` and the notices' desk answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from bot.ports import Chat
    from bot.rules.optin import OptIn, TrialWish
    from notifications import Campaign, Change, Drafted, Preview, Progress, Report, Suppression


class Campaigns(Protocol):
    """The front door of campaigns (`notifications.Campaigns`, which says what each does).

    Every call may raise a NotificationError.
    """

    async def revise(self, number: int, values: Mapping[str, object], actor: str) -> Campaign:
        """Replace some values of a draft or a previewed campaign, which is a draft again then."""

    async def preview(self, number: int, actor: str) -> Preview:
        """Render and keep every mail, and show the first."""

    def mails(self, number: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield every recipient's kept mail: a file name that is safe, and the bytes."""

    async def approve(self, number: int, actor: str, digest: str = "") -> Campaign:
        """Freeze recipients and bytes; *digest*, if given, must be that of the preview."""

    async def send(self, number: int, actor: str) -> Campaign:
        """Let workers deliver it."""

    async def pause(self, number: int, actor: str) -> Campaign:
        """Hand over nothing more."""

    async def resume(self, number: int, actor: str) -> Campaign:
        """Go on after a pause or a transport stop."""

    async def cancel(self, number: int, actor: str) -> Campaign:
        """End it: what was not handed over never is."""

    async def test(self, number: int, address: str, actor: str) -> Drafted:
        """Send the sample to *address* now, as a campaign of its own."""

    async def resend(self, number: int, address: str, actor: str) -> Campaign:
        """Send it to one recipient once more."""

    async def settle(self, number: int, address: str, actor: str, *, sent: bool) -> Campaign:
        """Say what became of an uncertain delivery."""

    async def campaign(self, number: int) -> Campaign:
        """Return its head."""

    async def heads(self, occasion: str = "") -> tuple[Campaign, ...]:
        """Return the heads of all campaigns, or of those of an *occasion*, newest first."""

    async def campaigns(self, *, tests: bool = False) -> tuple[Progress, ...]:
        """Return all campaigns with their counts, newest first."""

    async def progress(self, number: int) -> Progress:
        """Say how it stands."""

    async def report(self, number: int) -> Report:
        """Say what became of every recipient, in the order of sending."""

    async def changes(self, after: int, campaign: int = 0) -> tuple[Change, ...]:
        """Return what happened after a number, oldest first, of one campaign or of all."""

    async def suppressions(self) -> tuple[Suppression, ...]:
        """Return the standing suppressions, newest first."""

    async def lift(self, address: str, actor: str) -> int:
        """Lift the suppressions of *address*; return how many stood."""


class OptInView(Protocol):
    """How one guest's wish stands."""

    @property
    def guest(self) -> str:
        """Its name."""

    @property
    def host(self) -> str:
        """Where the inventory has it."""

    @property
    def wanted(self) -> bool:
        """Whether it is opted in."""

    @property
    def since(self) -> datetime | None:
        """When that was said; None: never."""

    @property
    def who(self) -> str:
        """Who said it."""

    @property
    def how(self) -> str:
        """The way it was said: "inventory", "chat", "link", "reset"."""

    @property
    def kernel(self) -> str:
        """The kernel attested with it, or an empty string."""

    @property
    def before_reset(self) -> bool:
        """Whether it was opted in before the last reset."""


class Back(Protocol):
    """How many of those whom the last reset set back are opted in again."""

    @property
    def back(self) -> int:
        """How many of them."""

    @property
    def of(self) -> int:
        """How many were set back; 0: nobody was."""

    @property
    def others(self) -> int:
        """How many are opted in that were not before."""


class Reset(Protocol):
    """What a reset of all opt-ins has done."""

    @property
    def guests(self) -> int:
        """How many were set back."""

    @property
    def drafted(self) -> Drafted:
        """The campaign, and its post, that tell of it."""


class Untold(Protocol):
    """How many were told of a maintenance of a host that covers this instant."""

    @property
    def contacts(self) -> int:
        """How many contacts the customers' guests there have."""

    @property
    def untold(self) -> int:
        """How many of them were not told, for one guest at least."""


class Notices(Protocol):
    """Who is written to about what, and the opt-ins (`bot.maintenance.notices.desk`).

    Every call may raise a MaintError or a NotificationError.
    """

    async def new(
        self,
        kind: str,
        about: tuple[str, ...],
        values: Mapping[str, str],
        *,
        announce: bool,
        actor: str,
        key: str,
    ) -> Drafted:
        """Draft a campaign; the same key again returns what it made the first time."""

    async def refresh(self, number: int, actor: str) -> None:
        """Bring what a campaign tells up to date, before it is rendered for *actor*.

        It changes an incident that is not approved yet, and nothing else.
        """

    async def refuse_untrue(self, number: int) -> None:
        """Raise Precondition(NO_LONGER_TRUE) if a campaign tells what is not so any more."""

    async def refuse_outdated(self, number: int) -> None:
        """Raise the same if a campaign, sent or not, has a date that its window had before."""

    async def reset(self, actor: str, key: str) -> Reset:
        """Set every opt-in back, and draft the campaign that says so, in one commit."""

    async def untold(self, host: str) -> Untold:
        """Count the contacts on *host*, and those who were not told of a maintenance now."""

    async def optins(self) -> Sequence[OptInView]:
        """Describe every customer's guest."""

    async def back(self) -> Back:
        """Count those who are opted in again since the last reset."""

    async def history(self, guest: str) -> Sequence[OptIn]:
        """Return every statement about *guest*, oldest first."""

    async def state(self, guest: str, wanted: bool, kernel: str, actor: str) -> OptIn:  # noqa: FBT001 - the desk's own order
        """Say for a customer whether their guest is opted in."""

    async def confirm_trial(self, wish: TrialWish) -> None:
        """Tell the customer of a guest by mail that staff have recorded this of a trial."""

    async def link(self, guest: str) -> str:
        """Return the personal link of *guest*."""

    async def revoke(self, guest: str) -> None:
        """Make every link of *guest* useless that was made before."""


class MailTeller(Protocol):
    """Tells chats how a campaign is sent (`bot.maintenance.notices.telling.MailProjection`)."""

    async def tell(self, chat: Chat, campaign: int, *, whole: bool = False) -> bool:
        """Tell *chat* what is new; return whether the campaign is at rest and all is told.

        While it is sent, what can share a message is kept back for a moment, unless *whole*.
        """

    async def skip(self, chat: Chat, campaign: int) -> None:
        """Tell *chat* only what happens from now on."""

    def forget(self, chat: Chat) -> None:
        """Read anew how far *chat* is told: another process may have told it meanwhile."""


class CustomerTeller(Protocol):
    """Tells chats what customers say (`bot.maintenance.customers.news.CustomerProjection`)."""

    async def tell(self, chat: Chat) -> None:
        """Tell *chat* what is new."""

    async def skip(self, chat: Chat) -> None:
        """Tell *chat* only what happens from now on."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """Where mail is asked for."""

    mail: Campaigns
    notices: Notices
    teller: MailTeller
    customers: CustomerTeller
    announces: bool = True  # there is an announce list
