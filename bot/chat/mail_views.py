"""How answers about campaigns look. The words stand in `templates/chat/mail.jinja`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat import mail_tables
from bot.maintenance.notices.mail_news import about_campaign, deed, shown, verdicts
from bot.maintenance.telling import Deed, acts
from bot.ports import Act, Audience, Message
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.chat.replies import Wants
    from bot.maintenance.words import Words
    from notifications import Campaign, Drafted, Preview, Progress, Report, Suppression

DIGEST = 8  # characters of a digest that a person reads and types


class MailViews:
    """Answers about mail, in the words given."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words

    # ---- lists -------------------------------------------------------------------------------

    def campaigns(self, known: Sequence[Progress]) -> Message:
        """List campaigns, newest last, so that it stands next to the prompt."""
        return self._message("campaigns", rows=[self._row(each) for each in reversed(known)])

    def report(self, report: Report, mails: bytes = b"") -> Message:
        """Say what became of a campaign, of those with trouble by name; all are in a file."""
        known = mail_tables.of_report(report)
        number = report.campaign.number
        asked = mail_tables.uncertain(report)
        asks = verdicts(number, asked) if len(asked) == 1 else ()  # of several, the text says it
        return Message(
            text=self._words.say("mail", "report", **known),
            acts=self._acts([*asks, *_goes_on(report.campaign)]),
            files=(
                (f"campaign-{number}.csv", mail_tables.table(report.deliveries)),
                *(((f"campaign-{number}.zip", mails),) if mails else ()),
            ),
            loud=bool(asked),
        )

    def suppressions(self, known: Sequence[Suppression]) -> Message:
        """List the addresses that are not written to, newest last."""
        return self._message("suppressions", rows=list(reversed(known)))

    def lifted(self, address: str, stood: int) -> Message:
        """Say that suppressions of *address* are lifted, or that none stood."""
        return self._message("lifted", address=address, stood=stood)

    # ---- making one --------------------------------------------------------------------------

    def drafted(self, kind: str, drafted: Drafted, contacts: Progress | None) -> Message:
        """Say what a draft has made, and that it is to be previewed."""
        known = {"campaign": drafted.campaign, "post": drafted.post, "again": drafted.again}
        total = contacts.counts.total if contacts else 0
        return self._message("drafted", *previews(drafted), kind=kind, contacts=total, **known)

    def revised(self, campaign: Campaign) -> Message:
        """Say that a text is taken, and that a preview shows it."""
        known = {"announce": campaign.announce, "post": campaign.post}
        return self._message("revised", _preview(campaign.number), **_head(campaign), **known)

    def preview(self, preview: Preview, files: bytes = b"") -> Message:
        """Show what would be sent: who, who not, and one whole mail."""
        known = mail_tables.of_preview(preview)
        name = f"campaign-{preview.campaign.number}.zip"
        return Message(
            text=self._words.say("mail", "preview", **known, files=bool(files)),
            acts=self._acts([_approval(preview.campaign)]),
            files=((name, files),) if files else (),
        ).settling(about_campaign(preview.campaign.number))

    def tested(self, campaign: int, test: int, address: str) -> Message:
        """Say that the sample is on its way."""
        return self._message("tested", campaign=campaign, test=test, address=address)

    def approved(self, progress: Progress) -> Message:
        """Say what is frozen, and that it is to be sent."""
        campaign = progress.campaign
        known = {"approved_by": campaign.approved_by, "digest": campaign.digest[:DIGEST]}
        told = self._message("approved", _sending(campaign), **shown(progress), **known)
        return told.settling(about_campaign(campaign.number))

    # ---- sending it --------------------------------------------------------------------------

    def paused(self, progress: Progress) -> Message:
        """Say that nothing more is handed over."""
        resume = deed("resume", progress.campaign.number)
        return self._message("paused", resume, **shown(progress))

    def ask_cancel(self, progress: Progress, wants: Wants) -> Message:
        """Ask whether a campaign is to end."""
        text = self._words.say("mail", "ask_cancel", **shown(progress))
        answer = self._words.say("mail", f"answer_{wants}", **shown(progress))
        return Message(text=text, answer=answer, loud=True)

    def cancelled(self, progress: Progress) -> Message:
        """Say that a campaign has ended, and what was sent before."""
        report = deed("report", progress.campaign.number)
        return self._message("cancelled", report, **shown(progress))

    def resent(self, campaign: Campaign, address: str) -> Message:
        """Say that one recipient gets the same mail once more."""
        return self._message("resent", **_head(campaign), address=address)

    def settled(self, campaign: Campaign, address: str, *, sent: bool) -> Message:
        """Say what counts as what became of an uncertain delivery."""
        return self._message("settled", **_head(campaign), address=address, sent=sent)

    def sending(self, progress: Progress) -> Message:
        """Say that a campaign is being sent, whoever began it."""
        number = progress.campaign.number
        return self._message(
            "sending", deed("report", number), deed("pause", number), **shown(progress)
        )

    def waiting(self, incidents: Sequence[Campaign]) -> Message:
        """Warn that mails about incidents are not sent yet."""
        rows = [{"number": each.number, "about": self._about(each)} for each in incidents]
        text = self._words.say("mail", "waiting", rows=rows)
        return Message(text=text, loud=True)

    def underway(self, progress: Progress) -> Message:
        """Say how far the sending is, where no live message is to be seen."""
        text = self._words.say("mail", "underway", **shown(progress))
        return Message(text=text, audience=Audience.THREAD)

    def unfinished(self, progress: Progress, again: str, report: str) -> Message:
        """Say that the asker goes before a campaign is sent; *again* goes on, *report* tells."""
        known = {"again": again, "report": report}
        text = self._words.say("mail", "unfinished", **shown(progress), **known)
        return Message(text=text, loud=True)

    def waits(self, progress: Progress, commands: Sequence[str]) -> Message:
        """Say what a campaign at rest waits for, and what goes on, if anything can."""
        text = self._words.say("mail", "waits", **shown(progress), commands=commands)
        return Message(text=text, loud=True)

    # ---- parts -------------------------------------------------------------------------------

    def _message(self, macro: str, /, *deeds: Deed, **known: object) -> Message:
        return Message(text=self._words.say("mail", macro, **known), acts=self._acts(deeds))

    def _acts(self, deeds: Iterable[Deed]) -> tuple[Act, ...]:
        return acts(self._words, deeds)

    def _row(self, progress: Progress) -> list[object]:
        campaign, counts = progress.campaign, progress.counts
        state = self._words.code("mail_states", campaign.state.value)
        kind = self._words.say("mail", "kind", kind=campaign.kind, announce=campaign.announce)
        standing = self._words.say("mail", "counted", counts=mail_tables.of_counts(counts))
        return [campaign.number, kind, self._about(campaign), state, standing]

    def _about(self, campaign: Campaign) -> str:
        return self._words.say("mail", "about", **mail_tables.about(campaign))


