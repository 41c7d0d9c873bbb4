"""The address to which the content of files goes."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from tests.slack_server.web_api import dropped, struck
from tests.slack_server.workspace import Workspace


async def serve(slack: Workspace, request: web.Request) -> web.Response:
    """Take the content of a file."""
    heard = await struck(slack, "upload", partial(_receive, slack, request))
    return heard or dropped(request)


async def _receive(slack: Workspace, request: web.Request) -> web.Response:
    file = slack.world.files.get(request.match_info["file"])
    content = await _content(request)
    if not file or file.content is not None:
        slack.breach(f"upload of {request.match_info['file']}, which nobody awaits")
        return web.Response(status=404)
    if len(content) != file.length:
        slack.breach(f"upload of {file.name}: {len(content)} bytes, {file.length} were announced")
        return web.Response(status=400)
    file.content = content
    slack.moments.ring()
    return web.Response(text=f"OK - {len(content)}")


async def _content(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    fields = (await request.post()).values()
    return b"".join(f.file.read() for f in fields if isinstance(f, web.FileField))
