"""The Web API over HTTP: arguments in, answers or faults out."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from tests.slack_server.faults import Fault
from tests.slack_server.methods import called, perform
from tests.slack_server.things import Json
from tests.slack_server.workspace import Call, Limited, Refused, Workspace

# What is JSON within a form as well.
NESTED = {"blocks", "attachments", "metadata", "view", "files"}
FLAGS = {"0": False, "false": False, "1": True, "true": True}
FLAGGED = {"reply_broadcast", "include_num_members", "link_names"}


async def serve(slack: Workspace, request: web.Request) -> web.StreamResponse:
    """Answer a call of a method."""
    call = Call(method=request.match_info["method"], arguments={}, at=slack.moments.now())
    slack.calls.append(call)
    slack.moments.ring()
    try:
        call.arguments = await _arguments(request)
        answer = await _answer(slack, request, call)
    except Refused as refused:
        answer = web.json_response(refused.answer)
        call.answer = refused.answer
    except Limited as limited:
        answer = _too_many(limited.retry_after)
    return _heard(slack, request, call, answer)


async def _answer(slack: Workspace, request: web.Request, call: Call) -> web.Response | None:
    """Return the answer, or None: the connection is to end without. Raises Refused, Limited."""
    method = called(slack, call.method, _token(request, call.arguments))
    slack.heed(call.method, call.arguments)

    async def act() -> web.Response:
        slack.pace(call.method, call.arguments)
        call.answer = perform(slack, call.method, method, call.arguments)
        return web.json_response(call.answer)

    return await struck(slack, call.method, act)


async def struck(
    slack: Workspace, name: str, act: Callable[[], Awaitable[web.Response]]
) -> web.Response | None:
    """Return the answer of *act*, or what the next fault of *name* makes of it. Raises Refused."""
    fault = slack.faults.strike(name)
    if fault and not fault.acts:
        return _failed(fault)
    answer = await act()
    if fault:
        await slack.moments.reach(slack.moments.now() + fault.seconds)
    return None if fault and fault.drops else answer


def _failed(fault: Fault) -> web.Response | None:
    if fault.drops:
        return None
    if fault.retry_after:
        return _too_many(fault.retry_after)
    if fault.error:
        raise Refused(fault.error)
    return web.Response(status=fault.status, text="<html>Something went wrong</html>")


def _too_many(retry_after: int) -> web.Response:
    headers = {"Retry-After": str(retry_after)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _heard(
    slack: Workspace, request: web.Request, call: Call, answer: web.Response | None
) -> web.Response:
    """Let the client hear *answer*, and everybody know."""
    slack.moments.ring()
    if answer is None:
        return dropped(request)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        until = slack.moments.now() + int(answer.headers["Retry-After"])
        slack.rates.hold(call.method, call.arguments, until)
    answer.headers["x-oauth-scopes"] = ",".join(sorted(slack.scopes))
    call.status = answer.status
    return answer


def dropped(request: web.Request) -> web.Response:
    """End the connection, as a network does that is gone; return what nobody hears."""
    if request.transport:
        request.transport.abort()
    return web.Response()


def _token(request: web.Request, arguments: Json) -> str:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return given or str(arguments.get("token", ""))


async def _arguments(request: web.Request) -> Json:
    """Return the arguments, wherever they stand. Raises Refused."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body: Json = await request.json()
        except ValueError:
            raise Refused("invalid_json") from None
        return found | body
    found |= await request.post()
    return {key: _understood(key, value) for key, value in found.items()}


def _understood(key: str, value: object) -> object:
    if key in FLAGGED:
        return FLAGS.get(str(value), value)
    if key not in NESTED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(f"invalid_{key}_format") from None
