"""The commands for campaigns, the announce list and suppressed addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.mail_files import zipped
from bot.chat.replies import Reply
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
        return _said(self._views.report(await self._mail.report(command.number)))

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
        return await self._previewed(command.number, request, files=command.files)

    async def _previewed(self, number: int, request: Request, *, files: bool = False) -> Reply:
        preview = await self._mail.preview(number, request.actor)
        kept = await zipped(self._mail.mails(number)) if files else b""
        return _said(self._views.preview(preview, kept))

    async def _test(self, command: Command, request: Request) -> Reply:
        number, address = command.number, command.address
        drafted = await self._mail.test(number, address, request.actor)
        told = self._views.tested(number, drafted.campaign, address)
        return Reply(messages=(told,), campaign=drafted.campaign)

    async def _approve(self, command: Command, request: Request) -> Reply:
        digest = await self._whole(command.number, command.digest)
        campaign = await self._mail.approve(command.number, request.actor, digest)
        progress = await self._mail.progress(campaign.number)
        return _said(self._views.approved(progress))

    async def _whole(self, number: int, digest: str) -> str:
        """Return the digest of which a person gives the beginning; one that differs stays so."""
        known = (await self._mail.campaign(number)).digest if digest else ""
        return known if digest and known.startswith(digest) else digest

    # ---- sending it --------------------------------------------------------------------------

    async def _send(self, command: Command, request: Request) -> Reply:
        campaign = await self._mail.send(command.number, request.actor)
        return Reply(campaign=campaign.number)  # the campaign's own journal tells that it began

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
        campaign = await self._mail.resend(command.number, command.address, request.actor)
        return self._again(campaign, self._views.resent(campaign, command.address))

    async def _settle(self, command: Command, request: Request) -> Reply:
        sent = command.choice == "sent"
        number, address = command.number, command.address
        campaign = await self._mail.settle(number, address, request.actor, sent=sent)
        return self._again(campaign, self._views.settled(campaign, address, sent=sent))

    def _again(self, campaign: Campaign, message: Message) -> Reply:
        sending = campaign.state is CampaignState.SENDING
        return Reply(messages=(message,), campaign=campaign.number if sending else 0)

    # ---- the list, and addresses -------------------------------------------------------------

    async def _preview_post(self, command: Command, request: Request) -> Reply:
        post = await self._post_of(command.number)
        return await self._previewed(post.number, request)

    async def _post(self, command: Command, request: Request) -> Reply:
        post = await self._post_of(command.number)
        if post.state in _UNAPPROVED:
            await self._mail.approve(post.number, request.actor)
        await self._mail.send(post.number, request.actor)
        return Reply(campaign=post.number)

    async def _post_of(self, number: int) -> Campaign:
        """Return the post of this number, or of the campaign of this number."""
        campaign = await self._mail.campaign(number)
        if campaign.announce:
            return campaign
        if not campaign.post:
            raise BadRequest(Code.MAIL, problem=Problem.NO_ANNOUNCE, fields={"number": number})
        return await self._mail.campaign(campaign.post)

    async def _lift(self, command: Command, request: Request) -> Reply:
        stood = await self._mail.lift(command.address, request.actor)
        return _said(self._views.lifted(command.address, stood))


_UNAPPROVED = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED})


def _said(message: Message) -> Reply:
    return Reply(messages=(message,))
