"""What a message says, judged before it is shown."""

from __future__ import annotations

from tests.slack_server import blockkit, mrkdwn
from tests.slack_server.blocks import completed, marked_texts
from tests.slack_server.things import Json, Version
from tests.slack_server.workspace import Workspace

TEXT_CHARACTERS = 4_000  # recommended
MOST_CHARACTERS = 40_000
METADATA_CHARACTERS = 16_000


def judged(slack: Workspace, where: str, arguments: Json, by: str) -> Version:
    """Return what a message shall say. Raises Refused."""
    text = arguments.get("text") or ""
    blocks = arguments.get("blocks") or []
    _judge_blocks(slack, where, blocks)
    _judge_text(slack, where, text, has_blocks=bool(blocks))
    judge_marks(slack, where, [text, *marked_texts(blocks)])
    if arguments.get("attachments"):
        slack.breach(f"{where}: attachments are a thing of the past")
    if arguments.get("link_names") or arguments.get("parse", "none") != "none":
        slack.breach(f"{where}: link_names and parse make names in texts shout")
    return Version(
        at=slack.moments.now(),
        by=by,
        text=text,
        blocks=completed(blocks),
        metadata=_metadata(slack, where, arguments.get("metadata") or {}),
    )


def judge_marks(slack: Workspace, where: str, texts: list[str]) -> None:
    """Put on record what Slack would obey in *texts*."""
    for text in texts:
        for fault in mrkdwn.faults_in(text, known=slack.known):
            slack.breach(f"{where}: {fault}")


def _judge_blocks(slack: Workspace, where: str, blocks: object) -> None:
    if faults := blockkit.faults_in_blocks(blocks):
        slack.refuse(where, "invalid_blocks", errors=faults)
    if isinstance(blocks, list) and blockkit.too_long(blocks):
        slack.refuse(where, "msg_blocks_too_long")


def _judge_text(slack: Workspace, where: str, text: object, *, has_blocks: bool) -> None:
    if not isinstance(text, str) or (not text.strip() and not has_blocks):
        slack.refuse(where, "no_text")
    if not text.strip():
        slack.breach(f"{where}: has no text beside its blocks")
    most = TEXT_CHARACTERS if where == "chat.update" else MOST_CHARACTERS
    if len(text) > most:
        slack.refuse(where, "msg_too_long")
    if len(text) > TEXT_CHARACTERS:
        slack.breach(f"{where}: text has {len(text)} characters, {TEXT_CHARACTERS} are good")


def _metadata(slack: Workspace, where: str, metadata: object) -> Json:
    if not metadata:
        return {}
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        slack.refuse(where, "invalid_metadata_format")
    if not isinstance(metadata["event_payload"], dict):
        slack.refuse(where, "invalid_metadata_format")
    if len(str(metadata)) > METADATA_CHARACTERS:
        slack.refuse(where, "metadata_too_large")
    return metadata
