"""HTTP mode: signed requests to the address of the bot."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import replace
from urllib.parse import urlencode

import aiohttp

from tests.slack_server.delivery import ACKNOWLEDGE_SECONDS, Acknowledgement, Request
from tests.slack_server.workspace import Workspace

Raw = tuple[str, tuple[tuple[str, str], ...]]


class Posting:
    """Posts, while the server runs."""

    def __init__(self, slack: Workspace) -> None:
        self._slack = slack
        self._session = aiohttp.ClientSession()

    async def carry(self, acknowledgement: Acknowledgement) -> None:
        """Post the request; return when it is over."""
        acknowledgement.way = "http"
        raw = acknowledgement.request.raw or self._signed(acknowledgement.request)
        acknowledgement.request = replace(acknowledgement.request, raw=raw)
        task = asyncio.create_task(self._post(acknowledgement, *raw))
        task.add_done_callback(lambda _: self._slack.moments.ring())
        deadline = acknowledgement.sent_at + ACKNOWLEDGE_SECONDS
        try:
            await self._slack.moments.until_or(task.done, deadline)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Post no more."""
        await self._session.close()

    async def _post(
        self, acknowledgement: Acknowledgement, body: str, headers: tuple[tuple[str, str], ...]
    ) -> None:
        url, data = self._slack.bot_url, body.encode()
        try:
            async with self._session.post(url, data=data, headers=dict(headers)) as response:
                text = await response.text()
        except aiohttp.ClientError:
            acknowledgement.lost = True
            return
        acknowledgement.heard_at = self._slack.moments.now()
        acknowledgement.status = response.status
        if response.content_type == "application/json" and text:
            acknowledgement.body = json.loads(text)
        else:
            acknowledgement.text = text

    def _signed(self, request: Request) -> Raw:
        body, content_type = _body(request)
        secret = self._slack.signing_secret[::-1] if request.forged else self._slack.signing_secret
        stamp = str(int(self._slack.wall() - request.age))
        signed = f"v0:{stamp}:{body}".encode()
        signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        if request.retry:
            headers["X-Slack-Retry-Num"] = str(request.retry)
            headers["X-Slack-Retry-Reason"] = request.reason
        return body, tuple(headers.items())


def _body(request: Request) -> tuple[str, str]:
    form = "application/x-www-form-urlencoded"
    if request.kind == "command":
        return urlencode(request.payload), form
    if request.kind == "interactive":
        return urlencode({"payload": json.dumps(request.payload)}), form
    return json.dumps(request.payload), "application/json"
