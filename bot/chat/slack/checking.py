"""Whether Slack is set up as it must be: `maint config check` asks it, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.chat.slack.deliveries import PREFIX
from bot.chat.slack.failures import Away, Refused
from bot.chat.slack.house import TOKENS, needed
from bot.chat.slack.web import open_web

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.chat.slack.web import SlackWeb
    from bot.settings.settings import Slack

#: What the bot may do in Slack, and no more; `config/slack-manifest.yaml` asks for the same.
SCOPES = frozenset(
    {
        "app_mentions:read",  # commands in threads, where there are no slash commands
        "channels:read",  # whether it is a member of its channel
        "chat:write",
        "commands",
        "files:write",  # reports, timelines, logs
        "groups:read",  # the same of a private channel
        "im:write",  # answers with files, to the one who asked
        "usergroups:read",  # who is in a group that has a role
        "users:read",  # needed for the next one
        "users:read.email",  # "Send test to me"
    }
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at; `code` is a macro `check_CODE` of `slack_cards.jinja`."""

    code: str
    good: bool = True
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


async def check(settings: Slack, named: Iterable[str]) -> tuple[Finding, ...]:
    """Look at tokens, scopes, the channel, and the groups among those *named* by roles."""
    if settings.mode == "off":
        return (_fine("off"),)
    missing = [_token(kind, "missing") for kind, token in needed(settings).items() if not token]
    if missing:
        return tuple(missing)
    async with open_web(settings.bot_token, settings.base_url) as web:
        try:
            return tuple(await _looked(settings, web, named))
        except Away as away:
            return (_bad("away", problem=away.problem, base_url=settings.base_url),)


async def _looked(settings: Slack, web: SlackWeb, named: Iterable[str]) -> list[Finding]:
    try:
        who = await web.identity()
    except Refused as refused:
        return [_token("bot", refused.code)]
    missing = sorted(SCOPES - who.scopes)
    scopes = _bad if missing else _fine
    found = [_fine("identity", team=who.team), scopes("scopes", missing=missing)]
    if settings.mode == "socket":
        found.append(await _socket(settings, web))
    found.append(await _channel(settings, web))
    groups = sorted(name for name in named if name.startswith(f"{PREFIX}S"))
    return found + [await _group(web, group) for group in groups]


async def _socket(settings: Slack, web: SlackWeb) -> Finding:
    try:
        await web.socket(settings.app_token)
    except Refused as refused:
        return _token("app", refused.code)
    return _fine("socket")


async def _channel(settings: Slack, web: SlackWeb) -> Finding:
    try:
        seen = await web.channel(settings.channel)
    except Refused as refused:
        return _bad("channel", channel=settings.channel, problem=refused.code)
    if seen.archived:
        return _bad("archived", channel=seen.name)
    found = _fine if seen.member else _bad
    return found("member", channel=seen.name)


async def _group(web: SlackWeb, group: str) -> Finding:
    try:
        members = await web.members(group.removeprefix(PREFIX))
    except Refused as refused:
        return _bad("group", group=group, problem=refused.code, members=0)
    found = _fine if members else _bad
    return found("group", group=group, problem="", members=len(members))


def _token(kind: str, problem: str) -> Finding:
    return _bad("token", variable=TOKENS[kind][0], kind=kind, problem=problem)


def _fine(code: str, **known: object) -> Finding:
    return Finding(code=code, fields=known)


def _bad(code: str, **known: object) -> Finding:
    return Finding(code=code, good=False, fields=known)
