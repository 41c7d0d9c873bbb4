"""Whatever a message holds, Slack takes it, and shows it as it was written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.blocks import drawn
from bot.chat.slack.escaping import bold, literal
from bot.ports import Act, Audience, Message
from tests.unit.chat.slack.judged import broken, buttons, read, said, seen, texts
from tests.unit.maintenance.journals import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

many = settings(max_examples=300, deadline=None)
some = settings(max_examples=40, deadline=None)

#: What Slack, or the drawing, stumbles over, among ordinary characters.
stumbling = st.sampled_from(
    [
        *("*", "_", "~", "`", "```", ">", "<", "&", ":", "|", "@", "'", '"', "\\", "(", ")", "."),
        *(" ", "  ", "\n", "\n  ", "\n  | ", "\n  |", "\n  ! ", "\n      ", "\t", "\r", "\u3000"),
        *("*bold*", "_x_", "~x~", "<!channel>", "<@U123>", "&amp;", "@here", ":fire:", "://"),
        *("\uff0a", "\uff3f", "\uff40", "\uff5e", "\uff1e", "\u202e", "\u200b", "\ud800", "\x00"),
        *("slack:U123ABC", "slack:W0", "os:anna", "web_1", "vps-31", "20:14:03", "https://a.b/_c_"),
        *("[####----------------]", "word " * 90, "x" * 700, "&" * 400, "\U0001f600" * 300),
    ]
)
line = st.lists(st.text(max_size=8) | stumbling, max_size=12).map("".join)
text = st.lists(line, max_size=30).map("\n".join)
huge = st.builds(lambda text, times: "\n".join([text] * times), text, st.integers(1, 40))
act = st.builds(
    Act,
    label=line,
    command=line | st.builds("{} {} {}".format, *[st.sampled_from("abc")] * 3),
    hurts=st.booleans(),
    about=st.sampled_from(["", "", "h/a", "h/b"]),
)
acts = st.builds(
    lambda some, times: tuple(some * times), st.lists(act, max_size=8), st.integers(1, 40)
)
messages = st.builds(
    Message,
    text=text | huge,
    fields=st.lists(st.tuples(line, line), max_size=14).map(tuple),
    acts=acts,
    audience=st.sampled_from(Audience),
    loud=st.booleans(),
    live=st.booleans(),
)
#: Signs that Slack would format with.
NOT_SHOWN = {ord(tick): "\u02cb" for tick in "`\uff40"}


def bare(shown: str) -> str:
    """Return what is left of a text without spaces: it may be broken and wrapped anywhere."""
    return "".join(c for c in shown.translate(NOT_SHOWN) if c.isprintable() and not c.isspace())


def named(text: str) -> str:
    """Return *text* with actors as the bot calls them, mentioned or not."""
    return bare(re.sub(r"<@([UW][A-Z0-9]+)>", r"slack:\1", text))


def beyond(marks: Iterable[str]) -> set[str]:
    """Return what is more than our own bold type."""
    return set(marks) - {"bold"}


@some
@given(message=messages, nonce=st.text(max_size=40))
def test_every_limit_is_kept(message: Message, nonce: str) -> None:
    shown = drawn(message, nonce, words=WORDS)

    assert broken(shown.blocks) == []
    assert shown.text.strip()
    assert len(shown.text.encode()) <= 3000


@some
@given(message=messages)
def test_nothing_formats_shouts_or_links(message: Message) -> None:
    shown = drawn(message, words=WORDS)

    marked = [each["text"] for each in texts(shown.blocks) if each["type"] == "mrkdwn"]
    assert [text for text in marked if beyond(seen(text))] == []
    assert seen(shown.text) == set()


@some
@given(message=messages, nonce=st.text(max_size=40))
def test_a_button_sends_a_command_of_the_message(message: Message, nonce: str) -> None:
    sent = [json.loads(b["value"]) for b in buttons(drawn(message, nonce, words=WORDS).blocks)]

    assert {each["c"] for each in sent} <= {act.command for act in message.acts}
    assert {each["n"] for each in sent} <= {nonce}


@some
@given(message=messages)
def test_no_act_is_dropped_in_silence(message: Message) -> None:
    found = drawn(message, words=WORDS).blocks

    words = said(found)
    offered = [json.loads(b["value"])["c"] for b in buttons(found)]
    left = len(message.acts) - len(offered)
    assert left == 0 or "to be typed:" in words


@some
@given(message=messages)
def test_what_is_settled_offers_nothing(message: Message) -> None:
    shown = drawn(message, words=WORDS, actions=False)

    assert buttons(shown.blocks) == []
    assert broken(shown.blocks) == []


@some
@given(head=line.map(lambda head: head[:500]), message=messages)
def test_nothing_of_a_loud_head_is_lost(head: str, message: Message) -> None:
    first = head.split("\n", 1)[0]
    known = {**vars(message), "text": f"vps1 {first}\n{message.text}", "loud": True}

    shown = drawn(Message(**known), words=WORDS)

    wanted = named(f"vps1 {first}".replace("[####----------------]", "▓▓▓▓" + "░" * 16))
    assert wanted in named(said(shown.blocks))
    assert wanted == named(read(shown.text))


@many
@given(text=line)
def test_a_line_reads_as_it_was_written(text: str) -> None:
    first = text.split("\n", 1)[0]

    shown = literal(first)

    assert seen(shown) == set()
    assert named(read(shown)) == named(first)


@many
@given(text=line)
def test_a_bold_line_is_bold_or_code_to_its_end(text: str) -> None:
    shown = bold(" ".join(text.split()))

    assert beyond(seen(shown)) == set()
