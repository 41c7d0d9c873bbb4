"""Addresses: what is understood, and why the rest is not."""

from __future__ import annotations

import pytest

from notifications.compose.mailbox import parse
from notifications.errors import BadCampaign, Problem

WRONG = {
    "": "blank",
    "   ": "blank",
    "anna": "no_at",
    "anna.example.org": "no_at",
    "Anna Berg <anna@example.org>": "display",
    "<anna@example.org>": "display",
    "anna@example.org\r\nBcc: eve@example.org": "control",
    "anna@example.org\n": "control",
    "an\x00na@example.org": "control",
    "an\u2028na@example.org": "control",
    "an\u200bna@example.org": "control",
    "an\ud800na@example.org": "control",
    "@example.org": "local",
    "an na@example.org": "local",
    "an..na@example.org": "local",
    '"an na"@example.org': "local",
    "anna@": "domain",
    "anna@localhost": "domain",
    "anna@-example.org": "domain",
    "anna@[192.0.2.1]": "domain",
    "anna@example.org, ben@example.org": "local",
    "a" * 65 + "@example.org": "too_long",
    "anna@" + "long." * 60 + "example.org": "too_long",
    "anna@" + "a" * 64 + ".org": "domain",
}


@pytest.mark.parametrize(("text", "why"), WRONG.items())
def test_a_wrong_address_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(BadCampaign) as refused:
        parse(text)

    assert refused.value.problem is Problem.BAD_ADDRESS
    assert refused.value.fields == {"address": text, "why": why}


@pytest.mark.parametrize("text", ["anna@example.org", " anna@example.org  "])
def test_spaces_around_an_address_do_not_count(text: str) -> None:
    found = parse(text)

    assert (found.address, found.envelope, found.utf8) == (*["anna@example.org"] * 2, False)


@pytest.mark.failure(46)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna.Berg@Example.ORG", "anna.berg@example.org"),
        ("anna@bücher.example", "ANNA@xn--bcher-kva.example"),
        ("änna@example.org", "A\u0308nna@example.org"),
    ],
)
def test_two_ways_to_write_a_mailbox_are_the_same(one: str, other: str) -> None:
    assert parse(one).same == parse(other).same


@pytest.mark.failure(46)
def test_other_mailboxes_are_not_the_same() -> None:
    assert len({parse(f"{who}@example.org").same for who in ("anna", "an.na", "anna+x")}) == 3
    assert parse("weiß@example.org").same != parse("weiss@example.org").same


def test_the_case_before_the_at_is_kept_for_the_relay() -> None:
    assert parse("Anna@Example.ORG").envelope == "Anna@example.org"


def test_a_domain_that_is_not_ascii_needs_nothing_of_the_relay() -> None:
    found = parse("anna@bücher.example")

    assert (found.address, found.envelope) == ("anna@xn--bcher-kva.example",) * 2
    assert not found.utf8


def test_what_is_not_ascii_before_the_at_needs_smtputf8() -> None:
    found = parse("jürgen@bücher.example")

    assert found.utf8
    assert found.address == "jürgen@bücher.example"
    assert found.envelope == "jürgen@xn--bcher-kva.example"
