"""Which addresses are one mailbox, as mail and the inventory write them."""

from __future__ import annotations

import pytest

from notifications import same_mailbox


@pytest.mark.parametrize("other", ["ANN@Bücher.example", " ann@xn--bcher-kva.example "])
def test_addresses_of_one_mailbox_are_the_same(other: str) -> None:
    assert same_mailbox("ann@bücher.example") == same_mailbox(other)


@pytest.mark.parametrize("other", ["ann@bucher.example", "anna@bücher.example", ""])
def test_addresses_of_two_mailboxes_are_not(other: str) -> None:
    assert same_mailbox("ann@bücher.example") != same_mailbox(other)
