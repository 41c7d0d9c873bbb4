"""The methods for files."""

from __future__ import annotations

from tests.slack_server.chat import joined, judge_thread
from tests.slack_server.content import judge_marks
from tests.slack_server.things import BOT, File, Json, Message, Version
from tests.slack_server.workspace import Refused, Workspace


def announce(slack: Workspace, arguments: Json) -> Json:
    """files.getUploadURLExternal."""
    name, length = str(arguments["filename"]), int(arguments["length"])
    if length <= 0:
        slack.refuse("files.getUploadURLExternal", "invalid_arguments")
    file = File(id=slack.world.new_id("F"), name=name, length=length)
    slack.world.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"http://{slack.address}/upload/{file.id}"}


def complete(slack: Workspace, arguments: Json) -> Json:
    """files.completeUploadExternal: the files come as one message."""
    where = "files.completeUploadExternal"
    files = [_finished(slack, item) for item in arguments["files"]]
    place, thread_ts = arguments.get("channel_id"), arguments.get("thread_ts") or ""
    if place:
        channel, comment = joined(slack, place), arguments.get("initial_comment") or ""
        judge_thread(slack, where, channel, thread_ts)
        judge_marks(slack, where, [comment])
        for file in files:
            file.channel, file.thread_ts = channel.id, thread_ts
        slack.world.messages.append(
            Message(
                channel=channel.id,
                ts=slack.world.stamp(),
                author=BOT,
                versions=[Version(at=slack.moments.now(), by=BOT, text=comment)],
                thread_ts=thread_ts,
                files=files,
            )
        )
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _finished(slack: Workspace, item: Json) -> File:
    file = slack.world.files.get(str(item.get("id")))
    if not file or file.content is None:
        raise Refused("file_not_found")
    file.title = item.get("title") or file.name
    return file
