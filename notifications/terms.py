"""The values of a campaign. Instants are aware UTC, in machine time."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from notifications.states import CampaignState, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A sort of campaign: data that the caller registers. Its templates bear its name.

    `email/NAME.txt.jinja` has the blocks `subject` and `text`; `email/NAME.html.jinja` stands
    beside it where `html` says so; `announce/NAME.txt.jinja`, with the same blocks, where
    `announce` does.
    """

    name: str
    service: bool  # a service notice: no unsubscribing; else an offer
    needs: frozenset[str] = frozenset()  # values that a draft must give
    item_needs: frozenset[str] = frozenset()  # keys that each item of a recipient must have
    letter: bool = True  # has a mail to contacts
    announce: bool = False  # has an announce text
    html: bool = False
    bulk: bool = True  # Precedence: bulk; not for what concerns one person only
    calendar: bool = False  # its letters carry the calendar of the draft, where there is one
    # It answers what its recipient has just done: it goes out at once, without a person's approval.
    answer: bool = False


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One of the many. `items` are opaque here: the template lists them."""

    address: str  # as the caller has it; may be wrong or empty, and is then left out and reported
    name: str = ""
    items: tuple[Mapping[str, Any], ...] = ()  # JSON values, or aware datetimes


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is asked for when a campaign is made.

    Of its values the name `calendar` is reserved. It may hold the text of one iCalendar object
    (RFC 5545) with `METHOD:PUBLISH` or `METHOD:CANCEL`, the same for all recipients. If its kind
    says `calendar`, every letter carries it as `maintenance.ics`; a post never does, and other
    kinds take no notice of it. It is rendered and frozen as the words are: what is in it must not
    depend on when it was made.
    """

    kind: str
    actor: str
    request_key: str  # the same key makes one campaign
    recipients: Iterable[Recipient] = ()  # read once, may be long
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    announce: bool = False  # make its post to the announce list too
    occasion: str = ""  # what several service notices belong to: a window, a run
    follows: int = 0  # number of a post whose thread this one's post continues


class Omission(StrEnum):
    """Why somebody is left out before anything is sent."""

    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"  # `detail` says what is wrong with it
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"  # a hard bounce stands against it


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Somebody who does not get the mail."""

    name: str
    address: str
    why: Omission
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """Recipients with the same mailbox, who get one mail."""

    address: str
    names: tuple[str, ...]
    items: int


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """The head of a campaign."""

    number: int
    kind: str
    state: CampaignState
    actor: str
    created: datetime
    announce: bool = False  # it is a post to the list: one recipient
    test_of: int = 0  # it is a test mail of this campaign
    answer: bool = False  # it answers what its recipient has done, and went out by itself
    post: int = 0  # number of its post, or of the campaign that the post belongs to
    occasion: str = ""
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    digest: str = ""  # of all mails, as they were previewed
    approved_by: str = ""
    approved: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    pause: str = ""  # why it is paused: "person", or the code of a transport stop
    pause_detail: str = ""
    publication: str = ""  # a post, as the list's REST says: "", "held", "published", "rejected"

    @property
    def beside(self) -> bool:
        """Say whether it is no campaign that people follow: a test mail, or an answer."""
        return bool(self.test_of) or self.answer


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What a draft has made."""

    campaign: int  # 0: the kind has no letter
    post: int = 0
    again: bool = False  # this request key had been seen: these are the ones of then


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many deliveries are in each state, and how many were recipients at all."""

    of: Mapping[DeliveryState, int]

    @property
    def total(self) -> int:
        """All recipients."""
        return sum(self.of.values())

    def __getitem__(self, state: DeliveryState) -> int:
        return self.of.get(state, 0)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would be sent."""

    campaign: Campaign
    items: int  # of all recipients together, before anybody is left out: "85 guests"
    recipients: int  # mails that would go out: "N contacts"
    merged: tuple[Merged, ...]
    left_out: tuple[LeftOut, ...]
    subject: str  # of the sample
    sample: bytes  # the first mail, whole, as it would go out (without Approved and signature)
    sample_text: str  # its text part, decoded
    sample_to: str  # its address


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one recipient."""

    id: int
    address: str
    name: str
    items: tuple[Mapping[str, Any], ...]
    state: DeliveryState
    attempts: int  # times that a relay was asked
    reply: str = ""  # the relay's last words, or the reason
    code: str = ""  # of the reason: "given_up", "unsubscribed", …; empty: `reply` says it
    at: datetime | None = None  # of the last change
    due: datetime | None = None  # deferred: the next attempt
    resends: int = 0  # times that a person had it sent again
    bounce: str = ""  # "hard", "soft", "policy": what came back later
    message_id: str = ""  # by which the relay's log and the recipient know it


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How a campaign stands now."""

    campaign: Campaign
    counts: Counts
    per_minute: float  # mails accepted in the last minute of sending
    seconds_left: float | None  # None: cannot be told
    # All that is left is deferred, and the first of it is tried then; None: something goes sooner.
    due: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a campaign, recipient by recipient."""

    campaign: Campaign
    counts: Counts
    left_out: tuple[LeftOut, ...]
    merged: tuple[Merged, ...]
    deliveries: tuple[Delivery, ...]
    bounces: Mapping[str, int]  # "hard", "soft", "policy": count


class ChangeEvent(StrEnum):
    """What happened to a campaign, worth a line in chat or in the log."""

    DRAFTED = "drafted"
    PREVIEWED = "previewed"
    APPROVED = "approved"
    STARTED = "started"
    PAUSED = "paused"
    STOPPED = "stopped"  # a transport stop: code, detail
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    DONE = "done"
    REFUSED = "refused"  # address, reply
    UNCERTAIN = "uncertain"  # address
    SUPPRESSED = "suppressed"  # address, why
    SETTLED = "settled"  # address, verdict, by
    RESENT = "resent"  # address
    TESTED = "tested"  # address
    BOUNCED = "bounced"  # address, kind, status
    PUBLICATION = "publication"  # a post is held, published, rejected


@dataclass(frozen=True, kw_only=True)
class Change:
    """One row of the campaigns' journal, in order of `number` over all campaigns."""

    number: int
    campaign: int
    at: datetime
    event: ChangeEvent
    actor: str = ""  # empty: the program
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class Scope(StrEnum):
    """What a suppression stops."""

    OFFERS = "offers"  # everything that is not a service notice
    OCCASION = "occasion"  # further service notices of one occasion


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """An address that is not written to, and why."""

    address: str
    scope: Scope
    why: Omission
    at: datetime
    occasion: str = ""
    detail: str = ""
