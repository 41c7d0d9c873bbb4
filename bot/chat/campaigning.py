"""The commands for campaigns, the announce list and suppressed addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.mail_files import zipped
from bot.chat.mail_views import DIGEST
from bot.chat.replies import Reply
from bot.maintenance.notices.kinds import KINDS
from bot.rules.errors import BadRequest, Code
from bot.settings.people import Right
from notifications import CampaignState, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.chat.asked_of_mail import Office
    from bot.chat.grammar import Command
    from bot.chat.mail_views import MailViews
    from bot.chat.replies import Wants
    from bot.ports import Message, Request
    from notifications import Campaign

INCIDENT = "incident"  # the kind of those who were harmed
PARAGRAPH = "paragraph"  # the value that holds a person's own words


class Campaigning:
    """Looks at campaigns and changes them. Raises MaintError or NotificationError."""

    def __init__(self, office: Office, views: MailViews) -> None:
        """Act by *office*, speak by *views*."""
        self._office = office
        self._mail = office.mail
        self._views = views
        self.looks: Mapping[str, Callable[[Command], Awaitable[Reply]]] = {
            "campaign list": self._list,
            "campaign report": self._report,
            "suppressions": self._suppressions,
        }
        self.changes: Mapping[str, Callable[[Command, Request], Awaitable[Reply]]] = {
            "campaign new": self._new,
            "campaign text": self._text,
            "campaign preview": self._preview,
            "campaign test": self._test,
            "campaign approve": self._approve,
            "campaign send": self._send,
            "campaign pause": self._pause,
            "campaign resume": self._resume,
            "campaign cancel": self._cancel,
            "campaign resend": self._resend,
            "campaign settle": self._settle,
            "announce preview": self._preview_post,
            "announce post": self._post,
            "suppressions lift": self._lift,
        }

    async def right(self, command: Command) -> Right | None:
        """Return what *command* needs besides its verb's right: a post may be approved by it."""
        if command.verb != "announce post":
            return None
        post = await self._post_of(command.number)
        return Right.APPROVE if post.state in _UNAPPROVED else None

    async def question(self, command: Command, wants: Wants) -> Message:
        """Return what is asked before a campaign is cancelled."""
        return self._views.ask_cancel(await self._mail.progress(command.number), wants)

    # ---- looking -----------------------------------------------------------------------------

    async def _list(self, _: Command) -> Reply:
        return _said(self._views.campaigns(await self._mail.campaigns()))

    async def _report(self, command: Command) -> Reply:
        number = command.number
        report = await self._mail.report(number)
        kept = await zipped(self._mail.mails(number)) if command.files else b""
        return _said(self._views.report(report, kept))

    async def _suppressions(self, _: Command) -> Reply:
        return _said(self._views.suppressions(await self._mail.suppressions()))

    # ---- making one --------------------------------------------------------------------------

    async def _new(self, command: Command, request: Request) -> Reply:
        values = dict(command.values)
        if command.text:
            values[PARAGRAPH] = command.text
        drafted = await self._office.notices.new(
            command.kind,
            command.about,
            values,
            announce=command.announce,
            actor=request.actor,
            key=request.key,
        )
        contacts = await self._mail.progress(drafted.campaign) if drafted.campaign else None
        return _said(self._views.drafted(command.kind, drafted, contacts))

    async def _text(self, command: Command, request: Request) -> Reply:
        values = {PARAGRAPH: command.text}
        campaign = await self._mail.revise(command.number, values, request.actor)
        return _said(self._views.revised(campaign))

    async def _preview(self, command: Command, request: Request) -> Reply:
        number = command.number
        await self._office.notices.refresh(number, request.actor)
        await self._refuse_untrue_letter(number)
        return await self._previewed(number, request, files=command.files)

    async def _refuse_untrue_letter(self, number: int) -> None:
        """Raise as `refuse_untrue`; a post may be read and approved before what it promises."""
        if not (await self._mail.campaign(number)).announce:
            await self._office.notices.refuse_untrue(number)

    async def _previewed(self, number: int, request: Request, *, files: bool = False) -> Reply:
        preview = await self._mail.preview(number, request.actor)
        kept = await zipped(self._mail.mails(number)) if files else b""
        return _said(self._views.preview(preview, kept))

    async def _test(self, command: Command, request: Request) -> Reply:
        number, address = command.number, command.address
        await self._office.notices.refresh(number, request.actor)
        drafted = await self._mail.test(number, address, request.actor)
        told = self._views.tested(number, drafted.campaign, address)
        return Reply(messages=(told,), campaign=drafted.campaign)

    async def _approve(self, command: Command, request: Request) -> Reply:
        if command.send:
            return await self._approve_and_send(command, request)
        digest = await self._whole(command.number, command.digest)
        await self._refuse_untrue_letter(command.number)
        campaign = await self._mail.approve(command.number, request.actor, digest)
        progress = await self._mail.progress(campaign.number)
        return _said(self._views.approved(progress))

    async def _approve_and_send(self, command: Command, request: Request) -> Reply:
        """Approve and send a letter at one press, and its post; a draft is rendered before."""
        number = command.number
        if underway := await self._underway(number):
            return underway
        post = await self._post_beside(number)
        for each in filter(None, (number, post)):
            await self._ready(each, command.digest if each == number else "", request)
        warned = await self._warned(number)
        for each in filter(None, (number, post)):
            await self._office.notices.refuse_untrue(each)
            await self._mail.send(each, request.actor)
        return Reply(messages=warned, campaign=number, post=post)

    async def _post_beside(self, number: int) -> int:
        """Return the post of a letter that still can go; 0: there is none."""
        letter = await self._mail.campaign(number)
        if letter.announce or not letter.post:
            return 0
        return letter.post if (await self._mail.campaign(letter.post)).state in _UNSENT else 0

    async def _ready(self, number: int, digest: str, request: Request) -> None:
        """See that a campaign is approved: rendered first if nobody has. What is untrue is not."""
        state = (await self._mail.campaign(number)).state
        if state is CampaignState.DRAFT:
            await self._office.notices.refresh(number, request.actor)
        await self._refuse_untrue_letter(number)
        if state is CampaignState.DRAFT:
            await self._mail.preview(number, request.actor)
        if state is not CampaignState.APPROVED:
            whole = await self._whole(number, digest)
            await self._mail.approve(number, request.actor, whole)

    async def _whole(self, number: int, digest: str) -> str:
        """Return the digest of which a person gives the beginning.

        Raises BadRequest(MAIL: CHANGED) if it is not that of the preview.
        """
        known = (await self._mail.campaign(number)).digest if digest else ""
        if known and not known.startswith(digest):
            fields = {"number": number, "given": digest, "known": known[:DIGEST]}
            raise BadRequest(Code.MAIL, problem=Problem.CHANGED, fields=fields)
        return known or digest

    # ---- sending it --------------------------------------------------------------------------

    async def _send(self, command: Command, request: Request) -> Reply:
        number = command.number
        if underway := await self._underway(number):
            return underway
        await self._office.notices.refuse_untrue(number)
        warned = await self._warned(number)
        await self._mail.send(number, request.actor)
        return Reply(messages=warned, campaign=number)  # its own journal tells that it began

    async def _underway(self, number: int) -> Reply | None:
        """Return how far the campaign is, to be followed, if it is being sent already."""
        progress = await self._mail.progress(number)
        if progress.campaign.state is not CampaignState.SENDING:
            return None
        return Reply(messages=(self._views.sending(progress),), campaign=number)

    async def _warned(self, number: int) -> tuple[Message, ...]:
        """Warn before mail to many, while those who were harmed wait for theirs."""
        if (await self._mail.campaign(number)).kind == INCIDENT:
            return ()
        known = [progress.campaign for progress in await self._mail.campaigns()]
        waiting = [each for each in known if each.kind == INCIDENT and each.state in _UNSENT]
        return (self._views.waiting(waiting[::-1]),) if waiting else ()

    async def _pause(self, command: Command, request: Request) -> Reply:
        await self._mail.pause(command.number, request.actor)
        return _said(self._views.paused(await self._mail.progress(command.number)))

    async def _resume(self, command: Command, request: Request) -> Reply:
        campaign = await self._mail.resume(command.number, request.actor)
        return Reply(campaign=campaign.number)

    async def _cancel(self, command: Command, request: Request) -> Reply:
        await self._mail.cancel(command.number, request.actor)
        return _said(self._views.cancelled(await self._mail.progress(command.number)))

    async def _resend(self, command: Command, request: Request) -> Reply:
        await self._office.notices.refuse_outdated(command.number)
        campaign = await self._mail.resend(command.number, command.address, request.actor)
        return _said(self._views.resent(campaign, command.address))

    async def _settle(self, command: Command, request: Request) -> Reply:
        sent = command.choice == "sent"
        number, address = command.number, command.address
        if not sent:
            await self._office.notices.refuse_outdated(number)
        campaign = await self._mail.settle(number, address, request.actor, sent=sent)
        return _said(self._views.settled(campaign, address, sent=sent))

    # ---- the list, and addresses -------------------------------------------------------------

    async def _preview_post(self, command: Command, request: Request) -> Reply:
        post = await self._post_of(command.number)
        return await self._previewed(post.number, request)

    async def _post(self, command: Command, request: Request) -> Reply:
        post = await self._post_of(command.number)
        if underway := await self._underway(post.number):
            return underway
        if post.state not in _TO_POST:
            raise BadRequest(Code.POST_NOT_NOW, number=post.number, state=post.state.value)
        await self._office.notices.refuse_untrue(post.number)
        warned = await self._warned(post.number)
        if post.state is CampaignState.PREVIEWED:
            await self._mail.approve(post.number, request.actor)
        await self._mail.send(post.number, request.actor)
        return Reply(messages=warned, campaign=post.number)

    async def _post_of(self, number: int) -> Campaign:
        """Return the post of this number, or of the campaign of this number."""
        campaign = await self._mail.campaign(number)
        if campaign.announce:
            return campaign
        if campaign.post:
            return await self._mail.campaign(campaign.post)
        kind = KINDS.get(campaign.kind)
        missing = "kind" if kind and not kind.announce else "list"
        why = missing if missing == "kind" or not self._office.announces else "option"
        fields = {"number": number, "kind": campaign.kind, "why": why}
        raise BadRequest(Code.MAIL, problem=Problem.NO_ANNOUNCE, fields=fields)

    async def _lift(self, command: Command, request: Request) -> Reply:
        stood = await self._mail.lift(command.address, request.actor)
        return _said(self._views.lifted(command.address, stood))


_UNAPPROVED = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED})
_UNSENT = _UNAPPROVED | {CampaignState.APPROVED}
_TO_POST = frozenset({CampaignState.PREVIEWED, CampaignState.APPROVED})


def _said(message: Message) -> Reply:
    return Reply(messages=(message,))
