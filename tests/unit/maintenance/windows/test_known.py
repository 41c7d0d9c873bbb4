"""Which addresses are one mailbox, as mail and the inventory write them."""

from __future__ import annotations

import pytest

from bot.maintenance.windows.known import same


@pytest.mark.parametrize("other", ["ANN@Bücher.example", " ann@xn--bcher-kva.example "])
def test_addresses_of_one_mailbox_are_the_same(other: str) -> None:
    assert same("ann@bücher.example") == same(other)


@pytest.mark.parametrize("other", ["ann@bucher.example", "anna@bücher.example", ""])
def test_addresses_of_two_mailboxes_are_not(other: str) -> None:
    assert same("ann@bücher.example") != same(other)
