"""Tokens say what they were made for, to the one who has the key."""

from __future__ import annotations

import pytest

from notifications.compose.tokens import Tokens
from tests.unit.notifications.compose.parts import TOKENS

BOUNCES = "bounces@example.net"
OTHERS = Tokens(b"another key")


def test_a_campaign_and_a_mailbox_have_one_message_id_always() -> None:
    first = TOKENS.message_id(7, "anna@example.org", "example.net")

    assert first == Tokens(b"a key for tests").message_id(7, "anna@example.org", "example.net")
    assert first.startswith("<7.")
    assert first.endswith("@example.net>")


def test_message_ids_differ_by_campaign_and_by_mailbox() -> None:
    made = {TOKENS.message_id(n, same, "x.net") for n in (1, 11) for same in ("a@x.net", "1@x.net")}

    assert len({text.split(".")[1] for text in made}) == 4


def test_a_message_id_does_not_name_the_mailbox() -> None:
    assert "anna" not in TOKENS.message_id(7, "anna@example.org", "example.net")


@pytest.mark.failure(49)
def test_a_return_path_leads_back_to_its_delivery() -> None:
    path = TOKENS.return_path(BOUNCES, 4711)

    assert path.startswith("bounces+4711-")
    assert TOKENS.delivery(path) == TOKENS.delivery(path.upper()) == 4711


@pytest.mark.failure(49)
def test_a_return_path_is_known_though_its_domain_was_rewritten() -> None:
    mark = TOKENS.mark(4711)

    assert TOKENS.delivery(f"bounces+{mark}@mx1.internal") == TOKENS.delivery(mark) == 4711


@pytest.mark.failure(49)
@pytest.mark.parametrize(
    "address",
    [
        "",
        "bounces@example.net",
        "bounces+4711@example.net",
        "bounces+4711-@example.net",
        "bounces+4711-aaaaaaaaaaaaaaaa@example.net",
        OTHERS.return_path(BOUNCES, 4711),
        TOKENS.return_path(BOUNCES, 4711).replace("4711", "4712"),
        TOKENS.return_path(BOUNCES, 4711).replace("4711", "04711"),
        TOKENS.return_path(BOUNCES, 4711).replace("4711", "٤711"),
        TOKENS.return_path(BOUNCES, 4711) + "\n",
        "x" * 100_000,
    ],
)
def test_a_forged_return_path_leads_nowhere(address: str) -> None:
    assert TOKENS.delivery(address) is None


@pytest.mark.parametrize("delivery", [1, 10**18])
def test_a_return_path_fits_a_local_part(delivery: int) -> None:
    local, _, _ = TOKENS.return_path(BOUNCES, delivery).partition("@")

    assert len(local) <= 64


@pytest.mark.parametrize("same", ["anna@example.org", "jürgen@xn--bcher-kva.example"])
def test_an_unsubscribe_token_says_its_mailbox(same: str) -> None:
    assert TOKENS.mailbox(TOKENS.unsubscribe(same)) == same


@pytest.mark.parametrize(
    "token", ["", ".", "a", "ü", "YQ.", "/w.aaaa", OTHERS.unsubscribe("anna@example.org")]
)
def test_a_forged_unsubscribe_token_is_not_ours(token: str) -> None:
    assert TOKENS.mailbox(token) is None


def test_a_token_of_one_purpose_serves_no_other() -> None:
    tokens = {TOKENS._token(purpose, 10, 1) for purpose in ("message", "return", "unsubscribe")}

    assert len(tokens) == 3
