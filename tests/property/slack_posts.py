"""Requests over HTTP, as Slack makes them and as somebody else would."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from bot.chat.slack.connection import LONGEST, PATH
from tests.property.slack_room import SECRET

if TYPE_CHECKING:
    from starlette.routing import Route

    from tests.property.slack_payloads import Payload

STAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"
_SURROGATE = re.compile("[\\ud800-\\udfff]")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True, kw_only=True)
class Post:
    """One request."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    parts: int = 1  # in which the body comes
    vanishes: bool = False  # the client, before the end of the body

    def signed(self, *, age: float = 0.0, secret: str = SECRET, body: bytes | None = None) -> Post:
        """Return it with a signature that is *age* seconds old, by *secret*, of *body*."""
        stamp = str(int(time.time() - age))
        known = self.body if body is None else body
        mac = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + known, hashlib.sha256)
        return self.saying(**{STAMP: stamp, SIGNATURE: f"v0={mac.hexdigest()}"})

    def saying(self, **headers: str) -> Post:
        """Return it with other headers too."""
        return replace(self, headers={**self.headers, **headers})


def post_of(payload: Payload) -> Post:
    """Return how Slack delivers *payload*, not yet signed."""
    if payload.get("type") in ("event_callback", "url_verification"):
        return _post(json.dumps(payload).encode(), JSON)
    if "type" in payload:
        return _post(urlencode({"payload": json.dumps(payload)}).encode(), FORM)
    values = {key: _SURROGATE.sub("\ufffd", str(value)) for key, value in payload.items()}
    return _post(urlencode(values, errors="replace").encode(), FORM)


def _post(body: bytes, content_type: str) -> Post:
    return Post(body=body, headers={"content-type": content_type, "content-length": str(len(body))})


async def answer(route: Route, post: Post) -> int:
    """Return the status of the answer to *post*."""
    scope = {
        "type": "http",
        "method": post.method,
        "path": PATH,
        "query_string": b"",
        "headers": [(n.encode("latin-1"), v.encode("latin-1")) for n, v in post.headers.items()],
    }
    size = len(post.body) // post.parts + 1
    chunks = [post.body[at : at + size] for at in range(0, len(post.body) or 1, size)]
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, start=1)
    ]
    if post.vanishes:
        messages[-1] = {"type": "http.disconnect"}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:  # noqa: ANN401 - a message of ASGI
        sent.append(message)

    await route.handle(scope, receive, send)
    return int(sent[0]["status"])


# ---- what nobody honest sends ----

_stamps = st.sampled_from(
    ["", "0", "abc", "-1", "1e9", "9" * 5000, " 1 ", "\xb2", "nan", "1629921600", "99999999999"]
)
_signatures = st.sampled_from(["", "v0=", "v0=abc", "v1=" + "0" * 64, "v0=" + "0" * 64, "v0=\xe9"])
_lengths = st.sampled_from(["", "abc", "-1", "\xb2", "9" * 30, "9" * 5000, str(LONGEST + 1)])
_too_many = st.just(LONGEST) | st.integers(LONGEST, 2 * LONGEST)
_ages = st.sampled_from([301.0, 3600.0, 1e8]) | st.floats(301, 1e9)


def _forged(post: Post) -> st.SearchStrategy[Post]:
    """Return *post* with a signature that does not hold, or with none."""
    return st.one_of(
        st.just(post),
        _ages.map(lambda age: post.signed(age=age)),
        _ages.map(lambda age: post.signed(age=-99 - age)),
        st.just(post.signed(secret="another")),
        st.binary(max_size=9).map(lambda other: post.signed(body=post.body + b"&" + other)),
        _stamps.map(lambda stamp: post.signed().saying(**{STAMP: stamp})),
        _signatures.map(lambda mac: post.signed().saying(**{SIGNATURE: mac})),
        st.just(Post(**{**vars(post.signed()), "body": post.body + b"&text=abort+hobgoblin"})),
    )


def forged(posts: st.SearchStrategy[Post]) -> st.SearchStrategy[Post]:
    """Return *posts* that Slack has not sent, or not now."""
    return posts.flatmap(_forged)


def refused(posts: st.SearchStrategy[Post]) -> st.SearchStrategy[Post]:
    """Return *posts* that are signed, and yet are none that Slack would send."""
    return st.one_of(
        st.builds(lambda post, n: post.signed().saying(**{"content-length": n}), posts, _lengths),
        posts.map(lambda post: replace(post.signed(), vanishes=True)),
        st.builds(lambda times: _post(b"text=" + b"x" * times, FORM).signed(), _too_many),
        st.builds(
            lambda post, method: replace(post.signed(), method=method),
            posts,
            st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]),
        ),
    )


_deep = st.builds(
    lambda opens, times: opens * times,
    st.sampled_from(
        [b"[", b'{"type":', b"9", b'payload={"a":', b"payload=%5B", b"text=&", b"\xff"]
    ),
    st.integers(1, 9000),
)
_prefixed = st.builds(
    lambda before, content: before + content,
    st.sampled_from(
        [
            b"",
            b"payload=",
            b"payload=%7B%7D&payload=",
            b"{",
            b"command=%2Fmaint&text=",
            b"\xef\xbb\xbf{}",
        ]
    ),
    st.binary(max_size=40) | _deep,
)
_types = st.sampled_from(
    [FORM, JSON, "text/plain", "", "application/json; charset=utf-16", "x" * 999]
)
#: Bodies of any bytes.
raw = st.builds(_post, st.binary(max_size=60) | _deep | _prefixed | st.just(b""), _types)


def mistyped(posts: st.SearchStrategy[Post]) -> st.SearchStrategy[Post]:
    """Return *posts* under another content type, in pieces, with headers of the framework's own."""
    lazy = st.fixed_dictionaries({}, optional={"x-slack-bolt-lazy-only": st.just("1")})
    return st.builds(
        lambda post, kind, parts, more: replace(post, parts=parts).saying(
            **{"content-type": kind, **more}
        ),
        posts,
        _types,
        st.integers(1, 5),
        lazy,
    )
