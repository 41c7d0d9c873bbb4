"""What Slack may deliver, and what only somebody hostile would: strategies over payloads."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from bot.chat.commands import VERBS

Payload = dict[str, Any]
Path = tuple[str | int, ...]

HOSTS = ("hobgoblin", "clockwork", "nowhere")
#: What a person may rightly type; the stores of these tests know the first two hosts and vps31.
COMMANDS = (
    *("help", "hosts", "holds", "status", "audit", "evidence", "guests hobgoblin"),
    *("plan hobgoblin --guard", "status clockwork", "log hobgoblin vps31", "help start"),
    *("start hobgoblin", "start hobgoblin --no-suspend --plan aaaa", "start clockwork --dry-run"),
    *("start hobgoblin --confirm hobgoblin", 'start hobgoblin --confirm hobgoblin --reason "a b"'),
    *("start hobgoblin --confirm clockwork", "start nowhere --confirm nowhere"),
    *("continue hobgoblin", "pause hobgoblin", "abort clockwork", "boot hobgoblin vps31"),
    *("choose hobgoblin boot", "destroy hobgoblin vps31", 'release hobgoblin "disk"'),
    *("approve hobgoblin", "refuse hobgoblin", "boot", "continue"),
    *(
        'hold "old blkfront"',
        "hold host hobgoblin noisy",
        'unhold "again"',
        "unhold host hobgoblin",
    ),
    *(
        "hold guest vps31 it broke",
        "optin set vps31 off",
        "optin link vps31",
        "optin reset --confirm",
    ),
    *("campaign new offer vps31", "campaign preview 1", "campaign test 1 me", "campaign send 1"),
    *(
        'release hobgoblin "a payload"',
        "campaign approve 1 --digest ab",
        "campaign cancel 1",
        "campaign cancel 1 --confirm",
    ),
    *("campaign text 1 Sorry.\nIt broke.", "campaign report 1 --files", "announce post 1"),
    *("suppressions", "suppressions lift a@example.org", "campaign resend 1 a@example.org"),
)
#: What the buttons of a start's card say, and what others' would.
OF_CARDS = (
    *("start hobgoblin --plan bbbb", "start hobgoblin --confirm hobgoblin", "start hobgoblin"),
    *("dismiss hobgoblin", "dismiss clockwork", "dismiss nowhere --confirm", "dismiss "),
    *("cancel hobgoblin", "cancel nowhere --confirm", "cancel ", "cancel 1"),
)
WRONG = ("\ud800", "\udfff", "\x00")  # what no database takes
#: Words on which something may stumble, in any order.
WORDS = (
    *(word for verb in VERBS for word in verb.split()),
    *(*HOSTS, "vps31", "1", "#1", "--confirm", "--plan", "--reason", "--alone", "--files", "--"),
    *('"a b"', '"', "'", "“a”", "“", "'a\"", '"\\"', "\\", "—guard", "=", "--confirm=hobgoblin"),
    *("<!channel>", "<@U0WENDY>", "<@U0BOT|bot>", "*bold*", "_x_", "`a`", "&lt;!here&gt;", "&amp;"),
    *("<https://a.example|a>", "<mailto:a@example.org|a@example.org>", "<http://", "🙂", "\u202e"),
    *(*WRONG, "\x07", "\r\n", "\n", "\u00a0", "\t", "&#0;", "&#xd800;", "x" * 200),
)
#: What is repeated until it is huge.
GRAINS = (*" x<&9\"'“[\\🙂", "<@A|", "<a|", "&#9", "&amp;", " '", "=", "\n", "a ", "hold ")


def _swapped(text: str, at: int, more: str) -> str:
    """Return *text* with one letter, wherever *at* points, replaced by *more*."""
    place = at % (len(text) + 1)
    return text[:place] + more + text[place + 1 :]


_word = st.sampled_from(WORDS) | st.text(max_size=5)
_near = st.builds(_swapped, st.sampled_from(COMMANDS), st.integers(0, 60), _word)
_line = st.lists(_word, max_size=7).map(" ".join)
_huge = st.builds(
    lambda grain, times: grain * times, st.sampled_from(GRAINS), st.integers(50, 9000)
)
_padded = st.builds("{}{}{}".format, _word, _huge, _word)
_entity = st.builds(lambda times: f"&#{'9' * times};", st.sampled_from([4, 400, 5000, 9000]))
_spoilt = st.builds(_swapped, st.sampled_from(COMMANDS), st.integers(0, 60), st.sampled_from(WRONG))
texts = st.one_of(
    st.sampled_from(COMMANDS),
    st.sampled_from(COMMANDS),
    *(_near, _spoilt, _line, _huge, _padded, _entity, st.text()),
)

_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | _huge
junk = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_word, inner, max_size=3),
    max_leaves=6,
)

_number = st.integers(1, 10**9).map(str)
_channel = st.sampled_from(["C1", "D1", "<!channel>", ""])
_url = st.sampled_from(["http://127.0.0.1:9/answer", "", "nonsense", "file:///etc/passwd"])
_stamp = st.sampled_from(["1.2", "1.2", "1629921600.000100", "", "0"])


def _command(person: str) -> st.SearchStrategy[Payload]:
    known = {"command": st.sampled_from(["/maint", "/maint", "/other", ""]), "text": texts}
    where = {"channel_id": _channel, "response_url": _url, "trigger_id": _number}
    who = {"user_id": st.just(person), "user_name": _word, "team_id": st.just("T1")}
    return st.fixed_dictionaries({**known, **where, **who})


def _event(person: str) -> st.SearchStrategy[Payload]:
    kinds = ["app_mention", "app_mention", "app_mention", "message", "app_home_opened", "reaction"]
    event = st.fixed_dictionaries(
        {
            "type": st.sampled_from(kinds),
            "user": st.just(person),
            "text": st.builds("<@U0BOT> {}".format, texts) | texts,
            "channel": _channel,
            "ts": _number.map("{}.000100".format),
        },
        optional={
            "thread_ts": _stamp,
            "bot_id": st.just("B1"),
            "subtype": st.sampled_from(["bot_message", "message_changed", "message_deleted"]),
            "edited": st.just({"user": person, "ts": "1.3"}),
            "message": junk,
            "previous_message": junk,
            "channel_type": st.sampled_from(["im", "channel"]),
        },
    )
    outer = {"type": st.just("event_callback"), "event_id": _number.map("Ev{}".format)}
    return st.fixed_dictionaries({**outer, "team_id": st.just("T1"), "event": event})


def _packed(command: object, nonce: object) -> str:
    return json.dumps({"c": command, "n": nonce})


_deep = st.builds(
    lambda opens, times: opens * times,
    st.sampled_from(["[", '{"c":', '["', "9"]),
    st.integers(1, 9000),
)
_json = junk.map(json.dumps)
_values = st.one_of(
    st.builds(_packed, texts, st.sampled_from(["1", "7", "", "t1"])),
    st.builds(_packed, st.sampled_from(COMMANDS), st.sampled_from(["1", "2"])),
    st.builds(_packed, st.sampled_from(OF_CARDS), st.sampled_from(["1", "2"])),
    st.builds(_packed, junk, junk),
    _json,
    _deep,
    texts,
)


def _interaction(kind: str, person: str) -> dict[str, st.SearchStrategy[Any]]:
    user = {"id": person, "username": "wendy", "team_id": "T1"}
    return {
        "type": st.just(kind),
        "user": st.just(user),
        "team": st.just({"id": "T1", "domain": "maintenance"}),
        "trigger_id": _number,
    }


def presses(person: str) -> st.SearchStrategy[Payload]:
    """Buttons that are pressed, ours and others'."""
    action = st.fixed_dictionaries(
        {"action_id": st.sampled_from(["act1", "act0", "", "of another app"]), "value": _values},
        optional={"type": st.just("button"), "block_id": _word, "action_ts": _stamp},
    )
    container = st.fixed_dictionaries(
        {"type": st.just("message"), "channel_id": _channel, "message_ts": _stamp},
        optional={"thread_ts": _stamp, "is_ephemeral": st.booleans()},
    )
    return st.fixed_dictionaries(
        {
            **_interaction("block_actions", person),
            "actions": st.lists(action, min_size=1, max_size=2),
            "container": container,
        },
        optional={"response_url": _url, "message": st.just({"ts": "1.2", "thread_ts": "1.1"})},
    )


