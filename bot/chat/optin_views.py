"""How answers about opt-ins look. The words stand in `templates/chat/optins.jinja`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.mail_views import previews
from bot.maintenance.telling import acts
from bot.ports import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.asked_of_mail import Back, OptInView, Reset
    from bot.maintenance.words import Words
    from bot.rules.optin import OptIn


class OptInViews:
    """Answers about opt-ins, in the words given."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words

    def optins(self, known: Sequence[OptInView], back: Back, host: str = "") -> Message:
        """List the guests about which something was said, count the others, and who is *back*."""
        wanted = sum(view.wanted for view in known)
        reset = sum(view.before_reset for view in known)
        rows = [self._row(view) for view in known if view.since]
        counted = {"wanted": wanted, "reset": reset, "total": len(known), "back": back}
        return self._message(
            "optins", rows=rows, host=host, silent=len(known) - len(rows), **counted
        )

    def history(self, guest: str, said: Sequence[OptIn]) -> Message:
        """List every statement about a guest, newest last."""
        rows = [self._statement(each) for each in said]
        return self._message("history", guest=guest, rows=rows)

    def stated(self, said: OptIn, *, held: bool) -> Message:
        """Say what counts for a guest from now on; *held*: a hold keeps it from being heeded."""
        known = {"wanted": said.wanted, "kernel": said.kernel, "held": held}
        return self._message("stated", guest=said.guest, **known)

    def link(self, guest: str, link: str) -> Message:
        """Give the personal link of a guest."""
        return self._message("link", guest=guest, link=link)

    def revoked(self, guest: str) -> Message:
        """Say that every link of a guest that was made before is of no use any more."""
        return self._message("revoked", guest=guest)

    def ask_reset(self, guests: int) -> Message:
        """Ask whether everyone is to be set back."""
        text = self._words.say("optins", "ask_reset", guests=guests)
        return Message(text=text, answer=self._words.say("optins", "answer_reset"), loud=True)

    def reset(self, reset: Reset) -> Message:
        """Say that everyone is set back, and what is prepared to tell them."""
        drafted = reset.drafted
        known = {"campaign": drafted.campaign, "post": drafted.post, "again": drafted.again}
        text = self._words.say("optins", "reset", guests=reset.guests, **known)
        return Message(text=text, acts=acts(self._words, previews(drafted)))

    def _row(self, view: OptInView) -> list[object]:
        wish = self._words.say("optins", "wish", wanted=view.wanted, before_reset=view.before_reset)
        since = f"{view.since:%Y-%m-%d}" if view.since else "-"
        how = self._words.code("optin_ways", view.how) if view.how else "-"
        who = self._words.say("optins", "who", who=view.who, kernel=view.kernel)
        return [view.guest, view.host or "-", wish, since, how, who]

    def _statement(self, said: OptIn) -> list[object]:
        wish = self._words.say("optins", "wish", wanted=said.wanted, before_reset=False)
        how = self._words.code("optin_ways", said.how)
        known = {"who": said.who, "kernel": said.kernel}
        who = self._words.say("optins", "whence", **known, version=said.text, network=said.address)
        return [f"{said.at:%Y-%m-%d %H:%M}", wish, how, who]

    def _message(self, macro: str, /, **known: object) -> Message:
        return Message(text=self._words.say("optins", macro, **known))