def previews(drafted: Drafted) -> tuple[Deed, ...]:
    """Return the deeds that show what a draft has made."""
    letter = (_preview(drafted.campaign),) if drafted.campaign else ()
    return (*letter, _preview_post(drafted.post)) if drafted.post else letter


def _head(campaign: Campaign) -> dict[str, object]:
    return {"campaign": campaign.number, "state": campaign.state.value}


def _preview(number: int) -> Deed:
    return deed("preview", number)


def _preview_post(number: int) -> Deed:
    return Deed(code="announce_preview", command=f"announce preview {number}")


def _approval(campaign: Campaign) -> Deed:
    command = f"campaign approve {campaign.number} --digest {campaign.digest[:DIGEST]}"
    about = about_campaign(campaign.number)
    return Deed(code="campaign_approve", command=command, about=about)


def _sending(campaign: Campaign) -> Deed:
    if campaign.announce:
        command, about = f"announce post {campaign.number}", about_campaign(campaign.number)
        return Deed(code="announce_post", command=command, hurts=True, about=about)
    return deed("send", campaign.number, hurts=True)


def _goes_on(campaign: Campaign) -> tuple[Deed, ...]:
    paused = campaign.state is CampaignState.PAUSED
    return (deed("resume", campaign.number),) if paused else ()