_typed = st.sampled_from([*HOSTS, "", " hobgoblin ", "Hobgoblin", "hobgoblin\n"]) | texts
_any_about = st.one_of(
    st.fixed_dictionaries({"host": st.sampled_from(HOSTS), "command": st.sampled_from(COMMANDS)}),
    st.fixed_dictionaries({"host": _typed, "command": texts}),
    st.fixed_dictionaries({}, optional={"host": junk, "command": junk}),
)
_metadata = _any_about.map(json.dumps) | _deep | _json


def _view(number: str, kind: str, filled: tuple[str, Payload]) -> Payload:
    about, values = filled
    known = {"type": "modal", "id": f"V{number}", "callback_id": kind}
    return {**known, "private_metadata": about, "state": {"values": values}}


@st.composite
def _filled(draw: st.DrawFn) -> tuple[str, Payload]:
    """Draw what was put into a form and what was typed into it, which may fit each other."""
    host = draw(st.sampled_from(HOSTS))
    command = draw(st.just(f"start {host}") | st.sampled_from(COMMANDS) | texts)
    card = draw(st.sampled_from(["1", "", "2", "-1", "x", "\xb2", "9" * 30, "9" * 5000]))
    ours = json.dumps({"host": host, "command": command, "card": card})
    about = draw(st.just(ours) | _metadata)
    typed = {"name": draw(st.just(host) | _typed), "reason": draw(st.just("upgrade") | texts)}
    return about, {block: {block: {"value": value}} for block, value in typed.items()}


