"""The judge of texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.slack_server.mrkdwn import escaped, faults_in, plain

KNOWN = {"U00000001", "C00000002"}


@pytest.mark.parametrize(
    "text",
    [
        "all is well",
        "R&amp;D &lt;3 &gt; 2",
        "ask <@U00000001> in <#C00000002|maintenance>",
        "<https://example.org/?a=1&b=2|the report>",
        "<https://example.org/>",
        "<mailto:wendy@example.org|Wendy>",
        "at <!date^1634428800^{date_short} {time}|2021-10-17 00:00 UTC>",
        "&gt; quoted",
    ],
)
def test_a_proper_text_has_no_fault(text: str) -> None:
    assert faults_in(text, known=KNOWN) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<!channel> wake up", "shouts with <!channel>"),
        ("<!here|here>", "shouts with <!here|here>"),
        ("<!everyone>", "shouts with <!everyone>"),
        ("<!subteam^S123|@ops>", "shouts with <!subteam^S123|@ops>"),
        ("<@U99999999>", "names somebody unknown with <@U99999999>"),
        ("<#C99999999>", "names somebody unknown with <#C99999999>"),
        ("a guest named <script>", "has a control sequence that is none: <script>"),
        ("<javascript:x|click>", "has a control sequence that is none: <javascript:x|click>"),
        ("R&D", "has an unescaped & in 'R&D'"),
        ("R&nbsp;D", "has an unescaped & in 'R&nbsp;D'"),
        ("a < b", "has an unescaped < in 'a < b'"),
        ("> quoted", "has an unescaped > in '> quoted'"),
        ("<https://example.org|a & b>", "has an unescaped & in 'https://example.org|a & b'"),
    ],
)
def test_what_slack_would_obey_or_swallow_is_a_fault(text: str, fault: str) -> None:
    assert faults_in(text, known=KNOWN) == [fault]


@given(st.text())
def test_what_is_escaped_has_no_fault_and_is_read_as_it_was(text: str) -> None:
    assert faults_in(escaped(text), known=()) == []
    assert plain(escaped(text)) == text


def test_a_link_is_read_as_its_label_and_a_mention_as_it_is() -> None:
    text = "<https://example.org|report> <https://example.org> <@U1>"

    assert plain(text) == "report https://example.org <@U1>"
