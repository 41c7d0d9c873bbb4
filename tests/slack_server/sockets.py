"""Socket Mode: connections that the bot has opened, and envelopes on them."""

from __future__ import annotations

import itertools
import json
import secrets
from contextlib import suppress

from aiohttp import WSMsgType, web

from tests.slack_server.delivery import ACKNOWLEDGE_SECONDS, Acknowledgement
from tests.slack_server.things import APP, Json
from tests.slack_server.workspace import Workspace

MOST_SOCKETS = 10
CLOSING_SECONDS = 1.0  # that a connection has after it was asked to go
TYPES = {"command": "slash_commands", "interactive": "interactive", "event": "events_api"}


class Sockets:
    """The connections."""

    def __init__(self, slack: Workspace) -> None:
        self._slack = slack
        self._all: set[web.WebSocketResponse] = set()
        self._usable: list[web.WebSocketResponse] = []
        self._awaited: dict[str, Acknowledgement] = {}
        self._turn = itertools.count()

    @property
    def connected(self) -> int:
        """How many connections take envelopes."""
        return len(self._usable)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold a connection until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._slack.tickets:
            self._slack.breach("socket: its address was not given out, or was used before")
            return web.Response(status=404)
        self._slack.tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            await self._hold(socket)
        finally:
            self._all.discard(socket)
            self._retire(socket)
        return socket

    async def _hold(self, socket: web.WebSocketResponse) -> None:
        self._all.add(socket)
        if self.connected >= MOST_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            return
        count = self.connected + 1
        await socket.send_json(
            {"type": "hello", "num_connections": count, "connection_info": {"app_id": APP}}
        )
        self._usable.append(socket)
        self._slack.moments.ring()
        async for frame in socket:
            if frame.type == WSMsgType.TEXT:
                self._hear(json.loads(frame.data))

    def _retire(self, socket: web.WebSocketResponse) -> None:
        if socket in self._usable:
            self._usable.remove(socket)
        self._slack.moments.ring()

    def _hear(self, frame: Json) -> None:
        acknowledgement = self._awaited.get(str(frame.get("envelope_id")))
        if not acknowledgement or acknowledgement.status:
            self._slack.breach(f"socket: nobody awaits the acknowledgement {frame}")
            return
        acknowledgement.heard_at = self._slack.moments.now()
        acknowledgement.body = frame.get("payload") or {}
        acknowledgement.status = 200
        self._slack.moments.ring()

    async def carry(self, acknowledgement: Acknowledgement) -> None:
        """Send the request on one of the connections; return when it is over."""
        socket = self._usable[next(self._turn) % len(self._usable)]
        envelope_id = secrets.token_hex(16)
        self._awaited[envelope_id] = acknowledgement
        acknowledgement.way = "socket"
        try:
            await socket.send_json(_envelope(envelope_id, acknowledgement))
        except ConnectionError:
            self._retire(socket)
        await self._slack.moments.until_or(
            lambda: acknowledgement.status or socket not in self._all,
            acknowledgement.sent_at + ACKNOWLEDGE_SECONDS,
        )
        acknowledgement.lost = not acknowledgement.status and socket not in self._all

    def forget(self) -> None:
        """Use none of the connections any more: they are about to end."""
        self._usable.clear()

    async def refresh(self) -> None:
        """Ask every connection to be replaced, and end it; return when all have ended."""
        moments, old = self._slack.moments, list(self._usable)
        self._usable.clear()
        for socket in old:
            with suppress(ConnectionError):
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
        deadline = moments.now() + CLOSING_SECONDS
        await moments.until_or(lambda: not self._all.intersection(old), deadline)
        for socket in self._all.intersection(old):
            await socket.close()


def _envelope(envelope_id: str, acknowledgement: Acknowledgement) -> Json:
    request = acknowledgement.request
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": TYPES[request.kind],
        "payload": request.payload,
        "accepts_response_payload": _takes_answer(request.payload),
    }
    if request.kind == "event":
        envelope |= {"retry_attempt": request.retry, "retry_reason": request.reason}
    return envelope


def _takes_answer(payload: Json) -> bool:
    """Say whether an acknowledgement may say something."""
    return "command" in payload or payload.get("type") == "view_submission"
