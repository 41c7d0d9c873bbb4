"""What the bot says to an interaction: to its response URL, or with its acknowledgement."""

from __future__ import annotations

from aiohttp import web

from tests.slack_server.content import judged
from tests.slack_server.modals import opened, replace_view
from tests.slack_server.things import BOT, Answer, Json, Message, View
from tests.slack_server.tickets import Hook
from tests.slack_server.web_api import dropped, struck
from tests.slack_server.workspace import Refused, Workspace

WHERE = "response_url"


async def serve(slack: Workspace, request: web.Request) -> web.Response:
    """Take what is posted to a response URL."""

    async def act() -> web.Response:
        hook = _used(slack, request.match_info["hook"])
        answer(slack, hook, await request.json(), WHERE)
        return web.Response(text="ok")

    try:
        heard = await struck(slack, WHERE, act)
    except Refused as refused:
        return web.json_response(refused.answer, status=404)
    return heard or dropped(request)


def _used(slack: Workspace, name: str) -> Hook:
    hook = slack.hooks.given.get(name)
    if not hook:
        slack.refuse(WHERE, "no_such_url")
    if error := hook.use(slack.moments.now()):
        slack.refuse(WHERE, error)
    return hook


def answer(slack: Workspace, hook: Hook, body: Json, where: str) -> None:
    """Let *body* appear. Raises Refused."""
    kind = body.get("response_type", "ephemeral")
    if kind not in {"ephemeral", "in_channel"}:
        slack.refuse(where, "invalid_response_type")
    replaces, deletes = bool(body.get("replace_original")), bool(body.get("delete_original"))
    if (replaces or deletes) and not hook.message:
        slack.breach(f"{where}: there is no original to replace or delete")
    message = hook.message
    if deletes and message:
        message.deleted = True
    elif replaces and message:
        message.versions.append(judged(slack, where, body, BOT))
    else:
        message = _appeared(slack, hook, body, where)
    slack.world.answers.append(
        Answer(
            at=slack.moments.now(),
            user=hook.user,
            response_type=kind,
            replace_original=replaces,
            delete_original=deletes,
            text=body.get("text") or "",
            blocks=body.get("blocks") or [],
            message=message,
        )
    )
    slack.moments.ring()


def _appeared(slack: Workspace, hook: Hook, body: Json, where: str) -> Message:
    alone = body.get("response_type") != "in_channel"
    message = Message(
        channel=hook.channel,
        ts=slack.world.stamp(),
        author=BOT,
        versions=[judged(slack, where, body, BOT)],
        thread_ts=body.get("thread_ts") or "",
        to=hook.user if alone else "",
    )
    (slack.world.ephemerals if alone else slack.world.messages).append(message)
    return message


def answer_submission(slack: Workspace, view: View, body: Json) -> None:
    """Do with *view* what the acknowledgement of its submission says. Raises Refused."""
    where, action = "view_submission", body.get("response_action", "")
    if action == "errors":
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        errors = body.get("errors")
        if not errors or not set(errors) <= inputs or not all(errors.values()):
            slack.breach(f"{where}: errors {errors} do not fit the inputs {sorted(inputs)}")
    elif action == "update":
        replace_view(slack, where, view, body.get("view"))
    elif action == "push":
        opened(slack, where, view.user, body.get("view"))
    elif action in {"", "clear"}:
        view.open = False
    else:
        slack.breach(f"{where}: unknown response_action {action!r}")
    if body and not action:
        slack.breach(f"{where}: Slack does not understand the answer {body}")
    slack.moments.ring()