def line(person: str, text: str) -> Payload:
    """Return a command as it is typed."""
    return {"command": "/maint", "text": text, "user_id": person, "trigger_id": "1"}


def form(person: str, host: str) -> Payload:
    """Return the form of a start, rightly filled in."""
    about = json.dumps({"host": host, "command": f"start {host}", "card": "1"})
    view = _view("1", "start", (about, {"name": {"name": {"value": host}}}))
    return {"type": "view_submission", "user": {"id": person}, "trigger_id": "1", "view": view}


def press(person: str, command: str) -> Payload:
    """Return the press of a button of the card, with *command* in it."""
    action = {"action_id": "act1", "value": _packed(command, "1")}
    container = {"type": "message", "channel_id": "C1", "message_ts": "1.2"}
    known = {"type": "block_actions", "user": {"id": person}, "trigger_id": "1"}
    return {**known, "actions": [action], "container": container}


def forms(person: str) -> st.SearchStrategy[Payload]:
    """Forms that are submitted, ours and others', with what was put into them or was not."""
    kinds = st.sampled_from(["start", "start", "start", "told", "of another app", ""])
    views = st.builds(_view, _number, kinds, _filled())
    return st.fixed_dictionaries({**_interaction("view_submission", person), "view": views})


def _others(person: str) -> st.SearchStrategy[Payload]:
    """What the bot has no use for."""
    kinds = [
        *("view_closed", "shortcut", "message_action", "block_suggestion", "dialog_submission"),
        *("dialog_cancellation", "dialog_suggestion", "interactive_message", "workflow_step_edit"),
        *("url_verification", "app_rate_limited", "event_callback", "nothing known", "function"),
    ]
    more = dict.fromkeys(("view", "actions", "event", "command", "workflow_step"), junk)
    more |= dict.fromkeys(("callback_id", "action_id", "challenge"), texts)
    more |= {"ssl_check": st.just("1")}
    more |= dict.fromkeys(("authorizations", "response_urls", "enterprise", "channel"), junk)
    known = {**_interaction("", person), "type": st.sampled_from(kinds)}
    return st.fixed_dictionaries({}, optional={**known, **more})


def _places(value: object, path: Path = ()) -> list[Path]:
    """Return the ways to everything in *value*, as far as these are few."""
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    deeper = inner.items() if isinstance(inner, dict) else ()
    return [path, *(way for key, each in deeper for way in _places(each, (*path, key)))][:80]


def _struck(payload: Payload, path: Path, value: object, *, gone: bool) -> Payload:
    """Return *payload* with *value* at *path*, or with nothing there."""
    changed = copy.deepcopy(payload)
    *before, last = path
    place: Any = changed
    for key in before:
        place = place[key]
    if gone:
        del place[last]
    else:
        place[last] = value
    return changed


@st.composite
def _damaged(draw: st.DrawFn, payloads: st.SearchStrategy[Payload]) -> Payload:
    payload = draw(payloads)
    for _ in range(draw(st.integers(1, 3))):
        if places := _places(payload)[1:]:
            path, value = draw(st.sampled_from(places)), draw(junk)
            payload = _struck(payload, path, value, gone=draw(st.booleans()))
    return payload


def whole(person: str) -> st.SearchStrategy[Payload]:
    """Commands, mentions, presses and forms, each of the shape that Slack gives it."""
    return st.one_of(_command(person), _event(person), presses(person), forms(person))


def payloads(person: str) -> st.SearchStrategy[Payload]:
    """All of it: whole, damaged, of no use, and nothing at all that Slack would send."""
    good = whole(person)
    nothing = st.dictionaries(_word, junk, max_size=3)
    return st.one_of(
        good, good, _damaged(good), _others(person), _damaged(_others(person)), nothing
    )
