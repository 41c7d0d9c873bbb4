"""Slack's Web API, asked and answered in our own terms: the one module that calls it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
    async_default_handlers,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.failures import PASSING, Away, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.chat.slack.blocks import Drawn

TIMEOUT = 15  # seconds for one answer
TOO_MANY = 429
SERVER_ERROR = 500


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who we are in Slack."""

    user: str
    bot: str
    team: str
    scopes: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel as we see it."""

    name: str
    member: bool
    archived: bool


class SlackWeb:
    """What we ask of Slack. Every call may raise Away or Refused."""

    def __init__(self, token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        """Ask with *token* at *base_url* over *session*."""

        def client(handlers: list[AsyncRetryHandler]) -> AsyncWebClient:
            return AsyncWebClient(
                token=token,
                base_url=base_url,
                timeout=TIMEOUT,
                session=session,
                retry_handlers=handlers,
            )

        again = [AsyncRateLimitErrorRetryHandler(), AsyncServerErrorRetryHandler()]
        self.client = client([*async_default_handlers(), *again])
        # A post that is tried again by a library may stand there twice.
        self._once = client([])
        # An edit may be repeated; where Slack asks for patience, a newer one takes its place.
        self._edits = client(async_default_handlers())
        # The framework's: it has an event loop of its own, and is told at each request who it is.
        self.nobody = AsyncWebClient(base_url=base_url, timeout=TIMEOUT)
        self._session = session

    # ---- messages ----

    async def post(self, place: str, drawn: Drawn, *, thread: str = "", loud: bool = False) -> str:
        """Post a message, into *thread* if there is one; *loud*: shown in the channel too."""
        answer = await _answered(
            self._once.chat_postMessage(
                channel=place,
                text=drawn.text,
                blocks=drawn.blocks,
                unfurl_links=False,
                unfurl_media=False,
                thread_ts=thread or None,
                reply_broadcast=loud if thread else None,
            )
        )
        return str(answer["ts"])

    async def edit(self, place: str, reference: str, drawn: Drawn) -> None:
        """Let a message look otherwise."""
        await _answered(
            self._edits.chat_update(
                channel=place, ts=reference, text=drawn.text, blocks=drawn.blocks
            )
        )

    async def whisper(self, place: str, person: str, drawn: Drawn, *, thread: str = "") -> None:
        """Show a message to one person only."""
        await _answered(
            self._once.chat_postEphemeral(
                channel=place,
                user=person,
                text=drawn.text,
                blocks=drawn.blocks,
                thread_ts=thread or None,
            )
        )

    async def respond(self, url: str, drawn: Drawn) -> None:
        """Answer a command where it was typed, to the one who typed it."""
        body = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": drawn.text,
            "blocks": drawn.blocks,
        }
        try:
            async with self._session.post(
                url, json=body, timeout=aiohttp.ClientTimeout(total=TIMEOUT)
            ) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Away("no_answer", detail=error) from error
        status = f"HTTP {answer.status}"
        if answer.status >= SERVER_ERROR or answer.status == TOO_MANY:
            raise Away(status)
        if not answer.ok:
            raise Refused(status)

    async def upload(self, place: str, thread: str, files: Iterable[tuple[str, bytes]]) -> None:
        """Put files into a thread."""
        each = [{"filename": name, "content": content, "title": name} for name, content in files]
        await _answered(
            self.client.files_upload_v2(channel=place, thread_ts=thread, file_uploads=each)
        )

    # ---- modals ----

    async def open_view(self, trigger: str, view: Mapping[str, Any]) -> str:
        """Open a modal for the person who pressed; return its id."""
        answer = await _answered(self.client.views_open(trigger_id=trigger, view=dict(view)))
        return str(answer["view"]["id"])

    async def update_view(self, number: str, view: Mapping[str, Any]) -> None:
        """Let a modal look otherwise."""
        await _answered(self.client.views_update(view_id=number, view=dict(view)))

    # ---- looking ----

    async def identity(self) -> Identity:
        """Say who we are and what we may do."""
        answer = await _answered(self.client.auth_test())
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Identity(
            user=str(answer["user_id"]),
            bot=str(answer.get("bot_id", "")),
            team=str(answer.get("team_id", "")),
            scopes=_words(headers.get("x-oauth-scopes", "")),
        )

    async def channel(self, place: str) -> Channel:
        """Describe a channel."""
        found = (await _answered(self.client.conversations_info(channel=place)))["channel"]
        return Channel(
            name=str(found.get("name", place)),
            member=bool(found.get("is_member")),
            archived=bool(found.get("is_archived")),
        )

    async def members(self, group: str) -> frozenset[str]:
        """Return the ids of the users in a user group."""
        answer = await _answered(self.client.usergroups_users_list(usergroup=group))
        return frozenset(str(user) for user in answer["users"])

    async def address(self, person: str) -> str:
        """Return the mail address in a person's profile, or an empty string."""
        answer = await _answered(self.client.users_info(user=person))
        return str(answer["user"].get("profile", {}).get("email") or "")

    async def talk(self, person: str) -> str:
        """Return the channel in which *person* talks to us alone."""
        return str((await _answered(self.client.conversations_open(users=person)))["channel"]["id"])

    async def socket(self, token: str) -> None:
        """Prove that *token*, the app's own, may open a socket."""
        await _answered(self.client.apps_connections_open(app_token=token))


@asynccontextmanager
async def open_web(token: str, base_url: str) -> AsyncIterator[SlackWeb]:
    """Keep connections to Slack until the end of the block."""
    async with aiohttp.ClientSession(trust_env=True) as session:
        yield SlackWeb(token, base_url, session)


async def _answered(asking: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Return the answer, or say in our terms what was in its way."""
    try:
        return await asking
    except SlackApiError as error:
        raise _translated(error) from error
    except aiohttp.ClientConnectorError as error:  # it was not even reached
        raise Away("no_connection", detail=error) from error
    except Exception as error:  # the library lets through whatever a broken answer leads to
        raise Away("no_answer", detail=repr(error), acted=True) from error


def _translated(error: SlackApiError) -> Away | Refused:
    answer = error.response
    status = answer.status_code if hasattr(answer, "status_code") else answer.status
    if status == TOO_MANY:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Away("429", seconds=_number(headers.get("retry-after", "1")))
    if status >= SERVER_ERROR:
        return Away(f"HTTP {status}", acted=True)
    data: Any = answer.data if isinstance(getattr(answer, "data", None), dict) else {}
    code = str(data.get("error") or f"HTTP {status}")
    if code in PASSING:
        return Away(code, acted=code in {"fatal_error", "internal_error", "request_timeout"})
    return Refused(code, str(data.get("needed", "")))


def _number(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdigit() else 1.0


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())
